"""Runs the demo: the sample shop is imported, the process started, the audience let in."""

import asyncio
import secrets
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from importlib.resources import files
from random import Random
from time import monotonic

import click

from bot.app import Andon, serve
from bot.clock import SystemClock
from bot.demo.audience import MODERATOR, Audience
from bot.platforms.local import LocalPlatform, Post, Refused
from bot.platforms.local_posts import Change
from bot.settings import Settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.catalog.model import Catalog
from handlers.faq.entries import starter
from handlers.faq.facts import KNOWN
from storage.engine import open_storage

__all__ = ["demo"]

_SEED = 12
#: Who types one of these leads the show for a while; the moderator of the script stands back.
_LEADING = ("/show", "/stage", "/stock", "/item")
_LEAD_SECONDS = 60


async def demo(settings: Settings, *, open_browser: bool, port: int | None) -> None:
    """Run the sample shop until stopped; nothing of it is kept.

    `settings` are the shop's own: only its port is taken from them, so that the demo is the same
    everywhere and never talks to a platform that is set up. Raises `PortBusy`.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="andon-demo-"))
        own = Settings.model_validate(
            {
                "database_url": f"sqlite+aiosqlite:///{folder}/demo.db",
                "shop": {"name": "Linen & Thread"},
                # Nobody here watches a delayed stream, or wants to wait for what is given back.
                # All of it may be claimed at once, so that the first line typed works.
                "sale": {
                    "stream_delay_seconds": 0,
                    "release_delay_seconds": 10,
                    "claimable": "listed",
                },
                # The sample's own answers; what Andon knows by itself stays as it is.
                "faq": {"facts": {k: v for k, v in starter().facts.items() if k not in KNOWN}},
                "web": {"stage": True, "port": settings.web.port if port is None else port},
            }
        )
        sample = _sample()
        async with open_storage(own.database_url) as storage, storage.write() as tx:
            await import_catalog(tx, sample, stock="set")

        async def ready(andon: Andon, url: str) -> None:
            click.echo(f"The demo is running: {url}")
            click.echo("Choose who you are and type: claim B3. Ctrl-C ends it; nothing is kept.")
            if open_browser:
                webbrowser.open(url)
            audience = asyncio.create_task(_play(andon, sample))
            stack.callback(audience.cancel)

        await serve(own, ready=ready)


def _sample() -> Catalog:
    data = files("bot.demo").joinpath("catalogue.csv").read_bytes()
    return read_catalog(data, name="catalogue.csv", currency="USD")


async def _play(andon: Andon, sample: Catalog) -> None:
    stage = andon.platforms["local"]
    if not isinstance(stage, LocalPlatform):
        raise TypeError("the demo plays on the local stage")
    sizes = {
        item.code: tuple(variant.name for variant in item.variants if variant.name)
        for item in sample.items
    }
    sale = _Sale(andon)
    stage.watch(sale)
    audience = Audience(sizes, sale, Random(_SEED))  # noqa: S311 - a script, not a secret
    for turn in audience.turns():
        await asyncio.sleep(turn.wait)
        stage.greet(turn.person)
        try:
            await stage.say(turn.person, "stream", turn.text, secrets.token_hex(8))
        except Refused:
            # The database is busy for a moment; the audience goes on.
            continue


class _Sale:
    """The running sale, for the audience; a `Watcher` who sees when someone else leads it."""

    def __init__(self, andon: Andon) -> None:
        self._andon = andon
        self._led_until = 0.0

    def live(self) -> bool:
        return self._andon.dispatcher.snapshot.timeline.live is not None

    def staged(self) -> str | None:
        show = self._andon.dispatcher.snapshot.timeline.live
        stage = None if show is None else show.stage_at(SystemClock().now())
        return None if stage is None else stage.code

    def led(self) -> bool:
        return monotonic() < self._led_until

    def posted(self, post: Post) -> None:
        leads = post.text.lstrip().startswith(_LEADING)
        if post.kind == "command" and not post.bot and leads and post.author != MODERATOR.id:
            self._led_until = monotonic() + _LEAD_SECONDS

    def changed(self, post: Post, change: Change) -> None:
        """A line that was changed leads nobody."""
