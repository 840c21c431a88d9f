"""A platform that keeps what is posted, and fails as it is told to."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bot.platforms.base import Ears, Heard, Outgoing, PlatformState
from handlers.messages import Channel

__all__ = ["FakePlatform"]


class FakePlatform:
    """`posts` are those that arrived; `tries` the ids of all that were tried, in order."""

    def __init__(self, name: str = "fake", *, pace_seconds: float = 0) -> None:
        self.name = name
        self.max_characters = 2000
        self.pace_seconds = pace_seconds
        self.posts: list[Outgoing] = []
        self.tries: list[int] = []
        #: What was said past the outbox, when the database could not be.
        self.shouts: list[tuple[Channel, str]] = []
        self.channels: dict[str, Channel] = {}
        #: Set when a post to a stuck place begins.
        self.stuck = asyncio.Event()
        self._stuck_places: dict[str, asyncio.Event] = {}
        self._errors: defaultdict[str, deque[BaseException]] = defaultdict(deque)

    def fails(self, target: str, *errors: BaseException) -> None:
        """Raise these at the next posts to `target`, before anything arrives."""
        self._errors[target].extend(errors)

    def sticks(self, target: str) -> asyncio.Event:
        """Let posts to `target` arrive, but not return before the event is set."""
        return self._stuck_places.setdefault(target, asyncio.Event())

    def texts(self, target: str | None = None) -> list[str]:
        """What arrived, in order."""
        return [post.text for post in self.posts if target in (None, post.address.target)]

    async def post(self, outgoing: Outgoing) -> str | None:
        """Keep a post; its native id is `p` and how many arrived before."""
        target = outgoing.address.target
        self.tries.append(outgoing.id)
        if self._errors[target]:
            raise self._errors[target].popleft()
        self.posts.append(outgoing)
        native_id = f"p{len(self.posts)}"
        if target in self._stuck_places:
            self.stuck.set()
            await self._stuck_places[target].wait()
        return native_id

    async def shout(self, channel: Channel, text: str) -> None:
        """Keep what is said at once."""
        self.shouts.append((channel, text))

    def stream_channels(self) -> Sequence[Channel]:
        """None of them."""
        return ()

    def audience_channel(self, audience: str) -> Channel | None:
        """What a test put into `channels`."""
        return self.channels.get(audience)

    async def start(self, ears: Ears) -> None:
        """Hear nothing."""

    async def stop(self) -> None:
        """Stop nothing."""

    async def close(self) -> None:
        """Nothing was opened."""

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """Nothing was said before."""
        nothing: tuple[Heard, ...] = ()
        for heard in nothing:
            yield heard

    def state(self) -> PlatformState:
        """Always connected."""
        return PlatformState(connected=True, detail="a fake")
