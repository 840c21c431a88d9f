"""The show's card: what is on stage, what is left of it, and the buttons that run the show.

It stands in the audience `alerts`, and is said again whenever it reads differently.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import and_, select

from handlers.capability import Follower
from handlers.claims.telling import shown_time
from handlers.events import (
    Event,
    ItemStaged,
    ItemStateChanged,
    LampLit,
    ShowChanged,
    ShowEnded,
    ShowStarted,
    StockFell,
    StockRose,
)
from handlers.lamps.firing import marks_of
from handlers.looking import lamp
from handlers.messages import Address, Button, ButtonStyle, Reach, Section
from handlers.shows.run_of_show import numbers
from handlers.speech import button_values
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState, ShowState

__all__ = ["FOLLOWS", "Now", "card_now", "live_now", "say_card"]

_SIGNS = {"green": "🟢", "amber": "🟡", "pause": "🟠", "red": "🔴", "short": "🔎"}
#: So many are counted exactly; above, a card that follows each unit would tell nothing.
_EXACT = 20
_MANY = 200
_MOST_VARIANTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A show, what is on its stage (`stage` is 0 where nothing is), and what is shown of it."""

    show: Any
    stage: int
    label: str
    variants: Sequence[Any]
    state: str = ""

    def lefts(self) -> dict[int, int]:
        """What is left of each variant on stage."""
        return {row.id: max(0, row.on_hand - row.reserved) for row in self.variants}


async def live_now(work: Work) -> Now | None:
    """The live show as the database has it now; None if none is live."""
    return await _read(work, sale.shows.c.state == ShowState.LIVE)


async def _read(work: Work, which: Any) -> Now | None:
    shows, stages, items = sale.shows.c, sale.stages.c, sale.items.c
    row = await work.tx.first(
        select(
            sale.shows,
            stages.id.label("stage"),
            stages.from_at.label("since"),
            stages.variant_id,
            items.id.label("item_id"),
            items.code,
            items.title,
            items.state.label("item_state"),
            items.amber_percent.label("item_amber"),
            items.pause_percent.label("item_pause"),
        )
        .outerjoin(sale.stages, and_(stages.show_id == shows.id, stages.until_at.is_(None)))
        .outerjoin(sale.items, items.id == stages.item_id)
        .where(which)
    )
    if row is None or row.stage is None:
        return None if row is None else Now(show=row, stage=0, label="", variants=())
    variants = sale.variants.c
    every = await work.tx.all(
        select(sale.variants).where(variants.item_id == row.item_id).order_by(variants.position)
    )
    shown = [one for one in every if row.variant_id in (None, one.id)]
    only = row.variant_id is not None and len(every) > 1
    label = f"{row.code} / {shown[0].name}" if only else row.code
    return Now(show=row, stage=row.stage, label=label, variants=shown, state=row.item_state)


# --- what it says ---------------------------------------------------------------------------------


async def card_now(work: Work) -> Section | None:
    """The card of the live show as it reads now; None if none is live. Only reads."""
    now = await live_now(work)
    return None if now is None else _live(work, now, now.lefts(), work.at)


async def say_card(work: Work, show_id: int) -> None:
    """Say the card of a show as it reads now."""
    now = await _read(work, sale.shows.c.id == show_id)
    if now is None:
        return
    if now.show.state == ShowState.LIVE:
        _say(work, show_id, _live(work, now, now.lefts(), work.at), work.at)
    elif now.show.state == ShowState.ENDED:
        _say(work, show_id, await _over(work, now), work.at)
    else:
        text = work.house.wording.say("card.never_began", name=now.show.name)
        _say(work, show_id, Section(text=text), work.at)


def _say(work: Work, show_id: int, card: Section, at: datetime) -> None:
    values = {"text": card.text, **button_values(card.buttons)}
    # Past quiet hours, which hold news: whoever runs a show has this in their hand.
    alerts = Address("", Reach.AUDIENCE, "alerts")
    work.say(alerts, "show.card", values, card=f"show:{show_id}", at=at)


def _live(work: Work, now: Now, lefts: Mapping[int, int], at: datetime) -> Section:
    say, show = work.house.wording.say, now.show
    since, paused = shown_time(work, show.started_at), show.paused_at is not None
    lines = [say("card.live", name=show.name, since=since, paused=paused)]
    if not now.stage:
        lines.append(say("card.empty"))
        return Section(text="\n".join(lines), buttons=_buttons(now, at))
    on_stage = {"item": now.label, "title": show.title, "state": now.state}
    lines.append(say("card.on_stage", since=shown_time(work, show.since), **on_stage))
    shown = now.variants[:_MOST_VARIANTS]
    left = [say("card.left", name=row.name or "", **_left(work, now, row, lefts)) for row in shown]
    if len(now.variants) > len(shown):
        left.append(say("card.more", count=len(now.variants) - len(shown), code=show.code))
    return Section(text="\n".join([*lines, " · ".join(left)]), buttons=_buttons(now, at))


