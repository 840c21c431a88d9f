"""What `andon check` says of payments."""

from collections.abc import AsyncIterator

import pytest

from bot.checks.payments import check_payments
from bot.settings import load_settings
from tests.fakes.stripe import FakeStripe


@pytest.fixture
async def stripe() -> AsyncIterator[FakeStripe]:
    async with FakeStripe() as stripe:
        yield stripe


async def said(stripe: FakeStripe, **changed: str) -> list[tuple[str, str]]:
    """Each finding as how it is and what it says."""
    environ = {"ANDON_STRIPE__API_URL": stripe.url, "ANDON_STRIPE__API_KEY": stripe.key}
    given = {f"ANDON_{name}": value for name, value in changed.items()}
    found = await check_payments(load_settings(environ=environ | given))
    states = ["note" if one.note else "fine" if one.fine else "problem" for one in found]
    return list(zip(states, [one.sentence for one in found], strict=True))


async def test_a_key_that_works(stripe: FakeStripe) -> None:
    found = await said(stripe, STRIPE__WEBHOOK_SECRET="w", PAYMENTS__RETURN_URL="https://s.example")
    assert found == [("fine", "The key works (test).")]


async def test_a_key_that_is_not_known(stripe: FakeStripe) -> None:
    ((state, sentence),) = await said(stripe, STRIPE__API_KEY="sk_test_other")
    assert state == "problem"
    assert "Stripe says authentication_error: the key is not accepted" in sentence
    assert "sk_test_other" not in sentence


async def test_stripe_that_cannot_be_reached(stripe: FakeStripe) -> None:
    stripe.fail_next = ["dropped"] * 3
    ((state, sentence),) = await said(stripe)
    assert (state, "look at the network" in sentence) == ("problem", True)


async def test_what_works_without_is_only_noted(stripe: FakeStripe) -> None:
    found = await said(stripe)
    assert [state for state, _ in found] == ["fine", "note", "note"]
    assert "looked at every 20 seconds instead" in found[1][1]
    assert "payments.return_url" in found[2][1]


async def test_another_system_needs_a_secret_that_is_long_enough(stripe: FakeStripe) -> None:
    found = await said(stripe, HOOK__SECRET="short")
    assert any(state == "problem" and "openssl rand -hex 32" in words for state, words in found)
    found = await said(stripe, PAYMENTS__HOOK_URL="https://pay.example/{order}")
    assert any(state == "problem" and "hook.secret is not" in words for state, words in found)


async def test_a_shop_without_any_way_hears_what_is_missing() -> None:
    (finding,) = await check_payments(load_settings(environ={}))
    assert finding.note
    assert "payments.instructions" in finding.sentence
