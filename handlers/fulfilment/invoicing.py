"""Invoices from the rows: what was priced when the order was paid, never priced again.

An invoice has the number of its order: given once, never twice. It is dated by the day of payment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from handlers.command_line import Invocation
from handlers.fulfilment.invoices import Invoice, invoice
from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.papers import Document
from handlers.fulfilment.slips import address_lines
from handlers.messages import Answer, Press
from handlers.orders.keeping import open_address
from handlers.orders.model import Line, PricedLine, TaxPart, Tender, Totals
from handlers.orders.numbers import OrderNumber
from handlers.orders.owning import say
from handlers.orders.records import number_of
from handlers.orders.states import OrderAct
from handlers.people import SETTLERS, Person
from handlers.work import House, Work
from storage.order_states import OrderState
from storage.schema import orders, sale, traffic
from storage.schema.parcels import pack_leases, parcel_lines
from storage.unit_of_work import Transaction, padded

__all__ = [
    "Paper",
    "invoice_command",
    "invoice_papers",
    "invoice_pressed",
    "note_invoices",
    "parcel_invoices",
]

_order, _line, _discount = orders.orders.c, orders.order_lines.c, orders.order_discounts.c
_event, _kept = orders.order_events.c, orders.postal_addresses.c
#: What is paid for, and not paid back as a whole.
_BILLED = tuple(
    one
    for one in OrderState
    if one
    not in (
        OrderState.OPEN,
        OrderState.AWAITING_PAYMENT,
        OrderState.CANCELLED,
        OrderState.EXPIRED,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An invoice that can be drawn, and the number of its order."""

    order: str
    document: Document


async def invoice_papers(
    tx: Transaction,
    house: House,
    *,
    show_id: int | None = None,
    order_ids: Collection[int] | None = None,
    addressed: bool = True,
) -> list[Paper]:
    """The invoices of these orders, of one show, or of all: what is paid, by number.

    `addressed` says where the buyer lives.
    """
    which: list[ColumnElement[bool]] = [_order.state.in_(_BILLED)]
    if show_id is not None:
        which.append(_order.show_id == show_id)
    if order_ids is not None:
        which.append(_order.id.in_(padded(order_ids)))
    rows = await tx.all(select(orders.orders).where(*which).order_by(_order.show_id, _order.serial))
    return [
        Paper(
            order=str(number_of(row)),
            document=await _document(tx, house, row, addressed=addressed),
        )
        for row in rows
    ]


async def _document(tx: Transaction, house: House, row: Any, *, addressed: bool) -> Document:
    lines = await tx.all(
        select(orders.order_lines)
        .where(_line.order_id == row.id, _line.ended_at.is_(None))
        .order_by(_line.id)
    )
    discounts = await tx.all(
        select(orders.order_discounts)
        .where(_discount.order_id == row.id)
        .order_by(_discount.position)
    )
    paid_at = await tx.scalar(
        select(func.max(_event.at)).where(_event.order_id == row.id, _event.kind == OrderAct.PAY)
    )
    rules = house.orders.invoices
    number = str(number_of(row))
    paper = Invoice(
        number=number,
        order=number,
        day=_day(house, paid_at or row.state_at),
        seller=rules.seller or (house.shop_name,),
        buyer=await _buyer(tx, house, row) if addressed else (),
        tax_number=rules.tax_number,
        totals=_totals(row, lines, [one.taken_minor or 0 for one in discounts]),
        discounts=tuple(one.label for one in discounts),
        tenders=_tenders(row),
        notes=(rules.note,) if rules.note else (),
    )
    return invoice(paper, house.wording, house.locale)


def _day(house: House, at: datetime) -> Any:
    return at.astimezone(house.timezone).date()


async def _buyer(tx: Transaction, house: House, row: Any) -> tuple[str, ...]:
    if row.address_id is None:
        return ()
    kept = await tx.first(
        select(orders.postal_addresses).where(
            _kept.id == row.address_id, _kept.forgotten_at.is_(None)
        )
    )
    address = None if kept is None else open_address(kept, house.sealer)
    return () if address is None else address_lines(address)


def _tenders(row: Any) -> tuple[Tender, ...]:
    given = ((Tender.CREDIT, row.credit_minor), ("paid", row.received_minor))
    return tuple(Tender(way=way, minor=minor) for way, minor in given if minor)


def _totals(row: Any, lines: Sequence[Any], taken: Sequence[int]) -> Totals:
    """The sums as they were stored; what is not of the lines is of the shipping."""
    priced = tuple(_priced(one) for one in lines)
    inside = row.tax_included_minor - sum(one.tax_included for one in priced)
    added = row.tax_added_minor - sum(one.tax_added for one in priced)
    return Totals(
        currency=row.currency,
        lines=priced,
        goods=row.goods_minor,
        taken=tuple(taken),
        discount=row.discount_minor,
        shipping=row.shipping_minor,
        shipping_discount=max(0, sum(taken) - row.discount_minor),
        shipping_tax_included=inside,
        shipping_tax_added=added,
        taxes=_taxes(priced, row.shipping_minor, inside, added),
        tax_included=row.tax_included_minor,
        tax_added=row.tax_added_minor,
        total=row.total_minor,
    )


