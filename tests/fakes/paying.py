"""A shop whose customers pay: `Shop` with a desk for payments, a fake Stripe, and its hooks.

Everything goes over loopback: Stripe's own client asks, and webhooks knock at the web's doors.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import select

from bot.payments.desk import PaymentDesk
from bot.payments.shop_system import ShopSystem, sign
from bot.payments.stripe import StripeWay
from bot.platforms.base import Outgoing
from bot.web.hooks import Hooks
from handlers.capability import Capability, OptionKind, PressSpec
from handlers.messages import Answer, Press
from handlers.money import Money
from handlers.orders.settling import check_out
from handlers.payments.booking import mark_paid
from handlers.payments.preparing import prepare
from handlers.payments.refunding import refund
from handlers.payments.rules import PaymentRules, Ways
from handlers.work import Work
from storage.engine import Storage
from storage.order_states import PaymentWay
from storage.schema import orders, sale
from tests.fakes.shop import Shop
from tests.fakes.stripe import FakeStripe

__all__ = ["HOOK_SECRET", "PayingShop"]

HOOK_SECRET = "a secret that both of us know"


async def _pay(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """What *Pay* does once an order has all that it needs."""
    order_id = int(arguments[0])
    await check_out(work, order_id, who=press.person.name)
    return await prepare(work, order_id, PaymentWay(arguments[1]), press)


async def _paid(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    amount = Money(int(arguments[1]), "USD") if len(arguments) > 1 else None
    received = await mark_paid(work, int(arguments[0]), press.person, amount)
    return Answer(text="nothing" if received is None else received.state.value)


async def _refund(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    payment, minor, key = arguments
    try:
        wanted = await refund(work, int(payment), Money(int(minor), "USD"), key)
    except ValueError as error:
        return Answer(text=str(error))
    return Answer(text=wanted.state.value)


_NUMBER, _WORD = OptionKind.INTEGER, OptionKind.WORD
_TILL = Capability(
    name="till",
    summary="Pays without a cart.",
    presses=(
        PressSpec(name="till.pay", run=_pay, takes=(_NUMBER, _WORD)),
        PressSpec(name="till.paid", run=_paid, takes=(_NUMBER, _NUMBER), may_lack=1),
        PressSpec(name="till.refund", run=_refund, takes=(_NUMBER, _NUMBER, _WORD)),
    ),
)


class PayingShop(Shop):
    """`async with PayingShop(storage) as shop:`. Its clock is also the fake Stripe's."""

    def __init__(
        self,
        storage: Storage,
        *,
        stripe: FakeStripe | None = None,
        payments: Mapping[str, Any] | None = None,
        capabilities: Sequence[Capability] = (),
        **settings: Any,
    ) -> None:
        super().__init__(storage, capabilities=(_TILL, *capabilities), **settings)
        self.stripe = stripe or FakeStripe(now=lambda: self.clock.now().timestamp())
        self._given = stripe is not None
        rules = PaymentRules(**(payments or {}))
        house = replace(self.andon.house, payments=Ways(rules=rules, offered=tuple(PaymentWay)))
        self.andon.house = self.andon.dispatcher.house = house
        self._rules = rules
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if not self._given:
            await self._open.enter_async_context(self.stripe)
        secret = SecretStr(self.stripe.secret)
        self.way = StripeWay(SecretStr(self.stripe.key), secret, self.stripe.url)
        self._open.push_async_callback(self.way.aclose)
        self.desk = self.new_desk()
        self._open.push_async_callback(self.desk.stop)
        hooks = Hooks(
            self.andon.intake.webhook,
            now=self.clock.now,
            stripe=self.way,
            shop_system=ShopSystem(SecretStr(HOOK_SECRET), lambda: datetime.now(UTC)),
        )
        app = web.Application()
        for route in hooks.routes():
            app.router.add_route(route.method, route.path, route.answer)
        self._web = TestClient(TestServer(app))
        await self._web.start_server()
        self._open.push_async_callback(self._web.close)
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await self._open.aclose()
        await super().__aexit__(*raised)

    def new_desk(self) -> PaymentDesk:
        """A desk as another process has it."""
        return PaymentDesk(
            self.storage,
            self.andon.intake.webhook,
            {"stripe": self.way},
            self._rules,
            now=self.clock.now,
        )

    # --- what people do ---------------------------------------------------------------------------

    async def pays(self, name: str, way: str = "stripe") -> Outgoing:
        """Someone presses *Pay* for their newest order; returns the first answer."""
        order = await self.order(name)
        return await self.presses(name, f"till.pay:{order.id}:{way}")

    async def gets_link(self, name: str) -> str:
        """Someone presses *Pay* and gets the link; returns the id of their session."""
        await self.pays(name)
        await self.errands()
        return str((await self.payment(name)).reference)

    async def marks_paid(self, name: str, minor: int | None = None) -> str:
        """Support says that someone paid; returns the state of the order."""
        order = await self.order(name)
        button = f"till.paid:{order.id}" + ("" if minor is None else f":{minor}")
        return (await self.presses("Sam", button, role="support")).text

    async def refunds(self, name: str, minor: int, key: str) -> str:
        """Support wants money to go back; returns where that stands."""
        payment = await self.payment(name)
        button = f"till.refund:{payment.id}:{minor}:{key}"
        return (await self.presses("Sam", button, role="support")).text

    async def errands(self) -> None:
        """The desk asks what is due, and what is said about it is posted."""
        await self.desk.round()
        await self._settle()

    async def ticks(self, seconds: float) -> None:
        """Time passes, holds and looks come due."""
        await self.passes(seconds=seconds)
        await self.errands()

    # --- what others tell -------------------------------------------------------------------------

    async def stripe_tells(self, event: Mapping[str, Any], **how: Any) -> int:
        """Stripe knocks; returns the status that it gets."""
        body, signature = self.stripe.signed(dict(event), **how)
        headers = {"Stripe-Signature": signature}
        async with self._web.post("/hooks/stripe", data=body, headers=headers) as answer:
            status = answer.status
        await self._settle()
        return status

    async def system_tells(
        self, *, at: float | None = None, secret: str = HOOK_SECRET, **said: Any
    ) -> int:
        """Another shop system knocks; returns the status that it gets."""
        told = {"event": secrets.token_hex(6), "currency": "USD", "state": "paid", **said}
        body = json.dumps(told).encode()
        stamp = str(int(datetime.now(UTC).timestamp() if at is None else at))
        headers = {"Andon-Timestamp": stamp, "Andon-Signature": sign(secret, stamp, body)}
        async with self._web.post("/hooks/payment", data=body, headers=headers) as answer:
            status = answer.status
        await self._settle()
        return status

    # --- how things stand -------------------------------------------------------------------------

    async def order(self, name: str) -> Any:
        """Someone's newest order."""
        people, order = sale.identities.c, orders.orders.c
        rows = await self.rows(
            select(orders.orders)
            .join(sale.identities, people.customer_id == order.customer_id)
            .where(people.person == name.lower())
            .order_by(order.id.desc())
        )
        return rows[0]

    async def payments(self, name: str) -> Sequence[Any]:
        """Every payment of someone's newest order, the newest first."""
        order, payment = await self.order(name), orders.payments.c
        return await self.rows(
            select(orders.payments).where(payment.order_id == order.id).order_by(payment.id.desc())
        )

    async def payment(self, name: str) -> Any:
        """The newest payment of someone's newest order."""
        return (await self.payments(name))[0]

    def private(self, name: str) -> list[str]:
        """Every answer to what someone pressed or typed, in order."""
        start = f"{name.lower()}:"
        return [post.text for post in self.paper.posts if post.address.target.startswith(start)]
