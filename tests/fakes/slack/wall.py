"""What there is to see: messages, whispers, mentions, calls, acknowledgements."""

from dataclasses import dataclass

from tests.fakes.slack.api import Api
from tests.fakes.slack.delivery import Deliveries, Envelope
from tests.fakes.slack.faults import Call
from tests.fakes.slack.limits import elements_of
from tests.fakes.slack.mrkdwn import read_blocks, read_message
from tests.fakes.slack.people import People
from tests.fakes.slack.world import Channel, File, Message, User, View

__all__ = ["Ack", "Wall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """An acknowledgement: of what kind of envelope, after how many seconds, on which attempt."""

    kind: str
    delay: float
    attempt: int


class Wall(People):
    """Looks, and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._api: Api
        self._deliveries: Deliveries

    # --- what was said ----------------------------------------------------------------------

    def log(self, channel: str | Channel) -> list[Message]:
        """All messages of a channel, as they read now, replies too."""
        return self.world.log(self.channel(channel).id)

    def messages(self, channel: str | Channel) -> list[Message]:
        """What the bot posted in a channel, as it reads now."""
        return [one for one in self.log(channel) if one.user == self.world.bot.id]

    def reads(self, channel: str | Channel) -> list[str]:
        """What the bot says in a channel as people see it: its blocks, without buttons."""
        return [self.shown(one) for one in self.messages(channel)]

    def shown(self, message: Message | View) -> str:
        """A message or a view as people read it: mentions by name, links by label."""
        if isinstance(message, View):
            return read_blocks(self.world, message.blocks).shown
        return read_message(self.world, message).shown

    def buttons(self, message: Message | View) -> list[str]:
        """What can be pressed there: the labels of buttons, options of menus."""
        found = []
        for block, element in elements_of(message.blocks):
            if block["type"] == "input":
                continue
            if element["type"] == "button":
                found.append(str(element["text"]["text"]))
            found += [str(one["text"]["text"]) for one in element.get("options", ())]
        return found

    def ephemerals(self, name: str | User, channel: str | Channel | None = None) -> list[Message]:
        """What the bot showed someone alone, in one channel or anywhere, as it reads now."""
        user = self.person(name)
        where = None if channel is None else self.channel(channel).id
        return [
            one
            for one in self.world.whispers
            if one.only_for == user.id and where in (None, one.channel_id)
        ]

    def told(self, name: str | User, channel: str | Channel | None = None) -> list[str]:
        """What the bot showed someone alone, as they read it."""
        return [self.shown(one) for one in self.ephemerals(name, channel)]

    def whispered(self, name: str | User) -> list[str]:
        """What the bot wrote to someone in their direct channel, as they read it."""
        return self.reads(self.direct(name))

    def mentioned(self, channel: str | Channel) -> list[str]:
        """Whom and what the bot's messages in a channel mention: `@Mia`, `@channel`, `#alerts`."""
        found = (read_message(self.world, one).mentions for one in self.messages(channel))
        return [one for some in found for one in some]

    def links(self, channel: str | Channel) -> list[str]:
        """Where the bot's messages in a channel link to."""
        found = (read_message(self.world, one).links for one in self.messages(channel))
        return [one for some in found for one in some]

    def files(self, channel: str | Channel) -> list[File]:
        """The files that the bot put into a channel."""
        return [file for one in self.messages(channel) for file in one.files]

    def pictures(self, message: Message) -> list[tuple[str, bytes]]:
        """The pictures that a message shows: what there is to see, and what they hold."""
        return [
            (str(one["alt_text"]), self.world.files[one["slack_file"]["id"]].content)
            for one in message.blocks
            if one["type"] == "image" and "slack_file" in one
        ]

    # --- what was asked and told ------------------------------------------------------------

    def calls(self, method: str | None = None) -> list[Call]:
        """What was called, with any answer; `response_url` and `upload` are methods here too."""
        return [one for one in self._api.calls if method in (None, one.method)]

    @property
    def envelopes(self) -> list[Envelope]:
        """All that the app was told."""
        return self._deliveries.envelopes

    @property
    def acks(self) -> list[Ack]:
        """What was acknowledged."""
        return [
            Ack(kind=one.kind, delay=one.delay, attempt=len(one.attempts) - 1)
            for one in self.envelopes
            if one.acked and one.delay is not None
        ]
