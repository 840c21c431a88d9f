"""`/item`: items made and changed on air."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update

from handlers.catalog.model import code_key
from handlers.command_line import Invocation, code_named
from handlers.messages import Answer
from handlers.money import Money
from handlers.snapshot import ItemView
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = [
    "add",
    "alias",
    "hold",
    "limit",
    "price",
    "undo_add",
    "undo_alias",
    "undo_hold",
    "undo_limit",
    "undo_price",
]

_LONGEST_CODE = 20


async def add(work: Work, command: Invocation) -> Answer:
    """`/item add CODE PRICE STOCK TITLE…`: an item without options."""
    say, options = work.house.wording.say, command.options
    code = options["code"].upper()
    if not code_key(code) or not code.replace("-", "").isalnum() or len(code) > _LONGEST_CODE:
        return Answer(text=say("item.bad_code", code=code))
    known = code_named(work.snapshot, code)
    if known is not None:
        title = work.snapshot.catalogue.items[known].title
        return Answer(text=say("item.taken", code=code, title=title))
    stock, cost = options["stock"], options["price"]
    if stock < 0:
        return Answer(text=say("item.bad_stock"))
    last = await work.tx.scalar(select(func.coalesce(func.max(sale.items.c.position), 0)))
    (item_id,) = await work.tx.insert_ids(
        sale.items,
        [
            {
                "code": code,
                "title": options["title"],
                "position": last + 1,
                "replacements": [],
                "final_sale": False,
                "state": ItemState.ON_SALE,
            }
        ],
    )
    await work.tx.insert(sale.variants, [_only_variant(item_id, code, cost, stock)])
    work.bump("catalogue")
    work.record(command.person, "item.add", code, undo={"item": item_id, "code": code})
    shown = cost.shown(work.house.locale)
    return Answer(
        text=say("item.added", code=code, title=options["title"], stock=stock, price=shown)
    )


def _only_variant(item_id: int, code: str, cost: Money, stock: int) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "name": None,
        "sku": code,
        "position": 0,
        "price_minor": cost.minor,
        "currency": cost.currency,
        "on_hand": stock,
        "reserved": 0,
        "short": 0,
        "staged_units": stock,
        "waiting_entries": 0,
        "waiting_units": 0,
        "last_place": 0,
        "bin": "",
        "details": {},
    }


async def price(work: Work, command: Invocation) -> Answer:
    """`/item price CODE AMOUNT`: for claims from now on."""
    item: ItemView = command.options["code"]
    cost: Money = command.options["amount"]
    variants = sale.variants.c
    before = await work.tx.all(
        select(variants.id, variants.price_minor).where(variants.item_id == item.id)
    )
    await work.tx.run(
        update(sale.variants)
        .where(variants.item_id == item.id)
        .values(price_minor=cost.minor, currency=cost.currency)
    )
    work.record(
        command.person,
        "item.price",
        item.code,
        values={"after": cost.minor},
        undo={"code": item.code, "prices": [[row.id, row.price_minor] for row in before]},
    )
    shown = cost.shown(work.house.locale)
    if work.snapshot.timeline.live is not None:
        work.tell_stream("item.price_told", {"code": item.code, "price": shown})
    return Answer(text=work.house.wording.say("item.price", code=item.code, price=shown))


async def alias(work: Work, command: Invocation) -> Answer:
    """`/item alias CODE ALIAS…`: another name for an item."""
    say, item = work.house.wording.say, command.options["code"]
    name = command.options["alias"].strip()[:80]
    known = code_named(work.snapshot, name)
    if known is not None:
        return Answer(text=say("item.alias_taken", alias=name, code=known))
    await work.tx.insert(sale.item_aliases, [{"alias": name, "item_id": item.id}])
    work.bump("catalogue")
    work.record(command.person, "item.alias", item.code, undo={"alias": name})
    return Answer(text=say("item.alias", alias=name, code=item.code))


async def limit(work: Work, command: Invocation) -> Answer:
    """`/item limit CODE UNITS`: per customer and show; 0 lifts it."""
    return await _set(work, command, "limit_each", command.options["units"], "limit")


async def hold(work: Work, command: Invocation) -> Answer:
    """`/item hold CODE MINUTES`: how long new claims are held; 0 is the shop's rule."""
    return await _set(work, command, "hold_minutes", command.options["minutes"], "hold")


async def _set(work: Work, command: Invocation, column: str, value: int, name: str) -> Answer:
    item: ItemView = command.options["code"]
    number = value if value > 0 else None
    row = await work.tx.first(select(sale.items).where(sale.items.c.id == item.id))
    await work.tx.run(update(sale.items).where(sale.items.c.id == item.id).values({column: number}))
    before = None if row is None else row._mapping[column]
    work.record(
        command.person,
        f"item.{name}",
        item.code,
        values={"after": number},
        undo={"item": item.id, "code": item.code, "value": before},
    )
    key = f"item.{name}" if number else f"item.no_{name}"
    return Answer(text=work.house.wording.say(key, code=item.code, limit=number, minutes=number))


# --- undo -----------------------------------------------------------------------------------------


async def undo_add(work: Work, act: Mapping[str, Any]) -> str:
    """Remove an item that nobody has claimed."""
    say = work.house.wording.say
    for table in (sale.claims, sale.stages):
        if await work.tx.scalar(
            select(func.count()).select_from(table).where(table.c.item_id == act["item"])
        ):
            return say("item.claimed", code=act["code"])
    for table in (sale.variants, sale.item_aliases):
        await work.tx.run(sql_delete(table).where(table.c.item_id == act["item"]))
    await work.tx.run(sql_delete(sale.items).where(sale.items.c.id == act["item"]))
    work.bump("catalogue")
    return say("item.undone", what=f"{act['code']} is gone")


async def undo_price(work: Work, act: Mapping[str, Any]) -> str:
    """Give every variant its price of before."""
    for variant_id, minor in act["prices"]:
        await work.tx.run(
            update(sale.variants).where(sale.variants.c.id == variant_id).values(price_minor=minor)
        )
    return work.house.wording.say("item.undone", what=f"{act['code']} costs what it did before")


async def undo_alias(work: Work, act: Mapping[str, Any]) -> str:
    """Remove an alias."""
    await work.tx.run(
        sql_delete(sale.item_aliases).where(sale.item_aliases.c.alias == act["alias"])
    )
    work.bump("catalogue")
    return work.house.wording.say("item.undone", what=f"{act['alias']} means nothing again")


async def undo_limit(work: Work, act: Mapping[str, Any]) -> str:
    """Put the limit of before back."""
    return await _unset(work, act, "limit_each")


async def undo_hold(work: Work, act: Mapping[str, Any]) -> str:
    """Put the hold time of before back."""
    return await _unset(work, act, "hold_minutes")


async def _unset(work: Work, act: Mapping[str, Any], column: str) -> str:
    await work.tx.run(
        update(sale.items).where(sale.items.c.id == act["item"]).values({column: act["value"]})
    )
    return work.house.wording.say("item.undone", what=f"{act['code']} is as it was before")
