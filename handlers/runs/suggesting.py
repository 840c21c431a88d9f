"""Suggestions: a run that the team may start or leave. A card for each, answered once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline, Undone
from handlers.messages import Answer, Button, ButtonStyle, Form
from handlers.people import Person
from handlers.runs.asking import ask_form, started
from handlers.runs.card import of_live_show, plain_title
from handlers.runs.records import find_open
from handlers.speech import button_values
from handlers.wording import Said
from handlers.work import Work
from playbooks.engine import about
from playbooks.fields import Value
from playbooks.model import Playbook
from playbooks.triggers import ScheduleTrigger
from storage.schema import sale
from storage.schema.runs import SuggestionState, run_mutes, run_suggestions
from storage.upsert import upsert

__all__ = [
    "PLANNED",
    "answer_form",
    "dismiss",
    "lift_mutes",
    "mute",
    "plan",
    "start_suggested",
    "suggest",
    "undo_quiet",
]

#: Where the trigger names none.
_COOLDOWN = timedelta(minutes=30)
_MUTED = timedelta(days=30)
#: Stands for whatever a playbook is about.
_ALL = "*"


async def suggest(
    work: Work,
    book: Playbook,
    variables: Mapping[str, Value],
    *,
    why: str,
    cooldown: timedelta = _COOLDOWN,
) -> None:
    """Ask the team, unless it was asked lately, a run is open, or the playbook is muted."""
    what = about(book, variables)
    if await find_open(work, book.id, what) is not None or await _quiet(work, book.id, what):
        return
    row = {
        "playbook_id": book.id,
        "about": what,
        "variables": dict(variables),
        "why": why,
        "state": SuggestionState.ASKED,
        "cooldown_seconds": int(cooldown.total_seconds()),
        "due_at": None,
        "asked_at": work.at,
    }
    (number,) = await work.tx.insert_ids(run_suggestions, [row])
    await _be_quiet(work, book.id, what, cooldown)
    _say(work, number, book, variables, why=why)


async def _quiet(work: Work, playbook: str, what: str) -> bool:
    mutes = run_mutes.c
    found = await work.tx.scalar(
        select(func.max(mutes.until)).where(
            mutes.playbook_id == playbook, mutes.about.in_((what, _ALL)), mutes.until > work.at
        )
    )
    return found is not None


async def _be_quiet(work: Work, playbook: str, what: str, length: timedelta) -> None:
    row = {"playbook_id": playbook, "about": what, "until": work.at + length}
    await work.tx.run(
        upsert(work.tx, run_mutes)
        .values(row)
        .on_conflict_do_update(index_elements=["playbook_id", "about"], set_=row)
    )


async def lift_mutes(work: Work, playbook: str) -> None:
    """Whoever starts a playbook wants to hear of it again."""
    mutes = run_mutes.c
    await work.tx.run(
        update(run_mutes)
        .where(mutes.playbook_id == playbook, mutes.about == _ALL)
        .values(until=work.at)
    )


def _say(
    work: Work,
    number: int,
    book: Playbook,
    variables: Mapping[str, Any],
    *,
    why: str,
    state: Said | None = None,
    history: str = "",
) -> None:
    say = work.house.wording.say
    buttons = (
        Button(
            id=f"runs.start:{number}",
            label=say("runs.button.start"),
            style=ButtonStyle.PRIMARY,
        ),
        Button(id=f"runs.not_now:{number}", label=say("runs.button.not_now")),
        Button(id=f"runs.mute:{number}", label=say("runs.button.mute")),
    )
    work.tell_team(
        "playbooks",
        "runs.suggestion",
        {
            "text": say(
                "runs.suggested",
                title=plain_title(book, variables),
                name=book.id,
                why=why,
                state=state or "",
            ),
            "severity": book.severity.value,
            "history": history,
            **button_values(() if state else buttons),
        },
        card=f"suggestion:{number}",
        due_at=work.at if state or of_live_show(work, variables) else None,
    )


# --- by the clock ---------------------------------------------------------------------------------


async def plan(
    work: Work, show_id: int, variables: Mapping[str, Value], *, late: bool = False
) -> None:
    """Note when the clock of a show suggests a playbook; what is noted already is moved.

    With `late`, what should have come before now is noted too, as long as what it comes before is
    still ahead.
    """
    row = await work.tx.first(select(sale.shows).where(sale.shows.c.id == show_id))
    if row is None:
        return
    for book in work.house.playbooks.by_id.values():
        for place, trigger in enumerate(book.when):
            if not isinstance(trigger, ScheduleTrigger):
                continue
            due = trigger.falls_at(**_moments(row))
            if due is None:
                continue
            ahead = late and trigger.before is not None and due + trigger.schedule > work.at
            if due >= work.at or ahead:
                await _note(work, book, {**variables, "show_id": show_id}, f"{place}", due)


def _moments(show: Any) -> dict[str, datetime | None]:
    """When a show starts and ends: as it did, else as it is planned."""
    return {
        "starts": show.started_at or show.planned_start,
        "ends": show.ended_at or show.planned_end,
    }


async def _note(
    work: Work, book: Playbook, variables: Mapping[str, Value], place: str, due: datetime
) -> None:
    noted, what = run_suggestions.c, about(book, variables)
    same = (noted.playbook_id == book.id) & (noted.about == what) & (noted.why == place)
    planned = same & (noted.state == SuggestionState.PLANNED)
    await work.tx.run(
        update(run_suggestions).where(planned).values(state=SuggestionState.DISMISSED, due_at=None)
    )
    row = {
        "playbook_id": book.id,
        "about": what,
        "variables": dict(variables),
        # Which of its triggers it is.
        "why": place,
        "state": SuggestionState.PLANNED,
        "cooldown_seconds": 0,
        "due_at": due,
    }
    await work.tx.insert(run_suggestions, [row])


async def _come_due(work: Work, due: datetime) -> None:
    noted = run_suggestions.c
    rows = await work.tx.all(
        select(run_suggestions).where(noted.due_at <= due).order_by(noted.due_at, noted.id)
    )
    for row in rows:
        over = {"state": SuggestionState.DISMISSED, "due_at": None}
        await work.tx.run(update(run_suggestions).where(noted.id == row.id).values(**over))
        book = work.house.playbooks.by_id.get(row.playbook_id)
        if book is not None and await _still_so(work, book, row):
            why = work.house.wording.say("runs.why.clock")
            if not await _asked_before(work, row, why):
                await suggest(work, book, row.variables, why=why)


async def _asked_before(work: Work, noted: Any, why: Said) -> bool:
    """Whether the clock asked of this show already, and nobody left it: a new time asks no more."""
    asked = run_suggestions.c
    rows = await work.tx.all(
        select(asked.variables).where(
            asked.playbook_id == noted.playbook_id,
            asked.about == noted.about,
            asked.why == why,
            asked.state.in_((SuggestionState.ASKED, SuggestionState.STARTED)),
        )
    )
    return any(row.variables.get("show_id") == noted.variables.get("show_id") for row in rows)


async def _still_so(work: Work, book: Playbook, row: Any) -> bool:
    """Whether the show still is as it was when this was noted."""
    shows, place = sale.shows.c, int(row.why)
    show = await work.tx.first(
        select(sale.shows).where(shows.id == row.variables.get("show_id", 0))
    )
    trigger = book.when[place] if place < len(book.when) else None
    if show is None or not isinstance(trigger, ScheduleTrigger):
        return False
    falls_at = trigger.falls_at(**_moments(show))
    return bool(falls_at == row.due_at)


PLANNED = Deadline(
    name="runs.planned", due=select(func.min(run_suggestions.c.due_at)), run=_come_due
)


# --- answers --------------------------------------------------------------------------------------


async def _asked(
    work: Work, number: int, *, lock: bool = True
) -> tuple[Any, Playbook | None, Answer | None]:
    """A suggestion, locked, with its playbook; and what to say if it was answered already."""
    say, noted = work.house.wording.say, run_suggestions.c
    chosen = select(run_suggestions).where(noted.id == number)
    row = await work.tx.first(chosen.with_for_update() if lock else chosen)
    book = None if row is None else work.house.playbooks.by_id.get(row.playbook_id)
    if row is None or book is None:
        return None, None, Answer(text=say("runs.suggestion_gone"))
    if row.state != SuggestionState.ASKED:
        told = {"name": row.answered_by or "", "run": row.run_id or 0}
        return row, book, Answer(text=say(f"runs.answered.{row.state}", **told))
    return row, book, None


async def answer_form(work: Work, number: int) -> Form | None:
    """What is asked of whoever presses *Start*; None where all is known or it is too late."""
    row, book, late = await _asked(work, number, lock=False)
    if late is not None or book is None:
        return None
    return await ask_form(work, book, row.variables, suggestion=number)


async def start_suggested(
    work: Work, person: Person, number: int, given: Mapping[str, str]
) -> Answer:
    """*Start*: the run begins, once, with what was asked for."""
    say = work.house.wording.say
    row, book, late = await _asked(work, number)
    if late is not None or book is None:
        return late or Answer(text=say("runs.suggestion_gone"))
    answer, run = await started(work, book, row.variables, person, given)
    if run:
        await _close(work, row, book, SuggestionState.STARTED, person, run=run)
    return answer


async def dismiss(work: Work, person: Person, number: int) -> Answer:
    """*Not now*: no other for as long as after the suggestion itself."""
    return await _leave(work, person, number, None)


async def mute(work: Work, person: Person, number: int) -> Answer:
    """*Mute*: this playbook is not suggested for a month, or until somebody starts it."""
    return await _leave(work, person, number, _MUTED)


async def _leave(work: Work, person: Person, number: int, muted: timedelta | None) -> Answer:
    say = work.house.wording.say
    row, book, late = await _asked(work, number)
    if late is not None or book is None:
        return late or Answer(text=say("runs.suggestion_gone"))
    what = row.about if muted is None else _ALL
    length = muted or timedelta(seconds=row.cooldown_seconds)
    await _be_quiet(work, book.id, what, length)
    await _close(work, row, book, SuggestionState.DISMISSED, person)
    work.record(
        person,
        "runs.mute",
        book.id,
        undo={"playbook": book.id, "about": what, "suggestion": number},
    )
    key = "runs.left" if muted is None else "runs.muted"
    minutes = int(length.total_seconds()) // 60
    return Answer(text=say(key, name=book.id, minutes=minutes, days=length.days))


async def _close(
    work: Work,
    row: Any,
    book: Playbook,
    state: SuggestionState,
    person: Person,
    *,
    run: int | None = None,
) -> None:
    say = work.house.wording.say
    told = say(f"runs.answered.{state}", name=person.name, run=run or 0)
    await work.tx.run(
        update(run_suggestions)
        .where(run_suggestions.c.id == row.id)
        .values(state=state, answered_by=person.name, run_id=run)
    )
    _say(work, row.id, book, row.variables, why=row.why, state=told)


async def undo_quiet(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take *Not now* or *Mute* back: the team is asked again."""
    say, noted = work.house.wording.say, run_suggestions.c
    which = (run_mutes.c.playbook_id == act["playbook"]) & (run_mutes.c.about == act["about"])
    await work.tx.run(update(run_mutes).where(which).values(until=work.at))
    row = await work.tx.first(
        select(run_suggestions).where(noted.id == act["suggestion"]).with_for_update()
    )
    book = work.house.playbooks.by_id.get(act["playbook"])
    if row is None or book is None or row.state != SuggestionState.DISMISSED:
        return Undone(text=say("runs.suggestion_gone"), done=False)
    asked = {"state": SuggestionState.ASKED, "answered_by": None}
    await work.tx.run(update(run_suggestions).where(noted.id == row.id).values(**asked))
    _say(work, row.id, book, row.variables, why=row.why)
    return Undone(text=say("runs.asked_again", name=book.id))
