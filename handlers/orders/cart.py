"""The cart's second half: what the order comes to, where it goes, and what can be done about it.

What is held stands above it, by the claims capability. Everything here is shown to one person.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import update

from handlers.messages import Button, ButtonStyle
from handlers.money import Money
from handlers.orders.credit import credit_of
from handlers.orders.keeping import last_address, masked
from handlers.orders.opening import keep_in_step
from handlers.orders.reaching import PAY
from handlers.orders.records import unpaid_of
from handlers.orders.repricing import Quote, quote
from handlers.orders.shipping import RuleKind
from handlers.orders.states import UNPAID
from handlers.orders.tenders import credit_tender
from handlers.private_text import shown_text
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders

__all__ = ["ADDRESS", "PICK_UP", "buttons_of", "order_lines", "order_part", "quotes_of"]

CHANGE = Button(id="orders.change:", label="Change")
ADDRESS = Button(id="orders.address:", label="Address")
COUPON = Button(id="orders.coupon:", label="Coupon")
NOTE = Button(id="orders.note:", label="Note")
PICK_UP = Button(id="orders.pickup:yes", label="I pick it up")
SEND = Button(id="orders.pickup:no", label="Send it")


async def quotes_of(work: Work, customer_id: int) -> list[Quote]:
    """What a customer has still to pay, priced as it stands, the oldest order first."""
    await work.close()
    await keep_in_step(work, customer_id)
    await _adopt_address(work, customer_id)
    return await quote(work, await unpaid_of(work, customer_id))


async def _adopt_address(work: Work, customer_id: int) -> None:
    """An order without an address goes where the one before it went, until somebody says else."""
    last = await last_address(work, customer_id)
    if last is not None:
        await work.tx.run(
            update(orders.orders)
            .where(
                orders.orders.c.customer_id == customer_id,
                orders.orders.c.address_id.is_(None),
                orders.orders.c.state.in_(sorted(UNPAID)),
            )
            .values(address_id=last.id)
        )


async def order_part(work: Work, customer_id: int | None) -> tuple[list[str], list[Button]]:
    """The lines and buttons of a cart about its orders; none where nothing is to be paid."""
    if customer_id is None:
        return [], []
    quotes = await quotes_of(work, customer_id)
    credit: dict[str, int] = {}
    lines: list[str] = []
    for one in quotes:
        currency = one.totals.currency
        if currency not in credit:
            credit[currency] = await credit_of(work, customer_id, currency)
        if len(quotes) > 1:
            lines.append(work.house.wording.say("cart.number", order=str(one.stored.number)))
        lines += order_lines(work, one, credit[currency])
    return lines, buttons_of(work, quotes)


def order_lines(work: Work, one: Quote, credit: int) -> list[str]:
    """What comes to the goods and goes off them, what is left to pay, and where it goes."""
    say, totals = work.house.wording.say, one.totals
    tender = credit_tender(totals.total - one.stored.row.credit_minor, credit)
    spent = one.stored.row.credit_minor + (0 if tender is None else tender.minor)
    lines = [*_sums(work, one)]
    if spent:
        lines.append(say("cart.credit", amount=_shown(work, one, spent)))
    if lines or one.stored.row.received_minor:
        due = max(0, totals.total - spent - one.stored.row.received_minor)
        lines.append(say("cart.due", amount=_shown(work, one, due)))
    if one.stored.state is OrderState.AWAITING_PAYMENT:
        lines.append(say("cart.awaiting", order=str(one.stored.number)))
    if one.stored.address is not None and not _picked_up(one):
        lines.append(say("cart.address", address=masked(one.stored.address)))
    if one.stored.row.note:
        lines.append(say("cart.note", note=shown_text(work.house, one.stored.row.note)))
    return lines


def _sums(work: Work, one: Quote) -> Iterator[str]:
    say, totals, desk = work.house.wording.say, one.totals, work.house.orders
    for discount, took in zip(one.stored.discounts, totals.taken, strict=True):
        yield say("cart.discount", label=discount.label, amount=_shown(work, one, took))
    if one.refused is not None:
        yield say(f"cart.refused.{one.refused.value}", country=one.stored.country(desk.country))
    elif one.charge is not None:
        key = "cart.pick_up" if _picked_up(one) else "cart.shipping"
        way, guess = desk.label(one.charge.method), one.stored.address is None
        amount = "" if not totals.shipping else _shown(work, one, totals.shipping)
        joins = one.parcel_id is not None
        yield say(key, way=way, amount=amount, guess=guess, joins=joins)
    if totals.tax_added:
        yield say("cart.tax_added", amount=_shown(work, one, totals.tax_added))
    elif totals.tax_included:
        yield say("cart.tax_included", amount=_shown(work, one, totals.tax_included))


def _picked_up(one: Quote) -> bool:
    return one.charge is not None and one.charge.pick_up


def _shown(work: Work, one: Quote, minor: int) -> str:
    return Money(minor, one.totals.currency).shown(work.house.locale)


def buttons_of(work: Work, quotes: Sequence[Quote]) -> list[Button]:
    """What can be done about orders that are not paid; *Pay* comes first."""
    if not quotes:
        return []
    ways = {rule.kind for rule in work.house.orders.shipping}
    buttons = [Button(id=PAY.id, label=PAY.label, style=ButtonStyle.PRIMARY), CHANGE]
    if not all(_picked_up(one) for one in quotes):
        buttons.append(ADDRESS)
    if RuleKind.PICK_UP in ways:
        buttons.append(SEND if all(_picked_up(one) for one in quotes) else PICK_UP)
    return [*buttons, COUPON, NOTE]
