"""Moments as a chat log and its commands name them."""

from datetime import UTC, datetime, timedelta

__all__ = ["YEAR_2000", "moment"]

YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)


def moment(named: str | float) -> datetime:
    """ISO 8601 (UTC if it names no zone), or seconds from 2000-01-01Z.

    Raises `ValueError` or `OverflowError` for what is neither.
    """
    if isinstance(named, int | float):
        return YEAR_2000 + timedelta(seconds=named)
    read = datetime.fromisoformat(named)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
