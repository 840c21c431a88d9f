"""When a lamp fires: pure rules over what is left of a variant (design, section 5)."""

from collections.abc import Iterable
from enum import StrEnum

__all__ = ["Lamp", "Marks", "fires", "level", "mark", "marks_of", "worst"]

#: Percent of the base at which amber and pause are reached.
Marks = tuple[int, int]


class Lamp(StrEnum):
    """How far a variant's lamp has gone since it was last armed."""

    GREEN = "green"
    AMBER = "amber"
    PAUSE = "pause"
    RED = "red"


_ORDER = {Lamp.GREEN: 0, Lamp.AMBER: 1, Lamp.PAUSE: 2, Lamp.RED: 3}


def mark(base: int, percent: int) -> int:
    """Units at which a lamp of so many percent of `base` fires, rounded up."""
    return -(-base * percent // 100)


def fires(*, before: int, after: int, base: int, lit: str, marks: Marks) -> Lamp | None:
    """The lamp that a fall from `before` to `after` units left fires; None if none does.

    `base` are the units when staged or last restocked, `lit` is the most severe lamp that has
    fired since. Only the most severe one fires, and each at most once; a mark that was reached at
    the base already never does.
    """
    amber, pause = mark(base, marks[0]), mark(base, marks[1])
    # Most falls reach none: each claim of a rush is one.
    if after > amber and after > pause:
        return None
    for lamp, at in ((Lamp.RED, 0), (Lamp.PAUSE, pause), (Lamp.AMBER, amber)):
        if after <= at < min(before, base) and _ORDER[lamp] > _ORDER[Lamp(lit)]:
            return lamp
    return None


def level(left: int, *, base: int, marks: Marks) -> Lamp:
    """The lamp that so many units left show by themselves, whatever has fired."""
    if left <= 0:
        return Lamp.RED
    if left <= mark(base, marks[1]):
        return Lamp.PAUSE
    return Lamp.AMBER if left <= mark(base, marks[0]) else Lamp.GREEN


def worst(lamps: Iterable[str]) -> Lamp:
    """The most severe of these lamps, green if there are none."""
    return max(map(Lamp, lamps), key=_ORDER.__getitem__, default=Lamp.GREEN)


def marks_of(*choices: tuple[int | None, int | None], shop: Marks) -> Marks:
    """The first of `choices` (item, show) that is set as a whole, else the shop's."""
    for amber, pause in choices:
        if amber is not None and pause is not None:
            return amber, pause
    return shop
