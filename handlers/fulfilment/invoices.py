"""Invoices, as values that can be drawn: lines as priced, discounts, shipping, tax by rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_percent

from handlers.fulfilment.papers import Align, Block, Column, Document, Sum
from handlers.money import Money
from handlers.orders.model import PricedLine, Tender, Totals
from handlers.orders.tenders import settle
from handlers.wording import Said, Wording

__all__ = ["Invoice", "invoice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What stands on an invoice. `discounts` are the labels of the order's, in their order.

    `seller` and `buyer` are lines of addresses, `day` is the shop's own.
    """

    number: str
    order: str
    day: date
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    tax_number: str = ""
    totals: Totals
    discounts: tuple[str, ...] = ()
    tenders: tuple[Tender, ...] = ()
    notes: tuple[str, ...] = ()


def invoice(paper: Invoice, wording: Wording, locale: str = "en_US") -> Document:
    """The invoice in words and amounts of `locale`; what stands under the table adds up."""
    say = wording.say
    columns = (
        Column(heading=say("invoice.units"), share=7, align=Align.RIGHT),
        Column(heading=say("invoice.item"), share=47),
        Column(heading=say("invoice.price"), share=16, align=Align.RIGHT),
        Column(heading=say("invoice.tax_rate"), share=12, align=Align.RIGHT),
        Column(heading=say("invoice.amount"), share=18, align=Align.RIGHT),
    )
    return Document(
        title=say("invoice.title", number=Said(paper.number)),
        scan=paper.order,
        blocks=_blocks(paper, wording, locale),
        columns=columns,
        rows=tuple(_row(one, paper.totals.currency, locale) for one in paper.totals.lines),
        sums=_Sums(paper.totals.currency, wording, locale).of(paper),
        notes=paper.notes,
    )


def _blocks(paper: Invoice, wording: Wording, locale: str) -> tuple[Block, ...]:
    say = wording.say
    facts = [
        say("invoice.date", date=Said(format_date(paper.day, format="long", locale=locale))),
        say("invoice.order", order=Said(paper.order)),
    ]
    if paper.tax_number:
        facts.append(say("invoice.tax_number", number=Said(paper.tax_number)))
    return (
        Block(heading=say("invoice.buyer"), lines=paper.buyer),
        Block(heading=say("invoice.seller"), lines=paper.seller),
        Block(heading=say("invoice.facts"), lines=tuple(facts)),
    )


def _row(one: PricedLine, currency: str, locale: str) -> tuple[str, ...]:
    line = one.line
    return (
        str(line.quantity),
        f"{line.title} / {line.variant}" if line.variant else line.title,
        Money(line.unit_minor, currency).shown(locale),
        _percent(one.rate, locale),
        Money(line.goods_minor, currency).shown(locale),
    )


def _percent(rate: int, locale: str) -> str:
    return format_percent(Decimal(rate).scaleb(-6), locale=locale, decimal_quantization=False)


class _Sums:
    """The lines under the table: goods, less discounts, shipping, added tax, and how it is paid."""

    def __init__(self, currency: str, wording: Wording, locale: str) -> None:
        self._currency, self._wording, self._locale = currency, wording, locale

    def of(self, paper: Invoice) -> tuple[Sum, ...]:
        """All of them, in their order."""
        totals = paper.totals
        shipping = totals.shipping + totals.shipping_discount
        added = self._taxes("invoice.tax_added", totals) if totals.tax_added else []
        included = self._taxes("invoice.tax_included", totals) if totals.tax_included else []
        return (
            self._sum("invoice.goods", totals.goods),
            *self._discounts(paper),
            *([self._sum("invoice.shipping", shipping)] if shipping else []),
            *added,
            self._sum("invoice.total", totals.total, strong=True),
            *included,
            *self._paid(totals.total, paper.tenders),
        )

    def _discounts(self, paper: Invoice) -> list[Sum]:
        labels = [*paper.discounts, *[""] * len(paper.totals.taken)]
        return [
            self._sum("invoice.discount", -taken, label=Said(label))
            for label, taken in zip(labels, paper.totals.taken, strict=False)
            if taken
        ]

    def _taxes(self, key: str, totals: Totals) -> list[Sum]:
        return [
            self._sum(
                key,
                part.tax,
                rate=Said(_percent(part.rate, self._locale)),
                base=Said(self._shown(part.base)),
            )
            for part in totals.taxes
            if part.tax
        ]

    def _paid(self, total: int, tenders: Sequence[Tender]) -> list[Sum]:
        credit = sum(one.minor for one in tenders if one.way == Tender.CREDIT)
        paid = sum(one.minor for one in tenders) - credit
        settled = [
            self._sum(key, -minor)
            for key, minor in (("invoice.credit", credit), ("invoice.paid", paid))
            if minor
        ]
        due = settle(total, tenders).due
        return [*settled, self._sum("invoice.due", due, strong=True)] if settled else []

    def _sum(self, key: str, minor: int, *, strong: bool = False, **values: Said) -> Sum:
        label = self._wording.say(key, **values).strip()
        return Sum(label=label, amount=self._shown(minor), strong=strong)

    def _shown(self, minor: int) -> str:
        return Money(minor, self._currency).shown(self._locale)
