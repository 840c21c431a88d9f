"""A shop whose customers want to give things back: requests are written as the form will.

async with ReturningShop(storage) as shop:
await shop.show()
await shop.buys("Ana", "claim D1 M x2")
number = await shop.asks("Ana", "D1-M", units=2)
assert await shop.returns(f"approve {number}") == …
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from sqlalchemy import func, select

from handlers.capability import Capability, CommandSpec, Option, OptionKind
from handlers.command_line import Invocation
from handlers.events import ReturnRequested
from handlers.messages import Answer
from handlers.returns.numbers import new_number
from handlers.returns.policy import Policy, ShippingRule, Wish
from handlers.returns.rules import ReturnDesk
from handlers.work import Work
from storage.engine import Storage
from storage.return_states import Acceptance, Reception, ReturnKind, ReturnState
from storage.schema import orders, sale
from storage.schema.returns import (
    reimbursements,
    return_events,
    return_units,
    returns,
)
from tests.fakes.paying import PayingShop

__all__ = ["ReturningShop"]


class _Requests:
    """Writes the return that a test wants next."""

    def __init__(self) -> None:
        self.next: dict[str, Any] = {}
        self.random = Random(7)
        word = Option(name="number", kind=OptionKind.WORD, summary="its number")
        self.capability = Capability(
            name="requests",
            summary="Asks for a return without a form.",
            commands=(CommandSpec(name="want", summary="ask", run=self._run, options=(word,)),),
        )

    async def _run(self, work: Work, command: Invocation) -> Answer:
        wanted, number = self.next, command.options["number"]
        order = wanted["order"]
        row = {
            "number": number,
            "customer_id": order.customer_id,
            "order_id": order.id,
            "kind": wanted["kind"],
            "state": ReturnState.REQUESTED,
            "state_at": work.at,
            "requested_at": work.at,
            "reason": wanted["reason"],
            "wish": wanted["wish"],
            "currency": order.currency,
            "value_minor": wanted["value"],
            "verdict": wanted["verdict"],
            "flags": [],
            "comes_back": wanted["comes_back"],
            "label_minor": wanted["label"],
        }
        (return_id,) = await work.tx.insert_ids(returns, [row])
        await work.tx.insert(
            return_units,
            [
                {
                    "return_id": return_id,
                    "line_id": line_id,
                    "number": unit,
                    "reception": Reception.AWAITING,
                    "acceptance": Acceptance.PENDING,
                    "fee_bp": wanted["fee_bp"],
                    "shipping_rule": wanted["shipping_rule"],
                    "bonus_bp": wanted["bonus_bp"],
                    "swap_variant_id": wanted["swap"],
                }
                for line_id, unit in wanted["units"]
            ],
        )
        line = {"return_id": return_id, "at": work.at, "kind": "requested"}
        await work.tx.insert(return_events, [{**line, "state": ReturnState.REQUESTED}])
        work.emit(ReturnRequested(return_id=return_id))
        return Answer(text=number)


class ReturningShop(PayingShop):
    """`PayingShop` whose orders come back; `desk` are fields of the desk, `policy` the promise."""

    def __init__(
        self,
        storage: Storage,
        *,
        desk: Mapping[str, Any] | None = None,
        policy: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self._requests = _Requests()
        super().__init__(storage, capabilities=(self._requests.capability,), **settings)
        promised = ReturnDesk(policy=Policy(**(policy or {})), **(desk or {}))
        house = replace(self.andon.house, returns=promised)
        self.andon.house = self.andon.dispatcher.house = house

    async def buys(self, name: str, *claims: str, by: str = "manual") -> None:
        """Somebody claims, pays and hears about everything by DM."""
        for claim in claims:
            await self.says(name, claim)
        if by == "stripe":
            await self.stripe_tells(self.stripe.pay(await self.gets_link(name)))
        else:
            await self.pays(name, "manual")
            await self.marks_paid(name)
        await self.writes(name, "yes")

    async def asks(
        self,
        name: str,
        sku: str,
        *,
        units: int = 1,
        first: int = 0,
        reason: str = "changed_mind",
        wish: Wish = Wish.REFUND,
        swap: str = "",
        kind: ReturnKind = ReturnKind.RETURN,
        comes_back: bool = True,
        order: Any = None,
        **more: Any,
    ) -> str:
        """Somebody asks to give units of a SKU back; returns the number of the return."""
        order = order or await self.order(name)
        lines = await self.rows(
            select(orders.order_lines)
            .where(orders.order_lines.c.order_id == order.id, orders.order_lines.c.sku == sku)
            .order_by(orders.order_lines.c.id)
        )
        every = [(line.id, at) for line in lines for at in range(line.quantity)]
        chosen = every[first : first + units]
        self._requests.next = {
            "order": order,
            "kind": kind,
            "reason": reason,
            "wish": wish,
            "value": lines[0].unit_minor * len(chosen),
            "units": chosen,
            "comes_back": comes_back,
            "swap": await self.variant(swap) if swap else None,
            "verdict": "RETURNABLE",
            "fee_bp": 0,
            "shipping_rule": ShippingRule.WHEN_ALL_BACK,
            "bonus_bp": 0,
            "label": 0,
            **more,
        }
        number = new_number(self._requests.random)
        assert await self.command(f"/want {number}", name, role="viewer") == number
        return number

    async def returns(self, words: str, name: str = "Sue") -> str:
        """`/returns …` by support."""
        return await self.command(f"/returns {words}", name, role="support")

    async def variant(self, sku: str) -> int:
        """The id of a variant."""
        rows = await self.rows(select(sale.variants.c.id).where(sale.variants.c.sku == sku))
        return int(rows[0].id)

    async def stands(self, number: str) -> Any:
        """The row of a return."""
        return (await self.rows(select(returns).where(returns.c.number == number)))[0]

    async def units_of(self, number: str) -> Sequence[Any]:
        """The units of a return."""
        row = await self.stands(number)
        mine = return_units.c.return_id == row.id
        return await self.rows(select(return_units).where(mine).order_by(return_units.c.id))

    async def given(self, number: str) -> Sequence[Any]:
        """What was given for a return, the oldest first."""
        row = await self.stands(number)
        mine = reimbursements.c.return_id == row.id
        return await self.rows(select(reimbursements).where(mine).order_by(reimbursements.c.id))

    async def credit(self, name: str) -> int:
        """The store credit that somebody has."""
        order, ledger = await self.order(name), orders.credit_ledger.c
        rows = await self.rows(
            select(func.coalesce(func.sum(ledger.minor), 0)).where(
                ledger.customer_id == order.customer_id
            )
        )
        return int(rows[0][0])
