"""What the stock of a file does to the stock of a SKU that is known."""

from dataclasses import dataclass, field

from handlers.catalog.import_values import KnownVariant, StockMode, Values

__all__ = ["StockCount", "counted"]

_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCount:
    """Units on hand before, and as the file would have them; `changes` if that is followed.

    `values` are the columns of stock as they are to be, changed or not.
    """

    code: str
    sku: str
    before: int
    after: int
    waiting: int
    values: Values
    problems: tuple[str, ...] = field(default=())

    @property
    def restocks(self) -> bool:
        """Whether so many more came in that units are left: its lamp is armed again."""
        return bool(self.changes and self.after > self.before and self.values["staged_units"])

    @property
    def changes(self) -> bool:
        """Whether the import changes the stock."""
        return bool(self.values["on_hand"] != self.before)


def counted(known: KnownVariant, code: str, stock: int, mode: StockMode | None) -> StockCount:
    """Count a known SKU anew. `mode` is None where the file says nothing of stock."""
    wanted = known.on_hand + stock if mode == "add" else stock
    if mode is None:
        wanted = known.on_hand
    problems: tuple[str, ...] = ()
    follows = mode in ("set", "add") and wanted != known.on_hand
    if follows and mode == "set" and wanted < known.reserved:
        problems = (
            f"{known.sku}: {known.reserved} are held or paid, so its stock cannot be {wanted}. "
            f"Write {known.reserved} or more, or /stock recount if they are really missing.",
        )
    elif follows and wanted > _MOST:
        problems = (f"{known.sku}: a stock of {wanted} is too much; at most {_MOST} fit.",)
    return StockCount(
        code=code,
        sku=known.sku,
        before=known.on_hand,
        after=wanted,
        waiting=known.waiting,
        values=_restocked(known, wanted) if follows and not problems else _as_it_is(known),
        problems=problems,
    )


def _as_it_is(known: KnownVariant) -> Values:
    return {
        "on_hand": known.on_hand,
        "short": known.short,
        "staged_units": known.staged_units,
        "lamp": known.lamp,
    }


def _restocked(known: KnownVariant, on_hand: int) -> Values:
    left = max(0, on_hand - known.reserved)
    return {
        "on_hand": on_hand,
        "short": min(known.short, max(0, known.reserved - on_hand)),
        "staged_units": left,
        "lamp": "green" if left and on_hand > known.on_hand else known.lamp,
    }