def _left(work: Work, now: Now, row: Any, lefts: Mapping[int, int]) -> dict[str, str]:
    """How a variant reads: its lamp, and the number behind it."""
    left, rules, show = lefts[row.id], work.rules, now.show
    marks = marks_of(
        (show.item_amber, show.item_pause),
        (show.amber_percent, show.pause_percent),
        shop=(rules.amber_percent, rules.pause_percent),
    )
    colour = lamp(left, row.staged_units, *marks)
    step = 10 if left < _MANY else 100
    number = str(left) if left <= _EXACT else f"{left // step * step}+"
    return {
        "sign": _SIGNS["short" if row.short else colour],
        "left": "" if row.short else number,
    }


def _buttons(now: Now, at: datetime) -> tuple[Button, ...]:
    state, stage = now.state, f"{now.show.id}:{now.stage}"
    # Rounded up, so that what is taken back in this very moment is not later than it.
    undo = Button(id=f"show.undo:{stage}:{ceil(at.timestamp() * 1_000)}", label="Undo")
    following = Button(id=f"show.next:{stage}", label="Next", style=ButtonStyle.PRIMARY)
    if not now.stage:
        return (following, undo)
    selling = state == ItemState.ON_SALE
    turn = ("pause", "Pause") if selling else ("resume", "Resume")
    stop = Button(id=f"show.stop:{stage}:{state}", label="Sold out", style=ButtonStyle.DANGER)
    return (
        following,
        Button(id=f"show.{turn[0]}:{stage}:{state}", label=turn[1]),
        *([] if state == ItemState.STOPPED else [stop]),
        Button(id=f"show.recount:{stage}", label="Recount"),
        undo,
        Button(id=f"show.cord:{stage}", label="Cord…", style=ButtonStyle.DANGER),
    )


async def _over(work: Work, now: Now) -> Section:
    show, nobody_live = now.show, await live_now(work) is None
    text = work.house.wording.say(
        "card.over",
        name=show.name,
        since=shown_time(work, show.started_at),
        until=shown_time(work, show.ended_at),
        **await numbers(work, show.id),
    )
    undo = Button(id=f"show.reopen:{show.id}", label="Undo")
    return Section(text=text, buttons=(undo,) if nobody_live else ())


# --- when it is said ------------------------------------------------------------------------------


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """Say the card where it reads differently: once for an act, and for each unit of a rush."""
    moved = [event for event in events if isinstance(event, StockFell | StockRose | LampLit)]
    if len(moved) == len(events):
        await _stock_moved(work, moved)
        return
    for show_id in await _shows_of(work, events):
        await say_card(work, show_id)


async def _shows_of(work: Work, events: Iterable[Event]) -> list[int]:
    """The shows whose cards read differently now, each once."""
    found: list[int] = []
    for event in events:
        if isinstance(event, ItemStaged | ShowStarted | ShowChanged | ShowEnded):
            found.append(event.show_id)
        if isinstance(event, ShowStarted):
            # The end of the show before it cannot be taken back any more.
            found += await _ended_last(work)
        if isinstance(event, ItemStateChanged):
            now = await live_now(work)
            if now is not None and now.show.item_id == event.item_id:
                found.append(now.show.id)
    return list(dict.fromkeys(found))


async def _ended_last(work: Work) -> list[int]:
    shows = sale.shows.c
    newest = await work.tx.scalar(
        select(shows.id)
        .where(shows.state == ShowState.ENDED)
        .order_by(shows.ended_at.desc())
        .limit(1)
    )
    return [] if newest is None else [newest]


async def _stock_moved(work: Work, events: Sequence[StockFell | StockRose | LampLit]) -> None:
    """A state for each unit that made it read differently, whatever shared its batch.

    So for a pause that a lamp began.
    """
    now = await live_now(work)
    if now is None:
        return
    lefts = now.lefts()
    mine = [event for event in events if event.variant_id in lefts]
    for event in reversed(mine):
        if not isinstance(event, LampLit):
            lefts[event.variant_id] = event.before
    if any(isinstance(event, LampLit) and event.paused for event in mine):
        now = replace(now, state=ItemState.ON_SALE)
    for event in mine:
        before, at = _read_as(work, now, event, lefts), event.at or work.at
        if not isinstance(event, LampLit):
            lefts[event.variant_id] = event.after
        elif event.paused:
            now = replace(now, state=ItemState.PAUSED)
        if _read_as(work, now, event, lefts) != before:
            _say(work, now.show.id, _live(work, now, lefts, at), at)


def _read_as(
    work: Work, now: Now, event: StockFell | StockRose | LampLit, lefts: Mapping[int, int]
) -> tuple[str, dict[str, str]]:
    row = next(row for row in now.variants if row.id == event.variant_id)
    return now.state, _left(work, now, row, lefts)


FOLLOWS = Follower(
    name="shows.card",
    events=(
        ItemStaged,
        ItemStateChanged,
        LampLit,
        ShowChanged,
        ShowEnded,
        ShowStarted,
        StockFell,
        StockRose,
    ),
    run=_follow,
)
