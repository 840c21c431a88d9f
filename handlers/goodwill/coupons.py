"""`/coupons …`: the codes that the shop gives out, and how often each was used."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update

from handlers.capability import Undone
from handlers.command_line import Invocation, Misread, find_item
from handlers.goodwill.terms import BadTerm, Shop, read_terms
from handlers.messages import Answer
from handlers.money import Money
from handlers.orders.coupons import coupon_key
from handlers.orders.owning import say
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.order_states import DiscountKind
from storage.schema import orders

__all__ = ["add", "end", "list_", "undo_add", "undo_end"]

_coupon = orders.coupons.c
_LONGEST = 40
_MOST = 500


async def add(work: Work, command: Invocation) -> Answer:
    """`/coupons add CODE OFF [TERMS…]`."""
    code, given = command.options["code"].strip(), command.options
    key = coupon_key(code)
    if not key or len(code) > _LONGEST:
        return say(work, "coupons.bad_code", code=code[:_LONGEST])
    known = await work.tx.scalar(select(_coupon.id).where(_coupon.key == key))
    if known is not None:
        return say(work, "coupons.known", code=code)
    try:
        values = read_terms(given["off"], given["terms"] or "", _shop(work))
    except BadTerm as bad:
        return say(work, bad.key, word=bad.word)
    await work.tx.insert(orders.coupons, [{"key": key, "code": code, **values}])
    row = await _row(work, key)
    work.record(command.person, "coupons.add", code, undo={"id": row.id, "code": code})
    return say(work, "coupons.added", line=_line(work, row))


def _shop(work: Work) -> Shop:
    def item(name: str) -> str | None:
        found = find_item(work.snapshot, name)
        return None if isinstance(found, Misread) else found.code

    return Shop(currency=work.house.currency, timezone=work.house.timezone, item=item)


async def _row(work: Work, key: str) -> Any:
    return await work.tx.first(select(orders.coupons).where(_coupon.key == key).with_for_update())


async def list_(work: Work, command: Invocation) -> Answer:
    """`/coupons list`: what can be used, the newest first."""
    rows = await work.tx.all(
        select(orders.coupons)
        .where(_coupon.ended_at.is_(None))
        .order_by(_coupon.id.desc())
        .limit(_MOST)
    )
    return Answer(
        text="\n".join(_line(work, row) for row in rows) or work.house.wording.say("coupons.none")
    )


def _line(work: Work, row: Any) -> Said:
    def money(minor: int) -> str:
        return Money(minor, row.currency or work.house.currency).shown(work.house.locale)

    percent = f"{row.value / 10_000:g}" if row.kind == DiscountKind.PERCENT else ""
    over = row.valid_until is not None and row.valid_until <= work.at
    return work.house.wording.say(
        "coupons.line",
        code=row.code,
        percent=percent,
        amount=money(row.value) if row.kind == DiscountKind.AMOUNT else "",
        items=row._mapping["items"] or [],
        minimum=money(row.minimum_minor) if row.minimum_minor else "",
        start=shown_time(work, row.valid_from),
        until=shown_time(work, row.valid_until),
        over=over,
        used=row.uses,
        most=row.most_uses or 0,
        each=row.per_customer or 0,
        combines=row.combines,
    )


async def end(work: Work, command: Invocation) -> Answer:
    """`/coupons end CODE`: nobody can use it any more; orders that have it keep it."""
    code = command.options["code"]
    row = await _row(work, coupon_key(code))
    if row is None or row.ended_at is not None:
        return say(work, "coupons.unknown", code=code)
    await _set_end(work, row.id, work.at)
    work.record(command.person, "coupons.end", row.code, undo={"id": row.id, "code": row.code})
    return say(work, "coupons.ended", code=row.code, used=row.uses)


async def _set_end(work: Work, coupon_id: int, at: Any) -> None:
    await work.tx.run(update(orders.coupons).where(_coupon.id == coupon_id).values(ended_at=at))


async def undo_add(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take a coupon away that nobody has used; one that somebody has only ends."""
    # Guarded: a use that is just being counted keeps it.
    gone = await work.tx.run(
        delete(orders.coupons).where(
            _coupon.id == act["id"],
            _coupon.uses == 0,
            ~select(orders.order_discounts.c.id)
            .where(orders.order_discounts.c.coupon_id == act["id"])
            .exists(),
        )
    )
    if not gone:
        await _set_end(work, act["id"], work.at)
    key = "coupons.gone" if gone else "coupons.used_and_ended"
    return Undone(text=work.house.wording.say(key, code=act["code"]))


async def undo_end(work: Work, act: Mapping[str, Any]) -> Undone:
    """It can be used again."""
    await _set_end(work, act["id"], None)
    return Undone(text=work.house.wording.say("coupons.back", code=act["code"]))
