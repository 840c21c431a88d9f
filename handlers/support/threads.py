"""Conversations with customers: what is asked, what is answered, who has it, when it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.claims.private_lines import customer_of
from handlers.messages import Address, Picture, Reach
from handlers.people import Person
from handlers.speech import button_values
from handlers.support.card import say_card
from handlers.support.letters import LONGEST, opened, quoted, sealed, spoken
from handlers.support.pictures import keep_picture
from handlers.support.telling import first_name, reply_buttons
from handlers.team.alerts import settle_alert
from handlers.team.taking import history_line
from handlers.wording import Said
from handlers.work import Work
from storage.repositories.sale import members
from storage.schema.states import ReplyState
from storage.schema.support import support_messages, support_threads

__all__ = [
    "REPLY",
    "address_of",
    "again_card",
    "answer",
    "asks",
    "close",
    "due_of",
    "give_back",
    "late_key",
    "open_of",
    "reopen",
    "take",
    "thread_of",
    "withheld",
]

_thread, _said = support_threads.c, support_messages.c
#: Before a reply's id: the card that its delivery is known by.
REPLY = "support.said:"
#: Letters that wait unread at most: more are refused, and their writer is told.
_MOST_UNREAD = 100
_HISTORY = 300


async def thread_of(work: Work, number: int) -> Any:
    """The open conversation of this number, locked; None where there is none."""
    return await work.tx.first(
        select(support_threads)
        .where(_thread.id == number, _thread.closed_at.is_(None))
        .with_for_update()
    )


async def open_of(work: Work, person: Person) -> Any:
    """The open conversation of a person, through any of their identities, locked; or None."""
    customer_id = await customer_of(work, person)
    if customer_id is None:
        return None
    return await work.tx.first(
        select(support_threads)
        .where(_thread.customer_id == customer_id, _thread.closed_at.is_(None))
        .with_for_update()
    )


async def asks(work: Work, person: Person, text: str, pictures: Sequence[Picture] = ()) -> Any:
    """Take a letter of a customer, in their open conversation or a new one.

    Returns its row as it was before, and as it is; None where too many wait to be read.
    """
    before = await open_of(work, person)
    if before is None:
        row = await _begin(work, person)
    elif await _unread(work, before) >= _MOST_UNREAD:
        return None
    else:
        row = before
    cut = text.strip()[:LONGEST]
    kept = [await keep_picture(work, person, row.customer_id, one) for one in pictures]
    await _note(work, row, person, cut, theirs=True, pictures=kept)
    waits = row.answered_at is None or row.answer_due is not None
    now = await _change(
        work,
        row,
        platform=person.platform,
        person=person.id,
        name=person.name,
        asked_at=work.at,
        silent_due=None,
        **({} if waits and before is not None else _due_values(due_of(work))),
    )
    name = first_name(person)
    what = history_line(work, "support.history.asked", name=name, text=quoted(cut, _HISTORY))
    await say_card(work, now, history="" if before is None else what)
    if before is not None and not waits:
        _call_again(work, now, cut, len(kept))
    return before, now


def _call_again(work: Work, row: Any, text: str, pictures: int) -> None:
    """A card that is edited calls nobody: who wrote after an answer is told of anew."""
    work.tell_team(
        "support",
        "support.again",
        {
            "text": work.house.wording.say(
                "support.again",
                number=row.id,
                name=first_name(row),
                text=quoted(text, _HISTORY),
                pictures=pictures,
            ),
            **button_values(reply_buttons(work, row.id)),
        },
        card=again_card(row.id, work.at),
    )


def again_card(number: int, at: datetime) -> str:
    """The card that says that a customer wrote again, at that moment."""
    return f"support:{number}:{at.isoformat()}"


def due_of(work: Work) -> datetime:
    """Until when a letter of now is to be answered: counted from the end of quiet hours."""
    quiet = work.house.quiet_hours.get("support")
    begins = None if quiet is None else quiet.until(work.at, work.house.timezone)
    return (begins or work.at) + timedelta(minutes=work.house.support.answer_minutes)


def _due_values(due: datetime | None) -> dict[str, datetime | None]:
    return {"answer_due": due, "late_due": due}


async def answer(work: Work, row: Any, person: Person, text: str) -> Any:
    """Say `text` to the customer of a conversation, signed with a first name."""
    if row.taken_by is None:
        row = await take(work, row, person, quiet=True)
    cut = text.strip()[:LONGEST]
    id = await _note(work, row, person, cut, theirs=False)
    said = {"text": _signed(work, cut, person)}
    work.say(address_of(row), "support.reply", said, card=f"{REPLY}{id}")
    now = await _change(
        work,
        row,
        answered_at=work.at,
        late_times=0,
        **_due_values(None),
        read_told_at=row.read_told_at or work.at,
        silent_due=work.at + timedelta(days=work.house.support.silent_days),
    )
    name = first_name(person)
    what = history_line(work, "support.history.answered", name=name, text=quoted(cut, _HISTORY))
    await say_card(work, now, history=what, acted=True)
    await settle_alert(
        work, late_key(row.id), work.house.wording.say("support.answered", name=name)
    )
    work.record(person, "support.reply", str(row.id))
    return now


async def withheld(work: Work, row: Any) -> list[Said]:
    """Replies that closed DMs refused, as their reader sees them: from now on they are read.

    Also those of a conversation that became a part of this one.
    """
    theirs = select(_thread.id).where(_thread.customer_id == row.customer_id)
    mine = _said.thread_id.in_(theirs) & (_said.state == ReplyState.REFUSED)
    rows = await work.tx.all(select(support_messages).where(mine).order_by(_said.id))
    if rows:
        await work.tx.run(update(support_messages).where(mine).values(state=ReplyState.READ))
    return [_signed(work, opened(work, one), one) for one in rows]


async def take(work: Work, row: Any, person: Person, *, quiet: bool = False) -> Any:
    """`person` has it from now on; the customer hears once that somebody reads along.

    `quiet` where a reply follows at once, which says as much.
    """
    taker = {
        "taken_by": person.name,
        "taken_platform": person.platform,
        "taken_person": person.id,
        "taken_at": work.at,
    }
    first = row.read_told_at is None and not quiet
    now = await _change(work, row, **taker, **({"read_told_at": work.at} if first else {}))
    if first:
        work.say(address_of(row), "support.reads", {"name": first_name(person)})
    what = history_line(work, "history.taken", name=person.name)
    if not quiet:
        await say_card(work, now, history=what, acted=True)
    work.record(person, "support.take", str(row.id), undo={"number": row.id})
    return now


async def give_back(work: Work, row: Any) -> Any:
    """It waits for somebody to take it again."""
    nobody = dict.fromkeys(("taken_by", "taken_platform", "taken_person", "taken_at"))
    now = await _change(work, row, **nobody)
    what = history_line(work, "history.left", name=row.taken_by or "")
    await say_card(work, now, history=what, acted=True)
    return now


async def close(work: Work, row: Any, by: str, *, told: bool) -> Any:
    """End a conversation; the customer is `told` so where somebody ended it."""
    ended = {"closed_at": work.at, "closed_by": by, "silent_due": None, **_due_values(None)}
    now = await _change(work, row, **ended)
    what = history_line(work, "support.history.closed", name=by)
    await say_card(work, now, history=what, acted=told)
    if told:
        work.say(address_of(row), "support.closed_told", {})
    outcome = work.house.wording.say("support.closed", name=by)
    await settle_alert(work, late_key(row.id), outcome)
    return now


async def reopen(work: Work, row: Any) -> Any:
    """Take the end of a conversation back: it waits for what it waited for."""
    answered = row.answered_at is not None and row.answered_at >= row.asked_at
    silent = work.at + timedelta(days=work.house.support.silent_days)
    waits = {"silent_due": silent} if answered else _due_values(due_of(work))
    return await _change(work, row, closed_at=None, closed_by="", **waits)


def late_key(number: int) -> str:
    """Under what the team is alerted that an answer is late."""
    return f"support.late:{number}"


def address_of(row: Any) -> Address:
    """Where the customer of a conversation is answered: in their direct messages."""
    return Address(row.platform, Reach.PERSON, row.person)


def _signed(work: Work, text: str, person: Any) -> Said:
    return work.house.wording.say("support.reply", text=spoken(text), name=first_name(person))


async def _begin(work: Work, person: Person) -> Any:
    (member,) = await members(work.tx, {(person.platform, person.id): person.name})
    new = {
        "customer_id": member.customer_id,
        "platform": person.platform,
        "person": person.id,
        "name": person.name,
        "opened_at": work.at,
        "asked_at": work.at,
    }
    (id,) = await work.tx.insert_ids(support_threads, [new])
    return await work.tx.first(select(support_threads).where(_thread.id == id))


async def _unread(work: Work, row: Any) -> int:
    since = row.answered_at or row.opened_at
    waiting = select(func.count()).where(
        _said.thread_id == row.id, _said.theirs.is_(True), _said.at >= since
    )
    return int(await work.tx.scalar(waiting))


async def _note(
    work: Work, row: Any, person: Person, text: str, *, theirs: bool, pictures: Sequence[int] = ()
) -> int:
    said = {
        "thread_id": row.id,
        "at": work.at,
        "theirs": theirs,
        "platform": person.platform,
        "person": person.id,
        "name": person.name,
        "pictures": list(pictures),
        **sealed(work, text),
    }
    (id,) = await work.tx.insert_ids(support_messages, [said])
    return id


async def _change(work: Work, row: Any, **values: Any) -> Any:
    mine = _thread.id == row.id
    await work.tx.run(update(support_threads).where(mine).values(**values))
    return await work.tx.first(select(support_threads).where(mine))
