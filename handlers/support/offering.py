"""What support offers: a person behind the DM, and a desk for whoever answers."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from handlers.capability import (
    Capability,
    CommandSpec,
    FormSpec,
    Option,
    OptionKind,
    PressSpec,
    UndoSpec,
    WaitingThing,
    Waits,
)
from handlers.people import SETTLERS, Person
from handlers.support import desk
from handlers.support.hearing import DIRECTS, human, person_pressed, read_pressed
from handlers.support.overhearing import OVERHEARS
from handlers.support.pictures import FORGET
from handlers.support.telling import first_name, reply_buttons
from handlers.support.ticking import CLOSED_DMS, LATE, SILENT
from handlers.work import Work
from storage.schema.support import support_threads

__all__ = ["CAPABILITY"]

_INT = OptionKind.INTEGER
_NUMBER = Option(name="number", kind=_INT, summary="the conversation's number")


async def _waiting(work: Work, person: Person) -> Sequence[WaitingThing]:
    """Letters that nobody has answered: their own, and those that nobody has."""
    if not person.may(SETTLERS):
        return ()
    thread = support_threads.c
    mine = (thread.taken_platform == person.platform) & (thread.taken_person == person.id)
    rows = await work.tx.all(
        select(support_threads)
        .where(thread.answer_due.is_not(None), or_(mine, thread.taken_by.is_(None)))
        .order_by(thread.answer_due, thread.id)
        .limit(100)
    )
    say = work.house.wording.say
    return [
        WaitingThing(
            title=say("support.waiting", number=row.id, name=first_name(row)),
            detail=say("mine.yours" if row.taken_by else "mine.open"),
            due=row.answer_due,
            buttons=reply_buttons(work, row.id),
        )
        for row in rows
    ]


CAPABILITY = Capability(
    name="support",
    summary="Brings a person behind the DM: letters to the team, and answers with a first name.",
    directs=DIRECTS,
    overhears=(OVERHEARS,),
    commands=(
        CommandSpec(
            name="human",
            summary="write to a person, or read what they have answered",
            run=human,
            options=(
                Option(
                    name="text", kind=OptionKind.TEXT, summary="what it is about", required=False
                ),
            ),
        ),
        CommandSpec(
            name="reply",
            summary="answer a customer, signed with your first name",
            run=desk.reply,
            roles=SETTLERS,
            options=(
                _NUMBER,
                Option(name="text", kind=OptionKind.TEXT, summary="what the customer reads"),
            ),
        ),
        CommandSpec(
            name="close",
            summary="end a conversation with a customer",
            run=desk.close_typed,
            roles=SETTLERS,
            options=(_NUMBER,),
        ),
        CommandSpec(
            name="support list",
            summary="open conversations with customers",
            run=desk.list_,
            roles=SETTLERS,
            lists=True,
        ),
        CommandSpec(
            name="support show",
            summary="all that was said in a conversation",
            run=desk.show_typed,
            roles=SETTLERS,
            options=(_NUMBER,),
        ),
        CommandSpec(
            name="support take",
            summary="answer this customer yourself",
            run=desk.take_typed,
            roles=SETTLERS,
            options=(_NUMBER,),
        ),
    ),
    presses=(
        PressSpec(name="support.person", run=person_pressed),
        PressSpec(name="support.read", run=read_pressed),
        PressSpec(
            name="support.reply",
            run=desk.reply_pressed,
            opens=desk.ask_reply,
            takes=(_INT,),
            roles=SETTLERS,
            label="Reply",
        ),
        *(
            PressSpec(name=f"support.{name}", run=run, takes=(_INT,), roles=SETTLERS, label=label)
            for name, run, label in (
                ("take", desk.take_pressed, "I answer"),
                ("leave", desk.leave_pressed, "Hand on"),
                ("show", desk.show_pressed, "Read all"),
                ("look", desk.look_pressed, "Pictures"),
                ("close", desk.close_pressed, "Close"),
            )
        ),
    ),
    forms=(
        FormSpec(
            name="support.reply",
            run=desk.reply_submit,
            fields=(desk.REPLY_FIELD,),
            roles=SETTLERS,
            label="Reply",
        ),
    ),
    followers=(CLOSED_DMS,),
    deadlines=(FORGET, LATE, SILENT),
    undoes=(
        UndoSpec(action="support.take", run=desk.undo_take),
        UndoSpec(action="support.close", run=desk.undo_close),
    ),
    waits=(Waits(name="support", run=_waiting),),
)
