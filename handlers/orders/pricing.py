"""What an order costs, to the minor unit: goods, discounts, shipping and tax, line by line.

Discounts are taken one after the other, each from what the ones before it left, and shared over
the lines they are for; nothing falls below 0. Tax comes last, on what is left.
"""

from collections.abc import Sequence

from handlers.orders.model import (
    Discount,
    Line,
    PricedLine,
    ShippingCharge,
    TaxPart,
    Totals,
)
from handlers.orders.spreading import percent_of, spread
from handlers.orders.tax import TaxMode, TaxTable, tax_of
from storage.order_states import DiscountKind

__all__ = ["price", "unit_shares"]


def price(
    lines: Sequence[Line],
    *,
    currency: str,
    tax: TaxTable,
    place: str,
    discounts: Sequence[Discount] = (),
    shipping: ShippingCharge | None = None,
) -> Totals:
    """The totals of an order that goes to `place` (a country, or `US-NY`).

    `discounts` have been allowed before. Every sum in the answer is that of its parts.
    """
    by_line, shipping_off = _take(lines, discounts, shipping)
    nets = [line.goods_minor - sum(taken) for line, taken in zip(lines, by_line, strict=True)]
    charge = 0 if shipping is None else shipping.minor
    rates = [tax.rate(place, line.tax_class) for line in lines]
    rates.append(tax.rate(place, "" if shipping is None else shipping.tax_class))
    taxes, parts = _tax(tax.mode, rates, [*nets, charge - sum(shipping_off)])
    included = tax.mode is TaxMode.INCLUDED
    priced = tuple(
        PricedLine(
            line=line,
            discounts=tuple(taken),
            rate=rate,
            tax_included=part if included else 0,
            tax_added=0 if included else part,
        )
        for line, taken, rate, part in zip(lines, by_line, rates[:-1], parts[:-1], strict=True)
    )
    on_shipping = parts[-1]
    whole = sum(parts)
    return Totals(
        currency=currency,
        lines=priced,
        goods=sum(line.goods_minor for line in lines),
        taken=tuple(
            sum(taken[at] for taken in by_line) + shipping_off[at] for at in range(len(discounts))
        ),
        discount=sum(one.discount for one in priced),
        shipping=charge - sum(shipping_off),
        shipping_discount=sum(shipping_off),
        shipping_tax_included=on_shipping if included else 0,
        shipping_tax_added=0 if included else on_shipping,
        taxes=taxes,
        tax_included=whole if included else 0,
        tax_added=0 if included else whole,
        total=sum(nets) + charge - sum(shipping_off) + (0 if included else whole),
    )


def unit_shares(amount: int, quantity: int) -> tuple[int, ...]:
    """What each unit of a line has of an amount of it; they add up, whichever come back first."""
    return spread(amount, [1] * quantity)


def _take(
    lines: Sequence[Line], discounts: Sequence[Discount], shipping: ShippingCharge | None
) -> tuple[list[list[int]], list[int]]:
    """What each discount takes from each line, and from the shipping."""
    left = [line.goods_minor for line in lines]
    charge = 0 if shipping is None else shipping.minor
    by_line: list[list[int]] = [[] for _ in lines]
    from_shipping = []
    for discount in discounts:
        covered = [
            amount if discount.covers(line) else 0 for line, amount in zip(lines, left, strict=True)
        ]
        shares = spread(_worth(discount, sum(covered)), covered) if lines else ()
        for at, share in enumerate(shares):
            by_line[at].append(share)
            left[at] -= share
        free = charge if discount.kind is DiscountKind.FREE_SHIPPING else 0
        from_shipping.append(free)
        charge -= free
    return by_line, from_shipping


def _worth(discount: Discount, goods: int) -> int:
    match discount.kind:
        case DiscountKind.PERCENT:
            return percent_of(goods, discount.value)
        case DiscountKind.AMOUNT:
            return min(goods, discount.value)
        case DiscountKind.FREE_SHIPPING:
            return 0


def _tax(
    mode: TaxMode, rates: Sequence[int], nets: Sequence[int]
) -> tuple[tuple[TaxPart, ...], list[int]]:
    """The tax by rate, the highest first, and what of it each amount bears."""
    parts = [0] * len(nets)
    taxes = []
    for rate in sorted(set(rates), reverse=True):
        mine = [at for at, one in enumerate(rates) if one == rate]
        taxed = tax_of(mode, rate, [nets[at] for at in mine])
        for at, part in zip(mine, taxed.parts, strict=True):
            parts[at] = part
        if rate and taxed.base:
            taxes.append(TaxPart(rate=rate, base=taxed.base, tax=taxed.tax))
    return tuple(taxes), parts
