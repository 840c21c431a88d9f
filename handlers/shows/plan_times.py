"""When a show is to begin, as a person types it: `19:30`, `2026-11-22 19:30-22:00`, `in 2h`. Pure.

Times of day are where the shop is. A time without a day is the next one that is still to come; an
end that is earlier than the start is on the day after.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

__all__ = ["PlanFault", "Planned", "read_plan"]

#: Further ahead it is a slip of the year.
_FURTHEST = timedelta(days=366)
_IN = re.compile(
    r"in\s+(?=\d)(?:(\d{1,3})\s*h)?\s*(?:(\d{1,4})\s*m(?:in)?)?(?=\s|$)", re.IGNORECASE
)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s]+|$)")
_TIME = re.compile(r"(\d{1,2})[:.h](\d{2})(?:\s*(?:-|–|to)\s*(\d{1,2})[:.h](\d{2}))?(?=\s|$)")


class PlanFault(StrEnum):
    """Why a time cannot be planned for."""

    UNREAD = "unread"
    PAST = "past"
    FAR = "far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """When a show is to start and, if that was said, to end; `name` is what came behind."""

    starts: datetime
    ends: datetime | None
    name: str


def read_plan(text: str, now: datetime, zone: ZoneInfo) -> Planned | PlanFault:
    """Read when, and then the name, from the front of `text`."""
    text = text.strip()
    found = _in(text, now) or _on_the_clock(text, now, zone)
    if found is None:
        return PlanFault.UNREAD
    if found.starts <= now:
        return PlanFault.PAST
    return PlanFault.FAR if found.starts > now + _FURTHEST else found


def _in(text: str, now: datetime) -> Planned | None:
    found = _IN.match(text)
    if found is None or not (found[1] or found[2]):
        return None
    starts = now + timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    # On the full minute, which is what people are told.
    starts = starts.replace(second=0, microsecond=0)
    return Planned(starts=starts, ends=None, name=text[found.end() :].strip())


def _on_the_clock(text: str, now: datetime, zone: ZoneInfo) -> Planned | None:
    day, rest = None, text
    if dated := _DAY.match(text):
        day, rest = _date(dated), text[dated.end() :]
        if day is None:
            return None
    found = _TIME.match(rest)
    if found is None:
        return None
    from_, until = _time(found[1], found[2]), _time(found[3], found[4])
    if from_ is None or (found[3] and until is None):
        return None
    on = day or now.astimezone(zone).date()
    starts = _at(on, from_, zone)
    if day is None and starts <= now:
        # Where an hour comes twice, the second of the two may still be to come.
        starts = _at(on, from_.replace(fold=1), zone)
    if day is None and starts <= now:
        on += timedelta(days=1)
        starts = _at(on, from_, zone)
    ends = None if until is None else _end(on, from_, until, starts, zone)
    return Planned(starts=starts, ends=ends, name=rest[found.end() :].strip())


def _end(on: date, from_: time, until: time, starts: datetime, zone: ZoneInfo) -> datetime:
    last = on if until > from_ else on + timedelta(days=1)
    ends = _at(last, until, zone)
    if ends > starts:
        return ends
    # An hour that the clock leaves out took the start past the end: the length is what was meant.
    return starts + (datetime.combine(last, until) - datetime.combine(on, from_))


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _date(found: re.Match[str]) -> date | None:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    # The last days that there are cannot be brought into another zone.
    return day if 1970 <= day.year < 9990 else None


def _time(hour: str | None, minute: str | None) -> time | None:
    if hour is None or minute is None or int(hour) > 23 or int(minute) > 59:
        return None
    return time(int(hour), int(minute))
