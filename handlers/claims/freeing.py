"""Units that come free, and who gets them next.

Each function works on a floor that has the item loaded, and leaves nothing undecided: units that
come free are promoted to the waitlist in the same step, in the order of the line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from handlers.claims.floor import Floor
from handlers.claims.holding_off import drop_wishes, wish_instead
from handlers.claims.records import Entry, Member, Outcome, Stock
from handlers.stock.shortage import shortage_changed
from storage.repositories.sale import HELD, UNSETTLED, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState, HoldSource, HoldState, ItemState, WaitState

__all__ = [
    "Freed",
    "Promotion",
    "end_hold",
    "give_back",
    "leave_line",
    "promote",
    "release_held",
    "settle_pending",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What a customer gave back: units held, units waited for, units pending."""

    held: int = 0
    waiting: int = 0
    pending: int = 0

    @property
    def units(self) -> int:
        """All of it."""
        return self.held + self.waiting + self.pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Units that went to the next in line, and until when they are held if that is known."""

    member: Member
    label: str
    variant_id: int
    units: int
    still_waiting: int
    expires_at: datetime | None


async def give_back(
    floor: Floor,
    customer_id: int,
    variant_id: int,
    quantity: int | None,
    *,
    at: datetime,
    claim_id: int | None = None,
) -> Freed:
    """Take units of a variant back from a customer.

    What is pending goes first, then what waits, then what is held, newest first. `quantity` None
    means all; `claim_id` narrows it to one claim.
    """
    await floor.flush()
    left = 10**9 if quantity is None else quantity
    pending = await _drop_pending(floor, customer_id, variant_id, left, claim_id)
    pending += await drop_wishes(floor, customer_id, variant_id, left - pending, claim_id)
    waiting = await _leave_newest(floor, customer_id, variant_id, left - pending, claim_id)
    held = await release_held(
        floor, customer_id, variant_id, left - pending - waiting, at=at, claim_id=claim_id
    )
    return Freed(held=held, waiting=waiting, pending=pending)


async def _drop_pending(
    floor: Floor, customer_id: int, variant_id: int, most: int, claim_id: int | None
) -> int:
    claims = sale.claims.c
    query = (
        select(claims.id, claims.quantity)
        .where(
            claims.customer_id == customer_id,
            claims.variant_id == variant_id,
            claims.show_id == floor.show.id,
            claims.state == ClaimState.PENDING,
            UNSETTLED,
        )
        .order_by(claims.id.desc())
    )
    gone = 0
    for row in await floor.work.tx.all(
        query if claim_id is None else query.where(claims.id == claim_id)
    ):
        units = min(row.quantity, most - gone)
        if units <= 0:
            break
        values: dict[str, Any] = (
            {"state": ClaimState.VOID}
            if units == row.quantity
            else {"quantity": row.quantity - units}
        )
        await floor.work.tx.run(update(sale.claims).where(claims.id == row.id).values(**values))
        gone += units
    floor.standing(customer_id, variant_id).pending -= gone
    return gone


async def _leave_newest(
    floor: Floor, customer_id: int, variant_id: int, most: int, claim_id: int | None
) -> int:
    entries = sale.waitlist.c
    query = (
        select(sale.waitlist)
        .where(
            entries.customer_id == customer_id,
            entries.variant_id == variant_id,
            entries.show_id == floor.show.id,
            WAITING,
        )
        .order_by(entries.place.desc())
    )
    gone = 0
    for row in await floor.work.tx.all(
        query if claim_id is None else query.where(entries.claim_id == claim_id)
    ):
        units = min(row.quantity, most - gone)
        if units <= 0:
            break
        await leave_line(floor, row, units)
        gone += units
    return gone


async def leave_line(floor: Floor, row: Any, units: int) -> None:
    """Take `units` of a waitlist entry out of the line."""
    stock = floor.stock[row.variant_id]
    whole = units == row.quantity
    values: dict[str, Any] = (
        {"state": WaitState.LEFT} if whole else {"quantity": row.quantity - units}
    )
    await floor.work.tx.run(
        update(sale.waitlist).where(sale.waitlist.c.id == row.id).values(**values)
    )
    stock.waiting_entries -= int(whole)
    stock.waiting_units -= units
    floor.standing(row.customer_id, stock.id).waiting -= units


async def release_held(
    floor: Floor,
    customer_id: int,
    variant_id: int,
    most: int,
    *,
    at: datetime,
    claim_id: int | None = None,
) -> int:
    """Let go at most so many held units of a customer, newest first; returns how many."""
    holds = sale.holds.c
    query = (
        select(sale.holds)
        .where(
            holds.customer_id == customer_id,
            holds.variant_id == variant_id,
            holds.show_id == floor.show.id,
            HELD,
        )
        .order_by(holds.id.desc())
    )
    gone = 0
    for row in await floor.work.tx.all(
        query if claim_id is None else query.where(holds.claim_id == claim_id)
    ):
        units = min(row.quantity, most - gone)
        if units <= 0:
            break
        await end_hold(floor, row, units, HoldState.RELEASED, at)
        gone += units
    return gone


async def end_hold(floor: Floor, row: Any, units: int, state: HoldState, at: datetime) -> None:
    """End a hold, or split off the part that ends, so that every unit's way stays readable."""
    tx, stock = floor.work.tx, floor.stock[row.variant_id]
    if units == row.quantity:
        await tx.run(
            update(sale.holds)
            .where(sale.holds.c.id == row.id)
            .values(state=state, ended_at=at, warn_due=None)
        )
    else:
        await tx.run(
            update(sale.holds)
            .where(sale.holds.c.id == row.id)
            .values(quantity=row.quantity - units)
        )
        ended = {one.name: row._mapping[one.name] for one in sale.holds.c if one.name != "id"}
        ended |= {"quantity": units, "state": state, "ended_at": at, "warn_due": None}
        await tx.insert(sale.holds, [ended])
    before, short = stock.left, stock.short
    stock.reserved -= units
    # What a recount found missing is made up first: short units were never there to free.
    stock.short = max(0, min(short, stock.reserved - stock.on_hand))
    if stock.short != short:
        await shortage_changed(floor.work, stock, "given back by who held it")
    if row.show_id == floor.show.id:
        floor.standing(row.customer_id, stock.id).held -= units
    floor.moved(stock, before)


