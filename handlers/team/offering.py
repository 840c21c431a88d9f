"""What the whole team shares: help, undo, and alerts about Andon itself."""

from typing import Any

from sqlalchemy import select, update

from handlers.capability import Capability, CommandSpec, Option, OptionKind
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import TEAM
from handlers.work import Work
from storage.schema import traffic

__all__ = ["CAPABILITY"]


async def help_(work: Work, command: Invocation) -> Answer:
    """`/help`: the commands that this person may use."""
    say = work.house.wording.say
    lines = [
        say("help.line", signature=spec.signature, summary=spec.summary)
        for spec in sorted(work.commands.values(), key=lambda spec: spec.name)
        if command.person.may(spec.roles)
    ]
    word = (command.options["word"] or "").lower()
    if word:
        lines = [line for line in lines if word in line.lower()] or lines
    return Answer(text="\n".join([say("help.viewer"), "", say("help.head"), *lines]))


async def undo(work: Work, command: Invocation) -> Answer:
    """`/undo`: your own last act, if it can be taken back."""
    say, audit = work.house.wording.say, traffic.audit.c
    row: Any = await work.tx.first(
        select(traffic.audit)
        .where(
            audit.platform == command.person.platform,
            audit.person == command.person.id,
            audit.undone.is_(False),
            audit.action != "undo",
        )
        .order_by(audit.id.desc())
        .limit(1)
    )
    if row is None:
        return Answer(text=say("undo.nothing"))
    spec = work.undoes.get(row.action)
    if spec is None or row.undo is None:
        return Answer(text=say("undo.last", action=row.action, subject=row.subject))
    told = await spec.run(work, row.undo)
    await work.tx.run(update(traffic.audit).where(audit.id == row.id).values(undone=True))
    work.record(command.person, "undo", f"{row.action} {row.subject}")
    return Answer(text=told)


CAPABILITY = Capability(
    name="team",
    summary="Help, undo, and alerts about Andon itself.",
    commands=(
        CommandSpec(
            name="help",
            summary="what you can type",
            run=help_,
            options=(
                Option(
                    name="word", kind=OptionKind.WORD, summary="only about this", required=False
                ),
            ),
        ),
        CommandSpec(name="undo", summary="take your own last act back", run=undo, roles=TEAM),
    ),
)
