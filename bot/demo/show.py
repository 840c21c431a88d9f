"""Runs the demo: the sample shop is imported, the process started, the audience let in."""

import asyncio
import secrets
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from importlib.resources import files
from random import Random

import click

from bot.app import Andon, serve
from bot.demo.audience import turns
from bot.platforms.local import LocalPlatform, Refused
from bot.settings import Settings, load_settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.catalog.model import Catalog
from storage.engine import open_storage

__all__ = ["demo"]

_SEED = 12


async def demo(settings: Settings, *, open_browser: bool, port: int | None) -> None:
    """Run the sample shop until stopped; nothing of it is kept.

    `settings` are the shop's own: only its port is taken from them, so that the demo is the same
    everywhere and never talks to a platform that is set up. Raises `PortBusy`.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="andon-demo-"))
        own = load_settings(
            environ={},
            database_url=f"sqlite+aiosqlite:///{folder}/demo.db",
            shop={"name": "Linen & Thread"},
            # Nobody in the demo watches a delayed stream.
            sale={"stream_delay_seconds": 1},
            web={"stage": True, "port": settings.web.port if port is None else port},
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
    items = tuple(
        (item.code, tuple(variant.name for variant in item.variants if variant.name))
        for item in sample.items
    )
    for turn in turns(items, Random(_SEED)):  # noqa: S311 - a script, not a secret
        await asyncio.sleep(turn.wait)
        stage.greet(turn.person)
        try:
            await stage.say(turn.person, "stream", turn.text, secrets.token_hex(8))
        except Refused:
            # The database is busy for a moment; the audience goes on.
            continue
