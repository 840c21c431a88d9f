"""`andon scorecard`: what was sold, what came back and why, by show, SKU and host."""

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonCommand, database_option, fail, run_async, say, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = ["scorecard"]


@click.command(cls=AndonCommand)
@click.option("--show", metavar="SHOW", help="One show, by number or name; all if not given.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "csv", "json"]),
    default="text",
    show_default=True,
)
@database_option
@click.pass_context
def scorecard(context: click.Context, show: str | None, style: str, database: str | None) -> None:
    """Count what was sold, what came back and why.

    By show, by SKU, and by who put it on stage. The tables are for a spreadsheet; no cell runs.
    """
    say(run_async(_written(settings_of(context, database_url=database), show, style)))


async def _written(settings: "Settings", typed: str | None, style: str) -> str:
    from bot.clock import SystemClock
    from bot.house import house_of
    from handlers.registry import Registry
    from handlers.scorecard.reading import find_show, read_scorecard
    from handlers.scorecard.telling import ScoreRow, score_rows, told
    from handlers.spreadsheets import csv_text
    from storage.engine import open_storage

    house = house_of(settings, Registry.of(), (), SystemClock())
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        found = await find_show(tx, typed) if typed else None
        if typed and found is None:
            fail(f"There is no show {typed}; name its number, such as S12, or its name.")
        card = await read_scorecard(tx, house.returns.reasons, found.id if found else None)
    if style == "csv":
        header = [column.name for column in fields(ScoreRow)]
        return csv_text(header, (asdict(row).values() for row in score_rows(card)))
    if style == "json":
        rows = [asdict(row) for row in score_rows(card)]
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    key, name = ("scorecard.title", found.name) if found else ("scorecard.all", "")
    title = house.wording.say(key, show=name)
    return "\n".join(told(card, house, title, money=True)) + "\n"
