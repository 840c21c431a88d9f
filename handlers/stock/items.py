"""`/item`: items made and changed on air."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update

from handlers.capability import Undone
from handlers.catalog.assembly import code_fault, text_fault, tidy
from handlers.catalog.model import code_key
from handlers.claims.folding import fold
from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from handlers.command_line import Invocation, code_named, read_item
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

_LONGEST_ALIAS = 80


async def add(work: Work, command: Invocation) -> Answer:
    """`/item add CODE PRICE STOCK TITLE…`: an item without options."""
    say, options = work.house.wording.say, command.options
    code, title = options["code"].upper(), tidy(options["title"])
    fault = code_fault(code) or text_fault(title)
    if fault is not None:
        return Answer(text=say("item.fault", fault=fault))
    known = code_named(work.snapshot, code)
    if known is not None:
        other = work.snapshot.catalogue.items[known]
        return Answer(text=say("item.taken", code=other.code, title=other.title))
    stock, cost = options["stock"], options["price"]
    if stock < 0:
        return Answer(text=say("item.bad_number", name="STOCK"))
    last = await work.tx.scalar(select(func.coalesce(func.max(sale.items.c.position), 0)))
    (item_id,) = await work.tx.insert_ids(
        sale.items,
        [
            {
                "code": code,
                "title": title,
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
    return Answer(text=say("item.added", code=code, title=title, stock=stock, price=shown))


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
        select(variants.id, variants.price_minor, variants.currency)
        .where(variants.item_id == item.id)
        .with_for_update()
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
        undo={"item": item.id, "prices": [list(row) for row in before]},
    )
    shown = cost.shown(work.house.locale)
    _tell_price(work, item, [cost])
    return Answer(text=work.house.wording.say("item.price", code=item.code, price=shown))


def _tell_price(work: Work, item: ItemView, costs: Iterable[Money]) -> None:
    if work.snapshot.timeline.live is not None:
        low, *_, high = sorted(costs) * 2
        shown = [cost.shown(work.house.locale) for cost in dict.fromkeys((low, high))]
        work.tell_stream("item.price_told", {"code": item.code, "price": " – ".join(shown)})


async def alias(work: Work, command: Invocation) -> Answer:
    """`/item alias CODE ALIAS…`: another name for an item."""
    say, item = work.house.wording.say, command.options["code"]
    name = tidy(command.options["alias"])
    fault = text_fault(name)
    if fault is not None or len(name) > _LONGEST_ALIAS:
        fault = fault or f"An alias has at most {_LONGEST_ALIAS} letters."
        return Answer(text=say("item.fault", fault=fault))
    known = code_named(work.snapshot, name)
    if known is not None:
        return Answer(text=say("item.alias_taken", alias=name, code=known))
    if not _can_name(work, item, name):
        return Answer(text=say("item.bad_alias", alias=name, code=item.code))
    await work.tx.insert(sale.item_aliases, [{"alias": name, "item_id": item.id}])
    work.bump("catalogue")
    work.record(command.person, "item.alias", item.code, undo={"alias": name})
    return Answer(text=say("item.alias", alias=name, code=item.code))


def _can_name(work: Work, item: ItemView, name: str) -> bool:
    """Whether viewers could claim by this name: some words mean something else in a claim."""
    lexicon = work.snapshot.catalogue.lexicon
    word = next(iter(lexicon.words.words))
    means = read(f"{word} {name}", lexicon, item.code)
    if means.kind is Kind.CLAIM or fold(name) in lexicon.table:
        return False
    models = dict(lexicon.items)
    known = models[item.code]
    models[item.code] = replace(known, aliases=(*known.aliases, name))
    tried = Lexicon.of(models.values(), lexicon.words)
    return bool(code_key(name)) and read_item(tried, name) == item.code


async def limit(work: Work, command: Invocation) -> Answer:
    """`/item limit CODE UNITS`: per customer and show; 0 lifts it."""
    return await _set(work, command, "limit_each", command.options["units"], "limit")


async def hold(work: Work, command: Invocation) -> Answer:
    """`/item hold CODE MINUTES`: how long new claims are held; 0 is the shop's rule."""
    return await _set(work, command, "hold_minutes", command.options["minutes"], "hold")


async def _set(work: Work, command: Invocation, column: str, value: int, name: str) -> Answer:
    item: ItemView = command.options["code"]
    if value < 0:
        option = command.spec.options[-1].name.upper()
        return Answer(text=work.house.wording.say("item.bad_number", name=option))
    number = value or None
    row = await work.tx.first(select(sale.items).where(sale.items.c.id == item.id))
    await work.tx.run(update(sale.items).where(sale.items.c.id == item.id).values({column: number}))
    before = None if row is None else row._mapping[column]
    work.record(
        command.person,
        f"item.{name}",
        item.code,
        values={"after": number},
        undo={"item": item.id, "value": before},
    )
    key = f"item.{name}" if number else f"item.no_{name}"
    return Answer(text=work.house.wording.say(key, code=item.code, limit=number, minutes=number))


# --- undo -----------------------------------------------------------------------------------------


async def undo_add(work: Work, act: Mapping[str, Any]) -> Undone:
    """Remove an item that nobody has claimed and that never was on stage."""
    say = work.house.wording.say
    for table in (sale.claims, sale.stages, sale.early_claims, sale.rescues):
        if await work.tx.scalar(
            select(func.count()).select_from(table).where(table.c.item_id == act["item"])
        ):
            return Undone(text=say("item.claimed", code=act["code"]), done=False)
    for table in (sale.variants, sale.item_aliases):
        await work.tx.run(sql_delete(table).where(table.c.item_id == act["item"]))
    await work.tx.run(sql_delete(sale.items).where(sale.items.c.id == act["item"]))
    work.bump("catalogue")
    return Undone(text=say("item.undone_add", code=act["code"]))


async def undo_price(work: Work, act: Mapping[str, Any]) -> Undone:
    """Give every variant its price of before."""
    for variant_id, minor, currency in act["prices"]:
        await work.tx.run(
            update(sale.variants)
            .where(sale.variants.c.id == variant_id)
            .values(price_minor=minor, currency=currency)
        )
    item = work.snapshot.catalogue.by_id[act["item"]]
    _tell_price(work, item, [Money(minor, currency) for _, minor, currency in act["prices"]])
    return Undone(text=work.house.wording.say("item.undone_price", code=item.code))


async def undo_alias(work: Work, act: Mapping[str, Any]) -> Undone:
    """Remove an alias."""
    await work.tx.run(
        sql_delete(sale.item_aliases).where(sale.item_aliases.c.alias == act["alias"])
    )
    work.bump("catalogue")
    return Undone(text=work.house.wording.say("item.undone_alias", alias=act["alias"]))


async def undo_limit(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put the limit of before back."""
    return await _unset(work, act, "limit_each", "limit")


async def undo_hold(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put the hold time of before back."""
    return await _unset(work, act, "hold_minutes", "hold")


async def _unset(work: Work, act: Mapping[str, Any], column: str, name: str) -> Undone:
    await work.tx.run(
        update(sale.items).where(sale.items.c.id == act["item"]).values({column: act["value"]})
    )
    item, number = work.snapshot.catalogue.by_id[act["item"]], act["value"]
    key = f"item.{name}" if number else f"item.no_{name}"
    return Undone(text=work.house.wording.say(key, code=item.code, limit=number, minutes=number))
