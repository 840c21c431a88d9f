"""`/customer payfirst|block|unblock`: what the team decides about a customer, and its undo."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Undone
from handlers.claims.naming import Named
from handlers.command_line import Invocation
from handlers.customers.known import Customer, customer_behind, customer_named, row_of
from handlers.messages import Answer
from handlers.work import Work
from storage.repositories.sale import HELD
from storage.schema import sale

__all__ = ["block", "payfirst", "unblock", "undo_block", "undo_payfirst"]


async def payfirst(work: Work, command: Invocation) -> Answer:
    """`/customer payfirst PERSON on|off`: from now on nothing is set aside before it is paid."""
    wanted = command.options["switch"] == "on"
    customer = await customer_named(work, command)
    if isinstance(customer, Answer):
        return customer
    was = (await row_of(work, customer.id)).pay_first
    if was == wanted:
        return _say(work, "customer.payfirst_so", customer, on=wanted)
    await _set(work, customer.id, pay_first=wanted)
    work.record(
        command.person,
        "customer.payfirst",
        customer.named.name,
        values={"on": wanted},
        undo=customer.about | {"was": was},
    )
    return _say(work, "customer.payfirst", customer, on=wanted, held=await _held(work, customer.id))


async def block(work: Work, command: Invocation) -> Answer:
    """`/customer block PERSON [WHY…]`: claims are refused, in private; what is held stays."""
    return await _block(work, command, blocked=True)


async def unblock(work: Work, command: Invocation) -> Answer:
    """`/customer unblock PERSON`."""
    return await _block(work, command, blocked=False)


async def _block(work: Work, command: Invocation, *, blocked: bool) -> Answer:
    customer = await customer_named(work, command)
    if isinstance(customer, Answer):
        return customer
    was = (await row_of(work, customer.id)).blocked_at
    if (was is not None) == blocked:
        return _say(work, "customer.block_so", customer, blocked=blocked)
    await _set(work, customer.id, blocked_at=work.at if blocked else None)
    work.record(
        command.person,
        "customer.block" if blocked else "customer.unblock",
        customer.named.name,
        why=command.options.get("why") or "",
        undo=customer.about | {"blocked": not blocked},
    )
    key = "customer.blocked" if blocked else "customer.unblocked"
    return _say(work, key, customer, held=await _held(work, customer.id))


def _say(work: Work, key: str, customer: Customer, **values: Any) -> Answer:
    return Answer(text=work.house.wording.say(key, name=customer.named.name, **values))


async def _set(work: Work, customer_id: int, **values: Any) -> None:
    await work.tx.run(
        update(sale.customers).where(sale.customers.c.id == customer_id).values(**values)
    )


async def _held(work: Work, customer_id: int) -> int:
    hold = sale.holds.c
    units = await work.tx.scalar(
        select(func.coalesce(func.sum(hold.quantity), 0)).where(
            hold.customer_id == customer_id, HELD
        )
    )
    return int(units or 0)


async def _again(work: Work, act: Mapping[str, Any]) -> Customer:
    return await customer_behind(work, Named(act["platform"], act["person"], act["name"]))


async def undo_payfirst(work: Work, act: Mapping[str, Any]) -> Undone:
    """As it was before."""
    customer = await _again(work, act)
    await _set(work, customer.id, pay_first=act["was"])
    return Undone(text=_say(work, "customer.payfirst", customer, on=act["was"], held=0).text)


async def undo_block(work: Work, act: Mapping[str, Any]) -> Undone:
    """Blocked again, or free again."""
    customer = await _again(work, act)
    await _set(work, customer.id, blocked_at=work.at if act["blocked"] else None)
    key = "customer.blocked" if act["blocked"] else "customer.unblocked"
    return Undone(text=_say(work, key, customer, held=0).text)
