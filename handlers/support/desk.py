"""What the team does with letters: take, read, look at pictures, reply, hand on, close."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from handlers.capability import Undone
from handlers.command_line import Invocation
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press, Section
from handlers.people import Person
from handlers.support.card import last_said, pictures_in, said_lines, say_card
from handlers.support.letters import opened, quoted
from handlers.support.pictures import named_pictures
from handlers.support.telling import first_name, reply_buttons
from handlers.support.threads import answer, close, give_back, reopen, take, thread_of
from handlers.times import shown_time
from handlers.work import Work
from storage.schema.support import support_threads

__all__ = [
    "REPLY_FIELD",
    "ask_reply",
    "close_pressed",
    "close_typed",
    "leave_pressed",
    "list_",
    "look_pressed",
    "reply",
    "reply_pressed",
    "reply_submit",
    "show_pressed",
    "show_typed",
    "take_pressed",
    "take_typed",
    "undo_close",
    "undo_take",
]

_thread = support_threads.c
#: As much of a letter as a form has room for beside its field.
_INTRO = 900
_READ = 40
_PICTURES_AT_ONCE = 8

REPLY_FIELD = Field(name="text", label="Your reply", kind=FieldKind.PARAGRAPH, longest=1_800)


async def _with(work: Work, number: int, run: Callable[[Any], Awaitable[Answer]]) -> Answer:
    row = await thread_of(work, number)
    if row is None:
        return Answer(text=work.house.wording.say("support.gone", number=number))
    return await run(row)


async def reply(work: Work, command: Invocation) -> Answer:
    """`/reply NUMBER TEXT…`."""
    return await _reply(work, command.person, command.options["number"], command.options["text"])


async def reply_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Reply*."""
    number = int(arguments[0]) if arguments[0].isdecimal() else 0
    return await _reply(work, form.person, number, form.values["text"])


async def _reply(work: Work, person: Person, number: int, text: str) -> Answer:
    async def run(row: Any) -> Answer:
        say = work.house.wording.say
        if not text.strip():
            return Answer(text=say("support.empty"))
        await answer(work, row, person, text)
        return Answer(text=say("support.sent", name=first_name(row), number=number))

    return await _with(work, number, run)


