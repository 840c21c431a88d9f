"""`andon tracking import FILE`: what label software says of the labels that it made."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonGroup, database_option, fail, fail_with, run_async, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.fulfilment.tracking import TrackingPlan

__all__ = ["tracking"]

_SHOWN = 20
_TRIES = 5


@click.group(cls=AndonGroup)
def tracking() -> None:
    """Bring tracking numbers in."""


@tracking.command("import")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv"
)
@click.option("--dry-run", is_flag=True, help="Show the plan, and change nothing.")
@database_option
@click.pass_context
def bring_in(context: click.Context, file: Path, dry_run: bool, database: str | None) -> None:
    """Hand off the parcels of a file, all of them or none, and tell their customers.

    It may come from ShipStation, from Pirate Ship, or have the columns parcel, carrier, tracking.
    """
    settings = settings_of(context, database_url=database)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}. Check the path.")
    except UnicodeDecodeError:
        fail(f"{file} is not UTF-8. Export it again as it is, without a spreadsheet between.")
    plan, said = run_async(_planned(settings, text))
    if said:
        fail_with(said, f"Nothing of {file.name} was taken")
    for line in _told(plan):
        click.echo(line)
    if dry_run or not plan.new:
        click.echo("Nothing was changed.")
        return
    run_async(_carried_out(settings, text))
    click.echo(f"{len(plan.new)} parcels have left; their customers are told.")


async def _planned(settings: "Settings", text: str) -> "tuple[TrackingPlan, list[str]]":
    """What the file would change, and a sentence for each row that is not good."""
    from bot.clock import SystemClock
    from bot.house import house_of
    from handlers.fulfilment.tracking import read_tracking
    from handlers.fulfilment.tracking_import import known_numbers
    from handlers.registry import Registry
    from storage.engine import open_storage

    say = house_of(settings, Registry.of(), (), SystemClock()).wording.say
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        plan = read_tracking(text, await known_numbers(tx))
    said = [
        say(one.fault.said, line=one.line, column=one.column, found=one.found)
        for one in plan.problems
    ]
    return plan, list(map(str, said))


def _told(plan: "TrackingPlan") -> Iterator[str]:
    yield f"{len(plan.new)} new, {len(plan.known)} known before."
    yield from _few(
        [
            f"  {one.parcel}: {one.carrier or one.carrier_text or 'no carrier'} {one.tracking}"
            for one in plan.new
        ]
    )


def _few(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"  … and {len(lines) - _SHOWN} more"


async def _carried_out(settings: "Settings", text: str) -> None:
    """Do it in one transaction; a running Andon says what is to be said."""
    from bot.andon import Andon
    from bot.chats import open_chats
    from bot.clock import SystemClock
    from handlers.fulfilment.tracking_import import TrackingMoved, tracking_told
    from handlers.registry import Registry
    from storage.engine import open_storage
    from storage.errors import StorageUnavailable

    clock, registry = SystemClock(), Registry.of()
    async with open_storage(settings.database_url, create=False) as storage:
        chats = await open_chats(settings, storage, registry, clock)
        andon = Andon(settings, storage, chats.platforms, clock=clock, registry=registry)
        for attempt in range(_TRIES):
            try:
                async with storage.write() as tx:
                    now = clock.now()
                    await andon.dispatcher.webhook(tx, tracking_told(text, now), now)
                return
            except TrackingMoved as moved:
                fail(f"Nothing was taken: {moved} cannot leave now. Look at it, and try again.")
            except StorageUnavailable as error:
                # Each try has waited two seconds for its turn: a running show writes often.
                if error.reason not in ("locked", "conflict") or attempt == _TRIES - 1:
                    raise
