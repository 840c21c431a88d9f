"""A chat platform in memory: a server that remembers what was said, and a line that can go down."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.platforms.base import Ears, Heard, Outgoing, PlatformState
from handlers.messages import Channel, ChatMessage, Command, DirectMessage, MessageEdited, Press
from handlers.people import Person

__all__ = ["ChatServer"]


class ChatServer:
    """Implements `bot.platforms.base.Platform` from its hearing side.

    What viewers say is kept on the server, in order of arrival, and delivered to the ears while
    the line is up. Message ids are numbers. Posting records the delivery in `posted`.
    """

    max_characters = 2000
    pace_seconds = 0.0

    def __init__(
        self, clock: Clock, *, name: str = "fake", channels: Sequence[str] = ("live",)
    ) -> None:
        self.name = name
        self.clock = clock
        self.channels = tuple(Channel(name, channel) for channel in channels)
        self.server: list[ChatMessage] = []
        self.posted: list[Outgoing] = []
        #: Where each reading of history began.
        self.asked: list[tuple[datetime, str] | None] = []
        #: A reading fails after one line while there are some left, and at once if `history_down`.
        self.failures = 0
        self.history_down = False
        #: Said while history is being read.
        self.during_history: list[str] = []
        self._ears: Ears | None = None
        self._up = False
        self._ids = 0

    # --- what people do ---------------------------------------------------------------------

    def says(
        self, who: str, text: str, *, at: datetime | None = None, channel: str | None = None
    ) -> ChatMessage:
        """Someone types a line: it is on the server, and heard if the line is up."""
        message = ChatMessage(
            key=f"{self.name}:{self._new_id()}",
            channel=Channel(self.name, channel) if channel else self.channels[0],
            native_id=str(self._ids),
            person=self.person(who),
            text=text,
            sent_at=at or self.clock.now(),
        )
        self.server.append(message)
        self.deliver(message)
        return message

    def edits(self, message: ChatMessage, text: str, *, at: datetime | None = None) -> None:
        """Someone edits a line: the server forgets what it said before."""
        at = at or self.clock.now()
        place = next(i for i, line in enumerate(self.server) if line.key == message.key)
        self.server[place] = replace(message, text=text, edited_at=at)
        self.deliver(
            MessageEdited(
                key=f"{message.key}@{at.timestamp()}",
                of=message.key,
                channel=message.channel,
                native_id=message.native_id,
                person=message.person,
                text=text,
                sent_at=message.sent_at,
                edited_at=at,
            )
        )

    def command(self, who: str, line: str, *, at: datetime | None = None) -> Command:
        """A slash command, to be handed to `Ears.act`."""
        return Command(
            key=f"{self.name}:act:{self._new_id()}",
            person=self.person(who),
            channel=self.channels[0],
            sent_at=at or self.clock.now(),
            line=line,
            reply_to="token",
        )

    def press(self, who: str, button: str) -> Press:
        """A press of a button, to be handed to `Ears.act`."""
        return Press(
            key=f"{self.name}:act:{self._new_id()}",
            person=self.person(who),
            channel=self.channels[0],
            sent_at=self.clock.now(),
            button=button,
            reply_to="token",
        )

    def whispers(self, who: str, text: str) -> DirectMessage:
        """A direct message, to be handed to `Ears.direct`."""
        return DirectMessage(
            key=f"{self.name}:{self._new_id()}",
            person=self.person(who),
            text=text,
            sent_at=self.clock.now(),
        )

    def person(self, who: str) -> Person:
        """A viewer; the name is the id with a capital."""
        return Person(platform=self.name, id=who, name=who.capitalize())

    # --- the line ---------------------------------------------------------------------------

    def deliver(self, message: Heard) -> None:
        """Hand `message` to the ears if the line is up; again, if it was handed in before."""
        if self._up and self._ears is not None:
            self._ears.hear(message)

    def goes_down(self) -> None:
        """The connection breaks: what is said from now on is only on the server."""
        self._up = False

    def comes_back(self) -> None:
        """A new connection, which delivers nothing that was missed."""
        self._up = True
        if self._ears is not None:
            for channel in self.channels:
                self._ears.gap(channel)

    # --- the Protocol -----------------------------------------------------------------------

    def stream_channels(self) -> Sequence[Channel]:
        """The channels in which viewers claim."""
        return self.channels

    def audience_channel(self, audience: str) -> Channel | None:
        """Every audience has a channel of its name."""
        return Channel(self.name, audience)

    async def start(self, ears: Ears) -> None:
        """Connect and begin to hear."""
        self._ears = ears
        self._up = True

    async def stop(self) -> None:
        """Stop hearing."""
        self._up = False

    async def post(self, outgoing: Outgoing) -> str | None:
        """Record the delivery."""
        self.posted.append(outgoing)
        return f"post:{len(self.posted)}"

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """The lines of `channel` after (sent at, native id), oldest first."""
        self.asked.append(after)
        if self.history_down:
            raise ConnectionError("no history")
        place = (after[0], int(after[1])) if after else None
        for message in sorted(self.server, key=lambda line: (line.sent_at, int(line.native_id))):
            if message.channel == channel and (
                place is None or (message.sent_at, int(message.native_id)) > place
            ):
                yield message
                self.trouble()
        while self.during_history:
            yield self.says("late", self.during_history.pop(0))

    def trouble(self) -> None:
        """What happens to the line after each line of history."""
        if self.failures > 0:
            self.failures -= 1
            raise ConnectionError("the history broke off")

    def state(self) -> PlatformState:
        """Connected or not."""
        return PlatformState(connected=self._up, detail="up" if self._up else "down")

    def _new_id(self) -> int:
        self._ids += 1
        return self._ids
