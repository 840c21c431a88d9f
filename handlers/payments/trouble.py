"""Whether a payment provider answers: several without an answer start the playbook, one ends it."""

from datetime import timedelta

from sqlalchemy import func, select

from handlers.events import PaymentsWell, PaymentTrouble
from handlers.team.alerts import Severity, raise_alert, settle_alert
from handlers.work import Work
from storage.order_states import PaymentWay
from storage.schema import orders, refunds, traffic

__all__ = ["NAMES", "uncertain", "well"]

NAMES = {PaymentWay.STRIPE: "Stripe", PaymentWay.HOOK: "the shop system"}


def _key(way: PaymentWay) -> str:
    return f"payments.trouble:{way.value}"


async def uncertain(work: Work, way: PaymentWay, why: str) -> None:
    """Something asked of a provider stays open: with too many of these, tell the team, once."""
    rules = work.house.payments.rules
    since = work.at - timedelta(minutes=rules.uncertain_minutes)
    payment, refund = orders.payments.c, refunds.payment_refunds.c
    count = await work.tx.scalar(
        select(func.count()).where(payment.way == way, payment.uncertain_at > since)
    )
    count += await work.tx.scalar(
        select(func.count())
        .join_from(refunds.payment_refunds, orders.payments)
        .where(payment.way == way, refund.uncertain_at > since)
    )
    if count < rules.uncertain_many or await _known(work, way):
        return
    told = {"provider": NAMES[way], "count": count, "why": why}
    await raise_alert(
        work, key=_key(way), kind="payments.trouble", values=told, severity=Severity.URGENT
    )
    problem = str(work.house.wording.say("payments.trouble_in_short", **told))
    work.emit(PaymentTrouble(provider=NAMES[way], problem=problem))


async def well(work: Work, way: PaymentWay) -> None:
    """The provider answered: what trouble there was is over."""
    if not await _known(work, way):
        return
    outcome = work.house.wording.say("payments.well", provider=NAMES[way])
    await settle_alert(work, _key(way), outcome)
    work.emit(PaymentsWell(provider=NAMES[way]))


async def _known(work: Work, way: PaymentWay) -> bool:
    alerts = traffic.alerts.c
    found = await work.tx.scalar(
        select(alerts.id).where(alerts.key == _key(way), alerts.settled_at.is_(None)).limit(1)
    )
    return found is not None
