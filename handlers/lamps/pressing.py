"""The buttons of a lamp's card. Each does what its command does, once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from handlers.capability import OptionKind, PressSpec
from handlers.commanding import as_command
from handlers.messages import Answer, Form, Press
from handlers.people import MODERATORS
from handlers.shows.control import recount_form
from handlers.stock.states import STATES
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = ["PRESSES"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def _stage(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Put B3 on stage*: once for each lit lamp, whoever presses first."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    item = work.snapshot.catalogue.by_id.get(int(arguments[0]))
    if live is None or item is None:
        return Answer(text=say("lamps.not_live"))
    # Of two who press at once, in two processes too, one waits here and then finds it done.
    await work.tx.run(select(sale.shows.c.id).where(sale.shows.c.id == live.id).with_for_update())
    stages, lit = sale.stages.c, _EPOCH + timedelta(milliseconds=int(arguments[1]))
    staged = await work.tx.scalar(
        select(stages.id)
        .where(
            stages.item_id == item.id,
            stages.show_id == live.id,
            stages.until_at.is_(None) | (stages.from_at > lit),
        )
        .limit(1)
    )
    if staged is not None:
        return Answer(text=say("lamps.staged_since", code=item.code))
    return await as_command(work, press, "stage", code=item)


async def _resume(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Resume*: what was kept for a count is taken, in order."""
    return await _decide(work, press, arguments, "stock resume")


async def _stop(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Sold out*: what was kept for a count goes to the waitlist."""
    return await _decide(work, press, arguments, "stock stop")


async def _decide(work: Work, press: Press, arguments: Sequence[str], command: str) -> Answer:
    by_now = await _decided(work, int(arguments[0]))
    if by_now is not None:
        return by_now
    item = work.snapshot.catalogue.by_id[int(arguments[0])]
    return await as_command(work, press, command, code=item)


async def _decided(work: Work, item_id: int) -> Answer | None:
    """What to say where that pause for a count is over, or there is no such item."""
    say = work.house.wording.say
    row = await work.tx.first(
        select(sale.items).where(sale.items.c.id == item_id).with_for_update()
    )
    if row is None or item_id not in work.snapshot.catalogue.by_id:
        return Answer(text=say("refused.gone"))
    if row.soft_paused_at is not None:
        return None
    return Answer(text=say("lamps.by_now", code=row.code, state=STATES[ItemState(row.state)]))


async def _recount(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Recount*: asks how many were really counted; then it goes on."""
    by_now = await _decided(work, int(arguments[0]))
    return by_now or Answer(text=work.house.wording.say("lamps.recount_again"))


async def _ask_recount(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Recount*, the same as that of the show's card."""
    item = work.snapshot.catalogue.by_id.get(int(arguments[0]))
    since = await work.tx.scalar(
        select(sale.items.c.soft_paused_at).where(sale.items.c.id == int(arguments[0]))
    )
    if item is None or since is None:
        return None
    named = (one.name for one in item.variants.values() if one.id == int(arguments[1]))
    return recount_form(item.id, int(arguments[1]), item.label(next(named, None)))


_ITEM = (OptionKind.INTEGER,)
_PAIR = (OptionKind.INTEGER, OptionKind.INTEGER)

PRESSES = (
    PressSpec(name="lamps.stage", run=_stage, takes=_PAIR, roles=MODERATORS, label="Put on stage"),
    PressSpec(name="lamps.resume", run=_resume, takes=_ITEM, roles=MODERATORS, label="Resume"),
    PressSpec(name="lamps.stop", run=_stop, takes=_ITEM, roles=MODERATORS, label="Sold out"),
    PressSpec(
        name="lamps.recount",
        run=_recount,
        takes=_PAIR,
        roles=MODERATORS,
        opens=_ask_recount,
        label="Recount",
    ),
)
