"""The working records of one transaction: rows of the sale as the floor counts with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from handlers.claims.allocation import free_units

__all__ = ["Entry", "ItemRow", "Member", "Note", "Outcome", "Rule", "Standing", "Stock", "public"]


class Rule(StrEnum):
    """The rule that decided a claim, for its receipt."""

    FIRST_COME = "first_come"
    WAITS = "waits"
    STOPPED = "stopped"
    SHORT = "short"
    LIMIT = "limit"
    PAUSED = "paused"
    SIZE_ASKED = "size_asked"
    STAFF = "staff"
    PAY_FIRST = "pay_first"
    BLOCKED = "blocked"
    EXCHANGE = "exchange"


class Note(StrEnum):
    """What a reply has to add to the numbers."""

    NONE = ""
    SAME = "same"
    LESS = "less"
    MORE = "more"
    ADDED = "added"
    PENDING = "pending"
    KEPT = "kept"
    RELEASING = "releasing"
    IGNORED = "ignored"
    NOTHING = "nothing"
    EDIT_GONE = "edit_gone"
    LOWERED = "lowered"
    UNASKED = "unasked"
    PAID = "paid"
    WHICH = "which"
    PAY_FIRST = "pay_first"
    BLOCKED = "blocked"
    GONE_FIRST = "gone_first"


_PRIVATE = frozenset({Note.PAY_FIRST, Note.BLOCKED, Note.GONE_FIRST})


@dataclass(slots=True)
class Member:
    """A customer through one identity."""

    customer_id: int
    identity_id: int
    platform: str
    person: str
    name: str
    tells_by_dm: bool = False
    #: Holds nothing before it is paid; claims nothing at all; when one of the two was last told.
    pay_first: bool = False
    blocked: bool = False
    told_at: datetime | None = None


@dataclass(slots=True)
class ItemRow:
    """An item with its variants' ids."""

    id: int
    code: str
    title: str
    state: str
    limit_each: int | None
    hold_minutes: int | None
    variants: list[int] = field(default_factory=list)
    amber_percent: int | None = None
    pause_percent: int | None = None
    #: The marks that hold for it, once they were asked for.
    marks: tuple[int, int] | None = None
    #: A pause for a count: since when, and when it ends by itself.
    soft_paused_at: datetime | None = None
    resume_due: datetime | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        """The item of its stored row, its variants still to come."""
        return cls(
            row.id,
            row.code,
            row.title,
            row.state,
            row.limit_each,
            row.hold_minutes,
            amber_percent=row.amber_percent,
            pause_percent=row.pause_percent,
            soft_paused_at=row.soft_paused_at,
            resume_due=row.resume_due,
        )


@dataclass(slots=True)
class Stock:
    """A variant's numbers, as they stand while the transaction counts."""

    id: int
    item_id: int
    name: str | None
    label: str
    price_minor: int
    currency: str
    on_hand: int
    reserved: int
    short: int
    waiting_entries: int
    waiting_units: int
    last_place: int
    #: What the lamp measures against, the most severe that has fired since, and whether somebody
    #: doubts the count or has made it in this transaction.
    base: int = 0
    lamp: str = "green"
    unsure: bool = False
    counted_now: bool = False
    loaded: tuple[int | str, ...] = ()

    @classmethod
    def of(cls, row: Any, code: str) -> Self:
        """The numbers of its stored row; `code` is its item's."""
        stock = cls(
            row.id,
            row.item_id,
            row.name,
            code,
            row.price_minor,
            row.currency,
            row.on_hand,
            row.reserved,
            row.short,
            row.waiting_entries,
            row.waiting_units,
            row.last_place,
            base=row.staged_units,
            lamp=row.lamp,
            unsure=row.count_unsure,
        )
        stock.loaded = stock.numbers()
        return stock

    @property
    def free(self) -> int:
        """Units that may be granted."""
        return free_units(on_hand=self.on_hand, reserved=self.reserved, short=self.short)

    @property
    def left(self) -> int:
        """Units nobody holds."""
        return max(0, self.on_hand - self.reserved)

    def numbers(self) -> tuple[int | str, ...]:
        """Every number that a transaction may change."""
        return (
            self.on_hand,
            self.reserved,
            self.short,
            self.waiting_entries,
            self.waiting_units,
            self.last_place,
            self.base,
            self.lamp,
        )


@dataclass(slots=True)
class Standing:
    """What one customer has of one variant in one show."""

    held: int = 0
    waiting: int = 0
    pending: int = 0
    bought: int = 0
    #: Claimed by one who pays first: nothing is set aside for it.
    wished: int = 0

    @property
    def unpaid(self) -> int:
        """Units that a repeat is measured against."""
        return self.held + self.waiting + self.pending + self.wished

    def going(self, units: int | None) -> dict[str, int]:
        """Which units (`back`) and places in line (`leaves`) go with so many, None is all."""
        most = self.unpaid if units is None else units
        leaves = min(most, self.waiting + self.pending + self.wished)
        return {"back": min(most - leaves, self.held), "leaves": leaves}

    @property
    def counted(self) -> int:
        """Units that the limit counts."""
        return self.unpaid + self.bought


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A wish for units of one variant, ready to be decided."""

    member: Member
    variant_id: int
    quantity: int
    counted: bool
    sent_at: datetime
    key: str
    channel: str
    #: A claim made earlier (size asked, pending) whose turn has come.
    claim_id: int | None = None
    refused: int = 0
    #: Minor units and currency, where a price was promised before; else it is that of the moment.
    price: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a wish."""

    label: str
    variant_id: int
    note: Note = Note.NONE
    granted: int = 0
    waiting: int = 0
    position: int = 0
    refused: int = 0
    limit: int | None = None
    have: int = 0
    pending: int = 0
    #: Seconds until what is pending is decided, 0 if that is open.
    wait: int = 0
    #: Of what is about to go: units, and places in line.
    back: int = 0
    leaves: int = 0

    @property
    def private(self) -> bool:
        """Whether it is for the one alone whom it is about."""
        return self.note in _PRIVATE

    def values(self) -> dict[str, Any]:
        """The outcome as an outbox message keeps it, without what is nothing."""
        told: dict[str, Any] = {"i": self.label}
        if self.granted:
            told["g"] = self.granted
        if self.waiting:
            told["w"], told["p"] = self.waiting, self.position
        if self.refused:
            told["r"], told["l"] = self.refused, self.limit
        if self.note:
            told["k"], told["h"], told["v"] = self.note.value, self.have, self.variant_id
        if self.leaves:
            told["b"], told["f"] = self.back, self.leaves
        if self.pending:
            told["q"], told["n"] = self.pending, self.position
        if self.wait:
            told["e"] = self.wait
        if self.private:
            told["y"] = 1
        return told


def public(outcomes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of these outcomes that everybody may read."""
    return [outcome for outcome in outcomes if not outcome.get("y")]
