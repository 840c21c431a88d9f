"""Slow mode: in a flood a viewer may write one line in so many seconds, off unless a shop sets it.

Never while something on stage has units left. A line that makes a flood asks for a look at the
stage, at its own time; a batch ends there, so that the stage is as the lines before it left it.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select, update

from handlers.capability import Deadline, Follower, OptionKind, Phase, PressSpec
from handlers.events import (
    Event,
    ItemStaged,
    ItemStateChanged,
    Restocked,
    ShowChanged,
    ShowEnded,
    StockRose,
)
from handlers.hearing import Line
from handlers.messages import ActKind, Address, Answer, Button, Channel, ChatMessage, Press, Reach
from handlers.moderation.acting import ACT
from handlers.moderation.card import AUDIENCE
from handlers.moderation.ledger import ref_of
from handlers.moderation.rules import ModerationRules
from handlers.people import MODERATORS
from handlers.speech import button_values
from handlers.team.taking import clock_time
from handlers.work import Work
from storage.repositories.messages import cursor, native_order
from storage.schema import sale, traffic
from storage.schema.moderation import moderation_slow
from storage.schema.states import ItemState, ShowState
from storage.upsert import upsert

__all__ = ["DEADLINES", "END", "FOLLOWER", "Pacing", "is_flood", "slow_refused"]

CARD: Final = "moderation.slow_card"
_slow = moderation_slow.c


def is_flood(sent: Sequence[float], at: float, rules: ModerationRules) -> bool:
    """Whether the lines up to `at` are a flood; `sent` are their times in order, in seconds."""
    last = bisect_right(sent, at)
    return last - bisect_right(sent, at - rules.slow_within_seconds) >= rules.slow_after_lines


class Pacing:
    """Counts the lines of each channel in a live show, whoever wrote them."""

    phase = Phase.GUARD

    async def prepare(self, work: Work, lines: Sequence[Line]) -> None:
        """Load how fast the channels are, and when the stage was looked at because of it."""
        memory = work.house.moderation
        if memory.off or not memory.rules.slow_seconds:
            return
        chat = [line.message for line in lines if isinstance(line.message, ChatMessage)]
        if chat:
            work.parts[_Paces] = await _Paces.over(work, chat)

    async def hear(self, work: Work, line: Line) -> bool:
        """Count a line; it goes on its way."""
        paces = work.parts.get(_Paces)
        if isinstance(paces, _Paces) and isinstance(line.message, ChatMessage):
            paces.hear(line.message, live=line.show is not None)
        return False


class _Paces:
    """The paces of the channels during one batch."""

    def __init__(
        self, work: Work, sent: dict[Channel, list[float]], looked: dict[Channel, datetime]
    ) -> None:
        self._work = work
        self._rules = work.house.moderation.rules
        self._sent = sent
        self._looked = looked
        self._looks: dict[Channel, datetime] = {}

    @classmethod
    async def over(cls, work: Work, chat: Sequence[ChatMessage]) -> "_Paces":
        """Load the paces of these lines' channels; they are remembered once committed."""
        memory = work.house.moderation
        sent: dict[Channel, list[float]] = {}
        reached: dict[Channel, tuple[datetime, str] | None] = {}
        for channel in dict.fromkeys(message.channel for message in chat):
            before = reached[channel] = await cursor(work.tx, channel.platform, channel.id)
            known = memory.paces.get(channel)
            if known is not None and known[1] == before:
                sent[channel] = list(known[0])
            else:
                sent[channel] = await _sent(work, channel, before)
        looked = {
            Channel(row.platform, row.channel): row.looked_at
            for row in await work.tx.all(select(moderation_slow))
        }
        paces = cls(work, sent, looked)
        work.closers.append(paces.flush)

        def remember() -> None:
            for channel, times in paces._sent.items():
                memory.paces[channel] = tuple(times), _reached(reached[channel], channel, chat)

        work.tx.on_commit(remember)
        return paces

    def hear(self, message: ChatMessage, *, live: bool) -> None:
        """Count a line; in a flood, ask for a look at the stage as often as its window is long."""
        channel, at = message.channel, message.sent_at
        times, seconds = self._sent[channel], at.timestamp()
        times.insert(bisect_right(times, seconds), seconds)
        window = self._rules.slow_within_seconds
        del times[: bisect_right(times, times[-1] - window)]
        looked = self._looked.get(channel)
        if (
            live
            and is_flood(times, seconds, self._rules)
            and (looked is None or at >= looked + timedelta(seconds=window))
        ):
            self._looked[channel] = self._looks[channel] = at

    async def flush(self) -> None:
        """Write which looks are due."""
        looks, self._looks = self._looks, {}
        for channel, at in looks.items():
            new = {"ref": "", "seconds": 0, "ended_by": ""}
            look = {"looked_at": at, "look_due": at}
            await self._work.tx.run(
                upsert(self._work.tx, moderation_slow)
                .values(platform=channel.platform, channel=channel.id, **new, **look)
                .on_conflict_do_update(index_elements=["platform", "channel"], set_=look)
            )


