"""Items whose lamps are lit, as they stood at each event of a batch.

What the database says holds for the end of the batch; each event is undone and done again, so that
a batch tells what its lines would have told one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from handlers.command_line import code_named
from handlers.events import Event, LampLit, StockFell, StockRose
from handlers.lamps.firing import Lamp, Marks, level, marks_of, worst
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState
from storage.unit_of_work import padded

__all__ = ["Lit", "Sight", "Size"]

_MARKS = select(sale.shows.c.amber_percent, sale.shows.c.pause_percent)


@dataclass(slots=True)
class Size:
    """A variant of an item: what is left of it, and the lamp that has fired.

    `base` are the units that its lamp is measured against, `marks` the percent of it.
    """

    id: int
    name: str | None
    left: int
    lamp: str
    short: bool
    base: int
    marks: Marks

    @property
    def now(self) -> Lamp:
        """What the stock of this moment shows: a lamp that fired turns green as units come free."""
        if self.lamp == Lamp.GREEN:
            return Lamp.GREEN
        return level(self.left, base=self.base, marks=self.marks)


@dataclass(slots=True)
class Lit:
    """An item in sight. `since` is when its first lamp was lit, None while all are green."""

    id: int
    code: str
    title: str
    state: str
    counting: bool
    resume_due: datetime | None
    since: datetime | None
    variant: int | None
    ladder: tuple[int, ...]
    waiting: int = 0
    sizes: dict[int, Size] = field(default_factory=dict)

    @property
    def lamp(self) -> Lamp:
        """The most severe lamp of its sizes."""
        return worst(size.lamp for size in self.sizes.values())

    @property
    def newest(self) -> Size:
        """The size whose lamp was lit last."""
        return self.sizes.get(self.variant or 0) or next(iter(self.sizes.values()))

    @property
    def spoken_of(self) -> Size:
        """The size that the host speaks of: the one lit last, or another while that one is well."""
        if self.newest.short or self.newest.now is not Lamp.GREEN:
            return self.newest
        lit = [size for size in self.sizes.values() if size.now is not Lamp.GREEN]
        return min(lit, key=lambda size: size.left, default=self.newest)

    @property
    def left(self) -> int:
        """Units left of all sizes."""
        return sum(size.left for size in self.sizes.values())


class Sight:
    """The items of some events, and the items on their ladders, moved through these events."""

    def __init__(self) -> None:
        self.items: dict[int, Lit] = {}
        #: Those whose `since` or `variant` is to be written.
        self.changed: dict[int, Lit] = {}
        self._of: dict[int, Size] = {}

    @classmethod
    async def load(cls, work: Work, item_ids: Iterable[int]) -> "Sight":
        """Read these items as they are now, and those that could take their place."""
        sight, wanted = cls(), set(item_ids)
        await sight._read(work, wanted)
        others = {one for lit in sight.items.values() for one in lit.ladder} - wanted
        if others:
            await sight._read(work, others)
        return sight

    async def _read(self, work: Work, item_ids: set[int]) -> None:
        tx, items, variants = work.tx, sale.items.c, sale.variants.c
        ids, live = padded(item_ids), work.snapshot.timeline.live
        show = None if live is None else await tx.first(_MARKS.where(sale.shows.c.id == live.id))
        of_show = (None, None) if show is None else (show.amber_percent, show.pause_percent)
        shop, marks = (work.rules.amber_percent, work.rules.pause_percent), dict[int, Marks]()
        for row in await tx.all(select(sale.items).where(items.id.in_(ids)).order_by(items.id)):
            self.items[row.id] = _lit(work, row)
            marks[row.id] = marks_of((row.amber_percent, row.pause_percent), of_show, shop=shop)
        for row in await tx.all(
            select(sale.variants).where(variants.item_id.in_(ids)).order_by(variants.position)
        ):
            left = max(0, row.on_hand - row.reserved)
            size = Size(
                id=row.id,
                name=row.name,
                left=left,
                lamp=row.lamp,
                short=bool(row.short),
                base=row.staged_units,
                marks=marks[row.item_id],
            )
            self._of[row.id] = self.items[row.item_id].sizes[row.id] = size
            self.items[row.item_id].waiting += row.waiting_entries

    def rewind(self, events: Sequence[Event]) -> None:
        """Go back to the moment before these events."""
        for event in reversed(events):
            if isinstance(event, StockFell | StockRose) and event.variant_id in self._of:
                self._of[event.variant_id].left = event.before
            elif isinstance(event, LampLit) and event.variant_id in self._of:
                self._of[event.variant_id].lamp = event.was
                if event.paused:
                    lit = self.items[event.item_id]
                    lit.state, lit.counting = ItemState.ON_SALE, False

    def advance(self, event: Event, at: datetime) -> None:
        """Let one of them happen again, at that moment."""
        if isinstance(event, StockFell | StockRose) and event.variant_id in self._of:
            self._of[event.variant_id].left = event.after
        elif isinstance(event, LampLit) and event.variant_id in self._of:
            self._of[event.variant_id].lamp = event.level
            lit = self.items[event.item_id]
            lit.variant, lit.waiting = event.variant_id, event.waiting
            lit.since = lit.since or at
            if event.paused:
                lit.state, lit.counting = ItemState.PAUSED, True

    def replacement(self, lit: Lit) -> Lit | None:
        """The first item on the ladder that still has units to sell."""
        for item_id in lit.ladder:
            other = self.items.get(item_id)
            # Which pause a batch ends in says nothing of the moment in it.
            if other is None or other.state == ItemState.STOPPED:
                continue
            if any(size.left and not size.short for size in other.sizes.values()):
                return other
        return None


def _lit(work: Work, row: Any) -> Lit:
    known = work.snapshot.catalogue.items
    codes = (code_named(work.snapshot, str(code)) for code in row.replacements or ())
    ladder = tuple(known[code].id for code in codes if code is not None and code != row.code)
    return Lit(
        id=row.id,
        code=row.code,
        title=row.title,
        state=row.state,
        counting=row.soft_paused_at is not None,
        resume_due=row.resume_due,
        since=row.lamp_since,
        variant=row.lamp_variant,
        ladder=ladder,
    )
