"""When many ask the same at once, against what the show has seen before. Pure.

With *n* different people in the last window and *p* questions before it, from the show's start on,
the show would lead one to expect *e = p · window / time before it*. It is a spike from
*n ≥ max(spike_people, spike_times · e)* on; where nothing lies before the window, *e* is 0.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.faq.rules import FaqRules

__all__ = ["Asking", "is_spike"]

#: When a question was asked, and by whom.
Asking = tuple[datetime, str]


def is_spike(
    asked: Sequence[Asking], earlier: int, *, started: datetime, at: datetime, rules: FaqRules
) -> bool:
    """Whether the questions up to `at` are a spike.

    `asked` are in order, and `earlier` were asked before them, from `started` on.
    """
    window = timedelta(minutes=rules.spike_minutes)
    since = at - window
    first = bisect_right(asked, since, key=lambda one: one[0])
    now = bisect_right(asked, at, key=lambda one: one[0])
    people = len({person for _, person in asked[first:now]})
    if people < rules.spike_people:
        return False
    before = since - started
    if before <= timedelta():
        return True
    expected = (earlier + first) * (window / before)
    return people >= rules.spike_times * expected
