"""What moderators do about claims: add, void, move and list.

Each act is in the audit with who and why, is told to the one it is about, and `/undo` takes the
last one back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.capability import Undone
from handlers.claims.ended import label_of
from handlers.claims.floor import Floor
from handlers.claims.freeing import Freed, give_back, release_held
from handlers.claims.grammar import read_variant
from handlers.claims.naming import Named, find_person, newest_show, only_variant, show_with
from handlers.claims.records import Entry, Member, Outcome
from handlers.claims.telling import promote_and_tell
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.snapshot import ItemView, ShowView
from handlers.wording import Said
from handlers.work import Work
from storage.repositories.sale import HELD, WAITING
from storage.schema import sale
from storage.schema.states import HoldState

__all__ = [
    "Case",
    "add",
    "claims_list",
    "got",
    "move",
    "open_case",
    "undo_add",
    "undo_move",
    "undo_void",
    "void",
]

_MOST_LISTED = 200


class Case:
    """A moderator's act on one person's claims of one variant."""

    def __init__(self, floor: Floor, member: Member, variant_id: int, key: str) -> None:
        self.floor = floor
        self.member = member
        self.variant_id = variant_id
        self._key = key

    @property
    def label(self) -> str:
        """The variant as people name it."""
        return self.floor.stock[self.variant_id].label

    @property
    def about(self) -> dict[str, Any]:
        """What finds this case again, for undo."""
        return {
            "platform": self.member.platform,
            "person": self.member.person,
            "name": self.member.name,
            "show": self.floor.show.id,
            "item": self.floor.stock[self.variant_id].item_id,
            "variant": self.variant_id,
        }

    def admit(self, units: int, *, staff: bool = False, variant_id: int | None = None) -> Outcome:
        """Let the person into the line; `staff` goes past line, limit and pause."""
        entry = Entry(
            member=self.member,
            variant_id=variant_id or self.variant_id,
            quantity=units,
            counted=True,
            sent_at=self.floor.work.at,
            key=self._key,
            channel="",
        )
        return self.floor.admit(entry, units, staff=staff)

    async def give_back(self, units: int | None = None, *, claim_id: int | None = None) -> Freed:
        """Take units back from the person: all, or so many, or those of one claim."""
        work, member = self.floor.work, self.member
        return await give_back(
            self.floor,
            member.customer_id,
            self.variant_id,
            units,
            at=work.at,
            claim_id=claim_id,
        )

    async def promote(self) -> list[str]:
        """Give what is free to the next in line; returns their names."""
        promoted = await promote_and_tell(self.floor, self.variant_id, at=self.floor.work.at)
        return [one.member.name for one in promoted]

    def tell(self, kind: str, **values: Any) -> None:
        """Tell the person in the stream."""
        work, member = self.floor.work, self.member
        who = work.house.who(member.platform, member.person, member.name)
        work.say(work.house.stream_of(member.platform), kind, {"who": who, **values})

    def tell_outcome(self, outcome: Outcome, key: str) -> str:
        """Tell the person what became of a claim; returns the sentence `key` for who did it."""
        if not outcome.private:
            self.tell("claims.outcome", line="", outcomes=[outcome.values()])
        work = self.floor.work
        return work.house.wording.say(key, name=self.member.name, got=[got(work, outcome)])


def got(work: Work, outcome: Outcome) -> Said:
    """What came of a claim, for the team: `A12 / M ×2`, or a place in line."""
    return work.house.wording.say(
        "staff.got",
        item=outcome.label,
        granted=outcome.granted,
        waiting=outcome.waiting,
        position=outcome.position,
        pending=outcome.pending,
        refused=outcome.refused,
        limit=outcome.limit,
        have=outcome.have,
    )


async def open_case(
    work: Work, show: ShowView, person: Named, item_id: int, variant_id: int, key: str
) -> Case:
    """Lock the item, and load the person with what they have of it."""
    floor = Floor.of(work, show)
    await floor.load([item_id], {(person.platform, person.id): person.name})
    return Case(floor, floor.members[person.platform, person.id], variant_id, key)


async def _case(work: Work, command: Invocation, *, has_units: bool) -> Case | Answer:
    """The case that a command names; `has_units` looks where the person has some."""
    person = await find_person(work, command.person.platform, command.options["person"])
    if isinstance(person, Answer):
        return person
    item: ItemView = command.options["code"]
    variant = only_variant(work, item, command.options["variant"])
    if isinstance(variant, Answer):
        return variant
    if not has_units and not work.house.hears_claims(person.platform):
        return Answer(text=work.house.wording.say("staff.not_in_stream", person=person.name))
    show = await show_with(work, person, variant.id) if has_units else newest_show(work)
    if show is None:
        return Answer(text=work.house.wording.say("staff.no_show"))
    return await open_case(work, show, person, item.id, variant.id, command.key)


async def add(work: Work, command: Invocation) -> Answer:
    """`/claim add`: units for a person, past the line and the limit but never past the stock."""
    units = 1 if command.options["quantity"] is None else command.options["quantity"]
    if not 1 <= units <= 99:
        return Answer(text=work.house.wording.say("staff.bad_quantity"))
    case = await _case(work, command, has_units=False)
    if isinstance(case, Answer):
        return case
    outcome = case.admit(units, staff=True)
    work.record(
        command.person,
        "claim.add",
        f"{case.member.name}: {case.label}",
        why=command.options["why"] or "",
        values={"units": units, "granted": outcome.granted},
        undo=case.about | {"units": units},
    )
    return Answer(text=case.tell_outcome(outcome, "staff.added"))


async def void(work: Work, command: Invocation) -> Answer:
    """`/claim void`: takes a person's units of a variant back; the next in line moves up."""
    case = await _case(work, command, has_units=True)
    if isinstance(case, Answer):
        return case
    freed = await case.give_back()
    name, say = case.member.name, work.house.wording.say
    if not freed.units:
        return Answer(text=say("staff.nothing", name=name, item=case.label))
    case.tell("claims.taken_back", item=case.label, units=freed.units)
    following = await case.promote()
    work.record(
        command.person,
        "claim.void",
        f"{name}: {case.label}",
        why=command.options["why"] or "",
        values={"held": freed.held, "waiting": freed.waiting, "pending": freed.pending},
        undo=case.about | {"units": freed.units},
    )
    told = {"units": freed.units, "item": case.label, "name": name, "next": following}
    return Answer(text=say("staff.voided", **told))


