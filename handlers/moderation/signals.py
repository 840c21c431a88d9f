"""A signal: one wording that a scam or an advertisement needs, and its weight."""

import re
from typing import NamedTuple

__all__ = ["Signal", "signal"]


class Signal(NamedTuple):
    """What a wording is about, its weight, and the pattern over readable text."""

    about: str
    weight: int
    pattern: re.Pattern[str]


def signal(about: str, weight: int, *wordings: str) -> Signal:
    """Make a signal of several wordings; a negative weight speaks for a line."""
    return Signal(about, weight, re.compile("|".join(f"(?:{wording})" for wording in wordings)))
