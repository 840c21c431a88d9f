"""What an import finds, plans and reports: plain values between the file and the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from handlers.money import Money

__all__ = [
    "FieldChange",
    "ImportPlan",
    "ImportRefused",
    "ImportReport",
    "KnownItem",
    "KnownVariant",
    "StockChange",
    "StockMode",
    "Values",
    "Waiting",
]

#: What the file's stock does to a SKU that is known: it replaces, it comes on top, or nothing.
StockMode: TypeAlias = Literal["set", "add", "keep"]
#: A row to be written, by column; `id` is that of a known row.
Values: TypeAlias = dict[str, Any]


class ImportRefused(ValueError):
    """A good catalogue file does not fit what was sold already; nothing was imported.

    `problems` holds all that is in the way, one sentence or two each; `str()` is one line for each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the `problems`."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVariant:
    """A variant as the database has it. `waiting` counts the units of its waitlist."""

    id: int
    item_id: int
    name: str | None
    sku: str
    position: int
    price: Money
    on_hand: int
    reserved: int
    short: int
    waiting: int
    staged_units: int
    bin: str
    details: Mapping[str, str]
    #: Claims of it that still lack their turn (the item is paused).
    unsettled: int
    #: Whether a claim or a stage, however old, speaks of it: then its row stays.
    told_of: bool
    #: The most severe lamp that has fired since it was staged or restocked.
    lamp: str = "green"

    @property
    def wanted(self) -> bool:
        """Whether anyone holds it or waits for it."""
        return bool(self.reserved or self.waiting or self.unsettled)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """An item as the database has it, its variants in order."""

    id: int
    code: str
    title: str
    limit: int | None
    final_sale: bool
    replacements: tuple[str, ...]
    aliases: tuple[str, ...]
    position: int
    variants: tuple[KnownVariant, ...]
    #: Claims of it that lack their size or their turn.
    unsettled: int
    #: Whether a claim or a stage, however old, speaks of it: then its row stays.
    told_of: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One thing an import changed. `sku` is None where it is a matter of the whole item."""

    code: str
    sku: str | None
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """Units on hand of a known SKU: what was there, and what the file makes of it."""

    code: str
    sku: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A SKU that has more units free now while people wait for it."""

    code: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did."""

    new_items: tuple[str, ...] = ()
    new_skus: tuple[str, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    stock: tuple[StockChange, ...] = ()
    #: Where the file says another stock than there is, and was not followed (`keep`).
    stock_kept: tuple[StockChange, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    #: Codes that mean another product now, and where the old one is kept ("" where nobody had ever
    #: claimed it, so that it is gone).
    replaced: tuple[tuple[str, str], ...] = ()
    unchanged_skus: int = 0
    #: Items and SKUs that the file does not name; they stay as they are.
    absent_items: tuple[str, ...] = ()
    absent_skus: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know or do, one sentence or two each."""
        return (
            *(
                f"{one.units} wait for {one.sku}: /waitlist offer {one.code} gives it to them."
                for one in self.waiting
            ),
            *(
                f"{code} is another product now; the old one is kept as {kept}, stopped, for its "
                "earlier claims."
                if kept
                else f"{code}: the product that was never claimed made room."
                for code, kept in self.replaced
            ),
        )


@dataclass(slots=True, kw_only=True)
class ImportPlan:
    """What is to be written, and what stands against it."""

    problems: list[str] = field(default_factory=list)
    #: Known items that give up their code, by id; those never told of are deleted at the end.
    retired: dict[int, str] = field(default_factory=dict)
    deleted_items: list[int] = field(default_factory=list)
    deleted_variants: list[int] = field(default_factory=list)
    new_items: list[Values] = field(default_factory=list)
    item_changes: list[Values] = field(default_factory=list)
    #: With the code key of their item under `item`.
    new_variants: list[Values] = field(default_factory=list)
    variant_changes: list[Values] = field(default_factory=list)
    #: Rows outside the file of which one column follows it.
    variant_order: list[Values] = field(default_factory=list)
    ladders: list[Values] = field(default_factory=list)
    #: Variants that change their item or name: they step aside first, so that two may swap.
    moved: list[int] = field(default_factory=list)
    #: The ids of variants whose lamps are armed again, because more came in.
    restocked: list[int] = field(default_factory=list)
    #: The aliases of items in the file, by code key, where they differ.
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    report: ImportReport = field(default_factory=ImportReport)
