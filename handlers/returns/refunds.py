"""What goes back for what was paid: exact, in minor units, whatever the order of the parts.

Every unit of an order has its own exact share of what was paid: discounts of the order are spread
over lines and units by largest remainder, tax by units, so that all shares together are the sum.
What a set of units gives back depends on the set alone; a refund now is that of all units so far
less that of the units before. So parts add up to the whole in any order, to the cent.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from handlers.returns.policy import ShippingRule

__all__ = [
    "Breakdown",
    "Given",
    "Paid",
    "PaidLine",
    "RefundError",
    "Row",
    "UnitBack",
    "refund",
    "share_out",
    "unit_shares",
]

_WHOLE = 10_000


class RefundError(ValueError):
    """A refund of what was not sold, or a second one of the same unit: a bug, never paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """A line of an order: `units` at `unit_price`, less its own `discount`, plus its `tax`.

    All but `unit_price` are for the whole line. `tax` is 0 where prices include it.
    """

    id: str
    units: int
    unit_price: int
    discount: int = 0
    tax: int = 0

    def __post_init__(self) -> None:
        """Refuse a line that cannot be. Raises `ValueError`."""
        if self.units < 1 or min(self.unit_price, self.discount, self.tax) < 0:
            raise ValueError(f"line {self.id} has a part below zero, or no unit")
        if self.discount > self.units * self.unit_price:
            raise ValueError(f"line {self.id} has a larger discount than price")

    @property
    def net(self) -> int:
        """The line after its own discount, before that of the order."""
        return self.units * self.unit_price - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """An order as it was paid: in money that was `captured`, and in store `credit`.

    `discount` is of the order, on its lines; `shipping` with its tax and after its discount.
    """

    lines: tuple[PaidLine, ...]
    captured: int
    credit: int = 0
    discount: int = 0
    shipping: int = 0

    def __post_init__(self) -> None:
        """Refuse an order that cannot be. Raises `ValueError`."""
        if min(self.captured, self.credit, self.discount, self.shipping) < 0:
            raise ValueError("an order has a part below zero")
        if self.discount > sum(line.net for line in self.lines):
            raise ValueError("an order has a larger discount than its lines cost")
        if len({line.id for line in self.lines}) < len(self.lines):
            raise ValueError("two lines of an order have one id")

    @property
    def received(self) -> int:
        """What the shop was given: the most that can ever go back."""
        return self.captured + self.credit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBack:
    """A unit for which something goes back: the `number`-th of its line, from 0, for good.

    The number is chosen once, when the return is made. `fee_bp` of its share is kept, in hundredths
    of a percent, and `shipping` is the rule for its reason.
    """

    line: str
    number: int
    fee_bp: int = 0
    shipping: ShippingRule = ShippingRule.NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What went back before, whatever for."""

    money: int = 0
    credit: int = 0

    @property
    def total(self) -> int:
        """Both."""
        return self.money + self.credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A unit in the breakdown: `price - discount + tax - fee` is its `amount`."""

    line: str
    number: int
    price: int
    discount: int = 0
    tax: int = 0
    fee: int = 0

    @property
    def amount(self) -> int:
        """What goes back for it."""
        return self.price - self.discount + self.tax - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """What goes back now, and why: units, shipping, what the label costs, what was not there.

    `withheld` is what the shares come to above what the shop received and has left to give.
    `total` goes back to where it came from: `money` and `credit`.
    """

    rows: tuple[Row, ...]
    shipping: int = 0
    label: int = 0
    withheld: int = 0
    money: int = 0
    credit: int = 0

    @property
    def total(self) -> int:
        """What goes back now."""
        return self.money + self.credit

    def shown(self) -> tuple[tuple[str, int], ...]:
        """Return its lines for a person: key and signed amount, `total` last; no zero but that."""
        parts = (
            ("price", sum(row.price for row in self.rows)),
            ("discount", -sum(row.discount for row in self.rows)),
            ("tax", sum(row.tax for row in self.rows)),
            ("fee", -sum(row.fee for row in self.rows)),
            ("shipping", self.shipping),
            ("label", -self.label),
            ("withheld", -self.withheld),
        )
        kept = tuple((f"returns.sum.{name}", amount) for name, amount in parts if amount)
        return (*kept, ("returns.sum.total", self.total))


