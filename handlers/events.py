"""Domain events: what happened, past tense, told to followers in the same transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

__all__ = [
    "CordPulled",
    "CordReleased",
    "DefectReported",
    "DirectsClosed",
    "Event",
    "ExceptionDecided",
    "ImpersonationSeen",
    "ItemStaged",
    "ItemStateChanged",
    "LampLit",
    "OrderMoved",
    "OrderPaid",
    "OrderShort",
    "ParcelMoved",
    "PaymentTrouble",
    "PaymentsWell",
    "PlatformBack",
    "PlatformLost",
    "QuestionSpike",
    "RefundSettled",
    "Restocked",
    "ReturnMoved",
    "ReturnRequested",
    "ShowChanged",
    "ShowEnded",
    "ShowPlanned",
    "ShowReopened",
    "ShowStaged",
    "ShowStarted",
    "ShowTakenBack",
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
class CordReleased(Event):
    """Pulling the cord was taken back."""

    item_id: int
    code: str


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
class ShowPlanned(Event):
    """A show is to start at another time than before, or the plan for it is gone.

    `staging` while its staging goes on all the same.
    """

    show_id: int
    staging: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStaged(Event):
    """A planned show is about to start: its staging begins."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStarted(Event):
    """A show went live."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEnded(Event):
    """A show ended."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTakenBack(Event):
    """The start of a show was taken back: it never was live."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReopened(Event):
    """The end of a show was taken back: it is live again."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequested(Event):
    """A customer asked to give something back, or complained; its row and units are written."""

    return_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMoved(Event):
    """A return went from one state to another, or something of it changed: `kind` says what."""

    return_id: int
    kind: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectReported(Event):
    """Several customers say that the shop sent something faulty: one SKU, bought in one show.

    `times` are the returns that say so, `defect` is the newest reason as customers read it.
    """

    item_id: int
    show_id: int
    sku: str
    times: int
    defect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChanged(Event):
    """A show was paused or resumed, its stage was emptied, or an act on it was taken back."""

    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTrouble(Event):
    """Payments are slow or fail: at which `provider`, and what happens, in a few words."""

    provider: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSpike(Event):
    """Many ask the same in a show: the `topic`, and an `example` in the words of one of them."""

    show_id: int
    topic: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLost(Event):
    """A platform cannot be reached: its name, as the team reads it."""

    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformBack(Event):
    """A platform that was lost can be reached again: its name, as `PlatformLost` said it."""

    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationSeen(Event):
    """Somebody poses as the shop or its team, under this name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(Event):
    """An order went from one state to another: `number` is what its customer calls it."""

    order_id: int
    customer_id: int
    number: str
    was: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """An order is paid in full: `minor` of `currency` came by `way`, `short` of its units are gone.

    `number` is what its customer calls it.
    """

    order_id: int
    customer_id: int
    number: str
    way: str
    minor: int
    currency: str
    short: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionDecided(Event):
    """A person resolved an exception, or it was opened again: its kind, and what it is about.

    `who` resolved it; empty where it was opened again.
    """

    kind: str
    subject: str
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelMoved(Event):
    """A parcel went from one state to another."""

    parcel_id: int
    customer_id: int
    was: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShort(Event):
    """An order is paid, and `units` of it, or of the parts of its bundles, are not there."""

    order_id: int
    customer_id: int
    number: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsWell(Event):
    """Payments go through again at this `provider`, which had trouble."""

    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSettled(Event):
    """Money went back, or could not: `key` is what it was asked for by, `state` paid or failed.

    A refund that was paid may still fail later.
    """

    refund_id: int
    payment_id: int
    order_id: int
    key: str
    state: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectsClosed(Event):
    """This person takes no direct messages, and one of ours could not be delivered."""

    platform: str
    person: str


_KINDS = {
    kind.__name__: kind
    for kind in (
        StockFell,
        StockRose,
        Restocked,
        LampLit,
        CordPulled,
        CordReleased,
        WentShort,
        ItemStaged,
        ItemStateChanged,
        ShowPlanned,
        ShowStaged,
        ShowStarted,
        ShowChanged,
        ShowEnded,
        ShowReopened,
        ShowTakenBack,
        PaymentTrouble,
        QuestionSpike,
        PlatformBack,
        PlatformLost,
        ImpersonationSeen,
        OrderMoved,
        OrderPaid,
        OrderShort,
        ParcelMoved,
        ExceptionDecided,
        PaymentsWell,
        RefundSettled,
        ReturnMoved,
        ReturnRequested,
        DefectReported,
        DirectsClosed,
    )
}


def restore(name: str, values: dict[str, Any]) -> Event:
    """Make a kept event again. Raises `KeyError` for a name that is no event."""
    return _KINDS[name](**values)
