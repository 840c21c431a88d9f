"""`/customer show|note|tag`: what the team knows of a customer. Every look is in the audit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select

from handlers.command_line import Invocation
from handlers.customers.known import Customer, customer_named
from handlers.messages import Answer
from handlers.money import Money
from handlers.orders.keeping import is_locked, last_address, open_address, shown_address
from handlers.orders.records import number_of
from handlers.people import Role
from handlers.private_text import shown_text
from handlers.times import shown_time
from handlers.work import Work
from storage.schema import customers, orders, returns, sale

__all__ = ["note", "show", "tag"]

#: Who may read where a parcel goes, and how to reach its customer.
_READS_ADDRESSES = frozenset({Role.SUPPORT, Role.OWNER})
_MOST_ORDERS, _MOST_NOTES, _LONGEST_TAG = 8, 8, 40
_order, _return, _ledger = orders.orders.c, returns.returns.c, orders.credit_ledger.c
_note, _tag = customers.customer_notes.c, customers.customer_tags.c


async def show(work: Work, command: Invocation) -> Answer:
    """`/customer show PERSON`: orders, sums, returns, notes and tags; the address for support."""
    customer = await customer_named(work, command)
    if isinstance(customer, Answer):
        return customer
    lines = [
        *await _head(work, customer),
        *await _orders(work, customer.id),
        *await _returns(work, customer.id),
        *await _credit(work, customer.id),
        *await _notes(work, customer.id),
    ]
    work.record(command.person, "customer.show", customer.named.name)
    if command.person.may(_READS_ADDRESSES):
        lines += await _address(work, command, customer)
    return Answer(text="\n".join(lines))


async def _head(work: Work, customer: Customer) -> list[str]:
    people, say = sale.identities.c, work.house.wording.say
    rows = await work.tx.all(
        select(people.name, people.platform)
        .where(people.customer_id == customer.id)
        .order_by(people.id)
    )
    row = await work.tx.first(select(sale.customers).where(sale.customers.c.id == customer.id))
    tags = await work.tx.all(
        select(_tag.tag).where(_tag.customer_id == customer.id).order_by(_tag.tag)
    )
    return [
        say(
            "customer.head",
            names=[f"{one.name} ({one.platform.capitalize()})" for one in rows],
            tags=[one.tag for one in tags],
            pay_first=row is not None and row.pay_first,
            blocked=shown_time(work, row.blocked_at) if row and row.blocked_at else "",
        )
    ]


async def _orders(work: Work, customer_id: int) -> list[str]:
    say, locale = work.house.wording.say, work.house.locale
    sums = await work.tx.all(
        select(
            _order.currency,
            func.count().label("count"),
            func.sum(_order.received_minor + _order.credit_minor).label("minor"),
        )
        .where(_order.customer_id == customer_id, _order.received_minor + _order.credit_minor > 0)
        .group_by(_order.currency)
        .order_by(_order.currency)
    )
    lines: list[str] = [
        say(
            "customer.paid",
            count=row.count,
            amount=Money(int(row.minor), row.currency).shown(locale),
        )
        for row in sums
    ]
    rows = await work.tx.all(
        select(orders.orders)
        .where(_order.customer_id == customer_id)
        .order_by(_order.id.desc())
        .limit(_MOST_ORDERS)
    )
    lines += [
        say(
            "customer.order",
            order=str(number_of(row)),
            state=say(f"order.state.{row.state}"),
            amount=""
            if row.total_minor is None
            else Money(row.total_minor, row.currency).shown(locale),
            review=row.under_review,
        )
        for row in rows
    ]
    return lines or [say("customer.no_orders")]


async def _returns(work: Work, customer_id: int) -> list[str]:
    rows = await work.tx.all(
        select(_return.number, _return.state)
        .where(_return.customer_id == customer_id)
        .order_by(_return.id.desc())
    )
    if not rows:
        return []
    say = work.house.wording.say
    newest = [f"{row.number} ({say(f'returns.is.{row.state}')})" for row in rows[:_MOST_ORDERS]]
    return [say("customer.returns", count=len(rows), newest=newest)]


async def _credit(work: Work, customer_id: int) -> list[str]:
    last = (
        select(_ledger.currency, func.max(_ledger.line).label("line"))
        .where(_ledger.customer_id == customer_id)
        .group_by(_ledger.currency)
        .subquery()
    )
    rows = await work.tx.all(
        select(_ledger.currency, _ledger.balance_minor)
        .join(last, (last.c.currency == _ledger.currency) & (last.c.line == _ledger.line))
        .where(_ledger.customer_id == customer_id, _ledger.balance_minor > 0)
    )
    return [
        work.house.wording.say(
            "customer.credit",
            amount=Money(row.balance_minor, row.currency).shown(work.house.locale),
        )
        for row in rows
    ]


async def _notes(work: Work, customer_id: int) -> list[str]:
    rows: Sequence[Any] = await work.tx.all(
        select(customers.customer_notes)
        .where(_note.customer_id == customer_id)
        .order_by(_note.id.desc())
        .limit(_MOST_NOTES)
    )
    return [
        work.house.wording.say(
            "customer.note",
            at=shown_time(work, row.at),
            by=row.by,
            text=shown_text(work.house, row.text),
        )
        for row in reversed(rows)
    ]


async def _address(work: Work, command: Invocation, customer: Customer) -> list[str]:
    row = await last_address(work, customer.id)
    if row is None:
        return []
    if is_locked(row, work.house.sealer):
        return [work.house.wording.say("order.locked")]
    address = open_address(row, work.house.sealer)
    if address is None:
        return []
    # Who read it, never what stood there.
    work.record(command.person, "customer.address", customer.named.name)
    return [work.house.wording.say("order.address", lines=shown_address(address))]


async def note(work: Work, command: Invocation) -> Answer:
    """`/customer note PERSON TEXT…`: for the team; it is sealed, and the customer never sees it."""
    customer = await customer_named(work, command)
    if isinstance(customer, Answer):
        return customer
    text = command.options["text"][:500]
    row = {
        "customer_id": customer.id,
        "text": work.house.sealer.seal_text(text),
        "by": command.person.name,
        "at": work.at,
    }
    await work.tx.insert(customers.customer_notes, [row])
    work.record(command.person, "customer.note", customer.named.name)
    return Answer(text=work.house.wording.say("customer.noted", name=customer.named.name))


async def tag(work: Work, command: Invocation) -> Answer:
    """`/customer tag PERSON TAG…`: puts a tag on; the same again takes it off."""
    customer = await customer_named(work, command)
    if isinstance(customer, Answer):
        return customer
    word = " ".join(command.options["tag"].lower().split())[:_LONGEST_TAG]
    off = await work.tx.run(
        delete(customers.customer_tags).where(_tag.customer_id == customer.id, _tag.tag == word)
    )
    if not off:
        row = {"customer_id": customer.id, "tag": word, "by": command.person.name, "at": work.at}
        await work.tx.insert(customers.customer_tags, [row])
    work.record(
        command.person, "customer.tag", customer.named.name, values={"tag": word, "on": not off}
    )
    key = "customer.untagged" if off else "customer.tagged"
    return Answer(text=work.house.wording.say(key, name=customer.named.name, tag=word))
