"""What the whole team shares: help, undo, and alerts about Andon itself."""

from typing import Any

from sqlalchemy import select, update

from handlers.capability import Capability, CommandSpec, Option, OptionKind, Telling
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import MODERATORS, TEAM, Person
from handlers.team.alerts import LEAVE_ALERT, TAKE_ALERT
from handlers.team.folding import alert_posts
from handlers.team.quiet import QUIET_END
from handlers.team.sight import SIGHT
from handlers.wording import Said
from handlers.work import Work
from storage.schema import traffic

__all__ = ["CAPABILITY"]

#: What stands in the audit without being an act.
_NO_ACTS = (
    "undo",
    "refused",
    "mod.takeback",
    "order.address",
    "customer.show",
    "customer.address",
    "link.wrong_code",
)
#: What is typed in the middle of a show stands first in help.
_SHOWS_WORDS = ("show", "stage", "stock", "item", "claim", "waitlist", "undo")


async def help_(work: Work, command: Invocation) -> Answer:
    """`/help [WORD]`: the commands that this person may use."""
    say = work.house.wording.say
    lines = [
        say("help.line", signature=Said(spec.signature), summary=spec.summary)
        for spec in sorted(work.commands.values(), key=_needed)
        if command.person.may(spec.roles)
    ]
    word = (command.options["word"] or "").lower().lstrip("/")
    if word:
        found = [line for line in lines if word in line.lower()]
        return Answer(text="\n".join(found) or say("help.none", word=word))
    told: list[str] = [say("help.head"), *lines]
    if work.house.hears_claims(command.person.platform) and not command.person.may(TEAM):
        example = next(iter(work.snapshot.catalogue.items), "A12")
        told = [say("help.viewer", example=example), "", *told]
    return Answer(text="\n".join(told))


def _needed(spec: CommandSpec) -> tuple[int, str]:
    """Where a command stands in help: first what runs a show, then the rest by name."""
    first = spec.name.partition(" ")[0]
    return _SHOWS_WORDS.index(first) if first in _SHOWS_WORDS else len(_SHOWS_WORDS), spec.name


async def undo(work: Work, command: Invocation) -> Answer:
    """`/undo`: your own last act, if it can be taken back; for moderators Andon's own too."""
    say = work.house.wording.say
    row = await _last_act(work, command.person)
    if row is None:
        return Answer(text=say("undo.nothing"))
    spec = work.undoes.get(row.action)
    if spec is None or row.undo is None:
        return Answer(text=say("undo.last", action=row.action, subject=row.subject))
    undone = await spec.run(work, row.undo)
    if undone.done or undone.past:
        audit = traffic.audit.c
        await work.tx.run(update(traffic.audit).where(audit.id == row.id).values(undone=True))
    if undone.done:
        work.record(command.person, "undo", f"{row.action} {row.subject}")
    return Answer(text=undone.text)


async def _last_act(work: Work, person: Person) -> Any:
    audit = traffic.audit.c
    mine = (audit.platform == person.platform) & (audit.person == person.id)
    andons_own = (audit.platform == "") & audit.action.in_(sorted(work.undoes))
    return await work.tx.first(
        select(traffic.audit)
        .where(
            mine | andons_own if person.may(MODERATORS) else mine,
            audit.undone.is_(False),
            audit.action.not_in(_NO_ACTS),
        )
        .order_by(audit.id.desc())
        .limit(1)
        .with_for_update()
    )


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
            lists=True,
        ),
        CommandSpec(name="undo", summary="take your own last act back", run=undo, roles=TEAM),
    ),
    presses=(TAKE_ALERT,),
    webhooks=(SIGHT,),
    undoes=(LEAVE_ALERT,),
    deadlines=(QUIET_END,),
    tellings=(Telling(kinds=("alert.card",), merge=alert_posts),),
)