async def ask_reply(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Reply*; none for a conversation that is over."""
    number, say = int(arguments[0]), work.house.wording.say
    row = await work.tx.first(select(support_threads).where(_thread.id == number))
    if row is None or row.closed_at is not None:
        return None
    last = next((one for one in reversed(await last_said(work, number, 10)) if one.theirs), None)
    field = Field(
        name=REPLY_FIELD.name,
        label=say("support.form.text"),
        kind=REPLY_FIELD.kind,
        longest=REPLY_FIELD.longest,
        hint=say("support.form.hint", name=first_name(press.person)),
    )
    return Form(
        id=f"support.reply:{number}",
        title=say("support.form.title", name=first_name(row)),
        fields=(field,),
        intro="" if last is None else quoted(opened(work, last), _INTRO),
    )


async def reply_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Reply*, where there was nothing left to ask."""
    return Answer(text=work.house.wording.say("support.gone", number=int(arguments[0])))


async def take_typed(work: Work, command: Invocation) -> Answer:
    """`/support take NUMBER`."""
    return await _take(work, command.person, command.options["number"])


async def take_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I take it*."""
    return await _take(work, press.person, int(arguments[0]))


async def _take(work: Work, person: Person, number: int) -> Answer:
    async def run(row: Any) -> Answer:
        say = work.house.wording.say
        mine = (row.taken_platform, row.taken_person) == (person.platform, person.id)
        if row.taken_by is not None and not mine:
            return Answer(text=say("support.faster", name=row.taken_by))
        if row.taken_by is None:
            await take(work, row, person)
        text = say("support.mine", number=number, name=first_name(row))
        return Answer(text=text, buttons=reply_buttons(work, number))

    return await _with(work, number, run)


async def leave_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Hand on*: somebody else may take it."""

    async def run(row: Any) -> Answer:
        if row.taken_by is not None:
            work.record(press.person, "support.leave", str(row.id))
            await give_back(work, row)
        return Answer(text=work.house.wording.say("support.left", number=row.id))

    return await _with(work, int(arguments[0]), run)


async def close_typed(work: Work, command: Invocation) -> Answer:
    """`/close NUMBER`."""
    return await _close(work, command.person, command.options["number"])


async def close_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Close*."""
    return await _close(work, press.person, int(arguments[0]))


async def _close(work: Work, person: Person, number: int) -> Answer:
    async def run(row: Any) -> Answer:
        await close(work, row, first_name(person), told=True)
        work.record(person, "support.close", str(number), undo={"number": number})
        return Answer(text=work.house.wording.say("support.over", number=number))

    return await _with(work, number, run)


async def show_typed(work: Work, command: Invocation) -> Answer:
    """`/support show NUMBER`."""
    return await _show(work, command.person, command.options["number"])


async def show_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Read all*."""
    return await _show(work, press.person, int(arguments[0]))


async def _show(work: Work, person: Person, number: int) -> Answer:
    say = work.house.wording.say
    row = await work.tx.first(select(support_threads).where(_thread.id == number))
    if row is None:
        return Answer(text=say("support.gone", number=number))
    work.record(person, "support.read", str(number))
    lines = said_lines(work, await last_said(work, number, _READ), 10_000)
    head = say("support.all", number=number, name=first_name(row), shown=_READ)
    return Answer(
        text="\n".join([head, *lines]),
        buttons=reply_buttons(work, number) if row.closed_at is None else (),
    )


async def look_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Pictures*: they are opened for the one who looks, and each look stands in the audit."""
    say, number = work.house.wording.say, int(arguments[0])
    ids = (await pictures_in(work, number))[-_PICTURES_AT_ONCE:]
    pictures = await named_pictures(work, ids, press.person)
    if not pictures:
        return Answer(text=say("support.no_pictures"))
    return Answer(
        text=say("support.pictures", number=number, count=len(pictures)), pictures=tuple(pictures)
    )


async def list_(work: Work, command: Invocation) -> Answer:
    """`/support list`: what is open, the most urgent first."""
    say = work.house.wording.say
    rows = await work.tx.all(
        select(support_threads)
        .where(_thread.closed_at.is_(None))
        .order_by(_thread.answer_due.is_(None), _thread.answer_due, _thread.id)
        .limit(200)
    )
    sections = [
        Section(
            text=say(
                "support.line",
                number=row.id,
                name=first_name(row),
                taken=row.taken_by or "",
                due=shown_time(work, row.answer_due),
            ),
            buttons=reply_buttons(work, row.id),
        )
        for row in rows
    ]
    return Answer(text="" if sections else say("support.none"), sections=tuple(sections))


async def undo_take(work: Work, act: Mapping[str, Any]) -> Undone:
    """It waits for somebody again."""
    say, row = work.house.wording.say, await thread_of(work, act["number"])
    if row is None:
        return Undone(text=say("support.gone", number=act["number"]), done=False)
    await give_back(work, row)
    return Undone(text=say("support.left", number=row.id))


async def undo_close(work: Work, act: Mapping[str, Any]) -> Undone:
    """Open it again, unless its customer has begun another."""
    say, number = work.house.wording.say, act["number"]
    row = await work.tx.first(select(support_threads).where(_thread.id == number).with_for_update())
    newer = row is not None and await work.tx.first(
        select(_thread.id).where(
            _thread.customer_id == row.customer_id, _thread.closed_at.is_(None)
        )
    )
    if row is None or newer:
        return Undone(text=say("support.cannot_reopen", number=number), done=False)
    await say_card(work, await reopen(work, row), acted=True)
    return Undone(text=say("support.reopened", number=number))
