"""Strikes: the steps from a note to a person's review, and how they fade.

A rule has a first step, a last one, and a weight. What somebody did before counts by its weight,
less the longer ago it was, and nothing after the fading time; every three points move one step
on. The last step of all is a review by a person. There is no ban.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from handlers.moderation.model import Action, Rule

__all__ = ["LADDER", "STEPS", "Step", "Strike", "points", "step"]

#: Points that move one step on.
_POINTS_A_STEP: Final = 3

LADDER: Final = (Action.NOTE, Action.WARN, Action.DELETE, Action.TIMEOUT, Action.REVIEW)


class Strike(NamedTuple):
    """One offence: when, in seconds since 1970, how grave, and `message key:rule` of it."""

    at: float
    weight: int
    of: str


class Step(NamedTuple):
    """Where a rule starts, where it ends, and what it weighs afterwards."""

    first: Action
    last: Action
    weight: int


#: Gravest first: of several findings the first in this table decides.
STEPS: Final = {
    Rule.IMPOSTOR: Step(Action.DELETE, Action.REVIEW, 6),
    Rule.SCAM: Step(Action.DELETE, Action.REVIEW, 4),
    Rule.LOOK_ALIKE_LINK: Step(Action.DELETE, Action.REVIEW, 4),
    Rule.HIDDEN_LINK: Step(Action.DELETE, Action.REVIEW, 3),
    Rule.BLOCKED_PHRASE: Step(Action.DELETE, Action.TIMEOUT, 3),
    Rule.INVITE: Step(Action.DELETE, Action.TIMEOUT, 3),
    Rule.RISKY_LINK: Step(Action.DELETE, Action.TIMEOUT, 3),
    Rule.NEW_ACCOUNT: Step(Action.DELETE, Action.REVIEW, 3),
    Rule.MENTIONS: Step(Action.DELETE, Action.TIMEOUT, 3),
    Rule.RAID: Step(Action.REVIEW, Action.REVIEW, 3),
    Rule.ZALGO: Step(Action.DELETE, Action.TIMEOUT, 2),
    Rule.EVERYONE: Step(Action.WARN, Action.TIMEOUT, 3),
    Rule.REPEATED: Step(Action.WARN, Action.TIMEOUT, 2),
    Rule.FLOOD: Step(Action.WARN, Action.TIMEOUT, 1),
    Rule.LINK: Step(Action.NOTE, Action.DELETE, 2),
    Rule.SYMBOLS: Step(Action.NOTE, Action.DELETE, 1),
    Rule.CAPS: Step(Action.NOTE, Action.WARN, 1),
    Rule.IMPOSTOR_NAME: Step(Action.REVIEW, Action.REVIEW, 0),
    Rule.CLAIM_ABUSE: Step(Action.REVIEW, Action.REVIEW, 0),
}


def points(strikes: Iterable[Strike], at: float, fade_seconds: float) -> float:
    """Return what strikes still weigh: each its weight at first, falling evenly to nothing."""
    total = 0.0
    for strike in strikes:
        age = min(max(at - strike.at, 0.0), fade_seconds)
        total += strike.weight * (1 - age / fade_seconds)
    return total


def step(rule: Rule, before: float) -> Action:
    """Return the step for a finding of `rule` by someone with so many points before it."""
    first, last, _ = STEPS[rule]
    reached = LADDER.index(first) + int(before // _POINTS_A_STEP)
    return LADDER[min(reached, LADDER.index(last))]
