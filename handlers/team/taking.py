"""Taking something on: whoever presses first has it, and the next one hears who that was.

An alert and an exception do this alike. Each has the sentences `<word>.mine`, `.gone`, `.faster`
and `.left`, and stands in the audit as `<word>.take`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Table, select, update

from handlers.capability import Undone
from handlers.messages import Answer
from handlers.people import Person
from handlers.wording import Said
from handlers.work import Work

__all__ = ["Takeable", "clock_time", "history_line"]


class SayCard(Protocol):
    """Says the card of a row as it is now; `acted` where somebody's act made it so."""

    def __call__(self, work: Work, row: Any, *, history: str = "", acted: bool = False) -> None:
        """Say it; `history` is what changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeable:
    """A kind of card that one person takes on.

    `waits` says of a row that it is still to be done. `taken` and `left` are what else changes in
    a row as somebody takes it or leaves it.
    """

    word: str
    table: Table
    waits: ColumnElement[bool]
    say_card: SayCard
    taken: Mapping[str, Any]
    left: Mapping[str, Any]

    async def waiting(self, work: Work, number: int) -> Any:
        """The row of this number, locked, if it is still to be done."""
        return await work.tx.first(
            select(self.table).where(self.table.c.id == number, self.waits).with_for_update()
        )

    async def take(self, work: Work, person: Person, number: int) -> Answer:
        """`person` takes it on, unless somebody was faster."""
        say = work.house.wording.say
        row = await self.waiting(work, number)
        if row is None:
            return Answer(text=say(f"{self.word}.gone", number=number))
        if row.taken_by is not None and not _is_whose(row, person):
            return Answer(text=say(f"{self.word}.faster", name=row.taken_by))
        if row.taken_by is None:
            what = history_line(work, "history.taken", name=person.name)
            values = {**_taker(person), "taken_at": work.at, **self.taken}
            await self.change(work, number, what, **values)
            work.record(person, f"{self.word}.take", str(number), undo={"number": number})
        return Answer(text=say(f"{self.word}.mine", number=number))

    async def leave(self, work: Work, act: Mapping[str, Any]) -> Undone:
        """Take the taking back: it waits for somebody again."""
        say, number = work.house.wording.say, act["number"]
        row = await self.waiting(work, number)
        if row is None:
            return Undone(text=say(f"{self.word}.gone", number=number), done=False)
        what = history_line(work, "history.left", name=row.taken_by or "")
        await self.change(work, number, what, **_taker(None), taken_at=None, **self.left)
        return Undone(text=say(f"{self.word}.left", number=number))

    async def change(self, work: Work, number: int, what: str, **values: Any) -> None:
        """Change a row because somebody asked for it, and show its card as it is now."""
        mine = self.table.c.id == number
        await work.tx.run(update(self.table).where(mine).values(**values))
        row = await work.tx.first(select(self.table).where(mine))
        if row is not None:
            self.say_card(work, row, history=what, acted=True)


def _taker(person: Person | None) -> dict[str, str | None]:
    """The columns that say who has it: the name is shown, and only the ids are compared."""
    columns = ("taken_by", "taken_platform", "taken_person")
    if person is None:
        return dict.fromkeys(columns)
    return dict(zip(columns, (person.name, person.platform, person.id), strict=True))


def _is_whose(row: Any, person: Person) -> bool:
    return (row.taken_platform, row.taken_person) == (person.platform, person.id)


def history_line(work: Work, kind: str, **values: Any) -> Said:
    """One line of a card's history: when, and what."""
    say = work.house.wording.say
    return say("history.line", time=clock_time(work, work.at), what=say(kind, **values))


def clock_time(work: Work, instant: datetime) -> str:
    """The time of day as the shop's people read it."""
    return f"{instant.astimezone(work.house.timezone):%H:%M}"
