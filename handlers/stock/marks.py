"""`/item lamps` and `/show lamps`: at how many percent the lamps of an item or a show light."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select, update

from handlers.capability import Option, OptionKind, Undone
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.snapshot import ItemView
from handlers.wording import Said
from handlers.work import Work
from storage.schema import sale

__all__ = ["MARKS", "item", "show", "undo_item", "undo_show"]

MARKS = (
    Option(name="amber", kind=OptionKind.INTEGER, summary="percent left, like 20"),
    Option(name="pause", kind=OptionKind.INTEGER, summary="percent left, like 10"),
)


async def item(work: Work, command: Invocation) -> Answer:
    """`/item lamps CODE AMBER PAUSE`: marks of one item; 0 0 goes back to show or shop."""
    chosen: ItemView = command.options["code"]
    return await _set(work, command, sale.items, chosen.id, chosen.code)


async def show(work: Work, command: Invocation) -> Answer:
    """`/show lamps AMBER PAUSE`: marks of the live show; 0 0 goes back to the shop's."""
    live = work.snapshot.timeline.live
    if live is None:
        return Answer(text=work.house.wording.say("show.none"))
    return await _set(work, command, sale.shows, live.id, live.name)


async def _set(work: Work, command: Invocation, table: Table, row_id: int, name: str) -> Answer:
    say = work.house.wording.say
    amber, pause = command.options["amber"], command.options["pause"]
    cleared = amber == pause == 0
    if not (cleared or 0 <= pause < amber <= 100):
        return Answer(text=say("lamps.bad_marks"))
    before = await work.tx.first(
        select(table.c.amber_percent, table.c.pause_percent).where(table.c.id == row_id)
    )
    marks = (None, None) if cleared else (amber, pause)
    await _write(work, table, row_id, marks)
    work.record(
        command.person,
        command.spec.name.replace(" ", "."),
        name,
        values={"after": list(marks)},
        undo={"id": row_id, "name": name, "marks": list(before or (None, None))},
    )
    return Answer(text=_told(work, name, marks))


async def _write(
    work: Work, table: Table, row_id: int, marks: tuple[int | None, int | None]
) -> None:
    amber, pause = marks
    await work.tx.run(
        update(table).where(table.c.id == row_id).values(amber_percent=amber, pause_percent=pause)
    )
    if table is sale.shows:
        work.bump("timeline")


def _told(work: Work, name: str, marks: tuple[int | None, int | None]) -> Said:
    say, (amber, pause) = work.house.wording.say, marks
    if amber is None or pause is None:
        return say("lamps.marks_cleared", name=name)
    return say("lamps.marks", name=name, amber=amber, pause=pause)


async def undo_item(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put the item's marks of before back."""
    return await _undo(work, act, sale.items)


async def undo_show(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put the show's marks of before back."""
    return await _undo(work, act, sale.shows)


async def _undo(work: Work, act: Mapping[str, Any], table: Table) -> Undone:
    amber, pause = act["marks"]
    await _write(work, table, act["id"], (amber, pause))
    return Undone(text=_told(work, act["name"], (amber, pause)))
