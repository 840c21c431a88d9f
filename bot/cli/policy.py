"""`andon policy`: what the shop promises about returns, for a site of its own."""

from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonCommand, fail, run_async, say, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = ["policy"]


@click.command(cls=AndonCommand)
@click.pass_context
def policy(context: click.Context) -> None:
    """Write the return policy as Markdown.

    Every sentence comes from the settings of [returns], so what is promised is what is applied.
    Andon shows the same page under /policy.
    """
    say(run_async(_written(settings_of(context))))


async def _written(settings: "Settings") -> str:
    from bot.clock import SystemClock
    from bot.house import house_of
    from handlers.registry import Registry
    from handlers.returns.promise import as_markdown, promise_of
    from handlers.wording import CopyError

    clock = SystemClock()
    try:
        house = house_of(settings, Registry.of(), (), clock)
    except CopyError as error:
        fail(str(error))
    return as_markdown(promise_of(house, clock.now()))
