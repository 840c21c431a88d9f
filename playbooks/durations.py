"""Lengths of time as people write them: `10m`, `2h`, `1d`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

__all__ = ["Duration", "duration", "written"]

_PATTERN = r"^[1-9]\d{0,4}[mhd]$"
_WRITTEN = re.compile(_PATTERN, re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
#: A run is the work of one show; what takes longer is no playbook.
_LONGEST = timedelta(days=30)


def duration(text: Any) -> timedelta:
    """Read `10m`, `2h` or `1d`; a `timedelta` is taken as it is.

    Raises `ValueError` with a sentence for anything else, and for more than 30 days.
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not _WRITTEN.fullmatch(text):
        raise ValueError(f"is {text!r}, no length of time; write it like 10m, 2h or 1d")
    length = int(text[:-1]) * _UNITS[text[-1]]
    if length > _LONGEST:
        raise ValueError(f"is {text!r}, which is too long; 30d is the most")
    return length


def written(length: timedelta) -> str:
    """Write a whole number of minutes in the largest unit that leaves nothing over."""
    for unit in "dh":
        if length % _UNITS[unit] == timedelta(0):
            return f"{length // _UNITS[unit]}{unit}"
    return f"{length // _UNITS['m']}m"


#: Longer than nothing, at most 30 days; kept in JSON as it is written.
Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["10m", "2h", "1d"]}),
]
