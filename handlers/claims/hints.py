"""Hints: said once for many, never twice to one viewer within minutes.

The first who needs a hint hears it at once. Who needs the same within `hint_seconds` is gathered,
and one hint for all of them follows when that time is over. When hints would come faster than
`hint_limit_per_second`, they are kept for *My claims* only; a question that needs its answer is
always asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from handlers.capability import Deadline
from handlers.claims.folding import key
from handlers.claims.leftovers import still_here
from handlers.claims.rules import SaleRules
from handlers.messages import Channel
from handlers.people import Person
from handlers.work import Work
from storage.repositories.sale import UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState
from storage.unit_of_work import padded

__all__ = ["HINTS_DUE", "Hint", "Hints", "forget_gathered", "recent_hints"]

_PACE = "*"
_OVER = "hint.over"
_SIZE = "hint.size"
_RECENT = timedelta(minutes=10)
_MOST_RECENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a viewer needs to be told: the sentence's key, what it is about, and its values."""

    key: str
    about: str
    values: Mapping[str, Any]
    #: Hints of one family about one thing are one: each viewer is told the first of them.
    family: str = ""
    #: A question that must be asked whenever it comes up, such as which size.
    every_time: bool = False

    @property
    def subject(self) -> str:
        """What makes two hints the same hint."""
        return f"{self.family or self.key}:{self.about}"


