"""Returns: can the file of reasons be used, and does the policy promise what can be kept."""

from collections.abc import Iterator
from datetime import time, timedelta

from bot.checks.finding import Finding
from bot.settings import Settings
from handlers.returns.policy import Condition, Policy, ShippingRule, Wish
from handlers.returns.reasons import Fault, ReasonsError
from handlers.returns.rules import ReturnDesk

__all__ = ["check_returns"]

_WHOLE = 10_000
#: In minutes.
_DAY = 24 * 60


def check_returns(settings: Settings) -> list[Finding]:
    """Look at the reasons, and at what the policy promises with them."""
    shop = settings.shop
    try:
        desk = ReturnDesk.of(
            settings.returns, currency=shop.currency, locale=shop.locale, shop_name=shop.name
        )
    except ReasonsError as error:
        last = len(error.problems) - 1
        until = " Andon does not start until then."
        return [
            Finding(about="returns", sentence=f"{one}.{until if at == last else ''}")
            for at, one in enumerate(error.problems)
        ]
    found = [_problem(one) for one in _broken(desk.policy)]
    found += [_note(one) for one in (*_idle(desk), *_short(settings, desk))]
    whose = "Andon's own" if settings.returns.reasons is None else "yours"
    count = f"{len(tuple(desk.reasons))} reasons, {whose}; `andon policy` shows what is promised."
    return [*found, Finding(about="returns", sentence=count, fine=True)]


def _problem(sentence: str) -> Finding:
    return Finding(about="returns", sentence=sentence)


def _note(sentence: str) -> Finding:
    return Finding(about="returns", sentence=sentence, fine=True, note=True)


def _broken(policy: Policy) -> Iterator[str]:
    """What nobody can use, though it is promised."""
    if not policy.wishes:
        yield (
            "returns.wishes is empty: a window for returns is promised, and nothing can be chosen "
            "for one, so every return is refused. Name exchange, credit or refund."
        )
    for wish in (Wish.EXCHANGE, Wish.CREDIT):
        if policy.bonus_bp(wish) and wish not in policy.wishes:
            yield (
                f"returns.{wish}_bonus_percent is promised, but {wish} is not among "
                "returns.wishes. Add it there, or take the bonus out."
            )
    if policy.fee_bp == _WHOLE:
        yield (
            "returns.fee_percent is 100: who returns something for a reason of their own gets "
            "nothing back. Make it smaller, or leave returns.conditions empty."
        )


def _idle(desk: ReturnDesk) -> Iterator[str]:
    """What is set and never applies."""
    policy = desk.policy
    if policy.label_fee and not policy.customer_pays_return:
        yield (
            "returns.label_fee is set, but customers never pay to send something back "
            "(returns.customer_pays_return), so it is never taken."
        )
    if Condition.DAMAGED in policy.conditions:
        yield (
            "returns.conditions takes back what its customer damaged; if that is not meant, take "
            "damaged out: what arrived damaged is a complaint, and always made good."
        )
    if policy.complaint_days < policy.window_days:
        yield (
            f"Broken goods can be told of for {policy.complaint_days} days and unwanted ones sent "
            f"back for {policy.window_days}: returns.complaint_days should not be the shorter."
        )
    limit, high = policy.auto_approve_up_to, desk.high_value
    if limit is not None and high is not None and limit >= high:
        yield (
            "returns.auto_approve_up_to is not below returns.high_value: what is shown to the "
            "team as of high value waits for a person all the same."
        )
    faults = {reason.fault for reason in desk.reasons if not reason.is_complaint}
    for fault in Fault:
        rule = policy.shipping_back.get(fault, ShippingRule.NEVER)
        usual = Policy().shipping_back[fault]
        if fault not in faults and rule is not usual:
            yield (
                f"returns.shipping_back.{fault} is set, but no reason for a return has the fault "
                f"{fault}."
            )


def _short(settings: Settings, desk: ReturnDesk) -> Iterator[str]:
    """What is promised and cannot be kept in time, or at all."""
    quiet = settings.team.quiet.get("returns")
    if quiet is not None:
        asleep = (_minutes(quiet.ends) - _minutes(quiet.begins)) % _DAY
        if timedelta(minutes=asleep) >= desk.decide_within:
            yield (
                f"An answer within {settings.returns.answer_hours} hours is promised, and "
                "team.quiet_hours.returns is as long: what comes in the evening cannot be answered "
                "in time. Make returns.answer_hours larger."
            )
    if desk.address is None:
        yield (
            "returns.address is not set: slips and labels have no place to send a return to. Set "
            "at least street and city."
        )
    if Wish.REFUND in desk.policy.wishes and not settings.stripe.configured:
        yield (
            "Money is promised back, and no way to pay gives it back by itself: each refund is a "
            "task for support. Leave refund out of returns.wishes if that is not meant."
        )


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
