"""How long a hold lasts and when its holder is warned: pure functions over instants.

A hold of a running show ends `hold_hours` after the show; a show or an item may set minutes from
the grant instead. A promoted hold or an offer lasts to the later of that end and twelve hours
counted only while the shop's people are awake: `offer_hours` from `offer_from_hour` to
`offer_until_hour`.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.claims.rules import SaleRules
from handlers.snapshot import ShowView

__all__ = ["hold_end", "idle_dues", "next_warning", "waking_end"]


def hold_end(
    rules: SaleRules,
    show: ShowView,
    *,
    item_minutes: int | None,
    at: datetime,
    promoted: bool,
    timezone: ZoneInfo,
) -> datetime | None:
    """When a hold granted at `at` ends; None while that is not known yet (the show runs)."""
    minutes = item_minutes if item_minutes is not None else show.hold_minutes
    after_show = (
        None if show.ended_at is None else show.ended_at + timedelta(hours=rules.hold_hours)
    )
    end = after_show if minutes is None else at + timedelta(minutes=minutes)
    if minutes is not None and after_show is not None and end is not None:
        end = min(end, after_show)
    if promoted and end is not None:
        end = max(end, waking_end(rules, at, timezone))
    return end


def idle_dues(rules: SaleRules, at: datetime) -> tuple[datetime, datetime]:
    """When a show in which the last stage or claim was at `at` asks the team, and when it ends."""
    return (
        at + timedelta(minutes=rules.idle_ask_minutes),
        at + timedelta(hours=rules.idle_end_hours),
    )


def waking_end(rules: SaleRules, at: datetime, timezone: ZoneInfo) -> datetime:
    """`offer_hours` after `at`, counting only from `offer_from_hour` to `offer_until_hour`."""
    left = timedelta(hours=rules.offer_hours)
    moment = at.astimezone(timezone)
    while True:
        opens = datetime.combine(moment.date(), time(rules.offer_from_hour), timezone)
        closes = _closing(moment, rules.offer_until_hour, timezone)
        start = max(moment, opens)
        # Differences are taken in UTC, so that a day of 23 or 25 hours counts as it is.
        open_for = closes.astimezone(UTC) - start.astimezone(UTC)
        if open_for >= left:
            return start.astimezone(UTC) + left
        left -= max(open_for, timedelta())
        moment = datetime.combine(moment.date() + timedelta(days=1), time(), timezone)


def _closing(moment: datetime, hour: int, timezone: ZoneInfo) -> datetime:
    day = moment.date() if hour < 24 else moment.date() + timedelta(days=1)
    return datetime.combine(day, time(hour % 24), timezone)


def next_warning(rules: SaleRules, end: datetime | None, after: datetime) -> datetime | None:
    """The first warning before `end` that lies after `after`, or None."""
    if end is None:
        return None
    due = (
        end - timedelta(hours=hours) for hours in sorted(rules.hold_warnings_hours, reverse=True)
    )
    return next((instant for instant in due if instant > after), None)