async def _sent(work: Work, channel: Channel, reached: tuple[datetime, str] | None) -> list[float]:
    """When the lines of the newest window were sent."""
    if reached is None:
        return []
    lines = traffic.messages.c
    window = timedelta(seconds=work.house.moderation.rules.slow_within_seconds)
    rows = await work.tx.all(
        select(lines.sent_at)
        .where(
            lines.platform == channel.platform,
            lines.channel == channel.id,
            lines.kind == "chat",
            lines.sent_at > reached[0] - window,
        )
        .order_by(lines.sent_at)
    )
    return [row.sent_at.timestamp() for row in rows]


def _reached(
    before: tuple[datetime, str] | None, channel: Channel, chat: Sequence[ChatMessage]
) -> tuple[datetime, str] | None:
    """The cursor that the intake writes after these lines."""
    here = [(one.sent_at, one.native_id) for one in chat if one.channel == channel]
    known = [before] if before is not None else []
    return max((*here, *known), key=lambda one: (one[0], native_order(one[1])), default=None)


# --- on -------------------------------------------------------------------------------------------


async def _look(work: Work, due: datetime) -> None:
    """Look at the stage because of a flood, and slow the chat where nothing can be had."""
    rows = await work.tx.all(
        select(moderation_slow)
        .where(_slow.look_due <= due)
        .order_by(_slow.platform, _slow.channel)
        .with_for_update()
    )
    await work.tx.run(update(moderation_slow).where(_slow.look_due <= due).values(look_due=None))
    memory = work.house.moderation
    if memory.off or not memory.rules.slow_seconds or work.snapshot.timeline.live is None:
        return
    if await _has_stock(work):
        return
    for row in rows:
        if row.ends_due is None:
            await _begin(work, row)


async def _has_stock(work: Work) -> bool:
    """Whether something on stage can be had, now or after a pause."""
    variants, stages = sale.variants.c, sale.stages.c
    found = await work.tx.scalar(
        select(variants.id)
        .join(sale.items, sale.items.c.id == variants.item_id)
        .join(sale.stages, stages.item_id == variants.item_id)
        .join(sale.shows, sale.shows.c.id == stages.show_id)
        .where(
            sale.shows.c.state == ShowState.LIVE,
            stages.until_at.is_(None),
            or_(stages.variant_id.is_(None), stages.variant_id == variants.id),
            sale.items.c.state != ItemState.STOPPED,
            variants.on_hand > variants.reserved,
        )
        .limit(1)
    )
    return found is not None


async def _begin(work: Work, row: Any) -> None:
    rules = work.house.moderation.rules
    changed = {
        "ref": ref_of(f"{row.platform}:{row.channel}:{work.at.isoformat()}", "slow"),
        "seconds": rules.slow_seconds,
        "ends_due": work.at + timedelta(seconds=rules.slow_for_seconds),
        "ended_by": "",
        "error": None,
    }
    now = await _change(work, row, changed)
    _act(work, now, seconds=now["seconds"])
    stream = Channel(row.platform, row.channel)
    work.say(stream, "moderation.slow", {"seconds": now["seconds"]})
    _say_card(work, now)


