"""A customer's own returns: how far each is, and taking one back; nobody else's exist."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.claims.private_lines import customer_of
from handlers.events import ReturnMoved
from handlers.messages import Answer, Button, Press
from handlers.orders.numbers import OrderNumber
from handlers.people import Person
from handlers.returns.looking import label_of
from handlers.returns.numbers import parse_number
from handlers.returns.setting_aside import let_go
from handlers.returns.states import Refused, move
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.repositories.sale import lock_items
from storage.return_states import ReturnState
from storage.schema import orders, sale
from storage.schema.returns import return_drafts, return_events, return_units, returns

__all__ = ["cancel", "cancel_number", "pressed_status", "status"]

_return, _unit, _line = returns.c, return_units.c, orders.order_lines.c
_order, _draft, _variant = orders.orders.c, return_drafts.c, sale.variants.c
_MOST = 8
_CANCELLABLE = (ReturnState.REQUESTED, ReturnState.APPROVED)


async def status(work: Work, person: Person) -> Answer:
    """`/return status`: the newest returns, what comes next, and until when."""
    say, customer_id = work.house.wording.say, await customer_of(work, person)
    rows = [] if customer_id is None else await _newest(work, customer_id)
    begun = await work.tx.scalar(
        select(_draft.id).where(_draft.platform == person.platform, _draft.person == person.id)
    )
    go_on = [Button(id="returns.start:", label=say("returns.button.go_on"))] if begun else []
    if not rows:
        return Answer(text=say("returns.status.none", begun=bool(begun)), buttons=tuple(go_on))
    things = await _things(work, [row.id for row in rows])
    lines = [_line_of(work, row, things.get(row.id, ())) for row in rows]
    cancels = [
        Button(id=f"returns.cancel:{row.id}", label=say("returns.button.cancel", number=row.number))
        for row in rows
        if row.state in _CANCELLABLE and (row.comes_back or row.state == ReturnState.REQUESTED)
    ]
    return Answer(text="\n".join([say("returns.status.head"), *lines]), buttons=(*go_on, *cancels))


async def pressed_status(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*My returns*."""
    return await status(work, press.person)


async def _newest(work: Work, customer_id: int) -> Sequence[Any]:
    return await work.tx.all(
        select(returns, _order.show_id, _order.serial)
        .join(orders.orders, _order.id == _return.order_id)
        .where(_return.customer_id == customer_id)
        .order_by(_return.id.desc())
        .limit(_MOST)
    )


async def _things(work: Work, ids: Sequence[int]) -> Mapping[int, Iterable[str]]:
    """What is in each of these returns, as its customer knows it."""
    rows = await work.tx.all(
        select(_unit.return_id, _line.id, _line.code, _line.variant, _line.title)
        .join(orders.order_lines, _line.id == _unit.line_id)
        .where(_unit.return_id.in_(ids))
        .order_by(_unit.return_id, _unit.line_id)
    )
    counts: dict[int, dict[str, int]] = {}
    for row in rows:
        label, mine = label_of(row.code, row.variant, row.title), counts.setdefault(row[0], {})
        mine[label] = mine.get(label, 0) + 1
    say = work.house.wording.say
    return {
        return_id: [
            say("returns.unit_option", count=count, item=label) for label, count in mine.items()
        ]
        for return_id, mine in counts.items()
    }


def _line_of(work: Work, row: Any, things: Iterable[str]) -> Said:
    say = work.house.wording.say
    return say(
        "returns.status.line",
        number=row.number,
        things=say("returns.listed", things=[*things]),
        order=str(OrderNumber(row.show_id, row.serial)),
        state=say(
            f"returns.status.{row.state}",
            until=shown_time(work, row.due_at),
            send_by=shown_time(work, row.send_by),
            comes_back=row.comes_back,
            why=row.declined_why,
        ),
    )


async def cancel(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Cancel R-7K3F*."""
    return await _cancel(work, press.person, _return.id == int(arguments[0]))


async def cancel_number(work: Work, person: Person, typed: str) -> Answer:
    """`/return cancel NUMBER`."""
    number = parse_number(typed)
    if number is None:
        return Answer(text=work.house.wording.say("returns.cancel.which"))
    return await _cancel(work, person, _return.number == number)


async def _cancel(work: Work, person: Person, which: Any) -> Answer:
    say, customer_id = work.house.wording.say, await customer_of(work, person)
    mine = select(returns).where(which, _return.customer_id == customer_id)
    found = None if customer_id is None else await work.tx.first(mine)
    if found is not None:
        # Items before returns, as everywhere: what was set aside goes back.
        await lock_items(work.tx, await _set_aside_items(work, found.id))
    row = None if found is None else await work.tx.first(mine.with_for_update())
    if row is None:
        return Answer(text=say("returns.cancel.unknown"))
    after = move(ReturnState(row.state), ReturnState.CANCELLED)
    if await _given(work, row.id):
        return Answer(text=say("returns.cancel.too_late", number=row.number))
    if isinstance(after, Refused):
        key = "returns.cancel.already" if after.now == after.to else "returns.cancel.too_late"
        return Answer(text=say(key, number=row.number))
    await work.tx.run(
        update(returns)
        .where(_return.id == row.id)
        .values(state=after, state_at=work.at, due_at=None, send_by=None)
    )
    await _free_units(work, row.id)
    told = {"return_id": row.id, "at": work.at, "kind": "cancel", "state": after}
    await work.tx.insert(return_events, [{**told, "who": person.name, "why": ""}])
    work.emit(ReturnMoved(return_id=row.id, kind="cancel", was=row.state, now=after.value))
    work.record(person, "return.cancel", row.number)
    return Answer(text=say("returns.cancel.done", number=row.number))


async def _given(work: Work, return_id: int) -> bool:
    """Whether something was given for it, or is on its way."""
    given = (_unit.return_id == return_id, _unit.reimbursement_id.is_not(None))
    return await work.tx.scalar(select(_unit.id).where(*given).limit(1)) is not None


async def _set_aside_items(work: Work, return_id: int) -> set[int]:
    rows = await work.tx.all(
        select(_variant.item_id)
        .join(sale.holds, sale.holds.c.variant_id == _variant.id)
        .join(return_units, _unit.swap_hold_id == sale.holds.c.id)
        .where(_unit.return_id == return_id)
    )
    return {row.item_id for row in rows}


async def _free_units(work: Work, return_id: int) -> None:
    """Its units can be asked for anew, and what was set aside for them goes on."""
    held = await work.tx.all(
        select(_unit.swap_hold_id).where(
            _unit.return_id == return_id, _unit.swap_hold_id.is_not(None)
        )
    )
    await work.tx.run(update(return_units).where(_unit.return_id == return_id).values(live=False))
    for row in held:
        await let_go(work, row.swap_hold_id)
