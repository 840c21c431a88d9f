"""Money that came in: the one place where an order becomes paid, and its units with it.

    after = await receive(work, order_id, Money(5290, "EUR"), who="Stripe")

What is paid is never lost: where units went to somebody else meanwhile, the order is short of them
and a person decides.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from handlers.claims.floor import Floor
from handlers.money import Money
from handlers.orders.credit import spend_credit
from handlers.orders.gating import look_over
from handlers.orders.moving import lock_order, move_order, note_event
from handlers.orders.opening import keep_in_step
from handlers.orders.repricing import price, price_many
from handlers.orders.states import UNPAID, OrderAct, Refused
from handlers.orders.tenders import Settlement
from handlers.snapshot import ShowView
from handlers.work import Work
from storage.order_states import OrderState
from storage.repositories.sale import HELD, lock_items
from storage.schema import orders, sale
from storage.schema.states import ClaimState, HoldSource, HoldState
from storage.unit_of_work import padded

__all__ = ["Received", "check_out", "due_of", "receive"]

_order, _line, _hold = orders.orders.c, orders.order_lines.c, sale.holds.c
#: Money for these still makes them paid: it was on its way when they ended.
_LATE = frozenset({OrderState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Where an order stands after money came in; `settlement` is None without a price."""

    state: OrderState
    settlement: Settlement | None
    short_units: int = 0


async def due_of(work: Work, order_id: int) -> Money | None:
    """What is still to be paid for an order, None if it has no price yet."""
    row = await work.tx.first(select(orders.orders).where(_order.id == order_id))
    if row is None or row.total_minor is None:
        return None
    return Money(_settlement(row).due, row.currency)


def _settlement(row: Any) -> Settlement:
    left = row.total_minor - row.credit_minor - row.received_minor
    return Settlement(
        total=row.total_minor,
        credit=row.credit_minor,
        received=row.received_minor,
        due=max(0, left),
        over=max(0, -left),
    )


async def check_out(work: Work, order_id: int, *, who: str) -> Money | None:
    """Price an order for good and let it wait for its payment; returns what is due.

    Store credit is spent first. None where nothing in it is held any more.
    """
    row = await lock_order(work, order_id)
    if row is None or OrderState(row.state) not in UNPAID:
        return None
    await keep_in_step(work, row.customer_id)
    if await price(work, order_id) is None:
        return None
    row = await lock_order(work, order_id)
    if row.state == OrderState.OPEN:
        await move_order(
            work,
            row,
            OrderAct.CHECK_OUT,
            who=who,
            policy=work.house.returns.policy.model_dump(mode="json"),
        )
    await spend_credit(work, order_id, who=who)
    return await due_of(work, order_id)


async def receive(
    work: Work, order_id: int, money: Money, *, who: str, why: str = ""
) -> Received | None:
    """Note that `money` came in for an order, and carry out what follows; None if there is none.

    Money in another currency is noted and looked at by a person, but never counted.
    """
    row = await lock_order(work, order_id)
    if row is None:
        return None
    if row.state in UNPAID and (row.state == OrderState.OPEN or row.priced_at is None):
        await check_out(work, order_id, who=who)
        row = await lock_order(work, order_id)
    counted = money.currency == row.currency
    if counted and money.minor:
        await work.tx.run(
            update(orders.orders)
            .where(_order.id == order_id)
            .values(received_minor=_order.received_minor + money.minor)
        )
    said = f"{money.shown(work.house.locale)} {why}".strip()
    await note_event(work, order_id, "received", row.state, who=who, why=said)
    row = await lock_order(work, order_id)
    short = 0
    whole = row.total_minor is not None and not _settlement(row).due
    if counted and whole and OrderState(row.state) in (UNPAID | _LATE):
        short = await _pay(work, row, who)
        row = await lock_order(work, order_id)
    await look_over(work, [order_id], wrong_currency=None if counted else money)
    return Received(
        state=OrderState(row.state),
        settlement=None if row.total_minor is None else _settlement(row),
        short_units=short,
    )


