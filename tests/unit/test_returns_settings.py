"""The settings of returns: as they are written, as the desk knows them, and what is refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.checks.returns import check_returns
from bot.settings import SettingsError, load_settings
from handlers.returns.policy import Condition, Policy, ShippingRule, Wish
from handlers.returns.reasons import Fault, ReasonsError
from handlers.returns.rules import ReturnDesk, ReturnRules

BROKEN = """\
- group: fit
  label: It doesn't fit
  reasons:
    - {code: too_small, label: Too small, kind: refund, fault: nobody}
- group: broken
  label: Broken
  reasons: []
"""


def rules(**written: Any) -> ReturnRules:
    return load_settings(environ={}, returns=written).returns


def desk(**written: Any) -> ReturnDesk:
    return ReturnDesk.of(rules(**written), currency="EUR", locale="de_DE", shop_name="Lin & Lou")


def found(**sections: Any) -> list[str]:
    """What `andon check` has against these settings."""
    findings = check_returns(load_settings(environ={}, **sections))
    return [one.sentence for one in findings if one.note or not one.fine]


def test_without_a_word_the_promise_is_the_usual_one() -> None:
    assert desk().policy == Policy()
    assert desk().address is None


def test_amounts_and_shares_are_written_as_people_write_them() -> None:
    policy = desk(
        window_days=14,
        conditions="unopened",
        wishes="credit,refund",
        customer_pays_return=["customer", "carrier"],
        shipping_back={"customer": "never"},
        fee_percent=12.5,
        label_fee=4.9,
        credit_bonus_percent="10",
        auto_approve_up_to="50",
        complaints_come_back=True,
    ).policy
    assert (policy.window_days, policy.conditions) == (14, (Condition.UNOPENED,))
    assert policy.wishes == (Wish.CREDIT, Wish.REFUND)
    assert policy.customer_pays_return == (Fault.CUSTOMER, Fault.CARRIER)
    assert policy.shipping_back[Fault.CUSTOMER] is ShippingRule.NEVER
    assert policy.shipping_back[Fault.SHOP] is ShippingRule.ALWAYS
    assert (policy.fee_bp, policy.label_fee, policy.credit_bonus_bp) == (1_250, 490, 1_000)
    assert (policy.auto_approve_up_to, policy.complaints_come_back) == (5_000, True)


def test_every_field_of_the_policy_can_be_set() -> None:
    other = {
        "conditions": ["used"],
        "wishes": ["refund"],
        "customer_pays_return": [],
        "shipping_back": {"customer": "never"},
        "complaints_come_back": True,
    }
    settable = {name.replace("_bp", "_percent"): name for name in Policy.model_fields}
    for setting, field in settable.items():
        policy = desk(**{setting: other.get(setting, 5)}).policy
        assert getattr(policy, field) != getattr(Policy(), field), setting


def test_the_desk_knows_where_returns_go_and_how_long_the_team_may_take() -> None:
    one = desk(
        address={"street": "Hauptstraße 12", "postcode": "10115", "city": "Berlin"},
        answer_hours=48,
        many_returns=3,
        many_returns_days=90,
        high_value="200",
        defects_alarm=2,
        pause_on_defects=True,
    )
    assert one.address is not None
    assert (one.address.name, one.address.country) == ("Lin & Lou", "DE")
    assert (one.decide_within, one.many_within) == (timedelta(hours=48), timedelta(days=90))
    assert (one.many, one.high_value) == (3, 20_000)
    assert (one.defects, one.defect_pauses) == (2, True)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"label_fee": "4.999"}, "in returns.label_fee '4.999' has more decimals than USD knows"),
        ({"high_value": "-1"}, "returns.high_value is '-1', no amount; write it like 4.90"),
        ({"fee_percent": 101}, "no share; write percent, such as 10 or 2.5"),
        ({"wishes": "money"}, "it takes 'exchange', 'credit' or 'refund'"),
        ({"window": 30}, "returns.window"),
    ],
)
def test_what_cannot_be_is_refused_by_name(written: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=r".") as error:
        rules(**written)
    assert said in str(error.value)


def test_a_broken_file_of_reasons_is_refused_with_every_line(tmp_path: Path) -> None:
    file = tmp_path / "reasons.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(ReasonsError) as error:
        desk(reasons=str(file))
    assert [line.partition(": ")[0] for line in error.value.problems] == [
        f"{file}:4",
        f"{file}:4",
        f"{file}:7",
    ]
    said = found(returns={"reasons": str(file)})
    assert len(said) == 3
    assert said[-1].endswith("Andon does not start until then.")


def test_check_says_what_is_promised_and_cannot_hold() -> None:
    usual = {"address": {"street": "Elm 1", "city": "Ulm"}, "wishes": ["credit"]}
    assert found(returns=usual) == []
    for written, about in (
        ({"wishes": []}, "returns.wishes is empty"),
        ({"exchange_bonus_percent": 5}, "exchange is not among returns.wishes"),
        ({"fee_percent": 100}, "gets nothing back"),
        ({"label_fee": 5, "customer_pays_return": []}, "it is never taken"),
        ({"complaint_days": 10}, "returns.complaint_days should not be the shorter"),
        ({"auto_approve_up_to": 50, "high_value": 40}, "waits for a person all the same"),
        ({"address": {}}, "returns.address is not set"),
        ({"wishes": ["refund"]}, "each refund is a task for support"),
        ({"conditions": ["damaged"]}, "what arrived damaged is a complaint"),
    ):
        assert any(about in one for one in found(returns={**usual, **written})), about
    asleep = {"quiet_hours": {"returns": "20:00-08:00"}}
    (said,) = found(returns={**usual, "answer_hours": 12}, team=asleep)
    assert "cannot be answered in time" in said
