"""`/order …`: what support does about orders. Where they go is shown to few, and in the audit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from handlers.command_line import Invocation
from handlers.fulfilment.numbers import parcel_number
from handlers.messages import Answer
from handlers.money import Money
from handlers.orders.cancelling import (
    away,
    cancel_paid,
    cancel_unpaid,
    cancel_wished,
    wish_to_cancel,
)
from handlers.orders.keeping import shown_address
from handlers.orders.moving import note_event
from handlers.orders.numbers import OrderNumber
from handlers.orders.owning import say
from handlers.orders.reaching import name_of
from handlers.orders.records import Stored, load_stored
from handlers.orders.repricing import quote
from handlers.orders.states import FINISHED, UNPAID
from handlers.orders.times import times_of
from handlers.orders.undoing import standing_holds
from handlers.payments.booking import mark_paid
from handlers.people import Role
from handlers.private_text import shown_text
from handlers.times import shown_time
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders, traffic
from storage.schema.states import ExceptionState

__all__ = ["cancel", "note", "paid", "show"]

#: Who may read where a parcel goes, and how to reach its customer.
_READS_ADDRESSES = frozenset({Role.SUPPORT, Role.PACKER, Role.OWNER})
_order, _line = orders.orders.c, orders.order_lines.c
#: What stands between the lines of an order and its total.
_PARTS = ("discount", "shipping", "tax")
_MOST_HISTORY = 12


async def _found(work: Work, command: Invocation) -> Stored | Answer:
    """The order that a command names."""
    typed = command.options["order"]
    number = OrderNumber.parse(typed)
    row = number and await work.tx.first(
        select(_order.id).where(_order.show_id == number.show, _order.serial == number.serial)
    )
    if not row:
        return say(work, "order.unknown", order=typed)
    (stored,) = await load_stored(work, [row.id])
    return stored


async def show(work: Work, command: Invocation) -> Answer:
    """`/order show ORDER`: lines, sums, history, and the address for those who need it."""
    stored = await _found(work, command)
    if isinstance(stored, Answer):
        return stored
    tell = work.house.wording.say
    lines: list[str] = [
        tell(
            "order.head",
            order=str(stored.number),
            name=await name_of(work, stored.row.customer_id),
            state=tell(f"order.state.{stored.state.value}"),
        )
    ]
    lines += [_line_of(work, stored, line) for line in stored.lines]
    lines += await _sums(work, stored)
    lines += await _exceptions(work, stored)
    if stored.row.note:
        lines.append(tell("cart.note", note=shown_text(work.house, stored.row.note)))
    if stored.address is not None and command.person.may(_READS_ADDRESSES):
        lines.append(tell("order.address", lines=shown_address(stored.address)))
        # Who read it, never what stood there.
        work.record(command.person, "order.address", str(stored.number))
    lines += await _times(work, stored)
    if stored.locked:
        lines.append(tell("order.locked"))
    lines += await _history(work, stored)
    return Answer(text="\n".join(lines))


def _line_of(work: Work, stored: Stored, line: Any) -> str:
    return work.house.wording.say(
        "order.line",
        item=f"{line.code} / {line.variant}" if line.variant else line.code,
        title=line.title,
        units=line.quantity,
        amount=_shown(work, stored, line.goods_minor),
    )


def _shown(work: Work, stored: Stored, minor: int) -> str:
    return Money(minor, stored.row.currency).shown(work.house.locale)


async def _sums(work: Work, stored: Stored) -> list[str]:
    row, total = stored.row, stored.row.total_minor
    parts = (row.discount_minor, row.shipping_minor, row.tax_added_minor)
    if stored.state in UNPAID and stored.lines:
        (priced,) = await quote(work, [stored])
        sums = priced.totals
        total, parts = sums.total, (sums.discount, sums.shipping, sums.tax_added)
    if total is None:
        return []
    due = 0 if stored.state in FINISHED else total - row.credit_minor - row.received_minor
    tell = work.house.wording.say
    return [
        *(
            tell(f"order.part.{part}", amount=_shown(work, stored, minor))
            for part, minor in zip(_PARTS, parts, strict=True)
            if minor
        ),
        tell(
            "order.sums",
            total=_shown(work, stored, total),
            credit=_shown(work, stored, row.credit_minor) if row.credit_minor else "",
            received=_shown(work, stored, row.received_minor) if row.received_minor else "",
            due=_shown(work, stored, due) if due > 0 else "",
        ),
    ]


async def _exceptions(work: Work, stored: Stored) -> list[str]:
    exceptions = traffic.exceptions.c
    rows = await work.tx.all(
        select(traffic.exceptions)
        .where(
            exceptions.subject == str(stored.number),
            exceptions.state != ExceptionState.RESOLVED,
        )
        .order_by(exceptions.id)
    )
    tell = work.house.wording.say
    return [
        tell(
            "order.exception",
            number=row.id,
            sentence=tell(f"exception.{row.kind}", **row._mapping["values"]),
        )
        for row in rows
    ]


async def _times(work: Work, stored: Stored) -> list[str]:
    tell = work.house.wording.say
    times = (await times_of(work.tx, [stored.id]))[stored.id]
    reached = [
        tell("order.time", stage=tell(f"order.stage.{stage}"), at=shown_time(work, at))
        for stage, at in times.reached()
    ]
    return [tell("order.times", reached=reached)] if reached else []


def _did(work: Work, kind: str) -> str:
    """What happened, in the shop's words where there are some."""
    key, wording = f"order.did.{kind}", work.house.wording
    return wording.say(key) if wording.has(key) else kind.replace("_", " ")


