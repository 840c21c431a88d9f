"""How instants read to the shop's people."""

from datetime import datetime
from typing import TYPE_CHECKING

from babel.dates import format_datetime

if TYPE_CHECKING:
    from handlers.work import Work

__all__ = ["shown_time"]

#: Days and months in the shop's language, and every hour in one way.
_ON_ANOTHER_DAY = "EEE dd MMM HH:mm"


def shown_time(work: "Work", instant: datetime | None) -> str:
    """An instant as the shop's people read it, with the day where it is not today."""
    if instant is None:
        return ""
    here, today = instant.astimezone(work.house.timezone), work.at.astimezone(work.house.timezone)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return format_datetime(here, _ON_ANOTHER_DAY, locale=work.house.locale)
