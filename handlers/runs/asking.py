"""What a person who starts a run is asked for, and the start itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from handlers.messages import Answer, Field, Form
from handlers.people import Person
from handlers.runs.labels import LONGEST_LABEL, more_of
from handlers.runs.running import begin, known_to_runs
from handlers.snapshot import ItemView
from handlers.work import Work
from playbooks.fields import Value
from playbooks.filling import HoleError
from playbooks.model import Playbook
from storage.schema import sale

__all__ = ["ask_form", "of_item", "started", "to_ask"]

_LONGEST = 200
#: What a form on Discord has room for.
_MOST_ASKED = 5


def to_ask(book: Playbook, known: Mapping[str, Value]) -> Mapping[str, str]:
    """What is asked for, with what stands there already: what has a default is asked for last."""
    asked = book.asks(known)
    order = sorted(asked, key=lambda name: asked[name].default is not None)[:_MOST_ASKED]
    return {name: "" if (d := asked[name].default) is None else str(d) for name in order}


async def ask_form(
    work: Work, book: Playbook, known: Mapping[str, Value], *, suggestion: int = 0
) -> Form | None:
    """The questions of a playbook; None where nothing must be asked.

    What is known already comes back with its id: the item, or the suggestion.
    """
    asked = to_ask(book, known)
    if not any(book.variables[name].default is None for name in asked):
        return None
    code = known.get("code", "") if not suggestion else ""
    return Form(
        id=f"runs.asked:{book.id}:{suggestion}:{code}",
        title=work.house.wording.say("runs.ask", name=book.id)[:45],
        fields=tuple(
            Field(
                name=name,
                label=book.variables[name].ask[:LONGEST_LABEL],
                hint=more_of(book.variables[name].ask),
                value=value,
                longest=_LONGEST,
            )
            for name, value in asked.items()
        ),
    )


async def of_item(work: Work, item: ItemView) -> dict[str, Value]:
    """What a run knows of an item: its label and what is left too, where it has one size."""
    known: dict[str, Value] = {"code": item.code, "title": item.title}
    if len(item.variants) == 1:
        ((name, variant),) = item.variants.items()
        known["label"], known["size"] = item.label(name), ""
        row = await work.tx.first(select(sale.variants).where(sale.variants.c.id == variant.id))
        if row is not None:
            known["left"] = max(0, row.on_hand - row.reserved)
    return known


async def started(
    work: Work,
    book: Playbook,
    known: Mapping[str, Value],
    person: Person,
    given: Mapping[str, str],
) -> tuple[Answer, int]:
    """Start a run by hand: the answer, and its number, 0 where something is missing."""
    say = work.house.wording.say
    words: dict[str, Any] = {name: typed.strip() for name, typed in given.items() if typed.strip()}
    defaults = {
        name: one.default for name, one in book.variables.items() if one.default is not None
    }
    own = await known_to_runs(work, known, started_by=person.name)
    variables = {**own, **defaults, **known, **words, "started_by": person.name}
    missing = [name for name in book.variables if variables.get(name) is None]
    if missing:
        asked = book.variables[missing[0]].ask
        return Answer(text=say("runs.missing", name=book.id, ask=asked)), 0
    try:
        number, new = await begin(work, book, variables, by=person.name)
    except HoleError as error:
        return Answer(text=say("runs.hole", name=book.id, hole=str(error.args[0]))), 0
    if not new:
        return Answer(text=say("runs.open_already", number=number)), number
    work.record(person, "playbook.start", str(number), undo={"run": number})
    return Answer(text=say("runs.started", number=number)), number
