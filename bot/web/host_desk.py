"""Who acts on the host's page, and where its presses go: two desks of one kind.

On the local stage the host is one of its people, and does there what anyone may. Where the chat is
elsewhere, whoever may open the page is the host, and the page is a small platform of its own.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from bot.platforms.base import Ears, Heard, Outgoing, PlatformState
from bot.platforms.local import LocalPlatform, Post, Refused
from bot.platforms.local_posts import Change
from handlers.messages import Channel, FormSubmit, Press
from handlers.people import Person, Role

__all__ = ["HostDesk", "LocalDesk", "RunsDesk", "WebDesk"]

Answered = Callable[[str], None]

#: Presses whose answer is still to come; more are those of pages that are gone.
_MOST_AWAITED = 100


class HostDesk(Protocol):
    """Takes the presses of host pages, and of those of the runs."""

    def welcome(self, id: str, name: str, role: Role) -> Person:
        """The person who sits at a page that says so. Raises `Refused`."""

    async def press(self, person: Person, button: str, nonce: str, answered: Answered) -> None:
        """Press; returns once it is committed. `answered` gets the answer, some time soon.

        Raises `Refused`.
        """


class RunsDesk(HostDesk, Protocol):
    """Takes the forms of a page as well."""

    async def submit(
        self,
        person: Person,
        form: str,
        values: Mapping[str, str],
        nonce: str,
        answered: Answered,
    ) -> None:
        """Hand a form in, as `press` does a button. Raises `Refused`."""


class LocalDesk:
    """The host's page beside the local stage: a `Watcher` of it, for the answers."""

    def __init__(self, platform: LocalPlatform) -> None:
        self._platform = platform
        self._awaited: dict[str, deque[Answered]] = {}
        platform.watch(self)

    def welcome(self, id: str, name: str, role: Role) -> Person:
        """Anyone they like, as on the stage."""
        person = Person(
            platform=self._platform.name,
            id=id,
            name=" ".join(name.split()),
            roles=frozenset({role}),
        )
        self._platform.greet(person)
        return person

    async def press(self, person: Person, button: str, nonce: str, answered: Answered) -> None:
        """Press it in the stream channel; the answer stands there too."""
        channel = self._platform.stream_channels()[0]
        pressing = self._platform.press(person, channel.id, button, None, nonce)
        await self._answering(person, answered, pressing)

    async def submit(
        self,
        person: Person,
        form: str,
        values: Mapping[str, str],
        nonce: str,
        answered: Answered,
    ) -> None:
        """Hand it in there."""
        channel = self._platform.stream_channels()[0]
        submitting = self._platform.submit(person, channel.id, form, values, nonce)
        await self._answering(person, answered, submitting)

    async def _answering(
        self, person: Person, answered: Answered, acting: Coroutine[None, None, None]
    ) -> None:
        awaited = self._awaited.setdefault(person.id, deque(maxlen=_MOST_AWAITED))
        awaited.append(answered)
        try:
            await acting
        except Refused:
            with suppress(ValueError):
                awaited.remove(answered)
            raise

    def posted(self, post: Post) -> None:
        """Hand an answer to the page that waits for it; everything else is none of the host's."""
        awaited = self._awaited.get(post.person or "")
        if post.bot and awaited:
            awaited.popleft()(post.text)

    def changed(self, post: Post, change: Change) -> None:
        """Answers do not change."""


class WebDesk:
    """The host's page where the chat is elsewhere: a platform without a chat."""

    name = "web"
    max_characters = 2_000
    pace_seconds = 0.0

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ears: Ears | None = None
        self._awaited: dict[str, Answered] = {}

    # --- what the page asks ---------------------------------------------------------------------

    def welcome(self, id: str, name: str, role: Role) -> Person:
        """The host, whatever the page says: it may be opened by nobody else."""
        return Person(platform=self.name, id="host", name="Host", roles=frozenset({Role.HOST}))

    async def press(self, person: Person, button: str, nonce: str, answered: Answered) -> None:
        """Hand it in, as every platform does."""
        await self._hearing(nonce, answered).act(
            Press(
                key=f"web:press:{nonce}",
                person=person,
                channel=Channel(self.name, ""),
                sent_at=self._clock(),
                button=button,
                reply_to=nonce,
            )
        )

    async def submit(
        self,
        person: Person,
        form: str,
        values: Mapping[str, str],
        nonce: str,
        answered: Answered,
    ) -> None:
        """Hand it in the same way."""
        await self._hearing(nonce, answered).act(
            FormSubmit(
                key=f"web:form:{nonce}",
                person=person,
                channel=Channel(self.name, ""),
                sent_at=self._clock(),
                form=form,
                values=dict(values),
                reply_to=nonce,
            )
        )

    def _hearing(self, nonce: str, answered: Answered) -> Ears:
        """The ears, once the answer to this is awaited."""
        if self._ears is None:
            raise Refused("Andon is just starting or stopping. Nothing was changed; try again.")
        while len(self._awaited) >= _MOST_AWAITED:
            del self._awaited[next(iter(self._awaited))]
        self._awaited[nonce] = answered
        return self._ears

    # --- what Andon asks of every platform ------------------------------------------------------

    def stream_channels(self) -> Sequence[Channel]:
        """None: nobody claims here."""
        return []

    def audience_channel(self, audience: str) -> Channel | None:
        """None: the team is told elsewhere."""
        return None

    async def start(self, ears: Ears) -> None:
        """Take presses."""
        self._ears = ears

    async def stop(self) -> None:
        """Take no more."""
        self._ears = None

    async def close(self) -> None:
        """There is nobody to disconnect from."""

    async def post(self, outgoing: Outgoing) -> str | None:
        """Show an answer on the page that pressed; a page that is gone needs none."""
        answered = self._awaited.pop(outgoing.address.target, None)
        if answered is not None:
            answered(outgoing.text)
        return None

    async def shout(self, channel: Channel, text: str) -> None:
        """There is no channel to shout into."""

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """No lines: there is no chat."""
        none: tuple[Heard, ...] = ()
        for line in none:
            yield line

    def state(self) -> PlatformState:
        """It is there as long as the process is."""
        up = self._ears is not None
        return PlatformState(connected=up, detail="The host's page." if up else "Not started.")
