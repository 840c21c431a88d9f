"""What the intake itself has to say: of a message set aside, of lines read back, of lines lost."""

from datetime import datetime, timedelta

from sqlalchemy import update

from handlers.events import ItemStateChanged
from handlers.hearing import Heard
from handlers.messages import (
    Address,
    Channel,
    Command,
    DirectMessage,
    FormSubmit,
    MessageDeleted,
    Press,
    Reach,
    TeamLine,
)
from handlers.team.alerts import Severity, raise_alert
from handlers.work import Work
from storage.schema import sale, traffic
from storage.schema.states import ItemState, RetryState
from storage.unit_of_work import padded

__all__ = ["say_came_back", "say_lost", "say_set_aside"]

_Any = Heard | Command | Press | FormSubmit | DirectMessage | TeamLine


async def say_set_aside(
    work: Work, message: _Any, *, reference: str, error: str, stale: datetime
) -> None:
    """Keep the message, answer its sender (by `stale` at the latest), and alert the team."""
    aside = {
        "key": message.key,
        "reference": reference,
        "error": error[:500],
        "at": work.at,
        "state": RetryState.WAITING,
    }
    await work.tx.insert(traffic.set_aside, [aside])
    sorry = {"reference": reference}
    if isinstance(message, DirectMessage):
        address = Address(message.person.platform, Reach.PERSON, message.person.id)
        work.say(address, "bug.sorry", sorry)
    elif isinstance(message, Command | Press | FormSubmit):
        address = Address(message.channel.platform, Reach.REPLY, message.reply_to)
        work.say(address, "bug.sorry", {**sorry, "private": True}, expires_at=stale)
    # Who spoke to the team asked nothing of the bot.
    elif not isinstance(message, MessageDeleted | TeamLine):
        who = {"id": message.person.id, "name": message.person.name}
        work.say(message.channel, "bug.sorry_line", {**sorry, "who": who})
    await raise_alert(
        work,
        key=f"bug:{error.partition(':')[0]}:{_place(message)}",
        kind="bug.alert",
        values={"reference": reference, "error": error[:200]},
    )


def _place(message: _Any) -> str:
    """Where a bug was met, so that many of one kind are one alert."""
    match message:
        case Command(line=line):
            return line.partition(" ")[0]
        case Press(button=pressed):
            return pressed.partition(":")[0]
        case FormSubmit(form=form):
            return form.partition(":")[0]
    return type(message).__name__


def say_came_back(work: Work, channel: Channel, *, away: timedelta, claims: int) -> None:
    """Tell the chat that its missed lines were read back."""
    seconds = round(away.total_seconds())
    work.say(channel, "gap.back", {"seconds": seconds, "claims": claims})


async def say_lost(work: Work, channel: Channel, *, since: datetime) -> None:
    """Lines since then cannot be read: pause what was on stage, and tell the team."""
    live = work.snapshot.timeline.live
    stages = live.stages if live is not None else ()
    codes = sorted({one.code for one in stages if one.until_at is None or one.until_at >= since})
    ids = [work.snapshot.catalogue.items[code].id for code in codes]
    if ids:
        await work.tx.run(
            update(sale.items)
            .where(
                sale.items.c.id.in_(padded(ids)),
                sale.items.c.state.in_([ItemState.ON_SALE, ItemState.PAUSED]),
            )
            # A pause for a count would end by itself.
            .values(state=ItemState.PAUSED, soft_paused_at=None, resume_due=None)
        )
    for item_id in ids:
        work.emit(ItemStateChanged(item_id=item_id))
    shown = f"{since.astimezone(work.house.timezone):%H:%M:%S}"
    await raise_alert(
        work,
        key=f"gap:{channel.platform}:{channel.id}",
        kind="gap.lost" if codes else "gap.lost_none",
        severity=Severity.URGENT if codes else Severity.WARNING,
        values={"since": shown, "codes": ", ".join(codes)},
    )
