"""Inspection: each unit gets a grade and a place, or is refused, or a person decides."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from handlers.capability import Undone
from handlers.returns.closing import close_if_done, set_due
from handlers.returns.deciding import Unwilling
from handlers.returns.records import (
    StoredReturn,
    change_unit,
    load_return,
    tell_change,
)
from handlers.returns.states import (
    Acceptance,
    Grade,
    Place,
    Reception,
    Refused,
    may_restock,
    move,
    usual_place,
)
from handlers.returns.telling import tell_return
from handlers.stock.counting import come_in
from handlers.work import Work

__all__ = ["Finding", "inspect", "undo_inspect"]

#: What can be looked at, and what a person may accept though it is not here.
_HERE = (Reception.RECEIVED,)
_ACCEPTABLE = (Reception.RECEIVED, Reception.LOST, Reception.NOT_NEEDED)
_REFUSABLE = (*_ACCEPTABLE, Reception.WRONG_ITEM)


class Finding(StrEnum):
    """What an inspection says: a grade, accepted without one, refused, or left to a person."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    ACCEPT = "accept"
    REJECT = "reject"
    PERSON = "person"

    @property
    def grade(self) -> Grade | None:
        """The grade that it gives, if it gives one."""
        return Grade(self.value) if self.value in set(Grade) else None

    @property
    def acceptance(self) -> Acceptance:
        """What the shop thinks of the unit then."""
        if self is Finding.REJECT:
            return Acceptance.REJECTED
        return Acceptance.PERSON if self is Finding.PERSON else Acceptance.ACCEPTED


async def inspect(
    work: Work,
    stored: StoredReturn,
    units: Sequence[Any],
    finding: Finding,
    *,
    who: str,
    place: Place | None = None,
    why: str = "",
) -> Unwilling | Mapping[str, Any]:
    """Note what was found of units of a locked return; returns what takes it back.

    What goes to stock raises it, once. A refusal needs the sentence `why` for the customer.
    """
    if finding is Finding.REJECT and not why.strip():
        return Unwilling(key="returns.reject_why", values={"number": stored.number})
    fitting = [unit for unit in units if _fits(unit, finding)]
    if not fitting:
        now = ", ".join(sorted({f"{unit.reception}, {unit.acceptance}" for unit in units}))
        return Unwilling(key="returns.state.no_move", values={"now": now, "to": finding.value})
    grade = finding.grade
    where = (place or usual_place(grade)) if grade is not None else None
    before = [_before(unit) for unit in fitting]
    for unit in fitting:
        await change_unit(
            work,
            unit.id,
            acceptance=finding.acceptance,
            grade=grade,
            place=where,
            rejected_why=why.strip() if finding is Finding.REJECT else "",
            inspected_by=who,
            inspected_at=work.at,
        )
    if where is Place.STOCK:
        raised = await _restock(work, fitting)
        for one in before:
            one["raised"] = one["id"] in raised
    await set_due(work, stored.id)
    what = finding.value if where is None else f"{finding.value}, {where.value}"
    kind = "rejected" if finding is Finding.REJECT else "inspected"
    await tell_change(work, stored.row, kind, who=who, why=f"{len(fitting)}: {what}")
    if finding is not Finding.PERSON:
        await tell_return(work, stored, kind, units=fitting, why=why.strip())
    await close_if_done(work, stored.id, who=who)
    return {"return": stored.id, "units": before}


def _fits(unit: Any, finding: Finding) -> bool:
    now, to = Acceptance(unit.acceptance), finding.acceptance
    if finding.grade is not None:
        # What is accepted may still get another grade and place, until it is in the stock.
        regrade = now is Acceptance.ACCEPTED and unit.restocked_at is None
        allowed = regrade or not isinstance(move(now, to), Refused)
        return allowed and unit.reception in _HERE
    if isinstance(move(now, to), Refused):
        return False
    return unit.reception in (_ACCEPTABLE if finding is Finding.ACCEPT else _REFUSABLE)


def _before(unit: Any) -> dict[str, Any]:
    kept = ("id", "acceptance", "grade", "place", "rejected_why")
    return {**{name: getattr(unit, name) for name in kept}, "raised": False}


async def _restock(work: Work, units: Sequence[Any]) -> set[int]:
    """Put units back on hand as a delivery would; returns the ids of those that were."""
    raised: set[int] = set()
    for variant_id in sorted({unit.variant_id for unit in units}):
        mine = [
            unit
            for unit in units
            if unit.variant_id == variant_id
            and unit.restocked_at is None
            and may_restock(Reception(unit.reception), Place.STOCK)
        ]
        item = work.snapshot.catalogue.by_id.get(mine[0].item_id) if mine else None
        if item is None:
            continue
        for unit in mine:
            await change_unit(work, unit.id, restocked_at=work.at)
            raised.add(unit.id)
        await come_in(work, item, variant_id, len(mine))
    return raised


async def undo_inspect(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take an inspection back, unless money has gone, or the units are held by somebody else."""
    say = work.house.wording.say
    stored = await load_return(work, act["return"], lock=True)
    units = {} if stored is None else {unit.id: unit for unit in stored.units}
    found = [(one, units[one["id"]]) for one in act["units"] if one["id"] in units]
    if stored is None or any(unit.reimbursement_id is not None for _, unit in found):
        return Undone(text=say("returns.cannot_undo"), done=False, past=True)
    for one, unit in found:
        item = work.snapshot.catalogue.by_id.get(unit.item_id)
        if one["raised"] and item is not None:
            try:
                await come_in(work, item, unit.variant_id, -1)
            except ValueError:
                return Undone(text=say("returns.cannot_undo"), done=False)
    for one, unit in found:
        values = {name: one[name] for name in ("acceptance", "grade", "place", "rejected_why")}
        if one["raised"]:
            values["restocked_at"] = None
        await change_unit(work, unit.id, **values)
    await set_due(work, stored.id)
    await tell_change(work, stored.row, "uninspected")
    return Undone(text=say("returns.uninspected", number=stored.number))