async def move(work: Work, command: Invocation) -> Answer:
    """`/claim move`: held units from one variant to another of the same item."""
    case = await _case(work, command, has_units=True)
    if isinstance(case, Answer):
        return case
    say, item = work.house.wording.say, command.options["code"]
    fitting = read_variant(command.options["to"], work.snapshot.lexicon, item.code)
    if len(fitting) != 1:
        sizes = ", ".join(str(name) for name in item.variants)
        return Answer(text=say("staff.which", code=item.code, sizes=sizes))
    other_id = item.variants[fitting[0]].id
    units = case.floor.standing(case.member.customer_id, case.variant_id).held
    refused = await _move(case, other_id, units)
    if refused is not None:
        return Answer(text=refused)
    other = case.floor.stock[other_id].label
    work.record(
        command.person,
        "claim.move",
        f"{case.member.name}: {case.label} → {other}",
        values={"units": units},
        undo=case.about | {"units": units, "other": other_id},
    )
    told = {"units": units, "name": case.member.name, "item": case.label, "other": other}
    return Answer(text=say("staff.moved", **told))


async def _move(case: Case, other_id: int, units: int) -> str | None:
    """Move held units to another variant; returns why that cannot be."""
    floor, say = case.floor, case.floor.work.house.wording.say
    other = floor.stock[other_id]
    if not units or other_id == case.variant_id:
        return say("staff.nothing", name=case.member.name, item=case.label)
    if other.free < units:
        return say("staff.move_gone", other=other.label, left=other.free)
    case.admit(units, staff=True, variant_id=other_id)
    freed = await release_held(
        floor, case.member.customer_id, case.variant_id, units, at=floor.work.at
    )
    case.tell("claims.moved", item=case.label, other=other.label, units=freed)
    await case.promote()
    return None


