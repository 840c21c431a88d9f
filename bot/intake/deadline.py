"""The next deadline, remembered between transactions: whoever commits brings it up to date."""

from datetime import datetime, timedelta

from bot.clock import Clock

__all__ = ["Deadline"]


class Deadline:
    """When something is due next, as of the last commit.

    A deadline whose tick failed is put off, so that chat goes on; it comes up again later.
    """

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self._at: datetime | None = None
        self._put_off: datetime | None = None
        self._again = wall.now()
        #: How often it was learned anew: a look that took long may be older than what is known.
        self.looks = 0

    @property
    def at(self) -> datetime | None:
        """The next deadline that counts."""
        return self.counting(self._at)

    def counting(self, due: datetime | None) -> datetime | None:
        """`due`, or None where it was put off for now."""
        if due is None or self._put_off is None or due > self._put_off:
            return due
        return due if self._wall.now() >= self._again else None

    def learn(self, due: datetime | None) -> None:
        """Note what the database says."""
        self._at = due
        self.looks += 1

    def put_off(self, due: datetime, seconds: float) -> None:
        """Leave everything due at or before `due` alone for a while."""
        self._put_off = due
        self._again = self._wall.now() + timedelta(seconds=seconds)