# --- off ------------------------------------------------------------------------------------------


async def _over(work: Work, due: datetime) -> None:
    """It ends by itself."""
    await _end(work, until=due)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """It ends with the show, and at once when something on stage can be had."""
    on = await work.tx.scalar(select(_slow.channel).where(_slow.ends_due.is_not(None)).limit(1))
    if on is None:
        return
    if any(isinstance(event, ShowEnded) for event in events) or await _has_stock(work):
        await _end(work)


async def _press(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*End*, under its card."""
    say, (ref,) = work.house.wording.say, arguments
    if await _end(work, ref=ref, by=press.person.name):
        work.record(press.person, "mod.slow", "end", values={"ref": ref})
        return Answer(text=say("moderation.slow_ended"))
    name = await work.tx.scalar(select(_slow.ended_by).where(_slow.ref == ref))
    return Answer(text=say("moderation.slow_over", name=name or ""))


async def _end(
    work: Work, *, until: datetime | None = None, ref: str | None = None, by: str = ""
) -> bool:
    """End what is on: all of it, what is over at `until`, or the one of this name; whether any."""
    chosen = select(moderation_slow).where(_slow.ends_due.is_not(None))
    if until is not None:
        chosen = chosen.where(_slow.ends_due <= until)
    if ref is not None:
        chosen = chosen.where(_slow.ref == ref)
    rows = await work.tx.all(chosen.order_by(_slow.platform, _slow.channel).with_for_update())
    for row in rows:
        now = await _change(work, row, {"ends_due": None, "ended_by": by})
        # What was refused is not there to be taken back.
        if row.error is None:
            _act(work, now, seconds=0, was=row.seconds)
            _say_card(work, now)
    return bool(rows)


async def slow_refused(work: Work, ref: str, error: str) -> None:
    """Say on its card that a platform refused it; it is not tried again before it would be over."""
    mine = select(moderation_slow).where(_slow.ref == ref, _slow.error.is_(None))
    row = await work.tx.first(mine.with_for_update())
    if row is not None:
        _say_card(work, await _change(work, row, {"error": error}))


# --- telling --------------------------------------------------------------------------------------


async def _change(work: Work, row: Any, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Write it, and return the row as it is now."""
    here = (_slow.platform == row.platform, _slow.channel == row.channel)
    await work.tx.run(update(moderation_slow).where(*here).values(**changed))
    return dict(row._mapping) | dict(changed)


def _act(work: Work, row: Mapping[str, Any], *, seconds: int, was: int = 0) -> None:
    to = Address(row["platform"], Reach.ACT, row["channel"])
    act = {"kind": ActKind.SLOW.value, "seconds": str(seconds), "was": str(was)}
    work.say(to, ACT, {"act": act}, card=f"act:{row['ref']}:{'slow' if seconds else 'fast'}")


def _say_card(work: Work, row: Mapping[str, Any]) -> None:
    say = work.house.wording.say
    if row["ends_due"] is not None and row["error"] is None:
        time = clock_time(work, row["ends_due"])
        end = Button(id=f"mod.slow:{row['ref']}", label=say("moderation.button.slow"))
        text, buttons = say("moderation.slow_on", seconds=row["seconds"], time=time), [end]
    else:
        text, buttons = say(CARD, error=row["error"] or "", ended_by=row["ended_by"]), []
    values = {"text": text, **button_values(buttons)}
    work.tell_team(AUDIENCE, CARD, values, card=f"slow:{row['ref']}", due_at=work.at)


DEADLINES: Final = (
    Deadline(name="moderation.slow_over", due=select(func.min(_slow.ends_due)), run=_over),
    Deadline(name="moderation.slow_look", due=select(func.min(_slow.look_due)), run=_look),
)
FOLLOWER: Final = Follower(
    name="moderation.slow",
    events=(ItemStaged, ItemStateChanged, Restocked, ShowChanged, ShowEnded, StockRose),
    run=_follow,
)
END: Final = PressSpec(
    name="mod.slow",
    run=_press,
    takes=(OptionKind.WORD,),
    roles=MODERATORS,
    label="End, on the card of a slow chat",
)
