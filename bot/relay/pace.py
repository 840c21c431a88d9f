"""When each place may be posted to again, and when a post there is worth its turn.

A place takes about one post a second, and few posts are read better than many. In a rush a post
that is not full waits a while for more: a thousand viewers who all hear that they are on the
waitlist need one post, not ten.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from handlers.messages import Address

__all__ = ["Pace", "RushSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RushSettings:
    """When there is a rush at a place, and what is different then.

    It begins once `begins` messages wait there as its turn comes, and is over once fewer than
    `ends` do. Then a post less than `full` of what it may hold is `seconds` apart from the last
    such one; the first goes at once. Meanwhile it is looked at every `look_seconds`, for it may
    be full by then.
    """

    begins: int = 250
    ends: int = 50
    full: float = 0.9
    seconds: float = 5
    look_seconds: float = 1


class Pace:
    """The turns of every place."""

    def __init__(self, clock: Clock, rush: RushSettings) -> None:
        self._clock = clock
        self._rush = rush
        self._free_at: dict[Address, datetime] = {}
        #: Places in a rush, with when the next post that is not full may go.
        self._rushes: dict[Address, datetime] = {}

    def wait(self, target: Address) -> float:
        """Seconds until `target` is free."""
        free_at = self._free_at.get(target)
        return 0 if free_at is None else (free_at - self._clock.now()).total_seconds()

    def take(self, target: Address, seconds: float) -> float:
        """Have the next turn at `target`, which lasts `seconds`; else how long it is not free.

        Several lines may post to one place: it is theirs from here on, not only once they posted.
        """
        wait = self.wait(target)
        if wait > 0:
            return wait
        self.posted(target, seconds)
        return 0

    def posted(self, target: Address, seconds: float) -> None:
        """Keep `target` free of posts for `seconds` at least."""
        now = self._clock.now()
        for place in [place for place, free_at in self._free_at.items() if free_at <= now]:
            del self._free_at[place]
        if seconds > 0:
            free_at = now + timedelta(seconds=seconds)
            self._free_at[target] = max(free_at, self._free_at.get(target, free_at))

    def worth_it(self, target: Address, *, waiting: int, share: float) -> bool:
        """Whether a post that says all that waits at `target`, so full, should go now.

        `waiting` is how many messages are in it, and `share` how much of what a post may hold.
        """
        rush, now = self._rush, self._clock.now()
        if waiting < (rush.ends if target in self._rushes else rush.begins):
            self._rushes.pop(target, None)
            return True
        next_one = self._rushes.setdefault(target, now)
        if share < rush.full:
            if next_one > now:
                return False
            self._rushes[target] = now + timedelta(seconds=rush.seconds)
        return True