class Hints:
    """The hints of the channels that one transaction speaks in."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rules: SaleRules = work.rules
        self._said: dict[tuple[Channel, str], dict[str, Any]] = {}
        self._told: dict[tuple[Channel, str, str], dict[str, Any]] = {}
        self._still_here: Sequence[str] = ()

    @classmethod
    def of(cls, work: Work) -> "Hints":
        """The hints of this transaction."""
        hints = work.parts.get(cls)
        if hints is None:
            hints = work.parts[cls] = cls(work)
            work.closers.append(hints.flush)
        return hints

    async def load(self, needs: Iterable[tuple[Channel, str, str]]) -> None:
        """Load what was said lately of these (channel, subject, person)."""
        by_channel: dict[Channel, tuple[set[str], set[str]]] = {}
        for channel, subject, person in needs:
            subjects, people = by_channel.setdefault(channel, ({_PACE}, set()))
            subjects.add(subject)
            people.add(person)
        for channel, (subjects, people) in by_channel.items():
            await self._load(channel, subjects, people)
            if any(subject.startswith(f"{_OVER}:") for subject in subjects):
                self._still_here = await still_here(self._work)

    async def _load(self, channel: Channel, subjects: set[str], people: set[str]) -> None:
        hints, told = sale.hints.c, sale.hint_people.c
        for row in await self._work.tx.all(
            select(sale.hints).where(
                hints.platform == channel.platform,
                hints.channel == channel.id,
                hints.subject.in_(padded(subjects)),
            )
        ):
            self._said.setdefault((channel, row.subject), dict(row._mapping))
        for row in await self._work.tx.all(
            select(sale.hint_people).where(
                told.platform == channel.platform,
                told.channel == channel.id,
                told.person.in_(padded(people)),
                told.subject.in_(padded(subjects)),
            )
        ):
            self._told.setdefault((channel, row.subject, row.person), dict(row._mapping))

    def need(self, channel: Channel, person: Person, hint: Hint, at: datetime) -> None:
        """Someone needs this hint: say it, gather it, or leave it, by the rules above."""
        told = self._told.get((channel, hint.subject, person.id))
        quiet = timedelta(minutes=self._rules.hint_viewer_minutes)
        if told is not None and not hint.every_time and at < told["at"] + quiet:
            told |= {"values": _kept(hint), "changed": True}
            return
        said = self._said.get((channel, hint.subject))
        gathered = said is not None and at < said["said_at"] + self._pause
        self._tell(channel, person, hint, at, gathered=gathered)
        if gathered:
            if said is not None and said["due_at"] is None:
                said |= {"due_at": said["said_at"] + self._pause, "changed": True}
        elif hint.every_time or self._within_pace(channel, at):
            self._say(channel, hint, person, at)

    @property
    def _pause(self) -> timedelta:
        return timedelta(seconds=self._rules.hint_seconds)

    def _within_pace(self, channel: Channel, at: datetime) -> bool:
        """Count this hint against the second it falls into."""
        second = at.replace(microsecond=0)
        pace = self._said.get((channel, _PACE))
        count = pace["values"]["count"] if pace and pace["said_at"] == second else 0
        if count >= self._rules.hint_limit_per_second:
            return False
        self._note(channel, _PACE, {"count": count + 1}, second)
        return True

    def _say(self, channel: Channel, hint: Hint, person: Person, at: datetime) -> None:
        now = {"codes": list(self._still_here)} if hint.key == _OVER else {}
        told = {"key": hint.key, "people": [_name(person)], **hint.values, **now}
        self._work.say(channel, "hint", told)
        self._note(channel, hint.subject, {}, at)

    def _note(
        self, channel: Channel, subject: str, values: Mapping[str, Any], at: datetime
    ) -> None:
        row = self._said.setdefault(
            (channel, subject),
            {"platform": channel.platform, "channel": channel.id, "subject": subject}
            # What is due stays due: a batch that reaches past it is cut there and taken again.
            | {"due_at": None},
        )
        row |= {"values": dict(values), "said_at": at, "changed": True}

    def _tell(
        self, channel: Channel, person: Person, hint: Hint, at: datetime, *, gathered: bool
    ) -> None:
        row = self._told.setdefault(
            (channel, hint.subject, person.id),
            {
                "platform": channel.platform,
                "channel": channel.id,
                "subject": hint.subject,
                "person": person.id,
            },
        )
        row |= {"name": person.name, "at": at, "gathered": gathered, "changed": True}
        row["values"] = _kept(hint)

    async def say_due(self, due: datetime) -> None:
        """Say the gathered hints whose time has come."""
        tx, hints = self._work.tx, sale.hints.c
        for row in await tx.all(
            select(sale.hints).where(hints.due_at <= due).order_by(hints.due_at, hints.id)
        ):
            for values, people in await self._gathered(row):
                now = await _as_of_now(self._work, values["key"])
                told = {**values, **now, "people": people}
                self._work.say(Channel(row.platform, row.channel), "hint", told)
            await tx.run(
                update(sale.hints).where(hints.id == row.id).values(due_at=None, said_at=row.due_at)
            )

    async def _gathered(self, row: Any) -> list[tuple[dict[str, Any], list[dict[str, str]]]]:
        """(values, people) of the hints about one thing that are due; they count as told."""
        tx, told = self._work.tx, sale.hint_people.c
        people = await tx.all(
            select(sale.hint_people)
            .where(
                told.platform == row.platform,
                told.channel == row.channel,
                told.subject == row.subject,
                told.gathered.is_(True),
            )
            .order_by(told.at, told.id)
        )
        await tx.run(
            update(sale.hint_people)
            .where(told.id.in_(padded([one.id for one in people])))
            .values(gathered=False)
        )
        groups: list[tuple[dict[str, Any], list[dict[str, str]]]] = []
        sized = next((one for one in people if one.values["key"] == _SIZE), None)
        asked = await _asked(self._work, sized) if sized is not None else set()
        for one in people:
            answered = one.values["key"] == _SIZE and one.person not in asked
            if answered or _outdated(self._work, one.values):
                continue
            group = next((named for values, named in groups if values == one.values), None)
            if group is None:
                group = []
                groups.append((one.values, group))
            group.append({"id": one.person, "name": one.name})
        return groups

    async def flush(self) -> None:
        """Write what was said and to whom."""
        await _write(self._work, sale.hints, self._said.values(), ("values", "said_at", "due_at"))
        await _write(
            self._work, sale.hint_people, self._told.values(), ("name", "values", "at", "gathered")
        )


async def _write(
    work: Work, table: Any, rows: Iterable[dict[str, Any]], columns: tuple[str, ...]
) -> None:
    changed = [row for row in rows if row.pop("changed", False)]
    fresh = [row for row in changed if "id" not in row]
    known = [row for row in changed if "id" in row]
    if fresh:
        ids = await work.tx.insert_ids(table, fresh)
        for row, row_id in zip(fresh, ids, strict=True):
            row["id"] = row_id
    if known:
        statement = (
            update(table)
            .where(table.c.id == bindparam("b_id"))
            .values({column: bindparam(f"n_{column}") for column in columns})
        )
        await work.tx.run(
            statement,
            [
                {"b_id": row["id"], **{f"n_{column}": row[column] for column in columns}}
                for row in known
            ],
        )


async def forget_gathered(work: Work) -> None:
    """Say no more of what was gathered: the show that it was about is over."""
    hints, told = sale.hints.c, sale.hint_people.c
    await work.tx.run(update(sale.hints).where(hints.due_at.is_not(None)).values(due_at=None))
    await work.tx.run(
        update(sale.hint_people).where(told.gathered.is_(True)).values(gathered=False)
    )


async def recent_hints(work: Work, person: Person) -> list[tuple[str, dict[str, Any]]]:
    """(sentence key, values) of what this person was or would have been told lately."""
    told = sale.hint_people.c
    rows = await work.tx.all(
        select(told["values"])
        .where(
            told.platform == person.platform,
            told.person == person.id,
            told.at > work.at - _RECENT,
        )
        .order_by(told.at.desc(), told.id.desc())
        .limit(_MOST_RECENT)
    )
    return [
        (name, {**values, **await _as_of_now(work, name)})
        for values in ({**row.values} for row in rows if not _outdated(work, row.values))
        if (name := values.pop("key"))
    ]


def _outdated(work: Work, values: Mapping[str, Any]) -> bool:
    """Whether a hint is no longer true: its item has opened, or its code has become known."""
    code, live = values.get("code", ""), work.snapshot.timeline.live
    if values["key"] == "hint.early":
        return live is None or code in live.first_staged
    return values["key"] == "hint.unknown_code" and bool(work.snapshot.lexicon.code_of(key(code)))


async def _as_of_now(work: Work, name: str) -> dict[str, Any]:
    """Values that are looked up when a hint is said, since they change."""
    return {"codes": list(await still_here(work))} if name == _OVER else {}


async def _asked(work: Work, told: Any) -> set[str]:
    """Who was asked which variant of the item of a size question, and has not answered."""
    identities = sale.identities.c
    rows = await work.tx.all(
        select(identities.person)
        .join(sale.claims, sale.claims.c.identity_id == identities.id)
        .where(
            identities.platform == told.platform,
            sale.claims.c.code == told.values["code"],
            sale.claims.c.state == ClaimState.ASKED,
            UNSETTLED,
        )
    )
    return {row.person for row in rows}


def _kept(hint: Hint) -> dict[str, Any]:
    return {"key": hint.key, **hint.values}


def _name(person: Person) -> dict[str, str]:
    return {"id": person.id, "name": person.name}


async def _say_due(work: Work, due: datetime) -> None:
    await Hints.of(work).say_due(due)


#: The gathered hints.
HINTS_DUE = Deadline(name="hints", due=select(func.min(sale.hints.c.due_at)), run=_say_due)
