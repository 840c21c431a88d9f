"""Fills a database with returns, and with the orders, parcels and money behind them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from benchmarks.stored import SERIES
from handlers.returns.policy import Policy
from storage.engine import Storage
from storage.schema import metadata

__all__ = ["FIRST_NUMBER", "store_returns"]

FIRST_NUMBER = "R-222D"

_SECONDS = 360 * 24 * 60 * 60
_SECOND = 1_000_000

#: What is filled, and how many rows of it for a return: each customer has four orders of two
#: lines, and every second order has a return.
_FILL = (
    (0.5, "INSERT INTO customers (id, tells_by_dm) {series} SELECT n + 1, :no FROM series"),
    (
        0.5,
        "INSERT INTO identities (id, platform, person, name, customer_id) {series}"
        " SELECT n + 1, 'paper', 'v' || n, 'V' || n, n + 1 FROM series",
    ),
    (
        2,
        "INSERT INTO orders (id, show_id, serial, customer_id, state, currency, opened_at,"
        " state_at, priced_at, policy, goods_minor, discount_minor, shipping_minor,"
        " tax_included_minor, tax_added_minor, total_minor, received_minor) {series}"
        " SELECT n + 1, 1, n + 1, 1 + n / 4, 'delivered', 'USD', {at}, {at}, {at},"
        " CAST(:policy AS JSON), 6600, 0, 490, 0, 0, 7090, 7090 FROM series",
    ),
    (
        4,
        "INSERT INTO order_lines (id, order_id, variant_id, quantity, code, sku, title, unit_minor,"
        " discount_minor, tax_included_minor, tax_added_minor, total_minor) {series}"
        " SELECT n + 1, 1 + n / 2, 1 + n % :variants, CASE n % 2 WHEN 0 THEN 1 ELSE 2 END,"
        " 'D1', 'D1-S', 'Thing', CASE n % 2 WHEN 0 THEN 4800 ELSE 900 END, 0, 0, 0,"
        " CASE n % 2 WHEN 0 THEN 4800 ELSE 1800 END FROM series",
    ),
    (
        2,
        "INSERT INTO parcels (id, customer_id, method, state, state_at, currency, tracking,"
        " handed_off_at, delivered_at) {series}"
        " SELECT n + 1, 1 + n / 4, 'post', 'delivered', {at}, 'USD', 'T' || n, {at}, {at}"
        " FROM series",
    ),
    (
        4,
        "INSERT INTO parcel_lines (parcel_id, line_id, units, packed) {series}"
        " SELECT 1 + n / 2, n + 1, CASE n % 2 WHEN 0 THEN 1 ELSE 2 END,"
        " CASE n % 2 WHEN 0 THEN 1 ELSE 2 END FROM series",
    ),
    (
        2,
        "INSERT INTO payments (id, order_id, way, state, idempotency_key, amount_minor, currency,"
        " received_minor, prepared_at, settled_at) {series}"
        " SELECT n + 1, n + 1, 'manual', 'paid', 'p' || n, 7090, 'USD', 7090, {at}, {at}"
        " FROM series",
    ),
    (
        1,
        "INSERT INTO returns (id, number, customer_id, order_id, kind, state, state_at,"
        " requested_at, reason, wish, currency, value_minor, verdict, flags, due_at, send_by)"
        " {series} SELECT n + 1, 'R-N' || n, 1 + n / 2, 2 * n + 1,"
        " CASE n % 5 WHEN 0 THEN 'complaint' ELSE 'return' END,"
        " CASE n % 100 WHEN 0 THEN 'requested' WHEN 1 THEN 'approved' WHEN 2 THEN 'in_transit'"
        " ELSE 'closed' END, {at}, {at}, 'too_small', 'refund', 'USD', 4800, 'RETURNABLE',"
        " CAST('[]' AS JSON), CASE n % 100 WHEN 0 THEN {at} + 86400000000 END,"
        " CASE n % 100 WHEN 1 THEN {at} + 864000000000 END FROM series",
    ),
    (
        0.97,
        "INSERT INTO reimbursements (id, return_id, key, wish, state, currency, money_minor,"
        " credit_minor, breakdown, prepared_at, settled_at) {series}"
        " SELECT n + 1, n + 1, 'return:' || n, 'refund', 'paid', 'USD', 4800, 0,"
        " CAST(:breakdown AS JSON), {at}, {at} FROM series",
    ),
    (
        1,
        "INSERT INTO return_units (id, return_id, line_id, number, live, reception, acceptance,"
        " shipping_rule, reimbursement_id) {series} SELECT n + 1, n + 1, 4 * n + 1, 0, :yes,"
        " CASE WHEN n % 100 < 3 THEN 'awaiting' ELSE 'received' END,"
        " CASE WHEN n % 100 < 3 THEN 'pending' ELSE 'accepted' END, 'when_all_back',"
        " CASE WHEN n % 100 >= 3 AND n < :paid THEN n + 1 END FROM series",
    ),
    (
        3,
        "INSERT INTO return_events (id, return_id, at, kind, state) {series}"
        " SELECT n + 1, 1 + n / 3, {at}, 'request', 'requested' FROM series",
    ),
)

_NUMBERED = (
    "customers",
    "identities",
    "order_lines",
    "orders",
    "parcels",
    "payments",
    "reimbursements",
    "return_events",
    "return_units",
    "returns",
    "shows",
)


async def store_returns(storage: Storage, count: int, now: datetime) -> None:
    """Add `count` returns up to `now`, spread over a year, the lowest numbers the newest.

    Customers are `paper` people called `v0`, `v1` …; there must be variants.
    """
    ago = f"(CAST(n AS BIGINT) * {_SECONDS} / CAST(:all AS BIGINT)) * {_SECOND}"
    at = f"CAST(:now AS BIGINT) - {ago}"
    values: dict[str, Any] = {
        "now": _microseconds(now - timedelta(days=4)),
        "policy": json.dumps(Policy().model_dump(mode="json")),
        "breakdown": json.dumps({"rows": [], "money": 4800, "credit": 0}),
        "paid": int(count * 0.97),
        "no": False,
        "yes": True,
    }
    async with storage.write() as tx:
        values["variants"] = await tx.scalar(text("SELECT count(*) FROM variants"))
        await tx.run(
            text(
                "INSERT INTO shows (id, name, state, staged_at, started_at, ended_at)"
                " VALUES (1, 'Last year', 'closed', :now, :now, :now)"
            ),
            {"now": values["now"]},
        )
        for share, statement in _FILL:
            rows = int(count * share)
            if tx.dialect == "sqlite":
                statement = statement.replace(" AS JSON)", " AS TEXT)")
            filled = text(statement.format(series=SERIES[tx.dialect], at=at))
            given = {**values, "count": rows, "all": rows}
            await tx.run(filled, {name: given[name] for name in filled.compile().params})
        if tx.dialect == "postgresql":
            for table in _NUMBERED:
                last = await tx.scalar(select(func.max(metadata.tables[table].c.id)))
                await tx.scalar(
                    text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                    {"name": table, "last": last},
                )
        # Only a whole number is found by what a person types; the first return has one.
        await tx.run(
            text("UPDATE returns SET number = :number WHERE id = 1"), {"number": FIRST_NUMBER}
        )
        await tx.run(text("UPDATE versions SET value = value + 1"))
        if tx.dialect == "postgresql":
            # By itself it looks a minute later, which is after the measurement.
            await tx.run(text("ANALYZE"))


def _microseconds(instant: datetime) -> int:
    """An instant as the tables keep it."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
