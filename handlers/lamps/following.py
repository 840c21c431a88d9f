"""Follows the stock of lit items: one card each, said again where it reads differently."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import bindparam, func, select, update

from handlers.capability import Deadline, Follower
from handlers.events import (
    Event,
    ItemStateChanged,
    LampLit,
    Restocked,
    ShowChanged,
    ShowEnded,
    ShowStarted,
    StockFell,
    StockRose,
)
from handlers.lamps.card import card_key, lit_card, reads, shown_left
from handlers.lamps.firing import Lamp
from handlers.lamps.sight import Lit, Sight
from handlers.messages import Section
from handlers.speech import button_values
from handlers.stock.states import enter, floor_for
from handlers.team.alerts import Severity, settle_alert
from handlers.team.taking import history_line
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = ["FOLLOWS", "RESUME"]

_SEVERITY = {Lamp.AMBER: Severity.INFO, Lamp.PAUSE: Severity.WARNING, Lamp.RED: Severity.WARNING}

_REMEMBER = (
    update(sale.items)
    .where(sale.items.c.id == bindparam("b_id"))
    .values(lamp_since=bindparam("n_since"), lamp_variant=bindparam("n_variant"))
)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """Tell of lamps that were lit, keep the cards of those that are, and quiet them at the end."""
    if any(isinstance(event, ShowStarted) for event in events):
        await _stage_all(work)
    await _move(work, events)
    ended = any(isinstance(event, ShowEnded) for event in events)
    # A change that finds no show live is an end that was taken back.
    goes_on = _is_over(work) and any(isinstance(event, ShowChanged) for event in events)
    if ended or goes_on:
        await _say_all(work, over=ended)


async def _move(work: Work, events: Sequence[Event]) -> None:
    """Let each event happen to the items that it touches."""
    touched = set(_touched(events))
    if not touched:
        return
    sight = await Sight.load(work, touched)
    sight.rewind(events)
    now = work.at
    for event, after in pairwise((*events, None)):
        # Each is told of at its own moment, whatever shared its batch.
        work.at = now if event is None else event.at or now
        if event is not None:
            await _one(work, sight, event, after)
    work.at = now
    await _remember(work, sight)


def _is_over(work: Work) -> bool:
    return work.snapshot.timeline.live is None


async def _remember(work: Work, sight: Sight) -> None:
    if sight.changed:
        await work.tx.run(
            _REMEMBER,
            [
                {"b_id": lit.id, "n_since": lit.since, "n_variant": lit.variant}
                for lit in sight.changed.values()
            ],
        )


def _touched(events: Sequence[Event]) -> Iterator[int]:
    for event in events:
        if isinstance(event, LampLit | Restocked | ItemStateChanged) or (
            isinstance(event, StockFell | StockRose) and event.lamp != Lamp.GREEN
        ):
            yield event.item_id


async def _one(work: Work, sight: Sight, event: Event, after: Event | None) -> None:
    item_id = getattr(event, "item_id", None)
    lit = None if item_id is None else sight.items.get(item_id)
    if lit is None:
        return
    if isinstance(event, StockFell | StockRose):
        lit.waiting = event.waiting
    # While a restock is told, its lamp is armed already and the card still to be ended.
    shown = lit.since is not None and lit.lamp is not Lamp.GREEN
    before = reads(sight, lit) if shown else None
    sight.advance(event, work.at)
    match event:
        case LampLit():
            _lit(work, sight, lit, event)
        case Restocked() if lit.since is not None:
            _restocked(work, sight, lit)
        case ItemStateChanged():
            await _state_changed(work, sight, lit)
        # The lamp that this fall fired tells more.
        case StockFell() if isinstance(after, LampLit):
            return
        case StockFell() | StockRose() if before is not None and not _is_over(work):
            if reads(sight, lit) != before:
                _say(work, lit, lit_card(work, sight, lit))


def _lit(work: Work, sight: Sight, lit: Lit, event: LampLit) -> None:
    sight.changed[lit.id] = lit
    lamp, live = Lamp(event.level), work.snapshot.timeline.live
    stage = None if live is None else live.stage_at(work.at)
    on_stage = stage is not None and stage.code == lit.code
    severity = Severity.URGENT if lamp is Lamp.RED and on_stage else _SEVERITY[lamp]
    size = lit.spoken_of.name or "" if len(lit.sizes) > 1 else ""
    told = {"item": lit.code, "size": size, "left": event.left, "base": event.base}
    history = history_line(work, "lamps.history", **told)
    _say(work, lit, lit_card(work, sight, lit), severity=severity, history=history)
    if event.paused:
        told = {"code": lit.code, "left": event.left, "seconds": event.seconds}
        work.tell_stream("lamps.counting", told)


def _say(
    work: Work,
    lit: Lit,
    card: Section,
    *,
    severity: Severity = Severity.INFO,
    history: str = "",
) -> None:
    work.tell_team(
        "alerts",
        "lamps.card",
        {
            "text": card.text,
            "severity": severity.value,
            "urgent": severity is Severity.URGENT,
            "history": history,
            **button_values(card.buttons),
        },
        card=card_key(lit),
    )


def _restocked(work: Work, sight: Sight, lit: Lit) -> None:
    """The card turns quiet once no size of it is lit any more."""
    if lit.lamp is not Lamp.GREEN:
        if not _is_over(work):
            _say(work, lit, lit_card(work, sight, lit))
        return
    told = {"item": lit.code, "title": lit.title, "left": shown_left(lit.left)}
    _say(work, lit, Section(text=work.house.wording.say("lamps.restocked", **told)))
    lit.since = lit.variant = None
    sight.changed[lit.id] = lit


async def _state_changed(work: Work, sight: Sight, lit: Lit) -> None:
    if lit.since is not None and lit.lamp is not Lamp.GREEN and not _is_over(work):
        _say(work, lit, lit_card(work, sight, lit))
    if lit.state == ItemState.ON_SALE:
        over = work.house.wording.say("cord.over", code=lit.code)
        await settle_alert(work, f"cord:{lit.id}", over)


async def _stage_all(work: Work) -> None:
    """A show begins: what is there now is what its lamps measure against."""
    variants, items = sale.variants.c, sale.items.c
    left = func.greatest if work.tx.dialect == "postgresql" else func.max
    staged = left(variants.on_hand - variants.reserved, 0)
    # In the one order in which stock is locked.
    rows = await work.tx.all(
        select(variants.id)
        .where((variants.staged_units != staged) | (variants.lamp != Lamp.GREEN.value))
        .order_by(variants.id)
        .with_for_update()
    )
    if rows:
        await work.tx.run(
            update(sale.variants)
            .where((variants.staged_units != staged) | (variants.lamp != Lamp.GREEN.value))
            .values(staged_units=staged, lamp=Lamp.GREEN.value)
        )
    await work.tx.run(
        update(sale.items)
        .where(items.lamp_since.is_not(None))
        .values(lamp_since=None, lamp_variant=None)
    )


async def _say_all(work: Work, *, over: bool) -> None:
    """The cards as they are once the show is over, to be read alone; or as it goes on after all."""
    lit = await work.tx.all(
        select(sale.items.c.id)
        .where(sale.items.c.lamp_since.is_not(None))
        .order_by(sale.items.c.id)
    )
    if not lit:
        return
    sight = await Sight.load(work, [id for (id,) in lit])
    for (id,) in lit:
        one = sight.items[id]
        if not over:
            _say(work, one, lit_card(work, sight, one))
            continue
        told = {"item": one.code, "title": one.title, "left": shown_left(one.left)}
        _say(work, one, Section(text=work.house.wording.say("lamps.over", **told)))


async def _resume(work: Work, due: datetime) -> None:
    """A pause for a count is over: what was kept is taken in order, and it goes on."""
    items = sale.items.c
    rows = await work.tx.all(
        select(items.id).where(items.resume_due <= due).order_by(items.resume_due, items.id)
    )
    for (item_id,) in rows:
        floor = await floor_for(work, work.snapshot.catalogue.by_id[item_id])
        row = floor.items[item_id]
        # Until its item was locked, somebody may have decided.
        if row.resume_due is not None and row.resume_due <= due:
            await enter(work, floor, item_id, ItemState.ON_SALE)


FOLLOWS = Follower(
    name="lamps.cards",
    events=(
        ItemStateChanged,
        LampLit,
        Restocked,
        ShowChanged,
        ShowEnded,
        ShowStarted,
        StockFell,
        StockRose,
    ),
    run=_follow,
)
RESUME = Deadline(name="lamps.resume", due=select(func.min(sale.items.c.resume_due)), run=_resume)
