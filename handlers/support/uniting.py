"""Two customers become one, and so do their conversations with the team: one of them stays open."""

from typing import Any

from sqlalchemy import select, update

from handlers.support.card import say_card
from handlers.support.telling import first_name
from handlers.support.threads import close
from handlers.team.taking import history_line
from handlers.work import Work
from storage.schema.support import support_threads

__all__ = ["unite_threads"]

_thread = support_threads.c
_TAKER = ("taken_by", "taken_platform", "taken_person", "taken_at")


async def unite_threads(work: Work, keep: int, other: int) -> None:
    """Give `keep` the conversations of `other`; of two that are open, that one's is closed.

    What was said stays where it was said, and both cards name the other. Where the customer wrote
    last is where they are answered, and the earlier deadline holds.
    """
    mine, theirs = await _open(work, keep), await _open(work, other)
    if mine is not None and theirs is not None:
        by = work.house.wording.say("support.joined_into", number=mine.id)
        await close(work, theirs, by, told=False)
        await work.tx.run(
            update(support_threads).where(_thread.id == mine.id).values(**_both(mine, theirs))
        )
    await work.tx.run(
        update(support_threads).where(_thread.customer_id == other).values(customer_id=keep)
    )
    stays = await _open(work, keep)
    if stays is not None:
        await say_card(work, stays, history=_joined(work, mine, theirs))


def _joined(work: Work, mine: Any, theirs: Any) -> str:
    if mine is None or theirs is None:
        return ""
    name = first_name(theirs)
    return history_line(work, "support.history.joined", number=theirs.id, name=name)


async def _open(work: Work, customer_id: int) -> Any:
    return await work.tx.first(
        select(support_threads)
        .where(_thread.customer_id == customer_id, _thread.closed_at.is_(None))
        .with_for_update()
    )


def _both(mine: Any, theirs: Any) -> dict[str, Any]:
    """What the conversation that stays has of both."""
    last = theirs if theirs.asked_at > mine.asked_at else mine
    values: dict[str, Any] = {
        name: getattr(last, name) for name in ("platform", "person", "name", "asked_at")
    }
    for name in ("answer_due", "late_due"):
        dues = [at for at in (getattr(mine, name), getattr(theirs, name)) if at is not None]
        values[name] = min(dues, default=None)
    answered = [at for at in (mine.answered_at, theirs.answered_at) if at is not None]
    values["answered_at"] = max(answered, default=None)
    if values["answer_due"] is not None:
        values["silent_due"] = None
    if mine.taken_by is None:
        values |= {name: getattr(theirs, name) for name in _TAKER}
    values["read_told_at"] = mine.read_told_at or theirs.read_told_at
    return values
