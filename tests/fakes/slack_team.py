"""Slack's side of Andon, on a fake Slack: the platform alone, or the whole house behind it.

async with FakeSlack() as slack:
    ears = KeptEars(slack)
    async with heard(slack, ears) as platform: ...          # the platform, and what it hands in
    async with SlackTeam(slack, database_url) as team: ...  # Mia owns the shop, Max works there
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import select

from bot.app import Andon
from bot.clock import Clock, SystemClock
from bot.overtaken import overtaken_in
from bot.platforms.base import Heard, Outgoing
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack.connection import Watch
from bot.settings import Settings, load_settings
from handlers.capability import Option
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.completing import Choice
from handlers.messages import (
    Address,
    Button,
    Channel,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    MessageDeleted,
    Press,
    Reach,
    Section,
    TeamLine,
)
from handlers.people import Person
from handlers.registry import Registry
from handlers.runs.books import Playbooks
from storage import outbox
from storage.engine import Storage, open_storage
from storage.schema.traffic import audit
from tests.fakes.shop import Paper
from tests.fakes.slack import FakeSlack, Message

__all__ = ["EVENING", "QUICK", "KeptEars", "SlackTeam", "heard", "posted", "settings_for", "to"]

EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)

CATALOGUE = """code,variant,sku,title,price,currency,stock,aliases
A1,,A1,Linen dress,48.00,USD,3,dress
B2,,B2,Beach towel,18.00,USD,4,beach towel
S3,S,S3-S,Silk shirt,64.00,USD,2,shirt
S3,M,S3-M,Silk shirt,64.00,USD,2,shirt
"""
#: So that a dead socket is not waited for.
QUICK = Watch(look=0.05, dead_after=0.4, ping=0.1)


def settings_for(slack: FakeSlack, *, http: bool = False, **more: Any) -> Settings:
    """The settings of a shop whose owner is Mia; `more` are other settings of `[slack]`."""
    way = {"signing_secret": slack.signing_secret} if http else {"app_token": slack.app_token}
    given = {
        "bot_token": slack.token,
        "api_url": slack.api_url,
        "channels": {"alerts": slack.channel("alerts").id},
        "roles": {"owner": slack.person("Mia").id},
        **way,
        **more,
    }
    return load_settings(environ={}, sale={"claimable": "listed"}, slack=given)


def to(slack: FakeSlack, channel: str, text: str, id: int = 1, **more: Any) -> Outgoing:
    """A delivery to a channel, said now; `more` are its other fields."""
    where = Address("slack", Reach.CHANNEL, slack.channel(channel).id)
    given = {"id": id, "address": where, "kind": "note", "text": text, "at": slack.world.now()}
    return Outgoing(**{**given, **more})


async def posted(slack: FakeSlack, platform: SlackPlatform, *buttons: Button) -> Message:
    """A card in `alerts` with these buttons."""
    await platform.post(to(slack, "alerts", "card", buttons=buttons))
    return slack.messages("alerts")[-1]


def _platform(
    settings: Settings,
    registry: Registry,
    now: Callable[[], datetime],
    ack_within: float,
    storage: Storage | None = None,
) -> SlackPlatform:
    more: dict[str, Any] = {} if storage is None else {"overtaken": overtaken_in(storage)}
    return SlackPlatform(
        settings.slack,
        registry=registry,
        salt="salt",
        now=now,
        new_reference=lambda: "c0ffee",
        watch=QUICK,
        ack_within=ack_within,
        **more,
    )


class KeptEars:
    """Ears that keep what they hear. While `held`, nothing is committed; `form` is what opens."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self.acts: list[Command | Press | FormSubmit] = []
        self.overheard: list[TeamLine] = []
        self.written: list[DirectMessage] = []
        self.alerts: list[str] = []
        self.form: Form | None = None
        self.wrong: Mapping[str, str] = {}
        self.page: Home | None = None
        self._asked = 0
        self._free = asyncio.Event()
        self._free.set()
        self._readable = asyncio.Event()
        self._readable.set()

    def hold(self) -> None:
        """Commit nothing until `release`."""
        self._free.clear()

    def blind(self) -> None:
        """Read nothing until `release`."""
        self._readable.clear()

    def release(self) -> None:
        """Go on."""
        self._free.set()
        self._readable.set()

    @property
    def lines(self) -> list[str]:
        """The commands, as they are read."""
        return [one.line for one in self.acts if isinstance(one, Command)]

    async def took(self, count: int) -> None:
        """Wait until so many more acts were handed in since this was last asked."""
        self._asked += count
        await self._slack.until(lambda: len(self.acts) >= self._asked)

    def hear(self, message: Heard) -> None:
        """No stream is here."""

    async def direct(self, message: DirectMessage) -> None:
        """Keep it."""
        self.written.append(message)
        self._slack.changes.tell()
        await self._free.wait()

    async def overhear(self, line: TeamLine) -> None:
        """Keep it."""
        self.overheard.append(line)
        self._slack.changes.tell()

    async def act(self, act: Command | Press | FormSubmit) -> None:
        """Keep it, each key once."""
        if all(one.key != act.key for one in self.acts):
            self.acts.append(act)
        self._slack.changes.tell()
        await self._free.wait()

    def gap(self, channel: Channel) -> None:
        """No stream is here."""

    async def opening(self, act: Command | Press) -> Form | None:
        """The form."""
        await self._readable.wait()
        return self.form

    async def checking(self, submit: FormSubmit) -> Mapping[str, str]:
        """What is wrong."""
        await self._readable.wait()
        return self.wrong

    async def home(self, person: Person) -> Home | None:
        """A page that counts what was done."""
        done = Section(text=f"{len(self.acts)} done")
        return self.page or Home(title=f"For {person.name}", sections=(done,))

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """Nothing."""
        return ()

    def alert(self, sentence: str) -> None:
        """Keep it."""
        self.alerts.append(sentence)
        self._slack.changes.tell()

    async def owned(self, wanted: bool = True) -> None:
        """At once."""


