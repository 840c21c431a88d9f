"""What the host's page does. Each press does what its command does, to what the page showed.

A press carries the show, what was on stage, and how the item stood: one on an old page changes
nothing and says what is so by now.
"""

from collections.abc import Sequence

from sqlalchemy import select

from handlers.capability import OptionKind, PressSpec
from handlers.commanding import as_command
from handlers.host.roles import HOSTS
from handlers.messages import Answer, Press
from handlers.shows.card import Now, live_now
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = ["PRESSES"]


async def _next(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """PageDown: the next item of the run order."""
    return await _move(work, press, arguments, "stage next")


async def _back(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """PageUp: the item before."""
    return await _move(work, press, arguments, "stage back")


async def _pause(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """B: claims for what is on stage are kept in order."""
    return await _turn(work, press, arguments, ItemState.ON_SALE, "stock pause")


async def _resume(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """B again: what was kept is decided, in order. What was stopped stays so."""
    return await _turn(work, press, arguments, ItemState.PAUSED, "stock resume")


async def _undo(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Undo*: your own last act."""
    late = _too_late(work, await live_now(work), arguments)
    return late or await as_command(work, press, "undo")


async def _move(work: Work, press: Press, arguments: Sequence[str], command: str) -> Answer:
    # Of two who press at once, in two processes too, one waits here and then finds it done.
    show = sale.shows.c.id == int(arguments[0])
    await work.tx.run(select(sale.shows.c.id).where(show).with_for_update())
    late = _too_late(work, await live_now(work), arguments)
    return late or await as_command(work, press, command)


async def _turn(
    work: Work, press: Press, arguments: Sequence[str], wanted: ItemState, command: str
) -> Answer:
    say, now = work.house.wording.say, await live_now(work)
    if now is not None and now.stage:
        item = sale.items.c.id == now.show.item_id
        await work.tx.run(select(sale.items.c.id).where(item).with_for_update())
        now = await live_now(work)
    late = _too_late(work, now, arguments)
    if late is not None or now is None:
        return late or Answer(text=say("show.not_live"))
    if not now.stage:
        return Answer(text=say("host.nothing"))
    if now.state != wanted:
        by_now = {"item": now.show.code, "state": now.state, "name": ""}
        return Answer(text=say("card.state_by_now", **by_now))
    code = work.snapshot.catalogue.by_id[now.show.item_id]
    return await as_command(work, press, command, code=code)


def _too_late(work: Work, now: Now | None, arguments: Sequence[str]) -> Answer | None:
    """What to say where the show moved on since the page was drawn."""
    say, (show_id, stage) = work.house.wording.say, arguments
    if now is None or now.show.id != int(show_id):
        return Answer(text=say("show.not_live"))
    if now.stage != int(stage):
        return Answer(text=say("card.stage_by_now", item=now.label, name=""))
    return None


_SHOWN = (OptionKind.INTEGER, OptionKind.INTEGER)

PRESSES = tuple(
    PressSpec(name=f"host.{name}", run=run, takes=_SHOWN, roles=HOSTS, label=label)
    for name, run, label in (
        ("next", _next, "Next"),
        ("back", _back, "Back"),
        ("pause", _pause, "Pause"),
        ("resume", _resume, "Resume"),
        ("undo", _undo, "Undo"),
    )
)
