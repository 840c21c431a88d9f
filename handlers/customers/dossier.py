"""All that is known of a customer, as one tree; and what keeps them from being erased."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from handlers.orders.numbers import OrderNumber
from handlers.orders.states import FINISHED
from handlers.sealed_values import opened_values
from storage.repositories.sale import HELD, WAITING
from storage.return_states import ReturnState
from storage.schema import customers, metadata, orders, parcels, returns, sale, support, traffic
from storage.sealing import Locked, Sealer
from storage.unit_of_work import AnyRow, Transaction

__all__ = ["RETURN_OVER", "dossier", "find_customers", "under_way"]

_people, _order = sale.identities.c, orders.orders.c
RETURN_OVER = (
    ReturnState.DECLINED,
    ReturnState.CLOSED,
    ReturnState.CANCELLED,
    ReturnState.EXPIRED,
)
#: Those stand in the dossier already.
_ELSEWHERE = frozenset(
    {"identities", "messages", "support_threads", "support_messages", "customer_pictures"}
)


async def find_customers(tx: Transaction, word: str) -> Sequence[AnyRow]:
    """The identities of this platform id (`discord:123` or `123`) or name."""
    platform, _, person = word.rpartition(":")
    by_id = _people.person == person
    if platform:
        by_id = by_id & (_people.platform == platform)
    found = await tx.all(select(sale.identities).where(by_id).order_by(_people.id))
    return found or await tx.all(
        select(sale.identities).where(func.lower(_people.name) == word.lower()).order_by(_people.id)
    )


async def under_way(tx: Transaction, customer_id: int) -> list[str]:
    """What of a customer is not over: orders, returns, units that are held or waited for."""
    rows = await tx.all(
        select(_order.show_id, _order.serial, _order.state).where(
            _order.customer_id == customer_id, _order.state.not_in(sorted(FINISHED))
        )
    )
    found = [f"order {OrderNumber(row.show_id, row.serial)} ({row.state})" for row in rows]
    back = returns.returns.c
    rows = await tx.all(
        select(back.number, back.state).where(
            back.customer_id == customer_id, back.state.not_in(RETURN_OVER)
        )
    )
    found += [f"return {row.number} ({row.state})" for row in rows]
    thread = support.support_threads.c
    rows = await tx.all(
        select(thread.id).where(thread.customer_id == customer_id, thread.closed_at.is_(None))
    )
    found += [f"conversation {row.id} (open)" for row in rows]
    for table, condition, what in (
        (sale.holds, HELD, "units on hold"),
        (sale.waitlist, WAITING, "places on the waitlist"),
    ):
        count = await tx.scalar(
            select(func.count())
            .select_from(table)
            .where(table.c.customer_id == customer_id, condition)
        )
        found += [f"{count} {what}"] if count else []
    return found


async def dossier(tx: Transaction, customer_id: int, sealer: Sealer) -> dict[str, Any]:
    """Everything that is kept about a customer, opened where it is sealed."""
    people = await tx.all(select(sale.identities).where(_people.customer_id == customer_id))
    history = select(_order.id).where(_order.customer_id == customer_id)
    line, event, pay = orders.order_lines.c, orders.order_events.c, orders.payments.c
    back, log, given = returns.returns.c, returns.return_events.c, returns.reimbursements.c
    asked, thread = (
        select(back.id).where(back.customer_id == customer_id),
        support.support_threads.c,
    )
    talks = select(thread.id).where(thread.customer_id == customer_id)
    theirs: dict[str, Any] = {
        "customer": _plain(
            await tx.all(select(sale.customers).where(sale.customers.c.id == customer_id))
        ),
        "identities": _plain(people),
    }
    for name, table in (
        ("addresses", orders.postal_addresses),
        ("claims", sale.claims),
        ("holds", sale.holds),
        ("waitlist", sale.waitlist),
        ("orders", orders.orders),
        ("coupon_uses", orders.coupon_uses),
        ("store_credit", orders.credit_ledger),
        ("parcels", parcels.parcels),
        ("returns", returns.returns),
        ("notes", customers.customer_notes),
        ("tags", customers.customer_tags),
        ("conversations", support.support_threads),
        ("pictures", support.customer_pictures),
    ):
        theirs[name] = _plain(
            await tx.all(select(table).where(table.c.customer_id == customer_id)), sealer
        )
    for name, table, whose in (
        ("order_lines", orders.order_lines, line.order_id),
        ("order_history", orders.order_events, event.order_id),
        ("payments", orders.payments, pay.order_id),
        ("return_history", returns.return_events, log.return_id),
        ("return_units", returns.return_units, returns.return_units.c.return_id),
        ("reimbursements", returns.reimbursements, given.return_id),
        ("letters", support.support_messages, support.support_messages.c.thread_id),
    ):
        of = {"order_id": history, "return_id": asked, "thread_id": talks}[whose.name]
        rows = await tx.all(select(table).where(whose.in_(of)))
        theirs[name] = _plain(rows, sealer, without=("url", "reply_to", "request", "news"))
    theirs["chat"] = await _chat(tx, people)
    theirs["told_in_private"] = await _told(tx, people, sealer)
    return theirs


async def _chat(tx: Transaction, people: Sequence[Any]) -> list[dict[str, Any]]:
    """What they typed, and every other line that is kept under their name."""
    message = traffic.messages.c
    found: list[dict[str, Any]] = []
    for one in people:
        rows = await tx.all(
            select(message.channel, message.text, message.sent_at, message.kind)
            .where(message.platform == one.platform, message.person == one.person)
            .order_by(message.sent_at)
        )
        found += _plain(rows)
        for table in metadata.sorted_tables:
            columns = table.c
            if table.name in _ELSEWHERE or not {"platform", "person"} <= set(columns.keys()):
                continue
            of_person = (columns.platform == one.platform) & (columns.person == one.person)
            noted = _plain(await tx.all(select(table).where(of_person)))
            found += [{"noted_in": table.name, **row} for row in noted]
    return found


async def _told(tx: Transaction, people: Sequence[Any], sealer: Sealer) -> list[dict[str, Any]]:
    sent = traffic.deliveries.c
    mine = [sent.address == f"{one.platform}|person|{one.person}" for one in people]
    rows = await tx.all(select(sent.at, sent.rendered).where(or_(*mine)).order_by(sent.id))
    return [
        {"at": row.at.isoformat(), "text": opened_values(row.rendered, sealer).get("text", "")}
        for row in rows
    ]


def _plain(
    rows: Sequence[Any], sealer: Sealer | None = None, *, without: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Rows as JSON can hold them, what is sealed opened."""
    found = []
    for row in rows:
        kept = {name: value for name, value in row._mapping.items() if name not in without}
        if sealer is not None and "key_name" in kept and kept.get("forgotten_at") is None:
            opened = _picture if "mime" in kept else _opened
            kept["content"] = opened(sealer, kept["content"], kept["key_name"])
        found.append({name: _value(sealer, value) for name, value in kept.items()})
    return found


def _picture(sealer: Sealer, content: bytes, key_name: str | None) -> str:
    try:
        return b64encode(sealer.open(content, key_name)).decode()
    except Locked as error:
        return f"(cannot be read: {error})"


def _opened(sealer: Sealer, content: bytes | str, key_name: str | None) -> str:
    try:
        return sealer.open(content, key_name).decode()
    except Locked as error:
        return f"(cannot be read: {error})"


def _value(sealer: Sealer | None, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if sealer is not None and isinstance(value, str):
        try:
            return sealer.open_text(value)
        except Locked as error:
            return f"(cannot be read: {error})"
    return value
