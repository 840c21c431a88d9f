"""A fake Slack with the real Bolt on it, and people who see and press."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from bot.platforms.base import Platform, PostFailed
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack.connection import Watch
from bot.settings import Slack
from handlers.messages import ActKind, Channel
from handlers.registry import Registry
from tests.fakes.slack import Act, FakeSlack, Message
from tests.fakes.slack.delivery import Attempt
from tests.fakes.slack.limits import elements_of
from tests.fakes.slack.mrkdwn import read_message
from tests.fakes.venues.base import Notes, NotHere, Seen, Shown, Venue

__all__ = ["SlackVenue"]

#: Bold, italics, struck, code, quotes, lists and links, as Slack reads them.
_DRESSED = re.compile(
    r"`[^`\n]+`|(?<!\w)\*[^*\s][^*\n]*\*(?!\w)|(?<!\w)_[^_\n]+_(?!\w)|(?<!\w)~[^~\n]+~(?!\w)"
    r"|^(?:&gt;|>).+|<https?:[^>]+>",
    re.MULTILINE,
)


class SlackVenue(Venue):
    """The hall is `general`, in which everybody is."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.server = FakeSlack(now=self.now)
        self._registry = registry
        self._hall = self.server.channel("general").id

    async def __aenter__(self) -> Self:
        server = await self.server.__aenter__()
        server.person("Ana")
        self._settings = Slack.model_validate(
            {
                "bot_token": server.token,
                "app_token": server.app_token,
                "api_url": server.api_url,
                "channels": {"alerts": server.channel("alerts").id},
                "roles": {"moderator": server.person("Mo").id},
            }
        )
        self.platform = self._make()
        await self.platform.start(self.ears)
        return self

    def _make(self) -> SlackPlatform:
        return SlackPlatform(
            self._settings,
            registry=self._registry,
            salt="s",
            now=self.now,
            new_reference=lambda: "R1",
            watch=Watch(look=0.05, dead_after=0.5, ping=0.2),
        )

    @asynccontextmanager
    async def another_process(self) -> AsyncIterator[Platform]:
        """Another app over the same tokens."""
        platform = self._make()
        await platform.start(Notes())
        yield platform
        await platform.stop()
        await platform.close()

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await self.server.__aexit__()

    async def carries_out(self, kind: ActKind, **about: Any) -> None:
        """The platform says that it can do nothing of the kind."""
        try:
            await super().carries_out(kind, **about)
        except PostFailed as refused:
            raise NotHere from refused

    @property
    def hall(self) -> Channel:
        """Everybody's channel."""
        return Channel("slack", self._hall)

    # --- what people do -------------------------------------------------------------------------

    def id_of(self, name: str) -> str:
        """The id of an account."""
        return self.server.person(name).id

    async def types(self, name: str, command: str, /, **options: str) -> None:
        """Send `/andon` with all the rest as text."""
        line = " ".join([command, *options.values()])
        await self._acted(self.server.commands(name, "/andon", line, channel=self._hall))

    async def presses(self, name: str, label: str) -> None:
        """Press a button, or pick from a select."""
        post = self.server.messages(self._hall)[-1]
        await self._acted(self.server.presses(name, post, label))

    async def fills_in(self, name: str, values: Mapping[str, str]) -> None:
        """Send the form that one sees."""
        await self._acted(self.server.submits(name, values))

    async def writes(self, name: str, text: str) -> None:
        """Write in the direct channel."""
        self.server.dm(name, text)

    async def delivered_again(self) -> None:
        """Slack had no acknowledgement that it knows of."""
        self.server.socket.carry(
            self.server.envelopes[-1], Attempt(number=1, reason="timeout", at=0)
        )

    async def opens_home(self, name: str) -> list[str]:
        """Open the page, and read it."""
        self.server.opens_home(name)
        await self.server.until(lambda: self.server.home_of(name))
        page = self.server.home_of(name)
        assert page is not None
        return self.server.shown(page).splitlines()

    async def _acted(self, act: Act) -> None:
        if self.platform.state().connected:
            await act

    # --- what people see ------------------------------------------------------------------------

    def sees(self, name: str) -> list[Seen]:
        """The channel, and what is for one person alone, between it."""
        posts = [*self._posts(self._hall), *self.server.ephemerals(name, self._hall)]
        return [self._seen(one) for one in sorted(posts, key=lambda one: one.ts)]

    def reads(self, channel: Channel) -> list[Seen]:
        """A channel."""
        return [self._seen(one) for one in self._posts(channel.id)]

    def was_told(self, name: str) -> list[Seen]:
        """The direct channel."""
        return [self._seen(one) for one in self._posts(self.server.direct(name).id)]

    def form_of(self, name: str) -> Shown | None:
        """The form on top."""
        view = self.server.modal_of(name)
        if view is None:
            return None
        fields = [one for one in view.blocks if one["type"] == "input"]
        return Shown(title=view.title, labels=tuple(one["label"]["text"] for one in fields))

    def beside_fields(self, name: str) -> list[str]:
        """What stands below the fields."""
        return list(self.server.errors_of(name).values())

    def _posts(self, channel: str) -> list[Message]:
        return [one for one in self.server.messages(channel) if not one.is_reply]

    def _seen(self, post: Message) -> Seen:
        read = read_message(self.server.world, post)
        raw = [post.text]
        for block in post.blocks:
            for part in [block.get("text"), *block.get("elements", ())]:
                if part and part.get("type") == "mrkdwn":
                    raw.append(part["text"])
        dressed = [piece for text in raw for piece in _DRESSED.findall(text)]
        labels = []
        for _, element in elements_of(post.blocks):
            shown = [element, *element.get("options", ())]
            labels += [str(one["text"]["text"]) for one in shown if "text" in one]
        return Seen(
            id=post.ts,
            text=read.shown,
            buttons=tuple(labels),
            calls=tuple(one.removeprefix("@") for one in read.mentions),
            dressed=tuple(dict.fromkeys([*dressed, *read.links])),
            pictures=tuple(self.server.pictures(post)),
        )

    # --- what goes wrong ------------------------------------------------------------------------

    def fails(self, *, after_effect: bool) -> None:
        """Slack answers 503."""
        self.server.fail("chat.postMessage", 503, after_effect=after_effect)

    def fails_to_answer(self) -> None:
        """Slack answers 503."""
        self.server.fail("response_url", 503, after_effect=True)

    def takes_no_large_pictures(self) -> None:
        """The workspace takes only small files."""
        self.server.largest_file(40)

    def cuts(self) -> None:
        """The answer never arrives."""
        self.server.fail("chat.postMessage", after_effect=True, cut=True)

    def limits(self) -> None:
        """Slack answers 429."""
        self.server.limit("chat.postMessage", retry_after=7)

    def takes_no_messages(self, name: str) -> None:
        """The account is deactivated."""
        self.server.person(name, deleted=True)

    def deletes_newest(self) -> None:
        """An admin deletes it."""
        self.server.deletes(self.server.messages(self._hall)[-1])

    def deletes_hall(self) -> None:
        """The channel is deleted."""
        self.server.deletes_channel("general")

    def shuts_hall(self) -> None:
        """The bot is removed from the channel."""
        self.server.removes_bot("general")

    async def breaks(self) -> None:
        """Slack is away."""
        await self.server.down()

    async def heals(self) -> None:
        """Slack is back."""
        await self.server.up()

    @property
    def unmapped(self) -> str:
        """Only the alerts have a channel."""
        return "returns"
