"""The card of a conversation: who writes, what of late, what stands beside, who has it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.messages import Button
from handlers.speech import button_values
from handlers.support.beside import beside
from handlers.support.letters import opened, quoted
from handlers.support.telling import first_name, reply_buttons
from handlers.team.taking import clock_time
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.schema.states import ReplyState
from storage.schema.support import customer_pictures, support_messages

__all__ = ["last_said", "pictures_in", "said_lines", "say_card"]

_said = support_messages.c
_SHOWN = 4
#: Characters of a letter on the card; all of it is behind *Read all*.
_LETTER = 350


async def say_card(work: Work, row: Any, *, history: str = "", acted: bool = False) -> None:
    """Say the card of a conversation as it is now, given as its row.

    `history` is what changed, for its thread; by somebody of the team if `acted`.
    """
    say, over = work.house.wording.say, row.closed_at is not None
    said = await last_said(work, row.id, _SHOWN)
    count = await work.tx.scalar(select(func.count()).where(_said.thread_id == row.id))
    pictures = await pictures_in(work, row.id)
    text = say(
        "support.card",
        number=row.id,
        name=first_name(row),
        state=_state(work, row),
        due="" if over else shown_time(work, row.answer_due),
        earlier=count - len(said),
        letters=Said("\n".join(said_lines(work, said, _LETTER))),
        pictures=len(pictures),
        orders=await beside(work, row),
        over=over,
    )
    work.tell_team(
        "support",
        "support.card",
        {
            "text": text,
            "history": history,
            **button_values(() if over else _buttons(work, row, bool(pictures))),
        },
        card=f"support:{row.id}",
        due_at=work.at if acted else None,
    )


def said_lines(work: Work, rows: Sequence[Any], most: int) -> list[Said]:
    """What was said, in order, each with who and when; `most` characters of each."""
    say = work.house.wording.say
    return [
        say(
            "support.said",
            name=first_name(one),
            at=shown_time(work, one.at),
            theirs=one.theirs,
            text=quoted(opened(work, one), most),
            pictures=len(one.pictures),
            undelivered=one.state == ReplyState.REFUSED,
        )
        for one in rows
    ]


async def last_said(work: Work, number: int, most: int) -> list[Any]:
    """The newest letters and replies of a conversation, in order."""
    rows = await work.tx.all(
        select(support_messages)
        .where(_said.thread_id == number)
        .order_by(_said.id.desc())
        .limit(most)
    )
    return list(reversed(rows))


async def pictures_in(work: Work, number: int) -> list[int]:
    """The ids of the pictures that came in a conversation and are still there."""
    rows = await work.tx.all(select(_said.pictures).where(_said.thread_id == number))
    ids = [id for (kept,) in rows for id in kept]
    if not ids:
        return []
    there = customer_pictures.c
    found = await work.tx.all(
        select(there.id).where(there.id.in_(ids), there.content.is_not(None)).order_by(there.id)
    )
    return [row.id for row in found]


def _state(work: Work, row: Any) -> Said:
    say = work.house.wording.say
    if row.closed_at is not None:
        return say("support.closed", name=row.closed_by)
    if row.taken_by is None:
        return say("support.free")
    return say("support.taken", name=row.taken_by, at=clock_time(work, row.taken_at))


def _buttons(work: Work, row: Any, pictures: bool) -> tuple[Button, ...]:
    say = work.house.wording.say
    own = "support.button.take" if row.taken_by is None else "support.button.leave"
    act = "take" if row.taken_by is None else "leave"
    buttons = [
        *reply_buttons(work, row.id),
        Button(id=f"support.{act}:{row.id}", label=say(own)),
        Button(id=f"support.show:{row.id}", label=say("support.button.show")),
    ]
    if pictures:
        buttons.append(Button(id=f"support.look:{row.id}", label=say("support.button.look")))
    buttons.append(Button(id=f"support.close:{row.id}", label=say("support.button.close")))
    return tuple(buttons)
