"""Runs as the database has them: loaded with the copy of their playbook, written step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Table, bindparam, select, update

from handlers.runs.books import Playbooks, digest_of, ends_on
from handlers.work import Work
from playbooks.engine import about
from playbooks.model import Playbook
from playbooks.rows import changed_rows, from_rows, new_rows
from playbooks.run import Entry, EntryKind, RunState
from storage.schema.runs import run_levels, run_steps, run_timeline, runs
from storage.unit_of_work import padded

__all__ = [
    "Change",
    "Run",
    "add",
    "add_entry",
    "find_open",
    "load",
    "note_open",
    "save",
    "with_timeline",
]

_LIGHT = [column for column in runs.c if column.name != "playbook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run and its number; without its timeline, so that this holds what is new."""

    id: int
    state: RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A run before and after."""

    before: Run
    after: RunState


async def load(
    work: Work, which: ColumnElement[bool], *, most: int | None = None, lock: bool = False
) -> list[Run]:
    """The runs that `which` says, those that are due first; locked until the end, if `lock`.

    One whose copy this Andon cannot read any more is left out.
    """
    chosen = select(*_LIGHT).where(which).order_by(runs.c.next_due, runs.c.id).limit(most)
    rows = await work.tx.all(chosen.with_for_update() if lock else chosen)
    books = await _copies(work, {row._mapping["copy"] for row in rows})
    readable = [row for row in rows if row._mapping["copy"] in books]
    ids = [row.id for row in readable]
    steps, levels = await _parts(work, run_steps, ids), await _parts(work, run_levels, ids)
    return [
        Run(
            id=row.id,
            state=from_rows(
                dict(row._mapping),
                steps.get(row.id, ()),
                levels.get(row.id, ()),
                playbook=books[row._mapping["copy"]],
            ),
        )
        for row in readable
    ]


async def _copies(work: Work, digests: set[str]) -> Mapping[str, Playbook]:
    books: Playbooks = work.house.playbooks
    found = {one: book for one in digests if (book := books.copy(one)) is not None}
    for digest in sorted(digests - found.keys()):
        copy = select(runs.c.playbook).where(runs.c["copy"] == digest).limit(1)
        try:
            found[digest] = books.learn(digest, await work.tx.scalar(copy))
        except ValidationError:
            # Written by another version; whoever asked for it sees that it is missing.
            continue
    return found


async def _parts(
    work: Work, table: Table, ids: Sequence[int]
) -> Mapping[int, list[Mapping[str, Any]]]:
    parts: dict[int, list[Mapping[str, Any]]] = {}
    if ids:
        chosen = select(table).where(table.c.run_id.in_(padded(ids)))
        for row in await work.tx.all(chosen):
            parts.setdefault(row.run_id, []).append(dict(row._mapping))
    return parts


async def find_open(work: Work, playbook: str, what: str) -> int | None:
    """The number of the open run of a playbook about `what`, if there is one."""
    found = await work.tx.scalar(
        select(runs.c.id).where(
            runs.c.playbook_id == playbook, runs.c.about == what, runs.c.ended_at.is_(None)
        )
    )
    return None if found is None else int(found)


async def add(work: Work, state: RunState) -> Run:
    """Write a run that was just started."""
    rows = new_rows(state)
    copy: Mapping[str, Any] = rows.run["playbook"] if rows.run else {}
    book = state.playbook
    own = {
        "copy": digest_of(copy),
        "about": about(book, state.variables),
        "ends_on": ends_on(book),
    }
    (number,) = await work.tx.insert_ids(runs, [{**(rows.run or {}), **own}])
    owners = {step.id: book.owner_of(step).value for step in book.steps}
    mine = {"run_id": number}
    steps = [{**row, **mine, "owner": owners[row["step"]]} for row in rows.steps]
    await work.tx.insert(run_steps, steps)
    await work.tx.insert(run_levels, [{**row, **mine} for row in rows.levels])
    await work.tx.insert(run_timeline, [{**row, **mine} for row in rows.timeline])
    run = Run(id=number, state=state)
    work.tx.on_commit(partial(work.house.playbooks.note, number, state))
    return run


async def save(work: Work, changes: Sequence[Change]) -> None:
    """Write what differs: a step that nobody touched is not written."""
    own: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    levels: list[dict[str, Any]] = []
    timeline: list[dict[str, Any]] = []
    for change in changes:
        number = change.before.id
        work.tx.on_commit(partial(work.house.playbooks.note, number, change.after))
        rows = changed_rows(change.before.state, change.after)
        if rows.run is not None:
            own.append({**rows.run, "of_run": number})
        steps += [{**row, "of_run": number, "of_part": row["step"]} for row in rows.steps]
        levels += [{**row, "of_run": number, "of_part": row["level"]} for row in rows.levels]
        timeline += [{**row, "run_id": number} for row in rows.timeline]
    await work.tx.run(update(runs).where(runs.c.id == bindparam("of_run")), own)
    for table, part, changed in ((run_steps, "step", steps), (run_levels, "level", levels)):
        which = (table.c.run_id == bindparam("of_run")) & (table.c[part] == bindparam("of_part"))
        await work.tx.run(update(table).where(which), changed)
    await work.tx.insert(run_timeline, timeline)


async def note_open(work: Work) -> None:
    """Keep the open runs in mind, after a start."""
    for run in await load(work, runs.c.ended_at.is_(None)):
        work.house.playbooks.note(run.id, run.state)


async def add_entry(work: Work, number: int, entries: Sequence[Mapping[str, Any]]) -> None:
    """Add lines to the timeline of a run, also of one that is over."""
    await work.tx.insert(run_timeline, [{**entry, "run_id": number} for entry in entries])


async def with_timeline(work: Work, run: Run) -> RunState:
    """The run with everything that happened in it, as it is written."""
    rows = await work.tx.all(
        select(run_timeline).where(run_timeline.c.run_id == run.id).order_by(run_timeline.c.id)
    )
    entries = (
        Entry(
            at=row.at,
            kind=EntryKind(row.kind),
            who=row.who,
            step=row.step,
            words=row.words,
            number=row.number,
        )
        for row in rows
    )
    return replace(run.state, timeline=tuple(entries))