async def promote(
    floor: Floor, variant_id: int, *, at: datetime, even_if_stopped: bool = False
) -> list[Promotion]:
    """Give free units of a variant to whoever waits, in order of place, and return to whom.

    An item that is paused or stopped gives out nothing, unless a moderator says so. Who has to pay
    first by now is told that they can, and holds nothing.
    """
    await floor.flush()
    stock = floor.stock[variant_id]
    item = floor.items[stock.item_id]
    promoted: list[Promotion] = []
    closed = item.state != ItemState.ON_SALE and not even_if_stopped
    if closed or not stock.waiting_entries or not stock.free:
        return promoted
    again = True
    while again and stock.free:
        again = False
        for row in await _next_in_line(floor, stock):
            units = min(row.quantity, stock.free)
            if not units:
                break
            if row.pay_first:
                # Nothing was set aside: it is the next one's turn as well.
                again = True
                await leave_line(floor, row, row.quantity)
                await wish_instead(floor, stock, row, units, at)
            else:
                promoted.append(await _promote_one(floor, stock, row, units, at))
    await floor.flush()
    return promoted


async def _next_in_line(floor: Floor, stock: Stock) -> Any:
    return await floor.work.tx.all(
        select(
            sale.waitlist,
            sale.claims.c.identity_id,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
            sale.customers.c.tells_by_dm,
            sale.customers.c.pay_first,
            sale.customers.c.told_at,
        )
        .join(sale.claims, sale.claims.c.id == sale.waitlist.c.claim_id)
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .join(sale.customers, sale.customers.c.id == sale.waitlist.c.customer_id)
        .where(sale.waitlist.c.variant_id == stock.id, WAITING)
        .order_by(sale.waitlist.c.place)
        .limit(stock.free)
    )


async def _promote_one(floor: Floor, stock: Stock, row: Any, units: int, at: datetime) -> Promotion:
    whole = units == row.quantity
    values: dict[str, Any] = (
        {"state": WaitState.PROMOTED} if whole else {"quantity": row.quantity - units}
    )
    await floor.work.tx.run(
        update(sale.waitlist).where(sale.waitlist.c.id == row.id).values(**values)
    )
    stock.waiting_entries -= int(whole)
    stock.waiting_units -= units
    if row.show_id == floor.show.id:
        floor.standing(row.customer_id, stock.id).waiting -= units
    show = floor.work.snapshot.timeline.of(row.show_id) or floor.show
    hold = floor.hold_row(
        {"id": row.claim_id, "customer_id": row.customer_id},
        stock,
        units,
        HoldSource.PROMOTION if show.ended_at is None else HoldSource.OFFER,
        at,
        show=show,
    )
    floor.add_hold(hold, stock)
    return Promotion(
        member=Member(
            row.customer_id, row.identity_id, row.platform, row.person, row.name, row.tells_by_dm
        ),
        label=stock.label,
        variant_id=stock.id,
        units=units,
        still_waiting=0 if whole else row.quantity - units,
        expires_at=hold["expires_at"],
    )


async def settle_pending(floor: Floor, item_id: int) -> list[tuple[Member, Outcome]]:
    """Let the claims that waited for a pause into the line, in the order they were made.

    The item's state must already be what comes after the pause.
    """
    await floor.flush()
    claims, item = sale.claims.c, floor.items[item_id]
    waiting = await floor.work.tx.all(
        select(
            sale.claims,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
        )
        .join(sale.identities, sale.identities.c.id == claims.identity_id)
        .where(claims.item_id == item.id, claims.state == ClaimState.PENDING, UNSETTLED)
        .order_by(claims.id)
    )
    people: Mapping[tuple[str, str], str] = {
        (row.platform, row.person): row.name for row in waiting
    }
    await floor.load((), people)
    settled = []
    for row in waiting:
        member = floor.members[row.platform, row.person]
        floor.standing(member.customer_id, row.variant_id).pending -= row.quantity
        floor.settling(row.variant_id)
        entry = Entry(
            member=member,
            variant_id=row.variant_id,
            quantity=row.quantity,
            counted=True,
            sent_at=row.sent_at,
            key=row.message_key,
            channel="",
            claim_id=row.id,
            refused=row.refused,
            price=(row.price_minor, row.currency),
        )
        settled.append((member, floor.admit(entry, row.quantity)))
    await floor.flush()
    return settled
