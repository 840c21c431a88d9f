"""Coupons on orders: taken and given back, counted so that the last use is given once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Field, Form, FormSubmit, Press
from handlers.orders.coupons import CouponRefused, CouponUse, check_coupon, coupon_key
from handlers.orders.gating import look_over
from handlers.orders.letting_go import let_go
from handlers.orders.model import Coupon
from handlers.orders.moving import note_event
from handlers.orders.owning import mine_of, say
from handlers.orders.reaching import PAY
from handlers.orders.records import Stored
from handlers.people import Person
from handlers.work import Work
from storage.order_states import DiscountKind
from storage.schema import orders

__all__ = [
    "COUPON_FIELD",
    "apply_coupon",
    "ask_coupon",
    "coupon_submit",
    "coupon_typed",
    "drop",
    "give_uses_back",
]

COUPON_FIELD = Field(name="code", label="Coupon code", longest=40)
_coupon, _use, _discount = orders.coupons.c, orders.coupon_uses.c, orders.order_discounts.c


async def ask_coupon(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Coupon*."""
    title = work.house.wording.say("coupon.form")
    return Form(id="orders.coupon:", title=title, fields=(COUPON_FIELD,))


async def coupon_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form of *Coupon*, filled in."""
    return await _apply(work, form.person, form.values["code"])


async def coupon_typed(work: Work, command: Invocation) -> Answer:
    """`/coupon CODE`."""
    return await _apply(work, command.person, command.options["code"])


async def _apply(work: Work, person: Person, code: str) -> Answer:
    mine = await mine_of(work, person)
    if isinstance(mine, Answer):
        return mine
    stored = mine.newest.stored
    refused = await apply_coupon(work, stored, code, who=person.name)
    if refused is not None:
        await look_over(work, [stored.id])
        return say(work, f"coupon.{refused}", code=code.strip())
    drop_it = Button(id=f"orders.drop:{stored.id}", label="Take it off")
    return replace(say(work, "coupon.taken", code=code.strip()), buttons=(PAY, drop_it))


async def apply_coupon(work: Work, stored: Stored, code: str, *, who: str) -> str | None:
    """Put a coupon on an unpaid order; returns why not: `unknown`, or a `CouponRefused`."""
    row = await work.tx.first(
        select(orders.coupons).where(
            _coupon.key == coupon_key(code)[:40], _coupon.ended_at.is_(None)
        )
    )
    if row is None:
        return "unknown"
    customer_id = stored.row.customer_id
    used = await work.tx.scalar(
        select(func.count()).where(
            _use.coupon_id == row.id,
            _use.customer_id == customer_id,
            _use.order_id != stored.id,
        )
    )
    use = CouponUse(
        at=work.at,
        currency=stored.row.currency,
        lines=stored.lines,
        used=row.uses,
        used_by_customer=int(used or 0),
        beside=await _beside(work, stored.id),
    )
    refused = check_coupon(_as_coupon(row), use)
    if refused is None and not await _count(work, row.id):
        refused = CouponRefused.USED_UP
    if refused is not None:
        await note_event(
            work, stored.id, "coupon_refused", stored.state.value, who=who, why=refused.value
        )
        return refused.value
    await let_go(work, stored.id, who=who)
    await _write(work, stored, row)
    await note_event(work, stored.id, "coupon", stored.state.value, who=who, why=row.code)
    return None


async def _count(work: Work, coupon_id: int) -> bool:
    """Take one use, unless the last is gone: guarded, however many ask at once."""
    return bool(
        await work.tx.run(
            update(orders.coupons)
            .where(
                _coupon.id == coupon_id,
                or_(_coupon.most_uses.is_(None), _coupon.uses < _coupon.most_uses),
            )
            .values(uses=_coupon.uses + 1)
        )
    )


async def _write(work: Work, stored: Stored, row: Any) -> None:
    await work.tx.insert(
        orders.coupon_uses,
        [
            {
                "coupon_id": row.id,
                "order_id": stored.id,
                "customer_id": stored.row.customer_id,
                "at": work.at,
            }
        ],
    )
    last = await work.tx.scalar(
        select(func.coalesce(func.max(_discount.position), 0)).where(
            _discount.order_id == stored.id
        )
    )
    await work.tx.insert(
        orders.order_discounts,
        [
            {
                "order_id": stored.id,
                "position": last + 1,
                "kind": row.kind,
                "value": row.value,
                "items": row.items,
                "label": row.code,
                "coupon_id": row.id,
            }
        ],
    )
    await _unprice(work, stored.id)


async def _unprice(work: Work, order_id: int) -> None:
    await work.tx.run(
        update(orders.orders).where(orders.orders.c.id == order_id).values(priced_at=None)
    )


async def _beside(work: Work, order_id: int) -> list[Coupon]:
    rows = await work.tx.all(
        select(orders.coupons)
        .join(orders.coupon_uses, _use.coupon_id == _coupon.id)
        .where(_use.order_id == order_id)
    )
    return [_as_coupon(row) for row in rows]


def _as_coupon(row: Any) -> Coupon:
    return Coupon(
        code=row.code,
        kind=DiscountKind(row.kind),
        value=row.value,
        currency=row.currency,
        items=frozenset(row._mapping["items"] or ()),
        minimum_minor=row.minimum_minor,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        most_uses=row.most_uses,
        per_customer=row.per_customer,
        combines=row.combines,
    )


async def drop(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Take it off*: an unpaid order without its coupons."""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    one = mine.of(int(arguments[0]))
    if one is None or not one.stored.discounts:
        return say(work, "coupon.none")
    await let_go(work, one.stored.id, who=press.person.name)
    await give_uses_back(work, one.stored.id)
    await _unprice(work, one.stored.id)
    return say(work, "coupon.dropped")


async def give_uses_back(work: Work, order_id: int) -> int:
    """Take the coupons off an order; each may be used once more. Returns how many there were."""
    used = await work.tx.all(
        delete(orders.coupon_uses).where(_use.order_id == order_id).returning(_use.coupon_id)
    )
    for row in used:
        await work.tx.run(
            update(orders.coupons)
            .where(_coupon.id == row.coupon_id, _coupon.uses > 0)
            .values(uses=_coupon.uses - 1)
        )
    if used:
        await work.tx.run(
            delete(orders.order_discounts).where(
                _discount.order_id == order_id, _discount.coupon_id.is_not(None)
            )
        )
    return len(used)
