"""Fills a database with claims of earlier shows, as a busy shop has after a year."""

from sqlalchemy import func, select, text

from storage.engine import Storage
from storage.schema import metadata

__all__ = ["SERIES", "store_claims"]

_CUSTOMERS = 100_000
SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series"
    " WHERE n + 1 < :count)",
    "postgresql": "WITH series AS"
    " (SELECT generate_series(CAST(0 AS BIGINT), CAST(:count AS BIGINT) - 1) AS n)",
}
#: 2000-01-01 in microseconds; claims of the past come one a second.
_PAST = 946_684_800_000_000
#: PostgreSQL takes a bare parameter beside small numbers for a small number.
_PAST_TYPED = "CAST(:past AS BIGINT)"
_FILL = (
    (
        _CUSTOMERS,
        "INSERT INTO customers (id, tells_by_dm) {series} SELECT n + 1, :no FROM series",
    ),
    (
        _CUSTOMERS,
        "INSERT INTO identities (id, platform, person, name, customer_id) {series}"
        " SELECT n + 1, 'rehearse', 'v' || n, 'Viewer ' || n, n + 1 FROM series",
    ),
    (
        None,
        "INSERT INTO claims (id, show_id, item_id, variant_id, customer_id, identity_id,"
        " message_key, state, quantity, refused, sent_at, place, gone_before, waiting_before,"
        " rule, code, title, price_minor, currency) {series}"
        " SELECT n + 1, 1, 1 + n % :items, 1 + n % :items, 1 + n % :people, 1 + n % :people,"
        " 'rehearse:earlier:' || n, 'entered', 1, 0, :past + n * 1000000, 1 + n / :items, 0, 0,"
        " 'first_come', 'A10', 'Thing', 1000, 'USD' FROM series",
    ),
    (
        None,
        "INSERT INTO holds (id, claim_id, show_id, variant_id, customer_id, quantity, state,"
        " source, granted_at, extended) {series}"
        " SELECT n + 1, n + 1, 1, 1 + n % :items, 1 + n % :people, 1,"
        " CASE WHEN n % 4 = 0 THEN 'expired' ELSE 'paid' END, 'claim', :past + n * 1000000, :no"
        " FROM series",
    ),
    (
        _CUSTOMERS,
        "INSERT INTO orders (id, show_id, serial, customer_id, state, currency, opened_at,"
        " state_at, goods_minor, discount_minor, shipping_minor, tax_included_minor,"
        " tax_added_minor, total_minor) {series}"
        " SELECT n + 1, 1, n + 1, n + 1, 'delivered', 'USD', :past, :past, 0, 0, 0, 0, 0, 0"
        " FROM series",
    ),
    (
        None,
        "INSERT INTO order_lines (id, order_id, hold_id, variant_id, quantity, code, sku, title,"
        " unit_minor) {series}"
        " SELECT n + 1, 1 + n % :people, n + 1, 1 + n % :items, 1, 'A10', 'A10', 'Thing', 1000"
        " FROM series",
    ),
    (
        None,
        "INSERT INTO messages (key, platform, channel, person, name, text, sent_at, kind) {series}"
        " SELECT 'rehearse:earlier:' || n, 'rehearse', 'earlier', 'v' || (n % :people), 'Viewer',"
        " 'claim A10', :past + n * 1000000, 'chat' FROM series",
    ),
)

_NUMBERED = ("shows", "customers", "identities", "claims", "holds", "orders", "order_lines")


async def store_claims(storage: Storage, count: int) -> None:
    """Add `count` claims of one earlier show, with all that they left: holds, orders, chat."""
    async with storage.write() as tx:
        items = await tx.scalar(text("SELECT count(*) FROM variants"))
        await tx.run(
            text(
                "INSERT INTO shows (id, name, state, staged_at, started_at, ended_at)"
                " VALUES (1, 'Last year', 'closed', :past, :past, :ended)"
            ),
            {"past": _PAST, "ended": _PAST + 1_000_000},
        )
        for number, statement in _FILL:
            filled = text(statement.format(series=SERIES[tx.dialect]).replace(":past", _PAST_TYPED))
            values = {
                "count": number or count,
                "items": items,
                "people": _CUSTOMERS,
                "past": _PAST,
                "no": False,
            }
            await tx.run(filled, {name: values[name] for name in filled.compile().params})
        if tx.dialect == "postgresql":
            for table in _NUMBERED:
                last = await tx.scalar(select(func.max(metadata.tables[table].c.id)))
                await tx.scalar(
                    text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                    {"name": table, "last": last},
                )
        await tx.run(text("UPDATE versions SET value = value + 1"))
