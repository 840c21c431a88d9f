"""What somebody has and waits for, a line each: parts of the cart and of *My claims*."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.ended import label_of
from handlers.claims.holding_off import is_wish, said_of
from handlers.claims.telling import shown_time
from handlers.money import Money
from handlers.people import Person
from handlers.work import Work
from storage.repositories.sale import HELD, OPEN_RELEASE, UNSETTLED, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = [
    "customer_of",
    "flag_lines",
    "held_lines",
    "held_of",
    "kept_lines",
    "line_lines",
    "releasing_lines",
    "releasing_of",
    "wished_lines",
]


async def customer_of(work: Work, person: Person) -> int | None:
    """The customer behind a person, None for one who never claimed."""
    found: int | None = await work.tx.scalar(
        select(sale.identities.c.customer_id).where(
            sale.identities.c.platform == person.platform, sale.identities.c.person == person.id
        )
    )
    return found


def held_lines(work: Work, held: Sequence[Any]) -> Iterator[str]:
    """What is held, with its prices and their sum."""
    say = work.house.wording.say
    total: dict[str, int] = {}
    for row in held:
        price = Money(row.price_minor * row.units, row.currency)
        total[row.currency] = total.get(row.currency, 0) + price.minor
        yield say(
            "claims.cart_held",
            item=label_of(row),
            units=row.units,
            price=price.shown(work.house.locale),
            until=shown_time(work, row.expires_at),
        )
    if total:
        sums = (Money(minor, code).shown(work.house.locale) for code, minor in total.items())
        yield say("claims.cart_total", total=" + ".join(sums))


def kept_lines(work: Work, held: Sequence[Any]) -> Iterator[str]:
    """What is held, without prices."""
    for row in held:
        yield work.house.wording.say(
            "claims.mine_held",
            item=label_of(row),
            units=row.units,
            until=shown_time(work, row.expires_at),
        )


async def wished_lines(work: Work, customer_id: int) -> list[str]:
    """What is yours once it is paid."""
    rows = await work.tx.all(
        select(sale.claims)
        .where(sale.claims.c.customer_id == customer_id, *is_wish())
        .order_by(sale.claims.c.id)
    )
    say = work.house.wording.say
    return [say("claims.cart_wished", item=label_of(row), units=row.quantity) for row in rows]


async def flag_lines(work: Work, customer_id: int | None) -> list[str]:
    """What this customer alone must know of their claims: that they are blocked, or pay first."""
    customers = sale.customers.c
    row = await work.tx.first(select(sale.customers).where(customers.id == customer_id))
    if row is None or not (row.pay_first or row.blocked_at is not None):
        return []
    return [work.house.wording.say(said_of(blocked=row.blocked_at is not None))]


async def line_lines(work: Work, customer_id: int) -> list[str]:
    """What waits: on the waitlist, for the end of a pause, for its size."""
    say = work.house.wording.say
    lines: list[str] = [
        say("claims.cart_waiting", item=label_of(row), units=row.units, ahead=row.ahead)
        for row in await _waiting(work, customer_id)
    ]
    for row in await _unsettled(work, customer_id):
        key = "claims.cart_pending" if row.state == ClaimState.PENDING else "claims.cart_asked"
        lines.append(say(key, item=label_of(row), units=row.quantity, ahead=row.ahead))
    return lines


def releasing_lines(work: Work, releasing: Sequence[Any]) -> Iterator[str]:
    """What goes back unless it is kept."""
    for row in releasing:
        due = row.due_at.astimezone(work.house.timezone)
        yield work.house.wording.say(
            "claims.cart_releasing",
            item=label_of(row),
            units=row.quantity or 0,
            until=f"{due:%H:%M:%S}",
        )


async def held_of(work: Work, customer_id: int) -> Sequence[Any]:
    """The units that a customer holds unpaid, by item and price."""
    claims, holds = sale.claims.c, sale.holds.c
    return await work.tx.all(
        select(
            claims.code,
            claims.variant,
            claims.price_minor,
            claims.currency,
            func.sum(holds.quantity).label("units"),
            func.min(holds.expires_at).label("expires_at"),
        )
        .join(sale.claims, claims.id == holds.claim_id)
        .where(holds.customer_id == customer_id, HELD)
        .group_by(claims.code, claims.variant, claims.price_minor, claims.currency)
        .order_by(func.min(holds.id))
    )


async def _waiting(work: Work, customer_id: int) -> Sequence[Any]:
    claims, mine = sale.claims.c, sale.waitlist.c
    others = sale.waitlist.alias("others")
    ahead = (
        select(func.count())
        .where(
            others.c.variant_id == mine.variant_id,
            others.c.state == "waiting",
            others.c.place < mine.place,
        )
        .scalar_subquery()
    )
    return await work.tx.all(
        select(claims.code, claims.variant, mine.quantity.label("units"), ahead.label("ahead"))
        .join(sale.claims, claims.id == mine.claim_id)
        .where(mine.customer_id == customer_id, WAITING)
        .order_by(mine.id)
    )


async def _unsettled(work: Work, customer_id: int) -> Sequence[Any]:
    claims, others = sale.claims.c, sale.claims.alias("others")
    ahead = (
        select(func.count())
        .where(
            others.c.variant_id == claims.variant_id,
            others.c.state == ClaimState.PENDING,
            others.c.id < claims.id,
        )
        .scalar_subquery()
    )
    return await work.tx.all(
        select(claims.code, claims.variant, claims.quantity, claims.state, ahead.label("ahead"))
        .where(claims.customer_id == customer_id, UNSETTLED)
        .order_by(claims.id)
    )


async def releasing_of(work: Work, customer_id: int) -> Sequence[Any]:
    """What a customer is about to give back."""
    return await work.tx.all(
        select(
            sale.items.c.code,
            sale.variants.c.name.label("variant"),
            sale.releases.c.variant_id,
            sale.releases.c.quantity,
            sale.releases.c.due_at,
        )
        .join(sale.variants, sale.variants.c.id == sale.releases.c.variant_id)
        .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
        .where(sale.releases.c.customer_id == customer_id, OPEN_RELEASE)
        .order_by(sale.releases.c.id)
    )
