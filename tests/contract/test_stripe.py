"""Stripe's own client against the project's own Stripe."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.payments.base import Forged, PaymentRefused, PaymentUncertain
from bot.payments.stripe import StripeWay
from bot.payments.stripe_amounts import from_stripe, to_stripe
from handlers.money import Money
from handlers.payments.model import (
    CheckoutLine,
    CheckoutRequest,
    CheckoutState,
    NoticeKind,
    RefundRequest,
    RefundState,
)
from tests.fakes.stripe import FakeStripe


@pytest.fixture
async def stripe() -> AsyncIterator[FakeStripe]:
    async with FakeStripe() as stripe:
        yield stripe


@pytest.fixture
async def way(stripe: FakeStripe) -> AsyncIterator[StripeWay]:
    way = StripeWay(SecretStr(stripe.key), SecretStr(stripe.secret), stripe.url)
    yield way
    await way.aclose()


def asked(key: str = "pay-1", minor: int = 5_300, hours: float = 5) -> CheckoutRequest:
    return CheckoutRequest(
        key=key,
        payment="7",
        order="S12-0042",
        lines=(
            CheckoutLine(title="Linen shirt (M)", total=Money(minor - 500, "EUR")),
            CheckoutLine(title="Shipping", total=Money(500, "EUR")),
        ),
        total=Money(minor, "EUR"),
        until=now() + timedelta(hours=hours),
        back="https://shop.example/thanks",
    )


def now() -> datetime:
    # The client checks signatures by the wall clock, and so does Stripe with the end of a session.
    return datetime.now(UTC)


async def test_a_checkout_is_opened_with_the_lines_of_the_order(
    stripe: FakeStripe, way: StripeWay
) -> None:
    made = await way.open(asked(), now())
    session = stripe.sessions[made.id]
    assert (made.state, made.url) == (CheckoutState.OPEN, session["url"])
    assert (session["amount_total"], session["currency"]) == (5_300, "eur")
    assert session["lines"] == ["Linen shirt (M)", "Shipping"]
    assert session["client_reference_id"] == "7"


@pytest.mark.parametrize(("hours", "minutes"), [(0.0, 30), (0.4, 30), (5, 300), (90, 24 * 60)])
async def test_a_session_ends_with_the_hold_as_nearly_as_stripe_allows(
    way: StripeWay, hours: float, minutes: int
) -> None:
    made = await way.open(asked(hours=hours), now())
    assert abs((made.until - now()).total_seconds() / 60 - minutes) < 2


@pytest.mark.parametrize("trouble", [500, 503, 429, "lost", "dropped"])
async def test_what_went_wrong_is_asked_again_and_opened_once(
    stripe: FakeStripe, way: StripeWay, trouble: int | str
) -> None:
    stripe.fail_next = [trouble]
    request, when = asked(), now()
    with pytest.raises(PaymentUncertain) as uncertain:
        await way.open(request, when)
    assert uncertain.value.after == (3 if trouble == 429 else 0)
    assert (await way.open(request, when)).id in stripe.sessions
    assert len(stripe.sessions) == 1


async def test_a_wrong_key_is_refused_and_not_repeated_aloud(stripe: FakeStripe) -> None:
    way = StripeWay(SecretStr("sk_live_secret"), None, stripe.url)
    with pytest.raises(PaymentRefused) as refused:
        await way.open(asked(), now())
    assert "authentication_error" in str(refused.value)
    assert "sk_live" not in str(refused.value)
    await way.aclose()


async def test_a_checkout_is_looked_at_before_and_after_it_is_paid(
    stripe: FakeStripe, way: StripeWay
) -> None:
    made = await way.open(asked(), now())
    assert (await way.look(made.id)).charged is None
    stripe.promise(made.id)
    assert (await way.look(made.id)).state is CheckoutState.OPEN
    stripe.settle(made.id)
    paid = await way.look(made.id)
    assert paid.state is CheckoutState.PAID
    assert paid.charged is not None
    assert paid.charged.amount == Money(5_300, "EUR")
    # Too late: whoever paid in the last second has paid.
    assert (await way.expire(made.id)).state is CheckoutState.PAID


async def test_a_checkout_is_ended(way: StripeWay) -> None:
    made = await way.open(asked(), now())
    assert (await way.expire(made.id)).state is CheckoutState.EXPIRED


async def test_money_goes_back_once_and_never_more_than_was_taken(
    stripe: FakeStripe, way: StripeWay
) -> None:
    made = await way.open(asked(), now())
    charge = stripe.pay(made.id)["data"]["object"]["payment_intent"]
    back = RefundRequest(key="back-1", payment="7", charge=charge, amount=Money(5_000, "EUR"))
    stripe.fail_next = ["lost"]
    with pytest.raises(PaymentUncertain):
        await way.refund(back)
    refund = await way.refund(back)
    assert refund.state is RefundState.PAID
    assert [one["amount"] for one in stripe.refunds] == [5_000]
    more = RefundRequest(key="back-2", payment="7", charge=charge, amount=Money(301, "EUR"))
    with pytest.raises(PaymentRefused, match="charge_already_refunded"):
        await way.refund(more)


async def test_every_event_is_read(stripe: FakeStripe, way: StripeWay) -> None:
    made = await way.open(asked(), now())
    events = [
        stripe.decline(made.id),
        stripe.promise(made.id),
        stripe.settle(made.id, paid=False),
        stripe.pay(made.id, amount=5_200),
        stripe.dispute(made.id),
        stripe.run_out(made.id),
    ]
    read = [way.read(*stripe.signed(event)) for event in events]
    kinds = [None if notice is None else notice.kind for notice in read]
    assert kinds == [
        *(NoticeKind.DECLINED, None, NoticeKind.DECLINED),
        *(NoticeKind.PAID, NoticeKind.DISPUTED, NoticeKind.EXPIRED),
    ]
    paid, disputed = read[3], read[4]
    assert paid is not None
    assert (paid.payment, paid.checkout, paid.amount) == ("7", made.id, Money(5_200, "EUR"))
    assert disputed is not None
    assert disputed.charge == paid.charge
    assert read[0] is not None
    assert read[0].why == "card_declined"


async def test_a_refund_that_comes_back_is_told(stripe: FakeStripe, way: StripeWay) -> None:
    made = await way.open(asked(), now())
    charge = stripe.pay(made.id)["data"]["object"]["payment_intent"]
    back = RefundRequest(key="b", payment="7", charge=charge, amount=Money(100, "EUR"))
    refund = await way.refund(back)
    notice = way.read(*stripe.signed(stripe.refund_fails(refund.id)))
    assert notice is not None
    assert (notice.kind, notice.refund) == (NoticeKind.REFUND_FAILED, refund.id)


async def test_what_is_not_signed_by_stripe_is_forged(stripe: FakeStripe, way: StripeWay) -> None:
    event = stripe.pay((await way.open(asked(), now())).id)
    body, good = stripe.signed(event)
    old = now().timestamp() - 400
    for signature in (
        *("", "nonsense", good.replace("v1=", "v0="), good[:-1] + "0" * (good[-1] != "0")),
        stripe.signed(event, at=old)[1],
        stripe.signed(event, secret="whsec_other")[1],
    ):
        with pytest.raises(Forged):
            way.read(body, signature)
    with pytest.raises(Forged):
        way.read(body + b" ", good)
    with pytest.raises(Forged):
        way.read(b"\xff\xfe", good)
    with pytest.raises(Forged):
        StripeWay(SecretStr(stripe.key), None, stripe.url).read(body, good)


@pytest.mark.parametrize(
    ("minor", "currency", "stripes"),
    [(4_800, "EUR", 4_800), (4_800, "JPY", 4_800), (5_000, "KWD", 5_000), (48, "ISK", 4_800)],
)
def test_amounts_are_written_as_stripe_writes_them(minor: int, currency: str, stripes: int) -> None:
    assert to_stripe(Money(minor, currency)) == stripes
    assert from_stripe(stripes, currency.lower()) == Money(minor, currency)


def test_an_amount_that_stripe_cannot_take_is_refused() -> None:
    with pytest.raises(ValueError, match="steps"):
        to_stripe(Money(5_001, "KWD"))
    with pytest.raises(ValueError, match="fraction"):
        from_stripe(4_850, "isk")
