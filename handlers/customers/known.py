"""Whom somebody of the team names, and the customer behind them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from handlers.claims.naming import Named, find_person
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.work import Work
from storage.repositories.sale import members
from storage.schema import sale

__all__ = ["Customer", "customer_behind", "customer_named", "row_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer, and the identity by which they were named."""

    id: int
    named: Named

    @property
    def about(self) -> dict[str, Any]:
        """What finds them again, for undo: also once they were joined to another."""
        one = self.named
        return {"platform": one.platform, "person": one.id, "name": one.name}


async def customer_named(work: Work, command: Invocation) -> Customer | Answer:
    """The customer that a command names; one who only wrote so far becomes one."""
    found = await find_person(work, command.person.platform, command.options["person"])
    return found if isinstance(found, Answer) else await customer_behind(work, found)


async def customer_behind(work: Work, named: Named) -> Customer:
    """The customer behind an identity."""
    (member,) = await members(work.tx, {(named.platform, named.id): named.name})
    return Customer(id=member.customer_id, named=named)


async def row_of(work: Work, customer_id: int) -> Any:
    """The row of a customer, locked."""
    return await work.tx.first(
        select(sale.customers).where(sale.customers.c.id == customer_id).with_for_update()
    )