def _priced(row: Any) -> PricedLine:
    line = Line(
        id=row.id,
        code=row.code,
        sku=row.sku,
        title=row.title,
        variant=row.variant,
        quantity=row.quantity,
        unit_minor=row.unit_minor,
    )
    return PricedLine(
        line=line,
        discounts=(row.discount_minor,),
        rate=row.tax_rate or 0,
        tax_included=row.tax_included_minor,
        tax_added=row.tax_added_minor,
    )


def _taxes(
    priced: Sequence[PricedLine], shipping: int, inside: int, added: int
) -> tuple[TaxPart, ...]:
    """By rate. That of the shipping is not kept: it is the one that its tax comes closest to."""
    sums: dict[int, tuple[int, int]] = {}
    for one in priced:
        base, tax = sums.get(one.rate, (0, 0))
        sums[one.rate] = base + one.net, tax + one.tax_included + one.tax_added
    if shipping and inside + added and sums:
        net = shipping - inside
        rate = min(sums, key=lambda rate: abs(net * rate - (inside + added) * 1_000_000))
        base, tax = sums[rate]
        sums[rate] = base + shipping, tax + inside + added
    return tuple(
        TaxPart(rate=rate, base=base, tax=tax) for rate, (base, tax) in sorted(sums.items())
    )


async def parcel_invoices(
    tx: Transaction, house: House, parcel_id: int, fence: int
) -> list[Document] | None:
    """The invoices of what is in a parcel that is being packed under this fence; else None."""
    lease = pack_leases.c
    held = await tx.first(
        select(pack_leases).where(lease.parcel_id == parcel_id, lease.fence == fence)
    )
    if held is None:
        return None
    rows = await tx.all(
        select(_line.order_id)
        .join(parcel_lines, parcel_lines.c.line_id == _line.id)
        .where(parcel_lines.c.parcel_id == parcel_id)
        .distinct()
    )
    papers = await invoice_papers(tx, house, order_ids=[row.order_id for row in rows])
    return [one.document for one in papers]


async def note_invoices(tx: Transaction, parcel_id: int, fence: int, at: datetime) -> None:
    """Put into the audit that whoever packs this parcel under this fence opened its invoices."""
    lease = pack_leases.c
    held = await tx.first(
        select(pack_leases).where(lease.parcel_id == parcel_id, lease.fence == fence)
    )
    if held is None:
        return
    who = {"platform": held.platform, "person": held.person, "name": held.name}
    what = {"action": "pack.invoice", "subject": parcel_number(parcel_id), "values": {}}
    await tx.insert(traffic.audit, [{"at": at, **who, **what}])


# --- in words -------------------------------------------------------------------------------------


async def invoice_command(work: Work, command: Invocation) -> Answer:
    """`/invoice ORDER`: its customer's own, or for support anybody's; without the address."""
    typed = command.options["order"]
    number = OrderNumber.parse(typed)
    order_id = number and await work.tx.scalar(
        select(_order.id).where(_order.show_id == number.show, _order.serial == number.serial)
    )
    return await _told(work, command.person, order_id or 0, typed)


async def invoice_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Invoice*, under one of your orders."""
    return await _told(work, press.person, int(arguments[0]), "")


async def _told(work: Work, person: Person, order_id: int, typed: str) -> Answer:
    if not person.may(SETTLERS):
        people = sale.identities.c
        own = await work.tx.scalar(
            select(_order.id)
            .join(sale.identities, people.customer_id == _order.customer_id)
            .where(
                _order.id == order_id,
                people.platform == person.platform,
                people.person == person.id,
            )
        )
        # Another's order is not known to exist.
        order_id = own or 0
    papers = await invoice_papers(work.tx, work.house, order_ids=[order_id], addressed=False)
    if not papers:
        return say(work, "invoice.none", order=typed)
    return Answer(text=_in_words(papers[0].document, work))


def _in_words(paper: Document, work: Work) -> str:
    tell = work.house.wording.say
    lines: list[str] = [tell("invoice.head", title=paper.title)]
    lines += [" · ".join(block.lines) for block in paper.blocks if block.lines]
    lines += [
        tell("invoice.row", units=units, item=item, price=price, tax=tax, amount=amount)
        for units, item, price, tax, amount in paper.rows
    ]
    lines += [
        tell("invoice.sum", label=one.label, amount=one.amount, strong=one.strong)
        for one in paper.sums
    ]
    return "\n".join([*lines, *paper.notes])
