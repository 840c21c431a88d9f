"""The policy page: what is promised is what is applied."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.policy import policy_route
from handlers.registry import Registry
from handlers.returns.policy import (
    Code,
    Condition,
    Facts,
    Policy,
    ShippingRule,
    Verdict,
    Wish,
    judge,
)
from handlers.returns.promise import Promise, Told, as_markdown, promise_page
from handlers.returns.reasons import Fault, Reason, starter
from handlers.wording import Wording

DELIVERED = datetime(2026, 3, 1, 10, tzinfo=UTC)
WORDING = Wording(Registry.of().copy)
REASONS = starter()
#: Another value for each field, and the clause that must read otherwise then.
CHANGES: dict[str, tuple[Any, str]] = {
    "window_days": (14, "window"),
    "transit_days": (3, "transit"),
    "complaint_days": (60, "complaint.window"),
    "conditions": ((Condition.UNOPENED,), "condition"),
    "wishes": ((Wish.CREDIT,), "wish"),
    "customer_pays_return": ((Fault.CUSTOMER, Fault.CARRIER), "customer_pays"),
    "shipping_back": ({Fault.CUSTOMER: ShippingRule.NEVER}, "shipping.customer"),
    "fee_bp": (1_250, "fee"),
    "label_fee": (490, "label"),
    "exchange_bonus_bp": (500, "bonus.exchange"),
    "credit_bonus_bp": (1_000, "bonus.credit"),
    "auto_approve_up_to": (5_000, "automatic"),
    "complaints_come_back": (True, "complaint.back"),
}


def page(policy: Policy | None = None, locale: str = "en_US", name: str = "Lin & Lou") -> Promise:
    told = Told(
        wording=WORDING,
        shop_name=name,
        currency="EUR",
        locale=locale,
        day=date(2026, 11, 21),
        answer_hours=24,
    )
    return promise_page(policy or Policy(), REASONS, told)


def clause(promise: Promise, about: str) -> str:
    try:
        return promise.clause(about)
    except KeyError:
        return ""


def test_every_field_of_the_policy_has_a_clause() -> None:
    assert set(CHANGES) == set(Policy.model_fields)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_field_is_a_changed_sentence(name: str) -> None:
    value, about = CHANGES[name]
    before, after = page(), page(Policy(**{name: value}))
    assert clause(after, about)
    assert clause(after, about) != clause(before, about)


def test_amounts_dates_and_shares_read_as_in_the_country() -> None:
    told = page(Policy(label_fee=490, fee_bp=1_250), locale="de_DE")
    assert "21. November 2026" in told.intro
    assert "4,90\xa0€" in told.clause("label")
    assert "12,5\xa0%" in told.clause("fee")


def test_as_markdown_it_fits_a_site_of_the_shops_own() -> None:
    text = as_markdown(page())
    assert text.startswith("# Returns at Lin & Lou\n\n")
    assert "\n## Broken, wrong or missing\n\n- Tell us within 30 days" in text


async def test_on_the_web_it_is_plain_and_what_a_shop_is_called_runs_nowhere() -> None:
    route = policy_route(lambda: page(name="<script>Lin</script>"))
    assert (route.method, route.path) == ("GET", "/policy")
    said = await route.answer(None)  # type: ignore[arg-type]
    text = getattr(said, "text", "")
    assert "<script" not in text
    assert '<html lang="en">' in text
    assert "You have 30 days after delivery" in text


# --- what is said and what is judged --------------------------------------------------------------

policies = st.builds(
    Policy,
    window_days=st.integers(0, 40),
    complaint_days=st.integers(0, 40),
    transit_days=st.integers(0, 9),
    conditions=st.lists(st.sampled_from(Condition), unique=True).map(tuple),
    wishes=st.lists(st.sampled_from(Wish), unique=True).map(tuple),
    customer_pays_return=st.lists(st.sampled_from(Fault), unique=True).map(tuple),
    shipping_back=st.dictionaries(st.sampled_from(Fault), st.sampled_from(ShippingRule)),
    fee_bp=st.integers(0, 10_000),
    exchange_bonus_bp=st.sampled_from([0, 500]),
    credit_bonus_bp=st.sampled_from([0, 1_000]),
    auto_approve_up_to=st.none() | st.integers(1, 9_999),
    complaints_come_back=st.booleans(),
)


def judged(policy: Policy, reason: Reason, wish: Wish | None = None, **more: Any) -> Verdict:
    """What is said of a usual unit on the day that it came."""
    known: dict[str, Any] = {
        "now": DELIVERED,
        "delivered_at": DELIVERED,
        "photo": True,
        "good_standing": True,
        **more,
    }
    return judge(Facts(zone=UTC, reason=reason, **known), policy, wish)


def reason(code: str) -> Reason:
    found = REASONS.get(code)
    assert found is not None
    return found


def days(sentence: str) -> int:
    """The days that a sentence names; 0 where it speaks of the same day."""
    found = re.search(r"(\d+) days?", sentence)
    return int(found[1]) if found else 0


@settings(max_examples=50)
@given(policy=policies, code=st.sampled_from([one.code for one in REASONS]))
def test_the_days_that_are_promised_are_the_days_that_count(policy: Policy, code: str) -> None:
    told, why = page(policy), reason(code)
    promised = days(told.clause("complaint.window" if why.is_complaint else "window"))
    midnight = DELIVERED.replace(hour=0) + timedelta(days=promised + 1)
    last, after = midnight - timedelta(seconds=1), midnight
    assert judged(policy, why, now=last).code is not Code.WINDOW_EXPIRED
    assert judged(policy, why, now=after).code is Code.WINDOW_EXPIRED
    sent = DELIVERED - timedelta(days=days(told.clause("transit")))
    unknown: dict[str, Any] = {"delivered_at": None, "dispatched_at": sent}
    assert judged(policy, why, now=last, **unknown).code is not Code.WINDOW_EXPIRED
    assert judged(policy, why, now=after, **unknown).code is Code.WINDOW_EXPIRED


@settings(max_examples=50)
@given(policy=policies)
def test_what_may_come_back_and_for_what_is_what_is_named(policy: Policy) -> None:
    told, small = page(policy), reason("too_small")
    named = told.clause("condition").partition(")")[2]
    for condition in Condition:
        said = condition.value.replace("_", " ") in named
        assert (judged(policy, small, condition=condition).code is Code.RETURNABLE) == said
    for wish in Wish:
        verdict = judged(policy, small, wish)
        said = WORDING.say(f"returns.policy.wish.{wish}") in told.clause("wish")
        assert verdict.allowed == said
        assert bool(clause(told, f"bonus.{wish}")) == (said and verdict.bonus_bp > 0)
    assert judged(policy, small, final_sale=True).code is Code.FINAL_SALE


@settings(max_examples=50)
@given(policy=policies, code=st.sampled_from(["too_small", "late", "quality"]))
def test_who_pays_what_is_what_is_said(policy: Policy, code: str) -> None:
    told, why = page(policy), reason(code)
    verdict = judged(policy, why)
    fault = WORDING.say(f"returns.policy.fault.{why.fault}")
    assert verdict.customer_pays_return == (fault in clause(told, "customer_pays"))
    assert verdict.customer_pays_return == (fault not in clause(told, "shop_pays"))
    if why.fault is Fault.CUSTOMER:
        kept = "we keep no fee" not in told.clause("fee").lower()
        assert (verdict.fee_bp > 0) == kept
    else:
        assert verdict.fee_bp == 0
    sentence = told.clause(f"shipping.{why.fault}")
    rule = WORDING.say(f"returns.policy.shipping.{verdict.shipping_back}", fault=fault)
    assert sentence == rule
    promised = "approved at once" in told.clause("automatic")
    limit = policy.auto_approve_up_to or 0
    assert judged(policy, why, value=limit).automatic == promised
    assert not judged(policy, why, value=limit + 1).automatic


@settings(max_examples=50)
@given(policy=policies, condition=st.sampled_from(Condition), wish=st.sampled_from(Wish))
def test_a_complaint_is_always_made_good(policy: Policy, condition: Condition, wish: Wish) -> None:
    verdict = judged(policy, reason("defective"), wish, final_sale=True, condition=condition)
    assert (verdict.allowed, verdict.fee_bp, verdict.customer_pays_return) == (True, 0, False)
    assert verdict.shipping_back is ShippingRule.ALWAYS
    assert verdict.comes_back == ("send it back to us" in page(policy).clause("complaint.back"))
