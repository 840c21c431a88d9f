"""What the relay is told to do and by whom: its settings, its troubles, and its surroundings."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.clock import Clock
from bot.platforms.base import Outgoing, Platform
from bot.relay.figures import Figures
from bot.relay.pace import Pace, RushSettings
from handlers.messages import Address, Reach
from handlers.speech import Voice
from storage.engine import Storage
from storage.sealing import Sealer

__all__ = ["Alert", "Parts", "RelaySettings", "Trouble", "TroubleKind", "pause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """How the relay goes about it; every time in seconds.

    A post is given up after `post_seconds`, which must be less than a lease lasts: else two
    processes could be at it at once.
    """

    lease_seconds: float = 30
    post_seconds: float = 20
    posts_at_once: int = 16
    lines_at_once: int = 200
    merged_at_most: int = 500
    #: So many, where one post says that much and more waits.
    merged_in_a_rush: int = 8000
    rush: RushSettings = field(default_factory=RushSettings)
    first_delay: float = 1
    longest_delay: float = 60
    attempts_with_a_bug: int = 5
    #: On PostgreSQL, should a notification get lost; on the wall, whatever the clock says.
    poll_seconds: float = 0.25
    same_alert_after: float = 600

    def __post_init__(self) -> None:
        if self.post_seconds >= self.lease_seconds:
            raise ValueError("post_seconds must be less than lease_seconds")


class TroubleKind(StrEnum):
    """What sort of trouble: refused by the platform, nowhere to send to, a bug, or no database."""

    REFUSED = "refused"
    NO_CHANNEL = "no_channel"
    BUG = "bug"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something the team should know: a sentence, and a reference id if the log has more.

    `address` has no target where it is an answer's: that is a secret.
    """

    kind: TroubleKind
    sentence: str
    address: Address | None = None
    delivery: int | None = None
    reference: str | None = None


#: Tells the team. It may fail: the relay only logs that.
Alert = Callable[[Trouble], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the loop and its lines share."""

    storage: Storage
    voice: Voice
    platforms: Mapping[str, Platform]
    clock: Clock
    owner: str
    resolve: Callable[[Address], Address | None]
    tell: Alert
    on_posted: Callable[[Outgoing, str | None], None]
    settings: RelaySettings
    random: Callable[[], float]
    #: Called when a person takes no direct messages, once that delivery is marked.
    unreachable: Callable[[Address], Awaitable[None]]
    #: Logs the error, met at an address, under a reference id, which it returns.
    bug: Callable[[str, BaseException, Address], str]
    pace: Pace
    turns: asyncio.Semaphore
    stopping: asyncio.Event
    #: Addresses where the loop saw something wait since their line last looked itself.
    seen_again: set[str]
    #: Addresses that this or another process was sending to as it died, before this one started.
    left: set[str]
    figures: Figures
    log: Any
    #: Seals what one person alone reads.
    sealer: Sealer = field(default_factory=Sealer)

    def place_of(self, address: Address) -> tuple[Address, Platform] | str:
        """Where an address is right now and who posts there; or why that is nowhere."""
        target: Address | None = address
        if address.reach is Reach.AUDIENCE:
            target = self.resolve(address)
        if target is None:
            return f"no channel is set for the audience {address.target}"
        platform = self.platforms.get(target.platform)
        return (target, platform) if platform else f"{target.platform} is not set up"

    def delay(self, failures: int, at_least: float | None = None) -> float:
        """Seconds to wait after so many failures: doubled each time, never in step with others."""
        settings = self.settings
        most = min(settings.longest_delay, settings.first_delay * 2.0 ** min(failures, 30))
        return max(at_least or 0, most * (0.5 + self.random() / 2))


async def pause(
    clock: Clock, seconds: float | None, woken: asyncio.Event, *, poll: float | None = None
) -> None:
    """Wait for `seconds`, or for ever, but only until `woken`, or `poll` seconds on the wall."""
    waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(woken.wait())}
    if seconds is not None:
        waits.add(asyncio.ensure_future(clock.sleep(seconds)))
    try:
        await asyncio.wait(waits, timeout=poll, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
