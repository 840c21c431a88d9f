"""A relay with a fake platform: things are said, and arrive or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.relay import Relay, Trouble
from handlers.messages import Address, Reach
from storage import outbox
from storage.schema.traffic import deliveries
from tests.fakes.clock import HurriedClock
from tests.fakes.platform import FakePlatform
from tests.fakes.voice import PlainVoice

__all__ = ["ALERTS", "NOON", "SECOND", "STREAM", "House", "to"]

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def to(target: str, reach: Reach = Reach.CHANNEL, platform: str = "fake") -> Address:
    """An address on the fake platform."""
    return Address(platform, reach, target)


STREAM = to("stream")
ALERTS = to("alerts", Reach.AUDIENCE, "")


@dataclass
class House:
    """A relay with a fake platform, and everything it told the team."""

    storage: Any
    clock: Any = field(default_factory=lambda: HurriedClock(NOON))
    platform: FakePlatform = field(default_factory=FakePlatform)
    voice: PlainVoice = field(default_factory=PlainVoice)
    troubles: list[Trouble] = field(default_factory=list)
    audiences: dict[str, Address] = field(default_factory=dict)
    posted: list[tuple[int, str | None]] = field(default_factory=list)

    def relay(self, owner: str = "left", **changed: Any) -> Relay:
        """A relay of that owner; `changed` are arguments of `Relay`."""

        async def alert(trouble: Trouble) -> None:
            self.troubles.append(trouble)

        given: dict[str, Any] = {
            "clock": self.clock,
            "owner": owner,
            "resolve": lambda address: self.audiences.get(address.target),
            "alert": alert,
            "on_posted": lambda post, native_id: self.posted.append((post.id, native_id)),
            "random": lambda: 1.0,
            "reference": lambda: "c0ffee",
        }
        voice = changed.pop("voice", self.voice)
        return Relay(self.storage, voice, {"fake": self.platform}, **{**given, **changed})

    async def say(self, *texts: str, at: Address = STREAM, **changed: Any) -> None:
        """Put texts into the outbox in one transaction; `changed` are columns."""
        rows = [
            {"address": str(at), "kind": "note", "values": {"text": text}, "at": NOON, **changed}
            for text in texts
        ]
        async with self.storage.write() as tx:
            await outbox.put(tx, rows)

    async def deliveries(self) -> Sequence[Any]:
        """Every delivery, in order."""
        async with self.storage.read() as tx:
            rows: Sequence[Any] = await tx.all(select(deliveries).order_by(deliveries.c.id))
            return rows

    async def states(self) -> list[tuple[str, str, str | None]]:
        """Text, state and error of every delivery."""
        return [(row.rendered["text"], row.state, row.error) for row in await self.deliveries()]
