"""The card of a return for the team: who, what, why, and what can be done; edited in place."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.capability import Follower, Undone
from handlers.events import Event, ReturnMoved
from handlers.messages import Answer, Button, ButtonStyle
from handlers.money import Money
from handlers.orders.reaching import name_of
from handlers.people import Person
from handlers.returns.giving import payable
from handlers.returns.records import StoredReturn, change_return, load_return, note
from handlers.returns.standing import standing_of
from handlers.returns.states import Acceptance, Reception, Reimbursement, ReturnState
from handlers.returns.swapping import swap_labels
from handlers.returns.telling import labels_of
from handlers.speech import button_values
from handlers.team.alerts import settle_alert
from handlers.team.taking import history_line
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.return_states import ReturnKind
from storage.schema.returns import return_events

__all__ = [
    "CARDS",
    "did",
    "facts_of",
    "leave",
    "photos_of",
    "reason_label",
    "say_card",
    "take",
]

_event = return_events.c
_COMING = (ReturnState.APPROVED, ReturnState.IN_TRANSIT, ReturnState.PARTLY_RECEIVED)


async def say_card(
    work: Work, stored: StoredReturn, *, history: Said | str = "", acted: bool = False
) -> None:
    """Say the card of a return in the audience of returns; `history` is what changed."""
    facts = await facts_of(work, stored)
    buttons = _buttons(work, stored)
    text = work.house.wording.say("returns.card", **facts)
    work.tell_team(
        "returns",
        "returns.card",
        {"text": text, "history": history, **button_values(buttons)},
        card=f"return:{stored.id}",
        due_at=work.at if acted else stored.row.due_at,
    )


async def facts_of(work: Work, stored: StoredReturn) -> dict[str, Any]:
    """What the team reads of a return: first name, order, units; never an address."""
    row, say = stored.row, work.house.wording.say
    name = await name_of(work, row.customer_id)
    standing = await standing_of(work, row.customer_id, row.currency)
    return {
        "number": stored.number,
        "name": name.split()[0] if name.split() else name,
        "order": stored.order_number,
        "units": labels_of(stored.units),
        "swaps": await swap_labels(work, stored.units),
        "reason": reason_label(work, row.reason),
        "complaint": row.kind == ReturnKind.COMPLAINT,
        "condition": say(f"returns.choice.{row.condition}") if row.condition else "",
        "note": row.note,
        "photos": await photos_of(work, stored.id),
        "wish": say(f"returns.wish.{row.wish}"),
        "value": Money(row.value_minor, row.currency).shown(work.house.locale),
        "state": say(f"returns.is.{row.state}"),
        "verdict": "" if row.verdict == "RETURNABLE" else row.verdict.replace("_", " ").lower(),
        "flags": [say(f"returns.flag.{flag}") for flag in row.flags or ()],
        "history": standing.shown(work),
        "taken": row.taken_by,
        "due": shown_time(work, row.due_at),
    }


def did(work: Work, kind: str) -> str:
    """What happened to a return, in the shop's words where there are some."""
    key, wording = f"returns.did.{kind}", work.house.wording
    return wording.say(key) if wording.has(key) else kind.replace("_", " ")


def reason_label(work: Work, code: str) -> str:
    """A reason as people read it; its code where the shop has taken it away since."""
    reason = work.house.returns.reasons.get(code)
    return code.replace("_", " ") if reason is None else reason.label


async def photos_of(work: Work, return_id: int) -> int:
    """How many photos its customer sent."""
    found = await work.tx.scalar(
        select(func.count()).where(_event.return_id == return_id, _event.kind == "photo")
    )
    return int(found or 0)


def _buttons(work: Work, stored: StoredReturn) -> Sequence[Button]:
    found: list[tuple[str, ButtonStyle]] = []
    plain, first = ButtonStyle.PLAIN, ButtonStyle.PRIMARY
    if stored.state is ReturnState.REQUESTED:
        found += [("approve", first), ("decline", plain), ("photo", plain)]
    if stored.state in _COMING:
        found.append(("receive", first))
    if any(
        unit.reception != Reception.NOT_NEEDED
        and unit.received_at is not None
        and unit.acceptance in (Acceptance.PENDING, Acceptance.PERSON)
        for unit in stored.units
    ):
        found.append(("inspect", first))
    failed = any(row.state == Reimbursement.FAILED for row in stored.money)
    if failed or payable(stored):
        found.append(("give", first))
    if found and not stored.row.taken_by:
        found.append(("take", plain))
    return [
        Button(
            id=f"returns.{word}:{stored.id}",
            label=work.house.wording.say(f"returns.button.{word}"),
            style=style,
        )
        for word, style in found
    ]


async def take(work: Work, person: Person, stored: StoredReturn) -> Answer:
    """`person` takes a return on, unless somebody was faster."""
    say, row = work.house.wording.say, stored.row
    mine = (row.taken_platform, row.taken_person) == (person.platform, person.id)
    if row.taken_by and not mine:
        return Answer(text=say("returns.taken_before", name=row.taken_by))
    if not row.taken_by:
        await _taker(work, stored, person)
        work.record(person, "returns.take", stored.number, undo={"id": stored.id})
    return Answer(text=say("returns.taken", number=stored.number))


async def leave(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take the taking back: it waits for somebody again."""
    say = work.house.wording.say
    stored = await load_return(work, act["id"], lock=True)
    if stored is None or not stored.row.taken_by:
        return Undone(text=say("returns.not_taken"), done=False)
    await _taker(work, stored, None)
    return Undone(text=say("returns.left", number=stored.number))


async def _taker(work: Work, stored: StoredReturn, person: Person | None) -> None:
    who = person.name if person is not None else stored.row.taken_by
    await change_return(
        work,
        stored.id,
        taken_by="" if person is None else person.name,
        taken_platform=None if person is None else person.platform,
        taken_person=None if person is None else person.id,
    )
    kind = "taken" if person is not None else "left"
    await note(work, stored.id, kind, stored.state, who=who)
    again = await load_return(work, stored.id)
    if again is not None:
        what = history_line(work, f"history.{kind}", name=who)
        await say_card(work, again, history=what, acted=True)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """Whoever moved a return, its card says so."""
    for event in events:
        if not isinstance(event, ReturnMoved):
            continue
        stored = await load_return(work, event.return_id)
        if stored is None:
            continue
        last = await work.tx.first(
            select(return_events)
            .where(_event.return_id == stored.id, _event.kind == event.kind)
            .order_by(_event.id.desc())
            .limit(1)
        )
        who, why = ("", "") if last is None else (last.who, last.why)
        what = did(work, event.kind)
        why = "" if event.kind == "photo" else why
        await say_card(
            work,
            stored,
            history=history_line(work, "returns.did", what=what, who=who, why=why),
            acted=bool(who),
        )
        if stored.row.late_at is not None:
            await change_return(work, stored.id, late_at=None)
            await settle_alert(work, f"return.late:{stored.id}", str(what))


CARDS = Follower(name="returns.cards", events=(ReturnMoved,), run=_follow)
