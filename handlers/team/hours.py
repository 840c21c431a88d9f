"""Quiet hours as the settings write them. Pure, and light: settings are read before all else."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

__all__ = ["QuietHours"]

_WRITTEN = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one time of day to another; over midnight where the end is the earlier one."""

    begins: time
    ends: time

    @classmethod
    def of(cls, written: str) -> Self:
        """Quiet hours written like `22:00-07:00`. Raises `ValueError`, saying what is wrong."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            raise ValueError(f"is {written!r}, no quiet hours; write them like 22:00-07:00")
        hours = [int(part) for part in found.groups()]
        try:
            begins, ends = time(hours[0], hours[1]), time(hours[2], hours[3])
        except ValueError:
            raise ValueError(
                f"is {written!r}, but a day goes from 00:00 to 23:59; write 22:00-07:00"
            ) from None
        if begins == ends:
            raise ValueError(f"is {written!r}, which begins as it ends; leave it out for none")
        return cls(begins=begins, ends=ends)

    def until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours that `at` lies in are over; None where it lies in none."""
        here = at.astimezone(zone)
        now, day = here.time(), here.date()
        if self.begins < self.ends:
            if not self.begins <= now < self.ends:
                return None
        elif now >= self.begins:
            day += timedelta(days=1)
        elif now >= self.ends:
            return None
        ends = datetime.combine(day, self.ends, tzinfo=zone)
        if ends.astimezone(UTC) <= at:
            # The hour comes twice that night, and this is the second time.
            ends = ends.replace(fold=1)
        return ends.astimezone(UTC)
