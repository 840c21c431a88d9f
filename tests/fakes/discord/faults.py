"""What goes wrong with requests: planned by the test, kept here with what was asked."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.fakes.discord.world import Json

__all__ = ["ApiError", "Bucket", "Fault", "Hold", "Request"]


class ApiError(Exception):
    """Discord refuses: HTTP status, its own code, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked. `path` is below `/api/v10`."""

    method: str
    path: str
    body: Json | list[Json] | None
    status: int


@dataclass(slots=True, kw_only=True)
class Fault:
    """The next `times` requests that fit are answered with `status`, or by a cut wire.

    `path` may hold `*`. With `after_effect` the request is carried out all the same. `happened`
    counts.
    """

    method: str
    path: str
    status: int = 500
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    after_effect: bool = False
    cut: bool = False
    happened: int = 0

    def fits(self, method: str, path: str) -> bool:
        """Whether it is meant for this request and is not used up."""
        return self.times > 0 and self.method == method and fnmatchcase(path, self.path)

    def use(self) -> None:
        """It happens once."""
        self.times -= 1
        self.happened += 1


class Hold:
    """Requests that fit wait until `release`. `waiting` counts those that came."""

    def __init__(self, method: str, path: str) -> None:
        self._method = method
        self._path = path
        self._free = asyncio.Event()
        self.waiting = 0

    def release(self) -> None:
        """Let them through, and all that come later."""
        self._free.set()

    def fits(self, method: str, path: str) -> bool:
        """Whether this request has to wait."""
        fits = self._method == method and fnmatchcase(path, self._path)
        return fits and not self._free.is_set()

    async def wait(self) -> None:
        """Wait for `release`."""
        await self._free.wait()


class Bucket:
    """So many messages per channel and seconds. `violations` counts what came too early."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self.violations = 0
        self._taken: dict[int, deque[float]] = defaultdict(deque)

    def take(self, channel_id: int) -> tuple[bool, dict[str, str]]:
        """Whether one more is allowed now, and the headers that say how many are left."""
        now, taken = time.monotonic(), self._taken[channel_id]
        while taken and now - taken[0] >= self.seconds:
            taken.popleft()
        allowed = len(taken) < self.limit
        if allowed:
            taken.append(now)
        else:
            self.violations += 1
        after = self.seconds - (now - taken[0])
        return allowed, {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - len(taken)),
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Bucket": "messages",
        }
