"""Reads the figures of a show from the database; nothing is written.

    figures = await read_figures(tx, show_id, now)

Runs, alerts and exceptions belong to no show. They count for the one in whose time they fall: from
its staging, or the end of the show before it, to where that of the next one begins. An exception
about an order counts for the show of that order.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, distinct, func, select

from handlers.exports import native_id
from handlers.messages import Address
from handlers.orders.numbers import OrderNumber
from handlers.reporting.figures import (
    Goods,
    Handwork,
    HeldGoods,
    Lateness,
    ShowFigures,
    Unmet,
    Waited,
    money_figures,
    waited,
)
from storage.schema import orders, sale, traffic
from storage.schema.faq import AskedState, faq_asked
from storage.schema.runs import run_steps, runs
from storage.schema.states import DeliveryState, ExceptionState, HoldState, WaitState
from storage.unit_of_work import Transaction

__all__ = ["find_show", "read_figures"]

_PAGE = 5_000
#: The platform on which a log is played.
_PRACTISED = "rehearse"
_show, _hold, _claim, _wait = sale.shows.c, sale.holds.c, sale.claims.c, sale.waitlist.c


async def find_show(tx: Transaction, typed: str | None) -> int | None:
    """The show that somebody means: `12`, `S12`, its name, or without a word the newest begun.

    None if there is none. Of shows with one name it is the newest.
    """
    begun = select(_show.id).where(_show.started_at.is_not(None))
    newest = begun.order_by(_show.started_at.desc(), _show.id.desc()).limit(1)
    named = (typed or "").strip()
    if not named:
        found: int | None = await tx.scalar(newest)
        return found
    digits = named[1:] if named[:1] in "Ss" else named
    if digits.isascii() and digits.isdecimal() and len(digits) <= 15:
        found = await tx.scalar(begun.where(_show.id == int(digits)))
        if found is not None:
            return found
    by_name = newest.where(func.lower(_show.name) == named.lower())
    same: int | None = await tx.scalar(by_name)
    return same


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """The time that counts for a show; `until` is empty while no other has begun."""

    since: datetime
    until: datetime | None

    def holds(self, column: Any) -> Any:
        """Whether the instant in a column falls into it."""
        inside = column >= self.since
        return inside if self.until is None else inside & (column < self.until)


async def read_figures(tx: Transaction, show_id: int, at: datetime) -> ShowFigures | None:
    """A show in figures, as they are `at` this moment; None where there is no such show."""
    show = await tx.first(select(sale.shows).where(_show.id == show_id))
    if show is None:
        return None
    period = await _period(tx, show)
    return ShowFigures(
        show_id=show_id,
        name=show.name,
        at=at,
        started_at=show.started_at,
        ended_at=show.ended_at,
        money=money_figures(await _held(tx, show_id), await _received(tx, show_id)),
        unmet=await _unmet(tx, show_id),
        waited=await _waited(tx, show),
        handwork=await _handwork(tx, show_id, period),
        questions=await _questions(tx, show_id),
        steps=await _steps(tx, period, at),
        exceptions=await _exceptions(tx, show_id, period, at),
    )


async def _period(tx: Transaction, show: Any) -> _Period:
    started = show.started_at or show.staged_at
    ended_before = await tx.scalar(
        select(func.max(_show.ended_at)).where(_show.started_at < started, _show.id != show.id)
    )
    following = await tx.first(
        select(_show.staged_at)
        .where(_show.started_at > started, _show.id != show.id)
        .order_by(_show.started_at)
        .limit(1)
    )
    since = max(show.staged_at, ended_before or show.staged_at)
    if following is None:
        return _Period(since=since, until=None)
    return _Period(since=since, until=max(following.staged_at, show.ended_at or since))


# --- money and goods ------------------------------------------------------------------------------


async def _held(tx: Transaction, show_id: int) -> list[HeldGoods]:
    rows = await tx.all(
        select(
            _claim.currency,
            _hold.state,
            func.sum(_hold.quantity).label("units"),
            func.sum(_hold.quantity * _claim.price_minor).label("minor"),
        )
        .join(sale.claims, _claim.id == _hold.claim_id)
        .where(_hold.show_id == show_id, _claim.currency.is_not(None))
        .group_by(_claim.currency, _hold.state)
    )
    return [
        HeldGoods(
            currency=row.currency,
            state=HoldState(row.state),
            goods=Goods(units=int(row.units), minor=int(row.minor)),
        )
        for row in rows
    ]


async def _received(tx: Transaction, show_id: int) -> list[tuple[str, int]]:
    """What came in for the orders of a show, and what went back."""
    order, payment = orders.orders.c, orders.payments.c
    came = select(order.currency, func.sum(order.received_minor)).where(
        order.show_id == show_id, order.received_minor > 0
    )
    back = (
        select(order.currency, func.sum(payment.refunded_minor))
        .join(orders.payments, payment.order_id == order.id)
        .where(order.show_id == show_id, payment.refunded_minor > 0)
    )
    return [
        *((row[0], int(row[1])) for row in await tx.all(came.group_by(order.currency))),
        *((row[0], -int(row[1])) for row in await tx.all(back.group_by(order.currency))),
    ]


async def _unmet(tx: Transaction, show_id: int) -> tuple[Unmet, ...]:
    rows = await tx.all(
        select(
            sale.variants.c.sku,
            sale.items.c.code,
            sale.variants.c.name,
            func.sum(_wait.quantity).label("units"),
            func.count(distinct(_wait.customer_id)).label("people"),
        )
        .join(sale.variants, sale.variants.c.id == _wait.variant_id)
        .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
        .where(_wait.show_id == show_id, _wait.state == WaitState.WAITING)
        .group_by(sale.variants.c.sku, sale.items.c.code, sale.variants.c.name)
    )
    found = [
        Unmet(
            sku=row.sku,
            label=f"{row.code} / {row.name}" if row.name else row.code,
            units=int(row.units),
            people=int(row.people),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (-one.units, one.sku)))


# --- how long people waited -----------------------------------------------------------------------


async def _waited(tx: Transaction, show: Any) -> Waited:
    """What was typed in the chat and became a claim, against the first post that answers it.

    A rehearsal is left out: its lines have the log's time and its posts that of the wall.
    """
    sent: dict[tuple[str, str], datetime] = {}
    message, last = traffic.messages.c, 0
    page = (
        select(_claim.id, _claim.message_key, _claim.sent_at, message.platform, message.channel)
        .join(traffic.messages, message.key == _claim.message_key)
        .where(_claim.show_id == show.id, _claim.id > bindparam("after"))
        .where(message.kind == "chat", message.platform != _PRACTISED)
        .order_by(_claim.id)
        .limit(_PAGE)
    )
    while rows := await tx.all(page, {"after": last}):
        for row in rows:
            native = native_id(row.message_key, row.platform, row.channel)
            sent[row.platform, native] = row.sent_at
        last = rows[-1].id
    if not sent:
        return Waited()
    told = await _told(tx, show.started_at or show.staged_at)
    lines = sent.keys() & told.keys()
    return waited(len(sent), [told[line] - sent[line] for line in lines])


async def _told(tx: Transaction, since: datetime) -> dict[tuple[str, str], datetime]:
    """When each line was first answered by a post that has gone out, by platform and native id."""
    outbox, deliveries, last = traffic.outbox.c, traffic.deliveries.c, 0
    found: dict[tuple[str, str], datetime] = {}
    platforms: dict[str, str] = {}
    page = (
        select(outbox.id, outbox.address, outbox["values"].label("told"), deliveries.sent_at)
        .join(traffic.deliveries, deliveries.id == outbox.delivery_id)
        .where(outbox.kind == "claims.outcome", deliveries.state == DeliveryState.SENT)
        .where(outbox.id > bindparam("after"), outbox.at >= since)
        .order_by(outbox.id)
        .limit(_PAGE)
    )
    while rows := await tx.all(page, {"after": last}):
        for row in rows:
            line = row.told.get("line")
            if line and row.sent_at is not None:
                platform = platforms.get(row.address)
                if platform is None:
                    platform = platforms[row.address] = Address.parse(row.address).platform
                key = (platform, line)
                found[key] = min(row.sent_at, found.get(key, row.sent_at))
        last = rows[-1].id
    return found


# --- what people did ------------------------------------------------------------------------------

_BY_HAND = {
    "claim.add": "added",
    "claim.count": "counted",
    "claim.move": "moved",
    "claim.void": "voided",
}


async def _handwork(tx: Transaction, show_id: int, period: _Period) -> Handwork:
    """Acts that were not taken back. One that names its show counts there, whenever it was."""
    audit, counts = traffic.audit.c, Counter[str]()
    rows = await tx.all(
        select(audit.action, audit.undo, audit.at).where(
            audit.action.in_(sorted(_BY_HAND)), audit.undone.is_(False), audit.at >= period.since
        )
    )
    for row in rows:
        inside = period.until is None or row.at < period.until
        named = (row.undo or {}).get("show")
        if named == show_id or (named is None and inside):
            counts[_BY_HAND[row.action]] += 1
    return Handwork(**counts)


async def _questions(tx: Transaction, show_id: int) -> int:
    asked = faq_asked.c
    open_ = (asked.show_id == show_id) & (asked.state == AskedState.OPEN)
    return int(await tx.scalar(select(func.count()).where(open_)) or 0)


async def _steps(tx: Transaction, period: _Period, at: datetime) -> Lateness:
    """Steps with a deadline, of the runs that began in this time."""
    step, run = run_steps.c, runs.c
    rows = await tx.all(
        select(step.due_at, step.settled_at, run.ended_at)
        .join(runs, run.id == step.run_id)
        .where(period.holds(run.started_at), step.due_at.is_not(None))
    )
    ends = [(row.due_at, row.settled_at or row.ended_at) for row in rows]
    return _lateness(ends, at)


async def _exceptions(tx: Transaction, show_id: int, period: _Period, at: datetime) -> Lateness:
    exception = traffic.exceptions.c
    rows = await tx.all(
        select(
            exception.subject,
            exception.state,
            exception.opened_at,
            exception.due_at,
            exception.resolved_at,
        ).where(exception.opened_at >= period.since)
    )
    ours = []
    for row in rows:
        number = OrderNumber.parse(row.subject)
        # A SKU may look like a number as somebody types it; a number is written in one way.
        if number is not None and str(number) == row.subject:
            mine = number.show == show_id
        else:
            mine = period.until is None or row.opened_at < period.until
        if mine:
            over = row.state == ExceptionState.RESOLVED
            ours.append((row.due_at, (row.resolved_at or at) if over else None))
    return _lateness(ours, at)


def _lateness(ends: list[tuple[datetime | None, datetime | None]], at: datetime) -> Lateness:
    """Of deadlines and ends: what is not over may be late by now."""
    return Lateness(
        count=len(ends),
        open=sum(end is None for _, end in ends),
        late=sum(due is not None and due < (end or at) for due, end in ends),
    )