def refund(
    paid: Paid,
    now: Collection[UnitBack],
    *,
    before: Collection[UnitBack] = (),
    given: Given | None = None,
    label: int = 0,
) -> Breakdown:
    """Return what goes back for the units `now`, after those of `before` and what was `given`.

    `now` are units that were accepted. `label` is what the shop pays to have them sent and the
    customer bears; never more than the rest. `given` is what truly went back; without it, what
    `before` comes to. Raises `RefundError` for a unit that was not sold, or twice.
    """
    if given is None:
        given = _given_for(paid, before) if before else Given()
    _check(paid, [*before, *now])
    shares = unit_shares(paid)
    rows = tuple(_row(shares[unit.line][unit.number], unit) for unit in _sorted(now))
    shipping = _shipping(paid, [*before, *now]) - _shipping(paid, before)
    due = sum(row.amount for row in rows) + shipping
    label = min(label, due)
    left = max(paid.received - given.total, 0)
    total = min(due - label, left)
    credit = _to_credit(paid, given, total)
    return Breakdown(
        rows=rows,
        shipping=shipping,
        label=label,
        withheld=due - label - total,
        money=total - credit,
        credit=credit,
    )


def unit_shares(paid: Paid) -> dict[str, tuple[Row, ...]]:
    """Return the exact share of each unit, by line: they add up to the lines as they were paid."""
    spread = share_out(paid.discount, [line.net for line in paid.lines])
    return {
        line.id: _units(line, line.discount + share)
        for line, share in zip(paid.lines, spread, strict=True)
    }


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Share `amount` by `weights` and largest remainder; of equal remainders the first gets more.

    The shares add up to `amount`, and none is above its weight if the amount is not above all.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    rest = amount - sum(shares)
    by_rest = sorted(range(len(weights)), key=lambda at: -(amount * weights[at] % whole))
    for at in by_rest[:rest]:
        shares[at] += 1
    return shares


def _units(line: PaidLine, discount: int) -> tuple[Row, ...]:
    evenly = [1] * line.units
    discounts, taxes = share_out(discount, evenly), share_out(line.tax, evenly)
    return tuple(
        Row(line=line.id, number=number, price=line.unit_price, discount=off, tax=tax)
        for number, (off, tax) in enumerate(zip(discounts, taxes, strict=True))
    )


def _row(share: Row, unit: UnitBack) -> Row:
    # Rounded down: what cannot be halved is the customer's.
    fee = share.amount * unit.fee_bp // _WHOLE
    return Row(
        line=share.line,
        number=share.number,
        price=share.price,
        discount=share.discount,
        tax=share.tax,
        fee=fee,
    )


def _shipping(paid: Paid, units: Iterable[UnitBack]) -> int:
    rules = {(unit.line, unit.number): unit.shipping for unit in units}
    if ShippingRule.ALWAYS in rules.values():
        return paid.shipping
    all_back = len(rules) == sum(line.units for line in paid.lines)
    by_rule = bool(rules) and all(rule is not ShippingRule.NEVER for rule in rules.values())
    return paid.shipping if all_back and by_rule else 0


def _to_credit(paid: Paid, given: Given, total: int) -> int:
    """Return how much of `total` goes back to store credit: in proportion to how it was paid.

    The share counts from the first cent that went back, so that parts add up here too.
    """
    if not paid.credit:
        return 0
    target = paid.credit * (given.total + total) // paid.received - given.credit
    most = min(total, paid.credit - given.credit)
    # Money that went back outside of this leaves less to take; the rest is credit's to give.
    least = max(total - max(paid.captured - given.money, 0), 0)
    return max(min(target, most), least, 0)


def _given_for(paid: Paid, before: Collection[UnitBack]) -> Given:
    all_at_once = refund(paid, before)
    return Given(money=all_at_once.money, credit=all_at_once.credit)


def _sorted(units: Collection[UnitBack]) -> list[UnitBack]:
    return sorted(units, key=lambda unit: (unit.line, unit.number))


def _check(paid: Paid, units: Sequence[UnitBack]) -> None:
    sold = {line.id: line.units for line in paid.lines}
    seen: set[tuple[str, int]] = set()
    for unit in units:
        if not 0 <= unit.number < sold.get(unit.line, 0):
            raise RefundError(f"unit {unit.number} of line {unit.line} was not sold")
        if not 0 <= unit.fee_bp <= _WHOLE:
            raise RefundError(f"a fee of {unit.fee_bp} hundredths of a percent is none")
        if (unit.line, unit.number) in seen:
            raise RefundError(f"unit {unit.number} of line {unit.line} would be refunded twice")
        seen.add((unit.line, unit.number))
