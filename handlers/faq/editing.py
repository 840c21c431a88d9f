"""`/faq add`, `mute`, `unmute` and `remove`: what the team changes while a show is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml
from sqlalchemy import delete, select

from handlers.capability import Undone
from handlers.command_line import Invocation
from handlers.faq.desk import Known
from handlers.faq.entries import FaqError, read_faq
from handlers.faq.facts import own_names
from handlers.faq.model import Entry
from handlers.faq.personal import asks_for_own
from handlers.faq.rendering import only_names
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit
from handlers.people import Person
from handlers.work import Work
from storage.locks import lock_name
from storage.schema.faq import faq_entries
from storage.upsert import upsert

__all__ = [
    "ADD_FIELDS",
    "Draft",
    "add",
    "add_submit",
    "check_add",
    "keep",
    "mute",
    "opens_add",
    "remove",
    "undo",
    "unmute",
]

_NAME = Field(name="entry", label="Its name, one word", longest=64)
_QUESTIONS = Field(
    name="questions",
    label="How people ask for it, a line each",
    kind=FieldKind.PARAGRAPH,
    hint="Ten to twenty, as people type them.",
)
_ANSWER = Field(
    name="answer",
    label="The answer",
    kind=FieldKind.PARAGRAPH,
    longest=1_500,
    hint="{{ name }} stands for a fact of the shop.",
)
_AUDIENCE = Field(
    name="audience",
    label="Who sees it",
    kind=FieldKind.CHOICE,
    required=False,
    choices=(("public", "everyone in the chat"), ("private", "only who asks")),
)
#: What the form behind `/faq add` asks.
ADD_FIELDS = (_NAME, _QUESTIONS, _ANSWER, _AUDIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as it was typed; what is left out stays as it is."""

    name: str
    questions: tuple[str, ...] = ()
    answer: str = ""
    audience: str = ""


def drafted(name: str, typed: str) -> Draft:
    """Read `QUESTION / QUESTION = ANSWER`; either side may be missing."""
    asked, equals, answer = f" {typed} ".partition(" = ")
    questions = tuple(filter(None, (one.strip() for one in asked.split(" / "))))
    return Draft(name=name, questions=questions, answer=answer.strip() if equals else "")


async def add(work: Work, command: Invocation) -> Answer:
    """`/faq add NAME [QUESTION / QUESTION = ANSWER]`: a new entry, or changes of one."""
    typed = command.options["text"]
    if not typed:
        # Where no form could be opened.
        return Answer(text=work.house.wording.say("faq.how_to_add"))
    return await keep(work, command.person, drafted(command.options["name"].lower(), typed))


async def opens_add(work: Work, command: Invocation) -> Form | None:
    """The form of an entry, filled in as far as there is one; None where all was typed."""
    if command.options["text"]:
        return None
    known = await work.house.faq.fresh(work.tx)
    name = command.options["name"].lower()
    standing, title = known.entries.get(name), work.house.wording.say("faq.form_title")
    values = {"entry": name}
    if standing is not None:
        entry = standing.entry
        values |= {"questions": "\n".join(entry.questions)[:2_000], "answer": entry.answer[:1_500]}
        values["audience"] = entry.audience
    return Form(id="ask.add:", title=title, fields=filled(ADD_FIELDS, values))


