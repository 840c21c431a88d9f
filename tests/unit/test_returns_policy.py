"""What the shop's policy says of a wish to return: a code, a sentence, and what follows."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import ValidationError

from handlers.returns.conversation import Step
from handlers.returns.offers import Offer
from handlers.returns.policy import (
    Code,
    Condition,
    Facts,
    Policy,
    ShippingRule,
    Verdict,
    Wish,
    judge,
    overridden,
)
from handlers.returns.reasons import Fault, starter
from handlers.wording import Wording

BERLIN = ZoneInfo("Europe/Berlin")
DELIVERED = datetime(2026, 3, 1, 10, tzinfo=UTC)


def facts(reason: object = "too_small", **other: object) -> Facts:
    """A dress, delivered five days ago, as a customer in good standing sees it."""
    usual: dict[str, object] = {
        "now": DELIVERED + timedelta(days=5),
        "zone": BERLIN,
        "reason": starter().get(str(reason)),
        "dispatched_at": DELIVERED - timedelta(days=2),
        "delivered_at": DELIVERED,
        "value": 4800,
        "photo": True,
        "good_standing": True,
    }
    return Facts(**{**usual, **other})  # type: ignore[arg-type]


def code(given: Facts, wish: Wish | None = Wish.REFUND, policy: Policy | None = None) -> Code:
    return judge(given, policy or Policy(), wish).code


def test_a_usual_return_may_come_back() -> None:
    verdict = judge(facts(), Policy(), Wish.REFUND)
    assert verdict.allowed
    assert verdict.comes_back
    assert verdict.customer_pays_return
    assert verdict.shipping_back is ShippingRule.WHEN_ALL_BACK


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"paid": False}, Code.NOT_PAID),
        ({"open_units": 0}, Code.ALREADY_RETURNED),
        ({"units": 2}, Code.TOO_MANY),
        ({"units": 0}, Code.TOO_MANY),
        ({"dispatched_at": None, "delivered_at": None}, Code.NOT_DELIVERED),
        ({"final_sale": True}, Code.FINAL_SALE),
        ({"now": DELIVERED + timedelta(days=31)}, Code.WINDOW_EXPIRED),
        ({"condition": Condition.USED}, Code.CONDITION),
        ({"condition": Condition.TRIED_ON}, Code.RETURNABLE),
        ({"condition": Condition.USED, "reason": "quality"}, Code.RETURNABLE),
        ({"photo": False}, Code.RETURNABLE),
        ({"photo": False, "reason": "quality"}, Code.PHOTO_NEEDED),
    ],
)
def test_each_rule_has_its_code(other: dict[str, object], expected: Code) -> None:
    assert code(facts(**other)) is expected


def test_a_wish_that_is_not_offered_is_refused_for_a_return_alone() -> None:
    policy = Policy(wishes=(Wish.EXCHANGE, Wish.CREDIT))
    assert code(facts(), Wish.REFUND, policy) is Code.WISH_NOT_OFFERED
    assert code(facts("defective"), Wish.REFUND, policy) is Code.RETURNABLE


@pytest.mark.parametrize(
    "reason", [one.code for one in starter().of("complaint") if not one.awaits]
)
def test_a_complaint_is_never_stopped_by_final_sale_condition_or_fees(reason: str) -> None:
    policy = Policy(fee_bp=2000, conditions=(Condition.UNOPENED,), window_days=0)
    given = facts(reason, final_sale=True, condition=Condition.DAMAGED)
    verdict = judge(given, policy, Wish.REFUND)
    assert verdict.code is Code.RETURNABLE
    assert (verdict.fee_bp, verdict.customer_pays_return, verdict.comes_back) == (0, False, False)
    assert verdict.shipping_back is ShippingRule.ALWAYS


def test_a_complaint_has_a_window_of_its_own() -> None:
    policy = Policy(window_days=60, complaint_days=14)
    later = DELIVERED + timedelta(days=20)
    assert code(facts(now=later), policy=policy) is Code.RETURNABLE
    assert code(facts("defective", now=later), policy=policy) is Code.WINDOW_EXPIRED


def test_the_last_day_counts_whole_where_the_shop_is() -> None:
    # Delivered on 1 March, 30 days: all of 31 March in Berlin, which is summer time by then.
    end = datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert judge(facts(), Policy(), None).until == end
    assert code(facts(now=end - timedelta(seconds=1))) is Code.RETURNABLE
    expired = judge(facts(now=end), Policy(), None)
    assert (expired.code, expired.facts) == (
        Code.WINDOW_EXPIRED,
        {"until": "2026-03-31", "days": 30},
    )


def test_an_unknown_delivery_counts_from_dispatch_and_transit() -> None:
    policy = Policy(window_days=14, transit_days=5)
    given = facts(dispatched_at=DELIVERED, delivered_at=None)
    assert judge(given, policy, None).until == datetime(2026, 3, 20, 23, tzinfo=UTC)


def test_what_is_on_its_way_has_not_gone_missing_yet() -> None:
    given = facts("never_arrived", delivered_at=None)
    assert code(given) is Code.RETURNABLE
    early = judge(facts("never_arrived", delivered_at=None, now=DELIVERED), Policy(), None)
    assert (early.code, early.facts) == (Code.NOT_DELIVERED, {"due": "2026-03-06"})


@pytest.mark.parametrize(
    ("other", "automatic"),
    [
        ({}, True),
        ({"value": 5000}, True),
        ({"value": 5001}, False),
        ({"good_standing": False}, False),
        ({"final_sale": True}, False),
        # The carrier says it was delivered.
        ({"reason": "never_arrived"}, False),
    ],
)
def test_small_returns_of_good_customers_need_nobody(
    other: dict[str, object], automatic: bool
) -> None:
    policy = Policy(auto_approve_up_to=5000)
    assert judge(facts(**other), policy, Wish.REFUND).automatic is automatic


def test_without_a_limit_a_person_always_looks() -> None:
    assert not judge(facts(value=0), Policy(), Wish.REFUND).automatic


def test_fees_are_of_the_customers_fault_and_a_bonus_of_the_wish() -> None:
    policy = Policy(fee_bp=1000, credit_bonus_bp=500, exchange_bonus_bp=700)
    assert judge(facts(), policy, Wish.CREDIT).fee_bp == 1000
    assert judge(facts("late"), policy, Wish.CREDIT).fee_bp == 0
    bonuses = [judge(facts(), policy, wish).bonus_bp for wish in (*Wish, None)]
    assert bonuses == [700, 500, 0, 0]


def test_support_may_override_with_a_reason() -> None:
    refused = judge(facts(final_sale=True), Policy(), Wish.REFUND)
    granted = overridden(refused, " the photo on stage was of another colour ")
    assert (granted.allowed, granted.code) == (True, Code.OVERRIDDEN)
    assert granted.why == "the photo on stage was of another colour"
    with pytest.raises(ValueError, match="reason"):
        overridden(refused, " ")


@pytest.mark.parametrize("other", [{"open_units": 0}, {"units": 2}, {"paid": False}])
def test_what_is_not_there_cannot_be_granted(other: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot be overridden"):
        overridden(judge(facts(**other), Policy(), None), "please")


def test_the_policy_is_kept_with_the_order_as_it_was() -> None:
    policy = Policy(window_days=14, shipping_back={Fault.SHOP: ShippingRule.ALWAYS})
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize("wrong", [{"window_days": -1}, {"fee_bp": 10_001}, {"free": 1}])
def test_a_policy_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)


def test_every_sentence_can_be_said() -> None:
    copy = yaml.safe_load((files("handlers.returns") / "copy.yaml").read_text(encoding="utf-8"))
    keys = {Verdict(code=code).key for code in Code}
    keys |= {f"returns.ask.{step.value}" for step in Step}
    assert keys <= copy.keys()
    assert f"returns.complaint.{Offer.REPLACEMENT.value}" in copy
    wording = Wording(copy)
    others: list[dict[str, object]] = [
        {},
        {"paid": False},
        {"open_units": 0},
        {"units": 9},
        {"dispatched_at": None, "delivered_at": None},
        {"final_sale": True},
        {"now": DELIVERED + timedelta(days=99)},
        {"condition": Condition.USED},
        {"reason": "quality", "photo": False},
    ]
    for other in others:
        verdict = judge(facts(**other), Policy(), Wish.REFUND)
        assert wording.say(verdict.key, **verdict.facts)
