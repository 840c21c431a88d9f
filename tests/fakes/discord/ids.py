"""Snowflakes: ids that carry their time, as Discord makes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["Snowflakes", "snowflake_time"]

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_BITS = 22


class Snowflakes:
    """Makes ids. Those of one millisecond rise as well."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._count = 0

    def make(self, at: datetime | None = None) -> int:
        """An id made now, or at another time."""
        self._count += 1
        milliseconds = ((at or self._now()) - _EPOCH) // _MILLISECOND
        return milliseconds << _LOW_BITS | self._count % (1 << _LOW_BITS)


def snowflake_time(snowflake: int) -> datetime:
    """When this id was made."""
    return _EPOCH + (snowflake >> _LOW_BITS) * _MILLISECOND