def filled(fields: Sequence[Field], values: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields with these values in them."""
    return tuple(replace(one, value=values.get(one.name, one.value)) for one in fields)


def of_form(form: FormSubmit) -> Draft:
    """The entry that a form brings."""
    values = form.values
    lines = (line.strip() for line in values.get("questions", "").splitlines())
    return Draft(
        name=values.get("entry", "").strip().lower(),
        questions=tuple(filter(None, lines)),
        answer=values.get("answer", "").strip(),
        audience=values.get("audience", ""),
    )


async def add_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form of `/faq add`, handed in: its questions are all that there are."""
    return await keep(work, form.person, of_form(form), instead=True)


async def check_add(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Mapping[str, str]:
    """A sentence for each field of the form that cannot stay as it is."""
    return {
        field: sentence
        for field, sentence in problems_of(work, of_form(form)).items()
        if field in form.values
    }


def problems_of(work: Work, draft: Draft) -> dict[str, str]:
    """What is wrong with an entry that is whole, by field, by the rules of the file."""
    desk = work.house.faq
    written = {"id": draft.name, "questions": list(draft.questions), "answer": draft.answer}
    content = yaml.safe_dump({"facts": dict(desk.faq.facts), "entries": [written]}).encode()
    found: dict[str, str] = {}
    try:
        read_faq(content, name="", known=own_names(desk.rules))
    except FaqError as error:
        for problem in error.problems:
            field = "entry" if problem.field == "id" else problem.field
            found.setdefault(field, problem.why)
    if "answer" not in found and not only_names(draft.answer):
        found["answer"] = work.house.wording.say("faq.only_names")
    return found


async def keep(work: Work, person: Person, draft: Draft, *, instead: bool = False) -> Answer:
    """Add an entry, or change one: its questions come on top, unless they are all there are."""
    say, known = work.house.wording.say, await work.house.faq.fresh(work.tx)
    standing = known.entries.get(draft.name)
    before = Entry(id=draft.name, questions=(), answer="") if standing is None else standing.entry
    kept = () if instead else before.questions
    whole = Draft(
        name=draft.name,
        questions=tuple(dict.fromkeys((*kept, *draft.questions))),
        answer=draft.answer or before.answer,
        audience=draft.audience or before.audience,
    )
    if not whole.answer or not whole.questions:
        return Answer(text=say("faq.not_whole", name=draft.name))
    if wrong := problems_of(work, whole):
        sentences = [f"{field}: {why}" for field, why in wrong.items()]
        return Answer(text=say("faq.wrong", problems=sentences))
    row = {"questions": list(whole.questions), "answer": whole.answer, "audience": whole.audience}
    muted = standing is not None and standing.muted
    await _write(work, person, "faq.add", whole.name, {**row, "muted": muted, "removed": False})
    key = "faq.added" if standing is None else "faq.changed"
    own = next(filter(asks_for_own, whole.questions), "")
    text = say(key, name=whole.name, count=len(whole.questions), own=own)
    return Answer(text=text, values={"kept": True})


async def mute(work: Work, command: Invocation) -> Answer:
    """`/faq mute NAME`: not answered until it is unmuted."""
    return await _set(work, command, "faq.mute", {"muted": True})


async def unmute(work: Work, command: Invocation) -> Answer:
    """`/faq unmute NAME`: answered again."""
    return await _set(work, command, "faq.unmute", {"muted": False})


async def remove(work: Work, command: Invocation) -> Answer:
    """`/faq remove NAME`: no longer known."""
    return await _set(work, command, "faq.remove", {"removed": True})


async def _set(work: Work, command: Invocation, action: str, values: Mapping[str, Any]) -> Answer:
    say, name = work.house.wording.say, command.options["name"].lower()
    known: Known = await work.house.faq.fresh(work.tx)
    if name not in known.entries:
        return Answer(text=say("faq.no_such", name=name, names=sorted(known.entries)[:30]))
    await _write(work, command.person, action, name, values)
    return Answer(text=say(action.replace("answer", "faq") + "d", name=name))


async def _write(
    work: Work, person: Person, action: str, name: str, values: Mapping[str, Any]
) -> None:
    """Change the row of an entry, and keep in the audit what would bring the old one back."""
    await lock_name(work.tx, "faq")
    old = await work.tx.first(select(faq_entries).where(faq_entries.c.name == name))
    blank = {"questions": None, "answer": None, "audience": None, "muted": False, "removed": False}
    before = None if old is None else {column: old._mapping[column] for column in blank}
    await _put(work, name, {**(before or blank), **values})
    work.record(person, action, name, undo={"name": name, "before": before})


async def _put(work: Work, name: str, values: Mapping[str, Any]) -> None:
    row = {**values, "changed_at": work.at}
    await work.tx.run(
        upsert(work.tx, faq_entries)
        .values({"name": name, **row})
        .on_conflict_do_update(index_elements=["name"], set_=row)
    )
    work.bump("faq")
    await work.house.faq.changed(work.tx)


async def undo(work: Work, act: Mapping[str, Any]) -> Undone:
    """Bring an entry back to what it was."""
    name, before = act["name"], act["before"]
    await lock_name(work.tx, "faq")
    if before is None:
        await work.tx.run(delete(faq_entries).where(faq_entries.c.name == name))
        work.bump("faq")
        await work.house.faq.changed(work.tx)
    else:
        await _put(work, name, before)
    return Undone(text=work.house.wording.say("faq.undone", name=name))
