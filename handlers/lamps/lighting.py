"""Lights the lamps while claims are decided, so that a pause stands for the very next claim.

Nothing is said here, and nothing is read: a lamp costs a claim a comparison.
"""

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from handlers.claims.rules import SoftPause
from handlers.events import LampLit
from handlers.lamps.firing import Lamp, fires, marks_of, worst
from storage.schema.states import ItemState, ShowState

if TYPE_CHECKING:
    from handlers.claims.floor import Floor
    from handlers.claims.records import ItemRow, Stock

__all__ = ["entries_waiting", "item_lamp", "light", "seconds_until"]


def item_lamp(floor: "Floor", item: "ItemRow") -> Lamp:
    """The most severe lamp among an item's variants."""
    lit = [lamp for one in item.variants if (lamp := floor.stock[one].lamp) != Lamp.GREEN.value]
    return worst(lit) if lit else Lamp.GREEN


def entries_waiting(floor: "Floor", item: "ItemRow") -> int:
    """How many wait for an item, in all its sizes."""
    return sum(floor.stock[variant].waiting_entries for variant in item.variants)


def light(floor: "Floor", stock: "Stock", before: int) -> None:
    """Light what a fall from `before` units fires; lamps burn in a live show alone."""
    show, rules = floor.show, floor.rules
    if show.state is not ShowState.LIVE:
        return
    item = floor.items[stock.item_id]
    marks = item.marks = item.marks or marks_of(
        (item.amber_percent, item.pause_percent),
        (show.amber_percent, show.pause_percent),
        shop=(rules.amber_percent, rules.pause_percent),
    )
    lamp = fires(before=before, after=stock.left, base=stock.base, lit=stock.lamp, marks=marks)
    if lamp is None:
        return
    was, stock.lamp = stock.lamp, lamp.value
    paused = lamp is Lamp.PAUSE and _wants_a_count(floor, item, stock)
    if paused:
        _pause(floor, item)
    floor.work.emit(
        LampLit(
            item_id=item.id,
            variant_id=stock.id,
            label=stock.label,
            level=lamp.value,
            was=was,
            left=stock.left,
            base=stock.base,
            waiting=entries_waiting(floor, item),
            paused=paused,
            seconds=seconds_until(floor, item),
        )
    )


def _wants_a_count(floor: "Floor", item: "ItemRow", stock: "Stock") -> bool:
    """Whether claims are kept for a count; who has just counted need not count again."""
    if item.state != ItemState.ON_SALE or floor.show.paused or stock.counted_now:
        return False
    rules = floor.rules
    if rules.soft_pause is SoftPause.AUTO:
        return stock.unsure or stock.base >= rules.soft_pause_auto_confirm_from
    return rules.soft_pause is SoftPause.CONFIRM


def _pause(floor: "Floor", item: "ItemRow") -> None:
    rules, at = floor.rules, floor.work.at
    item.state, item.soft_paused_at = ItemState.PAUSED, at
    if rules.soft_pause is SoftPause.AUTO:
        item.resume_due = at + timedelta(seconds=rules.soft_pause_resume_seconds)
    floor.note_pause(item)


def seconds_until(floor: "Floor", item: "ItemRow") -> int:
    """Seconds until a soft pause ends by itself, 0 if it does not."""
    if item.resume_due is None:
        return 0
    return max(0, ceil((item.resume_due - floor.work.at).total_seconds()))
