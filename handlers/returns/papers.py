"""The slip that lies in a return, as values that can be drawn; its code is the return's number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from sqlalchemy import func, select

from handlers.fulfilment.papers import Align, Block, Column, Document, Sum
from handlers.fulfilment.printing import country_name
from handlers.fulfilment.slips import address_lines
from handlers.orders.model import Address
from handlers.orders.numbers import OrderNumber
from handlers.wording import Said, Wording
from handlers.work import House
from storage.return_states import Reception, ReturnState
from storage.schema import orders
from storage.schema.returns import return_units, returns
from storage.unit_of_work import Transaction

__all__ = ["ReturnSlip", "ReturnSlipLine", "return_slip", "slip_for"]

_return, _unit, _line = returns.c, return_units.c, orders.order_lines.c
#: Nothing is sent in for one of these, so a slip would mislead.
_NO_SLIP = (
    ReturnState.REQUESTED,
    ReturnState.DECLINED,
    ReturnState.CANCELLED,
    ReturnState.EXPIRED,
    ReturnState.CLOSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSlipLine:
    """Units of a SKU that come back."""

    sku: str
    title: str
    variant: str = ""
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSlip:
    """A return on paper. `to` is where it goes, `country` is that country written out.

    `until` is the last day to send it. Nothing of the customer is on it but the number.
    """

    number: str
    order: str
    shop: str
    to: Address | None = None
    country: str = ""
    reason: str = ""
    until: date | None = None
    lines: tuple[ReturnSlipLine, ...]


def return_slip(slip: ReturnSlip, wording: Wording, locale: str = "en_US") -> Document:
    """The slip in words and dates of `locale`."""
    say = wording.say
    about = [say("returnslip.order", order=Said(slip.order))]
    if slip.reason:
        about.append(say("returnslip.reason", reason=slip.reason))
    if slip.until is not None:
        day = format_date(slip.until, format="long", locale=locale)
        about.append(say("returnslip.until", day=Said(day)))
    blocks = [Block(heading=say("returnslip.about"), lines=tuple(about))]
    if slip.to is not None:
        to = address_lines(slip.to, slip.country)
        blocks.insert(0, Block(heading=say("returnslip.to"), lines=to))
    return Document(
        title=say("returnslip.title", number=Said(slip.number)),
        subtitle=slip.shop,
        scan=slip.number,
        blocks=tuple(blocks),
        columns=(
            Column(heading=say("slip.units"), share=10, align=Align.RIGHT, strong=True),
            Column(heading=say("slip.item"), share=64),
            Column(heading=say("slip.sku"), share=26),
        ),
        rows=tuple((str(one.units), _titled(one), one.sku) for one in slip.lines),
        sums=(Sum(label=say("slip.all_units"), amount=str(sum(one.units for one in slip.lines))),),
        notes=(say("returnslip.inside"), say("returnslip.thanks")),
    )


def _titled(line: ReturnSlipLine) -> str:
    return f"{line.title} / {line.variant}" if line.variant else line.title


async def slip_for(tx: Transaction, house: House, number: str) -> Document | None:
    """The slip of the return with this number; None where nothing is to be sent in for it."""
    row: Any = await tx.first(
        select(returns, orders.orders.c.show_id, orders.orders.c.serial)
        .join(orders.orders, orders.orders.c.id == _return.order_id)
        .where(_return.number == number, _return.comes_back)
    )
    if row is None or row.state in _NO_SLIP:
        return None
    reason, to = house.returns.reasons.get(row.reason), house.returns.address
    slip = ReturnSlip(
        number=row.number,
        order=str(OrderNumber(row.show_id, row.serial)),
        shop=house.shop_name,
        to=to,
        country="" if to is None else country_name(to.country, house.locale),
        reason=row.reason if reason is None else reason.label,
        until=None if row.send_by is None else row.send_by.astimezone(house.timezone).date(),
        lines=await _lines(tx, row.id),
    )
    return return_slip(slip, house.wording, house.locale)


async def _lines(tx: Transaction, return_id: int) -> tuple[ReturnSlipLine, ...]:
    rows: Sequence[Any] = await tx.all(
        select(_line.sku, _line.title, _line.variant, func.count().label("units"))
        .join(orders.order_lines, _line.id == _unit.line_id)
        .where(_unit.return_id == return_id, _unit.reception != Reception.NOT_NEEDED)
        .group_by(_line.id, _line.sku, _line.title, _line.variant)
        .order_by(_line.id)
    )
    return tuple(
        ReturnSlipLine(sku=row.sku, title=row.title, variant=row.variant or "", units=row.units)
        for row in rows
    )
