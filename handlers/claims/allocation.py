"""Who gets how much: pure functions over numbers.

The rules are those of a fair line. Units go one by one to whoever stands first; what is not there
waits; nobody holds, waits for and has bought more than the limit; a repeat is measured against
what the customer already has and has not paid.
"""

from dataclasses import dataclass
from enum import StrEnum

from handlers.claims.rules import Repeats

__all__ = ["Allocation", "Repeat", "RepeatKind", "allocate", "free_units", "settle_repeat"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """How a wish for some units falls: granted now, put on the waitlist, refused by the limit."""

    granted: int
    waiting: int
    refused: int


class RepeatKind(StrEnum):
    """What a claim for something the customer already has comes to."""

    NEW = "new"
    SAME = "same"
    MORE = "more"
    LESS = "less"
    RELEASE = "release"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeat as settled: `units` to claim in addition, or to release."""

    kind: RepeatKind
    units: int


def free_units(*, on_hand: int, reserved: int, short: int) -> int:
    """Units that may be granted: none while anything is short."""
    return 0 if short else max(0, on_hand - reserved)


def allocate(
    wanted: int, *, free: int, waiting_ahead: int, stopped: bool, room: int | None
) -> Allocation:
    """Split `wanted` units.

    `free` are the units that may be granted, `waiting_ahead` the entries already in line: whoever
    comes while others wait stands behind them. `room` is what the limit still allows, None for no
    limit.
    """
    allowed = wanted if room is None else min(wanted, max(0, room))
    granted = 0 if stopped or waiting_ahead else min(allowed, free)
    return Allocation(granted, allowed - granted, wanted - allowed)


def settle_repeat(policy: Repeats, *, have: int, asked: int, counted: bool) -> Repeat:
    """Compare a claim with the unpaid units (held, waiting, pending) of the same variant.

    `counted` says that the viewer wrote the number. Under `raise` and `set` a number is the total
    that is wished for; under `add` it comes on top; without a number a repeat changes nothing,
    but for `add`.
    """
    if not have:
        return Repeat(RepeatKind.NEW, asked)
    if policy is Repeats.IGNORE:
        return Repeat(RepeatKind.IGNORED, 0)
    if policy is Repeats.ADD:
        return Repeat(RepeatKind.MORE, asked)
    if not counted or asked == have:
        return Repeat(RepeatKind.SAME, 0)
    if asked > have:
        return Repeat(RepeatKind.MORE, asked - have)
    if policy is Repeats.SET:
        return Repeat(RepeatKind.RELEASE, have - asked)
    return Repeat(RepeatKind.LESS, 0)
