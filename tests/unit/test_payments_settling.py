"""What a notice means: by table, and for any order in which notices may come."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from handlers.money import Money
from handlers.payments.model import Notice, NoticeKind
from handlers.payments.settling import Step, settle
from storage.order_states import PaymentState

_P, _K = PaymentState, NoticeKind
_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def notice(kind: NoticeKind, *, whole: bool = True, amount: bool = True) -> Notice:
    return Notice(
        key=f"stripe:{kind}:{whole}",
        kind=kind,
        at=_NOW,
        checkout="cs_1" if whole else "",
        amount=Money(1800, "USD") if amount else None,
    )


@pytest.mark.parametrize(
    ("state", "told", "step"),
    [
        *((one, notice(_K.PAID), Step.BOOK) for one in _P if one not in (_P.PAID, _P.DISPUTED)),
        (_P.PAID, notice(_K.PAID), Step.NOTHING),
        (_P.DISPUTED, notice(_K.PAID), Step.NOTHING),
        (_P.OPEN, notice(_K.PAID, amount=False), Step.LOOK),
        (_P.OPEN, notice(_K.EXPIRED), Step.EXPIRE),
        (_P.PAID, notice(_K.EXPIRED), Step.NOTHING),
        (_P.CANCELLED, notice(_K.EXPIRED), Step.NOTHING),
        (_P.OPEN, notice(_K.DECLINED), Step.DECLINE),
        (_P.OPEN, notice(_K.DECLINED, whole=False), Step.TRIED),
        (_P.PAID, notice(_K.DECLINED), Step.NOTHING),
        (_P.OPEN, notice(_K.DISPUTED), Step.WAIT),
        (_P.PAID, notice(_K.DISPUTED), Step.DISPUTE),
        (_P.DISPUTED, notice(_K.DISPUTED), Step.NOTHING),
        (_P.OPEN, notice(_K.REFUNDED), Step.WAIT),
        (_P.PAID, notice(_K.REFUNDED), Step.REFUND),
        (_P.OPEN, notice(_K.REFUND_FAILED), Step.WAIT),
        (_P.PAID, notice(_K.REFUND_FAILED), Step.REFUND_FAILED),
    ],
)
def test_what_a_notice_means(state: PaymentState, told: Notice, step: Step) -> None:
    assert settle(state, told) is step


_AFTER = {
    Step.BOOK: _P.PAID,
    Step.EXPIRE: _P.EXPIRED,
    Step.DECLINE: _P.DECLINED,
    Step.DISPUTE: _P.DISPUTED,
}


@given(some.lists(some.tuples(some.sampled_from(list(_K)), some.booleans()), max_size=12))
def test_money_counts_once_in_whatever_order_things_are_told(
    told: list[tuple[NoticeKind, bool]],
) -> None:
    state, steps = PaymentState.OPEN, Counter[Step]()
    waiting = [notice(kind, whole=whole) for kind, whole in told]
    kept: list[Notice] = []
    while waiting:
        one = waiting.pop(0)
        step = settle(state, one)
        steps[step] += 1
        state = _AFTER.get(step, state)
        if step is Step.WAIT:
            kept.append(one)
        elif step is Step.BOOK:
            waiting, kept = kept + waiting, []
    kinds = {kind for kind, _ in told}
    paid = _K.PAID in kinds
    assert steps[Step.BOOK] == int(paid)
    assert (state in (_P.PAID, _P.DISPUTED)) == paid
    assert (state is _P.DISPUTED) == (paid and _K.DISPUTED in kinds)
    assert not (paid and kept)
