"""What goes wrong with calls: planned by the test, kept here with what was called."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.fakes.slack.world import Json

__all__ = ["ApiError", "Bucket", "Call", "Fault", "Hold"]


class ApiError(Exception):
    """Slack refuses: its word for it, the HTTP status, and what else stands in the answer."""

    def __init__(
        self,
        error: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = headers or {}
        self.more: Json = more


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method that was called, with what, and how it went. `error` is None if it went well."""

    method: str
    args: Json
    status: int
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Fault:
    """The next `times` calls that fit are answered with an error, or by a cut wire.

    `method` may hold `*`; `channel` narrows it to one. With `after_effect` the call is carried out
    all the same. A `status` of 200 is an answer with `ok: false` and `error`. `happened` counts.
    """

    method: str
    status: int = 500
    error: str = "internal_error"
    times: int = 1
    channel: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after_effect: bool = False
    cut: bool = False
    happened: int = 0

    def fits(self, method: str, args: Json) -> bool:
        """Whether it is meant for this call and is not used up."""
        here = self.channel in (None, args.get("channel"))
        return self.times > 0 and here and fnmatchcase(method, self.method)

    def use(self) -> None:
        """It happens once."""
        self.times -= 1
        self.happened += 1


class Hold:
    """Calls that fit wait until `release`. `waiting` counts those that came.

    They wait before they are carried out, or with `after_effect` before they are answered.
    """

    def __init__(self, method: str, *, after_effect: bool = False) -> None:
        self.after_effect = after_effect
        self.dropped = False
        self._method = method
        self._free = asyncio.Event()
        self.waiting = 0

    def release(self) -> None:
        """Let them through, and all that come later."""
        self._free.set()

    def drop(self) -> None:
        """Carry out nothing of what waits, and let through what comes later."""
        self.dropped = True
        self.release()

    def fits(self, method: str) -> bool:
        """Whether this call has to wait."""
        return fnmatchcase(method, self._method) and not self._free.is_set()

    async def wait(self) -> None:
        """Wait for `release`."""
        await self._free.wait()


class Bucket:
    """So many posts a second per channel, and a burst. `violations` counts what came too early."""

    def __init__(self, a_second: float, burst: int) -> None:
        self.a_second = a_second
        self.burst = burst
        self.violations = 0
        self._left: dict[str, tuple[float, float]] = defaultdict(lambda: (float(burst), 0.0))

    def take(self, channel_id: str) -> bool:
        """Whether one more is allowed now."""
        now = time.monotonic()
        left, then = self._left[channel_id]
        left = min(float(self.burst), left + (now - then) * self.a_second)
        allowed = left >= 1
        self._left[channel_id] = (left - 1 if allowed else left, now)
        self.violations += not allowed
        return allowed
