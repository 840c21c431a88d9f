"""Domain events: what happened, past tense, told to followers in the same transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

__all__ = [
    "CordPulled",
    "Event",
    "ItemStaged",
    "ItemStateChanged",
    "LampLit",
    "Restocked",
    "ShowChanged",
    "ShowEnded",
    "ShowStarted",
    "StockFell",
    "StockRose",
    "WentShort",
    "restore",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in the sale.

    `at` is when, filled in as it is emitted; an event that was kept to be tried again has none.
    """

    at: datetime | None = None

    def values(self) -> dict[str, Any]:
        """The event as plain values, for keeping."""
        return {name: value for name, value in asdict(self).items() if name != "at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFell(Event):
    """Fewer units of a variant are left than before; `lamp` is the item's most severe by then.

    While one is lit, `waiting` are the entries that wait for the item.
    """

    item_id: int
    variant_id: int
    label: str
    before: int
    after: int
    lamp: str = "green"
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRose(Event):
    """More units of a variant are left than before; `lamp` is the item's most severe by then.

    While one is lit, `waiting` are the entries that wait for the item.
    """

    item_id: int
    variant_id: int
    label: str
    before: int
    after: int
    lamp: str = "green"
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restocked(Event):
    """Units of a variant came in: its lamp is armed again, against `left`."""

    item_id: int
    variant_id: int
    label: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Event):
    """A variant fell to a mark of its lamp: `level` is `amber`, `pause` or `red`.

    `was` is the lamp before, `base` the units when staged or last restocked, `waiting` the entries
    that wait for the item. `paused` where this began a soft pause; it ends by itself after
    `seconds`, if they are not 0.
    """

    item_id: int
    variant_id: int
    label: str
    level: str
    was: str
    left: int
    base: int
    waiting: int
    paused: bool
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CordPulled(Event):
    """Somebody of the team stopped an item: `who` is the name, `why` what was typed."""

    item_id: int
    code: str
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WentShort(Event):
    """A recount found fewer units than are held: `short` of them are missing."""

    item_id: int
    variant_id: int
    label: str
    on_hand: int
    reserved: int
    short: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStaged(Event):
    """An item came on stage."""

    show_id: int
    item_id: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStateChanged(Event):
    """An item was paused, stopped, put on sale again, or counted short or no longer so.

    A soft pause is told by its `LampLit`.
    """

    item_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStarted(Event):
    """A show went live."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEnded(Event):
    """A show ended."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChanged(Event):
    """A show was paused or resumed, its stage was emptied, or an act on it was taken back."""

    show_id: int


_KINDS = {
    kind.__name__: kind
    for kind in (
        StockFell,
        StockRose,
        Restocked,
        LampLit,
        CordPulled,
        WentShort,
        ItemStaged,
        ItemStateChanged,
        ShowStarted,
        ShowChanged,
        ShowEnded,
    )
}


def restore(name: str, values: dict[str, Any]) -> Event:
    """Make a kept event again. Raises `KeyError` for a name that is no event."""
    return _KINDS[name](**values)