async def _pay(work: Work, row: Any, who: str) -> int:
    """Make an order paid; returns how many of its units are not there."""
    short = await _take_units(work, row)
    if row.state in _LATE:
        # Its lines lost their prices when they ended.
        await price_many(work, [row.id], also=_LATE)
    # One that ended before it was ever checked out has no promise yet.
    policy = row.policy or work.house.returns.policy.model_dump(mode="json")
    after = await move_order(work, row, OrderAct.PAY, who=who, policy=policy)
    if isinstance(after, Refused):
        raise RuntimeError(f"order {row.id} cannot be paid from {row.state}")
    return short


async def _take_units(work: Work, row: Any) -> int:
    """Keep what is held for good; what ended meanwhile is taken anew while there is some."""
    lines = await work.tx.all(
        select(orders.order_lines, _hold.state.label("hold"), sale.variants.c.item_id)
        .join(sale.variants, sale.variants.c.id == _line.variant_id)
        .join(sale.holds, _hold.id == _line.hold_id, isouter=True)
        .where(_line.order_id == row.id)
        .order_by(_line.id)
    )
    late = row.state in _LATE
    # What its customer let go is no part of what was paid.
    living = [
        one
        for one in lines
        if one.ended_at is None
        or (late and (one.hold == HoldState.EXPIRED or (one.hold_id is None and one.claim_id)))
    ]
    await lock_items(work.tx, [one.item_id for one in living])
    held = padded(one.hold_id for one in living if one.hold == HoldState.HELD)
    if held:
        await work.tx.run(
            update(sale.holds)
            .where(_hold.id.in_(held), HELD)
            .values(state=HoldState.PAID, expires_at=None, warn_due=None)
        )
    gone = [one for one in living if one.hold != HoldState.HELD]
    return sum([await _take_again(work, row, one) for one in gone])


async def _take_again(work: Work, row: Any, line: Any) -> int:
    """Take a line's units anew, past nobody who waits; returns how many are not there."""
    show = work.snapshot.timeline.of(row.show_id)
    if show is None:
        raise LookupError(f"show {row.show_id} has an order but is not in the timeline")
    floor = Floor.of(work, show)
    await floor.load([line.item_id], {})
    stock = floor.stock[line.variant_id]
    await work.tx.run(update(orders.order_lines).where(_line.id == line.id).values(ended_at=None))
    if stock.free < line.quantity or stock.waiting_entries:
        return int(line.quantity)
    if line.hold_id is None:
        await _grant(work, floor, show, line)
        return 0
    # The same hold lives again: one without a line would open an order of its own.
    floor.revive(line.quantity, stock)
    await work.tx.run(
        update(sale.holds)
        .where(_hold.id == line.hold_id)
        .values(state=HoldState.PAID, ended_at=None, expires_at=None, warn_due=None)
    )
    await floor.flush()
    return 0


async def _grant(work: Work, floor: Floor, show: ShowView, line: Any) -> None:
    """The units of one who paid first: theirs as the money lands, paid from the beginning."""
    stock, claim = floor.stock[line.variant_id], sale.claims.c
    customer_id = await work.tx.scalar(select(claim.customer_id).where(claim.id == line.claim_id))
    whose = {"id": line.claim_id, "customer_id": customer_id}
    row = floor.hold_row(whose, stock, line.quantity, HoldSource.CLAIM, work.at, show=show)
    del row["claim"]
    row |= {"claim_id": line.claim_id, "state": HoldState.PAID, "expires_at": None}
    floor.revive(line.quantity, stock)
    (hold_id,) = await work.tx.insert_ids(sale.holds, [row | {"warn_due": None}])
    await work.tx.run(update(orders.order_lines).where(_line.id == line.id).values(hold_id=hold_id))
    await work.tx.run(
        update(sale.claims).where(claim.id == line.claim_id).values(state=ClaimState.ENTERED)
    )
    await floor.flush()
