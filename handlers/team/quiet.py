"""Quiet hours: what an audience hears only once they are over, kept until then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from handlers.capability import Deadline
from handlers.messages import Address
from handlers.speech import Spoken, carried, foldable, newest_states, text_of
from handlers.team.folding import listing
from storage.schema.traffic import held_back
from storage.unit_of_work import Transaction

if TYPE_CHECKING:
    from handlers.work import Work

__all__ = ["QUIET_END", "hold_back"]

#: More than so many at once are a summary: nobody reads a night's messages one by one.
_MOST_ONE_BY_ONE = 5
_MOST_LINES = 20


async def hold_back(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Keep the rows with an `until`; returns the others, to be said now.

    A state of a card that is said now is newer than any that is kept, so those are dropped.
    """
    said: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for row in rows:
        if "until" in row:
            held.append({name: row[name] for name in row if name != "expires_at"})
            continue
        now = dict(row)
        if row["card"] is not None:
            kept = [one for one in held if _same_card(one, row)]
            held = [one for one in held if not _same_card(one, row)]
            values = [*await _taken_back(tx, row), *(one["values"] for one in kept)]
            for older in reversed(values):
                now["values"] = carried(older, now["values"])
        said.append(now)
    await tx.insert(held_back, held)
    return said


def _same_card(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["card"] == other["card"] and one["address"] == other["address"])


async def _taken_back(tx: Transaction, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kept = held_back.c
    mine = (kept.address == row["address"]) & (kept.card == row["card"])
    taken = await tx.all(delete(held_back).where(mine).returning(kept.id, kept["values"]))
    return [values for _, values in sorted(taken, key=lambda one: one.id)]


async def _say_held(work: "Work", due: datetime) -> None:
    taking = delete(held_back).where(held_back.c.until <= due).returning(held_back)
    # One statement: what another process holds back meanwhile is not lost.
    rows = sorted(await work.tx.all(taking), key=lambda row: row.id)
    for address in sorted({row.address for row in rows}):
        _say_at(work, address, [row for row in rows if row.address == address])


def _say_at(work: "Work", address: str, rows: Sequence[Any]) -> None:
    spoken = [
        Spoken(id=row.id, kind=row.kind, values=row._mapping["values"], card=row.card)
        for row in rows
    ]
    newest = [one for one, _ in newest_states(spoken)]
    folded = [one for one in newest if _folds(one)] if len(newest) > _MOST_ONE_BY_ONE else []
    if folded:
        zone, say = work.house.timezone, work.house.wording.say
        texts = [text_of(work.house.wording, one) for one in folded]
        text = say(
            "quiet.summary",
            since=f"{rows[0].at.astimezone(zone):%H:%M}",
            until=f"{rows[0].until.astimezone(zone):%H:%M}",
            count=len(folded),
            before=max(0, len(texts) - _MOST_LINES),
            lines=listing(texts, _MOST_LINES),
        )
        work.say(Address.parse(address), "quiet.summary", {"text": text})
    for one in newest:
        if one not in folded:
            work.say(Address.parse(address), one.kind, one.values, card=one.card)


def _folds(one: Spoken) -> bool:
    """What waits for somebody keeps its buttons, and what is posted already is edited there."""
    return foldable(one) or (one.card is None and not {"buttons", "pictures"} & set(one.values))


QUIET_END = Deadline(name="team.quiet_end", due=select(func.min(held_back.c.until)), run=_say_held)