@asynccontextmanager
async def heard(
    slack: FakeSlack,
    ears: KeptEars,
    *,
    ack_within: float = 2.0,
    clock: Clock | None = None,
    **more: Any,
) -> AsyncIterator[SlackPlatform]:
    """The platform, started, with these ears; `more` are settings of `[slack]`."""
    now = (clock or SystemClock()).now
    platform = _platform(settings_for(slack, **more), Registry.of(), now, ack_within)
    try:
        await platform.start(ears)
        yield platform
    finally:
        ears.release()
        await platform.stop()
        await platform.close()


class SlackTeam:
    """Andon over a database, its team on Slack, its stream a page of paper.

    `paper` has no channels for the team unless `elsewhere`; then what Slack lost goes there.
    """

    def __init__(
        self,
        slack: FakeSlack,
        database_url: str,
        *,
        clock: Clock | None = None,
        ack_within: float = 2.0,
        playbooks: bool = False,
        **more: Any,
    ) -> None:
        self._playbooks = playbooks
        self.slack = slack
        self.settings = settings_for(slack, **more)
        self.clock: Clock = clock or SystemClock()
        self.paper = _Stream()
        self.storage: Storage
        self.andon: Andon
        self.platform: SlackPlatform
        self._url = database_url
        self._ack_within = ack_within
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.slack.person("Max")
        async with open_storage(self._url) as storage, storage.write() as tx:
            read = read_catalog(CATALOGUE, name="catalogue.csv", currency="USD")
            await import_catalog(tx, read, stock="keep")
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it hears."""
        self.storage = await self._stack.enter_async_context(open_storage(self._url))
        registry = Registry.of()
        self.platform = _platform(
            self.settings, registry, self.clock.now, self._ack_within, self.storage
        )
        self.andon = Andon(
            self.settings,
            self.storage,
            [self.platform, self.paper],
            clock=self.clock,
            registry=registry,
        )
        if not self._playbooks:
            # One that begins with a show would hide what is looked at.
            house = replace(self.andon.house, playbooks=Playbooks())
            self.andon.house = self.andon.dispatcher.house = house
        await self.andon.dispatcher.refresh()
        running = [
            asyncio.create_task(self.andon.intake.run()),
            asyncio.create_task(self.andon.relay.run()),
        ]
        self._stack.push_async_callback(self._finish, running)
        await self.platform.start(self.andon.intake)
        await self.slack.connected()

    async def stop(self) -> None:
        """Stop it as SIGTERM does."""
        await self._stack.aclose()

    async def _finish(self, running: list[asyncio.Task[None]]) -> None:
        await self.platform.stop()
        await self.andon.intake.stop(within=5)
        await self.andon.relay.stop()
        await self.platform.close()
        await asyncio.gather(*running)

    async def says(self, *texts: str, audience: str = "alerts", **more: Any) -> None:
        """Andon says this to an audience; `more` are columns of the outbox."""
        address = f"|audience|{audience}"
        row = {"address": address, "kind": "answer", "at": self.clock.now(), **more}
        async with self.storage.write() as tx:
            for text in texts:
                await outbox.put(tx, [{**row, "values": {"text": text, "mark": text}}])

    async def types(self, name: str, text: str, channel: str = "alerts") -> str:
        """Someone sends a command; what they are answered, as they read it."""
        act = self.slack.commands(name, "/andon", text, channel=channel)
        [answer, *_] = await act.answered()
        return self.slack.shown(answer)

    async def audited(self, action: str) -> list[str]:
        """Who did something of this kind, and to what."""
        async with self.storage.read() as tx:
            rows = await tx.all(select(audit).where(audit.c.action == action).order_by(audit.c.id))
        return [f"{row.name}: {row.subject}" for row in rows]


class _Stream(Paper):
    """A stream on paper; the team is elsewhere."""

    def audience_channel(self, audience: str) -> Channel | None:
        """None."""
        return None

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """Nothing was missed."""
        none: tuple[MessageDeleted, ...] = ()
        for message in none:
            yield message