async def claims_list(work: Work, command: Invocation) -> Answer:
    """`/claim list [CODE]`: the newest claims with their places."""
    show, say = newest_show(work), work.house.wording.say
    if show is None:
        return Answer(text=say("staff.no_show"))
    claims = sale.claims.c
    where = [claims.show_id == show.id, claims.place.is_not(None)]
    if command.options["code"] is not None:
        where.append(claims.item_id == command.options["code"].id)
    rows = await _newest(work, where)
    if not rows:
        return Answer(text=say("staff.list_empty"))
    total = await work.tx.scalar(select(func.count()).select_from(sale.claims).where(*where))
    lines = [
        say(
            "staff.list_line",
            place=row.place,
            name=row.who,
            item=label_of(row),
            quantity=row.quantity,
            held=row.held,
            waiting=row.waiting,
            paid=row.paid,
            expired=row.expired,
        )
        for row in reversed(rows)
    ]
    if total > len(rows):
        lines.append(say("staff.list_more", count=total - len(rows)))
    return Answer(text="\n".join(lines))


async def _newest(work: Work, where: Sequence[Any]) -> Sequence[Any]:
    def live(table: Any, condition: Any, name: str) -> Any:
        return (
            select(func.coalesce(func.sum(table.c.quantity), 0))
            .where(table.c.claim_id == sale.claims.c.id, condition)
            .scalar_subquery()
            .label(name)
        )

    return await work.tx.all(
        select(
            sale.claims,
            sale.identities.c.name.label("who"),
            live(sale.holds, HELD, "held"),
            live(sale.waitlist, WAITING, "waiting"),
            live(sale.holds, sale.holds.c.state == HoldState.PAID, "paid"),
            live(sale.holds, sale.holds.c.state == HoldState.EXPIRED, "expired"),
        )
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(*where)
        .order_by(sale.claims.c.id.desc())
        .limit(_MOST_LISTED)
    )


# --- undo -----------------------------------------------------------------------------------------


async def _again(work: Work, act: Mapping[str, Any]) -> Case | None:
    """The case of an act; None where its show or its item is gone."""
    show = work.snapshot.timeline.of(act["show"])
    person = Named(act["platform"], act["person"], act["name"])
    if show is None or act["item"] not in work.snapshot.catalogue.by_id:
        return None
    key = f"undo:{work.at.isoformat()}"
    return await open_case(work, show, person, act["item"], act["variant"], key)


def _gone(work: Work) -> Undone:
    return Undone(text=work.house.wording.say("staff.cannot_undo"), done=False)


async def undo_add(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take back units that a moderator added."""
    case = await _again(work, act)
    if case is None:
        return _gone(work)
    freed = await case.give_back(act["units"])
    if not freed.units:
        return _gone(work)
    case.tell("claims.taken_back", item=case.label, units=freed.units)
    await case.promote()
    told = {"units": freed.units, "item": case.label, "name": act["name"]}
    return Undone(text=work.house.wording.say("staff.undone_add", **told))


async def undo_void(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put a person back into the line: what is free at once, the rest at its end."""
    case = await _again(work, act)
    if case is None:
        return _gone(work)
    return Undone(text=case.tell_outcome(case.admit(act["units"]), "staff.undone_void"))


async def undo_move(work: Work, act: Mapping[str, Any]) -> Undone:
    """Move units back, if they are still there and free."""
    case = await _again(work, {**act, "variant": act["other"]})
    if case is None:
        return _gone(work)
    held = case.floor.standing(case.member.customer_id, case.variant_id).held
    refused = await _move(case, act["variant"], min(held, act["units"]))
    if refused is not None:
        return Undone(text=refused, done=False)
    told = {
        "units": min(held, act["units"]),
        "name": act["name"],
        "item": case.label,
        "other": case.floor.stock[act["variant"]].label,
    }
    return Undone(text=work.house.wording.say("staff.moved", **told))
