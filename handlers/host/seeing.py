"""What the host sees: what is on stage, what is left of it, the line to say now, what is next.

`host_sees` is pure, over a look at the sale; `see` reads for it, and writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.lamps.card import host_line, scarce
from handlers.lamps.sight import Lit, Sight
from handlers.looking import ItemLook, SaleLook, VariantLook, look
from handlers.snapshot import ItemView, ShowView, Snapshot
from handlers.work import House, Work
from storage.schema.states import ItemState, ShowState
from storage.unit_of_work import Transaction

__all__ = ["HostItem", "HostLook", "HostNext", "HostSize", "host_sees", "see"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSize:
    """A variant on stage, in units; while it is being counted nothing of it is given out."""

    name: str
    left: int
    waiting: int
    lamp: str
    counting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostItem:
    """What is on stage; `state` is `on_sale`, `paused` or `stopped`."""

    code: str
    title: str
    price: str
    state: str
    sizes: tuple[HostSize, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostNext:
    """Another item of the run order, and the units left of it."""

    code: str
    title: str
    price: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLook:
    """The host's page at one moment.

    `show` is the id of the show, 0 without one, and `stage` that of what is on stage, 0 where
    nothing is: a press names both. `state` is `paused` or that of the show. `waiting` are units
    that are waited for; `line` is the sentence to say now, empty where there is none.
    """

    show: int
    name: str
    state: str
    stage: int = 0
    item: HostItem | None = None
    waiting: int = 0
    line: str = ""
    next: HostNext | None = None
    back: HostNext | None = None


async def see(tx: Transaction, snapshot: Snapshot, house: House, now: datetime) -> HostLook:
    """Read what the host sees, from a read transaction."""
    seen = await look(
        tx,
        snapshot,
        locale=house.locale,
        amber=house.rules.amber_percent,
        pause=house.rules.pause_percent,
    )
    return host_sees(seen, snapshot, house, lamp_line=await _lamp_line(tx, snapshot, house, now))


async def _lamp_line(
    tx: Transaction, snapshot: Snapshot, house: House, now: datetime
) -> str | None:
    """What the lamps have the host say of the item on stage; None while they have nothing."""
    stage = _staged(snapshot.timeline.live)
    if stage is None:
        return None
    item = snapshot.catalogue.items[stage[1]]
    work = Work(tx, house, snapshot, now, commands={}, undoes={}, waits=())
    sight = await Sight.load(work, [item.id])
    lit = sight.items.get(item.id)
    if lit is None or not _speak_of(lit, item, stage[2]):
        return None
    if lit.state == ItemState.PAUSED:
        title = {"title": item.title, "size": ""}
        return house.wording.say("lamps.say.counting", **title) if lit.counting else None
    return host_line(work, lit, sight.replacement(lit))


def _speak_of(lit: Lit, item: ItemView, variant: str | None) -> bool:
    """Whether a lamp of what is on stage is lit; the line is then about that size."""
    if variant is not None:
        # Only one size is on stage: what became of another is not news now.
        lit.variant = item.variants[variant].id
        if not scarce(lit.newest):
            return False
    return lit.since is not None and scarce(lit.spoken_of)


def host_sees(
    seen: SaleLook, snapshot: Snapshot, house: House, *, lamp_line: str | None
) -> HostLook:
    """What the host sees of the show that `seen` is of; `lamp_line` is the lamps' own sentence."""
    show = None if seen.show_id is None else snapshot.timeline.of(seen.show_id)
    live = show is not None and show.state is ShowState.LIVE
    items = {item.code: item for item in seen.items}
    staged = _staged(show) if live else None
    back, following = _neighbours(show, snapshot, items) if live else (None, None)
    found = HostLook(
        show=seen.show_id if live and seen.show_id is not None else 0,
        name=seen.show or house.shop_name,
        state=seen.state,
        next=following,
        back=back,
    )
    item = items.get(staged[1]) if staged is not None else None
    if staged is None or item is None:
        title = "" if following is None or not live else following.title
        return replace(found, line=house.wording.say("host.line.empty", next=title))
    shown = [one for one in item.variants if staged[2] is None or one.name == staged[2]]
    return replace(
        found,
        stage=staged[0],
        item=HostItem(
            code=item.code,
            title=item.title,
            price=item.price,
            state=item.state,
            sizes=tuple(map(_size, shown)),
        ),
        waiting=sum(one.waiting for one in shown),
        line=_line(house, seen, item, shown, lamp_line),
    )


def _line(
    house: House, seen: SaleLook, item: ItemLook, shown: list[VariantLook], lamp_line: str | None
) -> str:
    """The sentence to say now: a pause goes before a lamp, a lamp before the offer."""
    told = {
        "title": item.title,
        "price": item.price,
        "code": item.code,
        "several": len(shown) > 1,
    }
    if seen.state == "paused":
        key = "host.line.show_paused"
    elif item.state == ItemState.STOPPED:
        key = "host.line.item_stopped"
    elif lamp_line is not None:
        return lamp_line
    elif item.state == ItemState.PAUSED:
        key = "host.line.item_paused"
    else:
        key = "host.line.offer" if any(one.left for one in shown) else "host.line.none"
    return house.wording.say(key, **told)


def _staged(show: ShowView | None) -> tuple[int, str, str | None] | None:
    """What is on stage of a live show: the interval's id, the code, and the only variant."""
    if show is None or show.state is not ShowState.LIVE or not show.stages:
        return None
    last = show.stages[-1]
    return None if last.until_at else (last.id, last.code, last.variant)


def _neighbours(
    show: ShowView | None, snapshot: Snapshot, items: Mapping[str, ItemLook]
) -> tuple[HostNext | None, HostNext | None]:
    """What *back* and *next* put on stage, as `/stage back` and `/stage next` find it."""
    order = sorted(snapshot.catalogue.items.values(), key=lambda item: item.position)
    codes = [item.code for item in order if item.code in items]
    last = show.stages[-1].code if show is not None and show.stages else None
    if last not in codes:
        return None, _beside(items, codes[0]) if codes else None
    at = codes.index(last)
    return (
        _beside(items, codes[at - 1]) if at else None,
        _beside(items, codes[at + 1]) if at + 1 < len(codes) else None,
    )


def _beside(items: Mapping[str, ItemLook], code: str) -> HostNext:
    item = items[code]
    left = sum(one.left for one in item.variants if not one.short)
    return HostNext(code=code, title=item.title, price=item.price, left=left)


def _size(one: VariantLook) -> HostSize:
    return HostSize(
        name=one.name,
        left=one.left,
        waiting=one.waiting,
        lamp=one.lamp,
        counting=one.short > 0,
    )
