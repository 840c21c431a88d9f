"""How instants read to the shop's people."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.work import Work

__all__ = ["shown_time"]


def shown_time(work: "Work", instant: datetime | None) -> str:
    """An instant as the shop's people read it, with the day where it is not today."""
    if instant is None:
        return ""
    here, today = instant.astimezone(work.house.timezone), work.at.astimezone(work.house.timezone)
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%a %d %b %H:%M}"
