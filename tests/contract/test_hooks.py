"""The doors at which other systems tell of payments: who is let in, and what they are told."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import select

from bot.payments.base import Forged
from bot.payments.shop_system import NotReadable, ShopSystem, sign
from bot.web.hooks import Hooks
from bot.web.security import Guard
from handlers.messages import Webhook
from handlers.money import Money
from handlers.payments.model import NoticeKind
from storage.engine import Storage
from storage.schema import orders
from tests.fakes.paying import PayingShop

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STAMP = str(int(NOON.timestamp()))
PAID = {"event": "e1", "order": "S1-0001", "amount": "18.00", "currency": "USD", "state": "paid"}


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[PayingShop]:
    async with PayingShop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        yield shop


def read(said: object, *, stamp: str = STAMP, key: str = "s3cret", **changed: str) -> object:
    body = json.dumps(said).encode()
    signature = changed.get("signature", sign(key, stamp, body))
    system = ShopSystem(SecretStr("s3cret"), lambda: NOON)
    return system.read(changed.get("body", body.decode()).encode(), stamp, signature)


# --- the form -------------------------------------------------------------------------------------


def test_a_signed_call_is_read() -> None:
    system = ShopSystem(SecretStr("s3cret"), lambda: NOON)
    body = json.dumps(PAID | {"payment": "P-9"}).encode()
    told = system.read(body, STAMP, sign("s3cret", STAMP, body).upper())
    assert (told.order, told.notice.key, told.notice.kind) == (
        "S1-0001",
        "hook:e1",
        NoticeKind.PAID,
    )
    assert (told.notice.amount, told.notice.checkout) == (Money(1800, "USD"), "P-9")


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "guessed"},
        {"signature": ""},
        {"signature": "00"},
        {"body": "{}"},
        {"stamp": ""},
        {"stamp": "soon"},
        {"stamp": str(int(NOON.timestamp()) - 301)},
        {"stamp": str(int(NOON.timestamp()) + 301)},
    ],
)
def test_a_forged_call_is_not_believed(changed: dict[str, str]) -> None:
    with pytest.raises(Forged):
        read(PAID, **changed)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "event"),
        ([], "dictionary|object"),
        (PAID | {"state": "perhaps"}, "state"),
        (PAID | {"order": ""}, "order or payment is missing"),
        (PAID | {"amount": ""}, "amount and currency"),
        (PAID | {"amount": "18.005"}, "amount"),
        (PAID | {"amount": "-18.00"}, "amount"),
        (PAID | {"currency": "DOL"}, "currency"),
        (PAID | {"event": "e 1"}, "event"),
    ],
)
def test_what_cannot_be_used_is_named(said: object, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        read(said)


async def test_nothing_is_thanked_for_before_it_is_committed() -> None:
    taken: list[Webhook] = []

    async def take(told: Webhook) -> None:
        taken.append(told)
        raise RuntimeError("the database is away")

    system = ShopSystem(SecretStr("s3cret"), lambda: NOON)
    routes = Hooks(take, now=lambda: NOON, shop_system=system).routes()
    guard = Guard(host="0.0.0.0", token="t0ken", names=frozenset(), cookie="c")  # noqa: S104
    app = web.Application(middlewares=[guard.middleware(route.path for route in routes)])
    for route in routes:
        app.router.add_route(route.method, route.path, route.answer)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    body = json.dumps(PAID).encode()
    signed = {"Andon-Timestamp": STAMP, "Andon-Signature": sign("s3cret", STAMP, body)}
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/hooks/payment", data=body, headers=signed)
        assert answer.status == 500
        assert "database" not in await answer.text()
        # The pages' token opens nothing here, and none is needed.
        assert (await client.post("/hooks/payment", data=body)).status == 400
        assert (await client.post("/hooks/payment", data=b"x" * 300_000)).status == 413
        assert (await client.post("/hooks/stripe", data=body)).status in (401, 403, 404)
    assert len(taken) == 1


# --- the whole way --------------------------------------------------------------------------------


async def test_another_system_tells_of_a_payment(shop: PayingShop) -> None:
    assert "pay it in our shop and name S1-0001" in (await shop.pays("Ana", "hook")).text
    assert await shop.system_tells(order="S1-0001", amount="18.00", payment="P-1") == 200
    order, payment = await shop.order("Ana"), await shop.payment("Ana")
    assert (order.state, payment.way, payment.reference) == ("paid", "hook", "P-1")


async def test_nobody_had_begun_to_pay_here(shop: PayingShop) -> None:
    assert await shop.system_tells(order="s1 1", amount="18.00") == 200
    assert (await shop.order("Ana")).state == "paid"


async def test_the_same_event_counts_once(shop: PayingShop) -> None:
    for _ in range(20):
        assert await shop.system_tells(event="e1", order="S1-0001", amount="18.00") == 200
    assert (await shop.order("Ana")).received_minor == 1800
    assert len(await shop.payments("Ana")) == 1


async def test_other_money_for_a_paid_order_is_for_a_person(shop: PayingShop) -> None:
    await shop.system_tells(order="S1-0001", amount="18.00")
    await shop.system_tells(order="S1-0001", amount="18.00")
    assert [one.state for one in await shop.payments("Ana")] == ["paid", "paid"]
    assert any("costs $18.00, and $36.00 came in" in card for card in shop.team("exceptions"))


async def test_money_for_no_order_is_never_silent(shop: PayingShop) -> None:
    assert await shop.system_tells(order="S9-0001", amount="18.00") == 200
    assert any("$18.00 came in for S9-0001" in card for card in shop.team("exceptions"))


async def test_a_declined_one_may_still_be_paid(shop: PayingShop) -> None:
    await shop.pays("Ana", "hook")
    await shop.system_tells(order="S1-0001", state="declined")
    assert (await shop.payment("Ana")).state == "declined"
    assert any("S1-0001 by Ana was declined" in card for card in shop.team("exceptions"))
    await shop.system_tells(order="S1-0001", amount="18.00")
    assert (await shop.order("Ana")).state == "paid"


async def test_a_forged_one_changes_nothing(shop: PayingShop) -> None:
    assert await shop.system_tells(order="S1-0001", amount="18.00", secret="guessed") == 400
    assert await shop.system_tells(order="S1-0001", amount="18.00", at=0) == 400
    assert (await shop.order("Ana")).state == "open"
    assert await shop.rows(select(orders.payment_events)) == []
