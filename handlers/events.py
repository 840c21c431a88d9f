"""Domain events: what happened, past tense, told to followers in the same transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

__all__ = [
    "Event",
    "ItemStaged",
    "ItemStateChanged",
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
    """Fewer units of a variant are left than before."""

    item_id: int
    variant_id: int
    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRose(Event):
    """More units of a variant are left than before."""

    item_id: int
    variant_id: int
    label: str
    before: int
    after: int


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
    """An item was paused, stopped, put on sale again, or counted short or no longer so."""

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