async def _history(work: Work, stored: Stored) -> list[str]:
    events = orders.order_events.c
    rows: Sequence[Any] = await work.tx.all(
        select(orders.order_events)
        .where(events.order_id == stored.id)
        .order_by(events.id.desc())
        .limit(_MOST_HISTORY)
    )
    return [
        work.house.wording.say(
            "order.event",
            at=shown_time(work, row.at),
            what=_did(work, row.kind),
            who=row.who,
            why=shown_text(work.house, row.why),
        )
        for row in reversed(rows)
    ]


async def paid(work: Work, command: Invocation) -> Answer:
    """`/order paid ORDER [AMOUNT]`: by transfer or in cash; without an amount, what was due."""
    stored = await _found(work, command)
    if isinstance(stored, Answer):
        return stored
    amount: Money | None = command.options["amount"]
    if amount is not None:
        amount = Money(amount.minor, stored.row.currency)
    received = await mark_paid(work, stored.id, command.person, amount)
    if received is None:
        return say(work, "order.nothing_due", order=str(stored.number))
    settled = received.settlement
    due = 0 if settled is None else settled.due
    over = 0 if settled is None else settled.over
    return say(
        work,
        "order.paid",
        order=str(stored.number),
        due=_shown(work, stored, due) if due else "",
        over=_shown(work, stored, over) if over else "",
        short=received.short_units,
    )


async def cancel(work: Work, command: Invocation) -> Answer:
    """`/order cancel ORDER WHY…`: unpaid at once, its units go on; what is paid is decided on."""
    stored = await _found(work, command)
    if isinstance(stored, Answer):
        return stored
    why, number = command.options["why"] or "", str(stored.number)
    if stored.state in FINISHED or stored.state is OrderState.HANDED_OFF:
        state = work.house.wording.say(f"order.state.{stored.state.value}")
        return say(work, "order.over", order=number, state=state)
    who = command.person.name
    if stored.state in UNPAID:
        undo = {"order": stored.id, "holds": await standing_holds(work, stored)}
        freed = await cancel_unpaid(work, stored, who=who, why=why)
        done = {"units": freed}
        work.record(command.person, "order.cancel", number, why=why, values=done, undo=undo)
        return say(work, "order.cancelled", order=number, units=freed)
    if not await cancel_wished(work, stored):
        await wish_to_cancel(work, stored, who=who, why=why)
        return say(work, "order.cancel_paid", order=number)
    busy = await away(work, stored.id)
    if busy is not None:
        key = "order.cancel_packing" if busy.state == ParcelState.PACKING else "order.cancel_left"
        return say(work, key, order=number, parcel=parcel_number(busy.id))
    back, boxed = await cancel_paid(work, stored, who=who, why=why)
    shown = back.shown(work.house.locale)
    work.record(command.person, "order.cancel", number, why=why, values={"back": shown})
    amount = shown if back.minor else ""
    return say(work, "order.cancelled_paid", order=number, amount=amount, boxed=boxed)


async def note(work: Work, command: Invocation) -> Answer:
    """`/order note ORDER TEXT…`: for the team; its customer does not see it."""
    stored = await _found(work, command)
    if isinstance(stored, Answer):
        return stored
    text = command.options["text"][:500]
    kept = work.house.sealer.seal_text(text)
    line = await note_event(
        work, stored.id, "team_note", stored.state.value, who=command.person.name, why=kept
    )
    undo = {"line": line, "order": str(stored.number)}
    work.record(command.person, "order.note", str(stored.number), undo=undo)
    return say(work, "order.noted", order=str(stored.number))
