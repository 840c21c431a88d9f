"""A catalogue file into the database: all of it or nothing, never below what is held.

    report = await import_catalog(tx, catalog, stock="set")

Items are known by their code, variants by their SKU. Nobody is promoted by this: where stock came
in while people wait, the report says so.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, delete, select, union, update

from handlers.catalog.import_plan import plan_import
from handlers.catalog.import_values import (
    ImportPlan,
    ImportRefused,
    ImportReport,
    KnownItem,
    KnownVariant,
    StockMode,
    Values,
)
from handlers.catalog.model import Catalog, code_key
from handlers.events import Restocked
from handlers.kept_events import tell_later
from handlers.money import Money
from storage.repositories import versions
from storage.repositories.sale import UNSETTLED
from storage.schema import sale
from storage.schema.states import ItemState
from storage.unit_of_work import Transaction

__all__ = ["ImportRefused", "ImportReport", "StockMode", "import_catalog", "load_known"]

#: Who follows units that came in.
_FOLLOWERS = ("lamps.cards", "runs.follow", "fulfilment.restocked")
_FRESH = {"reserved": 0, "short": 0, "waiting_entries": 0, "waiting_units": 0, "last_place": 0}


async def import_catalog(
    tx: Transaction, catalog: Catalog, *, stock: StockMode, now: datetime | None = None
) -> ImportReport:
    """Write `catalog` and return what that changed.

    The stock of a known SKU is `set` to the file's, gets it on top (`add`) or stays (`keep`); a new
    SKU has the file's. With `now`, a show that runs hears of what came in. Raises `ImportRefused`
    with everything in the way, and writes nothing then.
    """
    plan = plan_import(await load_known(tx, lock=True), catalog, stock)
    if plan.problems:
        raise ImportRefused(plan.problems)
    await _write(tx, plan)
    await versions.bump(tx, "catalogue")
    if plan.restocked and now is not None:
        await _tell_restocked(tx, plan.restocked, now)
    return plan.report


async def load_known(tx: Transaction, *, lock: bool = False) -> tuple[KnownItem, ...]:
    """Every item and variant, in order; locked in the order of their ids if `lock`."""
    items = select(sale.items).order_by(sale.items.c.id)
    variants = select(sale.variants).order_by(sale.variants.c.id)
    item_rows = await tx.all(items.with_for_update() if lock else items)
    variant_rows = await tx.all(variants.with_for_update() if lock else variants)
    told_items, told_variants = await _told_of(tx)
    unsettled = await tx.all(
        select(sale.claims.c.item_id, sale.claims.c.variant_id).where(UNSETTLED)
    )
    aliases: dict[int, list[str]] = defaultdict(list)
    for alias, item_id in await tx.all(
        select(sale.item_aliases.c.alias, sale.item_aliases.c.item_id).order_by("alias")
    ):
        aliases[item_id].append(alias)
    theirs: dict[int, list[KnownVariant]] = defaultdict(list)
    asked = _counts(variant for _, variant in unsettled)
    for row in sorted(variant_rows, key=lambda row: (row.position, row.id)):
        theirs[row.item_id].append(_variant(row, asked, told_variants))
    wanted = _counts(item for item, _ in unsettled)
    return tuple(
        _item(row, aliases[row.id], theirs[row.id], wanted.get(row.id, 0), row.id in told_items)
        for row in sorted(item_rows, key=lambda row: (row.position, row.id))
    )


def _counts(ids: Any) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for one in ids:
        counts[one] += 1
    return counts


async def _told_of(tx: Transaction) -> tuple[set[int], set[int]]:
    """The ids of items and of variants that claims, stages and their like speak of."""
    items = [
        select(table.c.item_id)
        for table in (sale.claims, sale.stages, sale.early_claims, sale.rescues)
    ]
    variants = [
        select(table.c.variant_id)
        for table in (sale.claims, sale.stages, sale.holds, sale.waitlist, sale.releases)
    ]
    return await _ids(tx, items), await _ids(tx, variants)


async def _ids(tx: Transaction, selects: Sequence[Select[Any]]) -> set[int]:
    return {row[0] for row in await tx.all(union(*selects)) if row[0] is not None}


def _item(
    row: Any, aliases: list[str], variants: list[KnownVariant], unsettled: int, told_of: bool
) -> KnownItem:
    return KnownItem(
        id=row.id,
        code=row.code,
        title=row.title,
        limit=row.limit_each,
        final_sale=row.final_sale,
        replacements=tuple(row.replacements),
        aliases=tuple(aliases),
        position=row.position,
        variants=tuple(variants),
        unsettled=unsettled,
        told_of=told_of,
    )


def _variant(row: Any, asked: Mapping[int, int], told_of: set[int]) -> KnownVariant:
    return KnownVariant(
        id=row.id,
        item_id=row.item_id,
        name=row.name,
        sku=row.sku,
        position=row.position,
        price=Money(row.price_minor, row.currency),
        on_hand=row.on_hand,
        reserved=row.reserved,
        short=row.short,
        waiting=row.waiting_units,
        staged_units=row.staged_units,
        bin=row.bin,
        details=row.details,
        unsettled=asked.get(row.id, 0),
        told_of=row.id in told_of,
        lamp=row.lamp,
    )


async def _tell_restocked(tx: Transaction, variant_ids: Sequence[int], now: datetime) -> None:
    """Let the running sale know that units came in: its cards turn quiet, what waited for it ends.

    This process has no sale of its own, so it leaves the events where failed ones wait.
    """
    variants, items = sale.variants.c, sale.items.c
    rows = await tx.all(
        select(variants.id, variants.item_id, variants.name, items.code,
               variants.on_hand, variants.reserved)
        .join(sale.items, items.id == variants.item_id)
        .order_by(variants.id)
    )  # fmt: skip
    sizes = Counter(row.item_id for row in rows)
    events = [
        Restocked(
            item_id=row.item_id,
            variant_id=row.id,
            label=row.code if sizes[row.item_id] == 1 else f"{row.code} / {row.name}",
            left=max(0, row.on_hand - row.reserved),
        )
        for row in rows
        if row.id in set(variant_ids)
    ]
    await tell_later(tx, events, followers=_FOLLOWERS, at=now)


async def _write(tx: Transaction, plan: ImportPlan) -> None:
    await _step_aside(tx, plan)
    await _change(tx, sale.items, plan.item_changes)
    await _change(tx, sale.items, plan.ladders)
    await tx.insert(
        sale.items, [{"state": ItemState.ON_SALE, **values} for values in plan.new_items]
    )
    # Sizes that the file replaced make room for the new ones of the same name.
    await _delete(tx, sale.variants, "id", plan.deleted_variants)
    ids = await _ids_of_codes(tx, plan)
    await _change(tx, sale.variants, [_placed(values, ids) for values in plan.variant_changes])
    await _change(tx, sale.variants, plan.variant_order)
    await tx.insert(
        sale.variants, [{**_FRESH, **_placed(values, ids)} for values in plan.new_variants]
    )
    for table, column in ((sale.variants, "item_id"), (sale.items, "id")):
        await _delete(tx, table, column, plan.deleted_items)
    await tx.insert(
        sale.item_aliases,
        [
            {"alias": alias, "item_id": ids[key]}
            for key, aliases in plan.aliases.items()
            for alias in aliases
        ],
    )


async def _step_aside(tx: Transaction, plan: ImportPlan) -> None:
    """Free the codes, names and aliases that others get, so that two may also swap them."""
    await _change(
        tx,
        sale.items,
        [
            {"id": item_id, "code": code, "state": ItemState.STOPPED}
            for item_id, code in plan.retired.items()
        ],
    )
    await _change(
        tx, sale.variants, [{"id": moved, "name": f"(moved {moved})"} for moved in plan.moved]
    )
    await _delete(tx, sale.item_aliases, "item_id", [*plan.retired, *plan.deleted_items])
    keys = plan.aliases.keys()
    known = await tx.all(select(sale.items.c.id, sale.items.c.code)) if keys else ()
    changed = [row.id for row in known if code_key(row.code) in keys]
    await _delete(tx, sale.item_aliases, "item_id", changed)


async def _ids_of_codes(tx: Transaction, plan: ImportPlan) -> dict[str, int]:
    if not (plan.new_variants or plan.variant_changes or plan.aliases):
        return {}
    rows = await tx.all(select(sale.items.c.id, sale.items.c.code).order_by(sale.items.c.id.desc()))
    # Of two codes that are spelled alike the older one is meant, as when they were loaded.
    return {code_key(row.code): row.id for row in rows}


def _placed(values: Values, ids: Mapping[str, int]) -> Values:
    return {
        **{name: value for name, value in values.items() if name != "item"},
        "item_id": ids[values["item"]],
    }


async def _change(tx: Transaction, table: Table, rows: Sequence[Values]) -> None:
    """Change known rows, which all name the same columns, in one statement."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "id"]
    changing = (
        update(table)
        .where(table.c.id == bindparam("of_id"))
        .values({name: bindparam(f"to_{name}") for name in columns})
    )
    await tx.run(
        changing,
        [{"of_id": row["id"], **{f"to_{name}": row[name] for name in columns}} for row in rows],
    )


async def _delete(tx: Transaction, table: Table, column: str, ids: Sequence[int]) -> None:
    await tx.run(
        delete(table).where(table.c[column] == bindparam("of_id")), [{"of_id": one} for one in ids]
    )
