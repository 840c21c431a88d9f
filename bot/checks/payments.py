"""Payments: does Stripe know the key, and is everything set that customers need to pay."""

from collections.abc import Iterator

from bot.checks.finding import Finding
from bot.payments.base import PaymentRefused, PaymentUncertain
from bot.payments.ways import ways_of
from bot.settings import Settings
from handlers.payments.rules import PaymentRules

__all__ = ["check_payments"]

_DEFAULT_RETURN = PaymentRules().return_url
#: A shorter one could be found by trying.
_SHORTEST_SECRET = 16


async def check_payments(settings: Settings) -> list[Finding]:
    """Ask Stripe for something cheap, and look at what goes with it."""
    found = []
    if settings.stripe.configured:
        found += await _stripe(settings)
    found += _hook(settings)
    found += _manual(settings)
    return found


async def _stripe(settings: Settings) -> list[Finding]:
    way = ways_of(settings)["stripe"]
    try:
        mode = await way.check()
    except PaymentRefused as error:
        sentence = (
            f"{error}: the key is not accepted. Copy the secret key anew from Stripe's dashboard, "
            "under Developers, API keys, into stripe.api_key."
        )
        return [Finding(about="stripe", sentence=sentence)]
    except PaymentUncertain as error:
        sentence = f"{error}; look at the network, and whether Stripe is up, then check again."
        return [Finding(about="stripe", sentence=sentence)]
    finally:
        await way.aclose()
    return [
        Finding(about="stripe", sentence=f"The key works ({mode}).", fine=True),
        *_with(settings),
    ]


def _with(settings: Settings) -> Iterator[Finding]:
    """What belongs to Stripe and is not set."""
    if settings.stripe.webhook_secret is None:
        yield Finding(
            about="stripe",
            sentence="There is no stripe.webhook_secret: open payments are looked at every "
            f"{settings.payments.poll_seconds} seconds instead, which works too, but disputes and "
            "refunds made at Stripe are not heard of.",
            fine=True,
            note=True,
        )
    if settings.payments.return_url == _DEFAULT_RETURN:
        yield Finding(
            about="stripe",
            sentence="payments.return_url is not set: after paying, customers are led to Discord. "
            "Name a page of the shop there, if it has one.",
            fine=True,
            note=True,
        )


def _hook(settings: Settings) -> Iterator[Finding]:
    secret = settings.hook.secret
    if secret is None:
        if settings.payments.hook_url is not None:
            yield Finding(
                about="payments",
                sentence="payments.hook_url is set, but hook.secret is not: without it no other "
                "system can tell that it was paid. Set both, or neither.",
            )
        return
    if len(secret.get_secret_value()) < _SHORTEST_SECRET:
        yield Finding(
            about="payments",
            sentence=f"hook.secret is shorter than {_SHORTEST_SECRET} characters, so it could be "
            "found by trying; make one with `openssl rand -hex 32`.",
        )
    if settings.payments.hook_url is None:
        yield Finding(
            about="payments",
            sentence="payments.hook_url is not set: customers who pay in the other system are told "
            "the order's number and the amount, but not where.",
            fine=True,
            note=True,
        )


def _manual(settings: Settings) -> Iterator[Finding]:
    if settings.payments.instructions:
        return
    if not settings.stripe.configured and not settings.hook.configured:
        yield Finding(
            about="payments",
            sentence="payments.instructions is not set, and there is no other way to pay: "
            "customers are told the order's number and the amount, but not how to pay it.",
            fine=True,
            note=True,
        )
