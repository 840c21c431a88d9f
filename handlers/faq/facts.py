"""What the answers' `{{ names }}` stand for at a moment. Pure."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from babel.dates import format_datetime

from handlers.faq.rules import Day, FaqRules

__all__ = ["KNOWN", "facts_at", "next_dispatch", "own_names"]

#: What Andon knows without being told.
KNOWN = frozenset({"shop_name", "hold_hours"})
_DAYS = tuple(Day)


def own_names(rules: FaqRules) -> frozenset[str]:
    """The names that the settings give a value."""
    named = {*KNOWN, *rules.facts}
    if rules.rates:
        named.add("rates")
    if rules.dispatch_days:
        named |= {"next_dispatch_day", "cutoff_time"}
    return frozenset(named)


def facts_at(
    rules: FaqRules,
    of_file: Mapping[str, str],
    *,
    shop_name: str,
    hold_hours: int,
    here: datetime,
    locale: str,
) -> dict[str, str]:
    """Every fact at the moment `here`, which is in the shop's time zone; settings win."""
    facts = {"shop_name": shop_name, "hold_hours": str(hold_hours), **of_file, **rules.facts}
    if rules.rates:
        facts["rates"] = ", ".join(f"{country} {rate}" for country, rate in rules.rates.items())
    left = next_dispatch(rules, here)
    if left is not None:
        facts["next_dispatch_day"] = format_datetime(left, "EEEE", locale=locale)
        facts["cutoff_time"] = format_datetime(left, "EEEE H:mm", locale=locale)
    return facts


def next_dispatch(rules: FaqRules, here: datetime) -> datetime | None:
    """The next cut-off after which parcels leave, None where no days are set."""
    cutoff = time.fromisoformat(rules.dispatch_cutoff)
    for later in range(8):
        # Wall time: a day in which the clock changes is a day.
        day = (here + timedelta(days=later)).replace(
            hour=cutoff.hour, minute=cutoff.minute, second=0, microsecond=0
        )
        if _DAYS[day.weekday()] in rules.dispatch_days and day > here:
            return day
    return None
