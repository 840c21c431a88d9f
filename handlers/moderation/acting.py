"""Carries a verdict out: into the log, to the platform, to the person, and to the team."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.claims.reading import Kind
from handlers.claims.rules import SaleRules
from handlers.events import ImpersonationSeen
from handlers.hearing import Line
from handlers.messages import (
    ActKind,
    Address,
    Button,
    Channel,
    MessageDeleted,
    MessageEdited,
    Reach,
)
from handlers.moderation.beside import LEFT_STANDING
from handlers.moderation.card import say_card
from handlers.moderation.ledger import Ledger, ref_of
from handlers.moderation.model import Action, Rule, Verdict
from handlers.moderation.strikes import STEPS
from handlers.speech import Rendered, Spoken, button_values
from handlers.wording import Wording
from handlers.work import Work

__all__ = ["ACT", "act_outside", "carry_out", "key_of", "merge_acts", "tell_person"]

ACT: Final = "moderation.act"
#: What was only watched is told at the latest after so long.
REPORT_AFTER: Final = timedelta(minutes=10)
_CLAIMS: Final = (Kind.CLAIM, Kind.CANCEL)
_IMPOSTORS: Final = (Rule.IMPOSTOR, Rule.IMPOSTOR_NAME)


def key_of(line: Line) -> str:
    """The key of a line as first typed."""
    message = line.message
    return message.of if isinstance(message, MessageEdited | MessageDeleted) else message.key


def carry_out(
    work: Work,
    line: Line,
    rule: Rule,
    verdict: Verdict,
    *,
    acts: bool,
    weight: int,
    quiet: bool,
    by_dm: bool,
    beside: Sequence[str] = (),
) -> bool:
    """Do what a verdict says, or only note it; whether the line is gone.

    A claim or a release is never deleted: a person looks. Nor is a line deleted for a link
    `beside` which it would claim these codes. A `quiet` one only stands in the log.
    """
    action = verdict.action
    linked = bool(beside) and rule in LEFT_STANDING
    stays = linked or line.reading.kind in _CLAIMS
    if linked or (stays and verdict.acts):
        action = Action.REVIEW
    rules = work.house.moderation.rules
    person, message = line.person, line.message
    row = Ledger.of(work).enter(
        ref=ref_of(message.key, rule),
        platform=person.platform,
        channel=message.channel.id,
        person=person.id,
        name=person.name,
        key=key_of(line),
        native_id=message.native_id,
        text=getattr(message, "text", ""),
        rule=rule.value,
        why=_why(work, verdict, beside),
        action=action.value,
        acted=acts or action is Action.NOTE,
        weight=weight,
        minutes=rules.timeout_minutes if action is Action.TIMEOUT else 0,
        report_due=None if acts or action is Action.NOTE else work.at + REPORT_AFTER,
    )
    if not acts or action is Action.NOTE:
        return False
    if rule in _IMPOSTORS:
        work.emit(ImpersonationSeen(name=person.name))
    gone = not stays and _goes(rule, action)
    if gone:
        act_outside(work, row, ActKind.DELETE)
    if action is Action.TIMEOUT:
        until = work.at + timedelta(minutes=rules.timeout_minutes)
        act_outside(work, row, ActKind.TIMEOUT, until=until)
    if action is Action.WARN:
        tell_person(work, row, "moderation.warned", by_dm=by_dm, button=True)
    if not quiet:
        say_card(work, row)
    return gone


def _why(work: Work, verdict: Verdict, beside: Sequence[str]) -> str:
    if not beside:
        return verdict.why[:500]
    return work.house.wording.say("moderation.beside", why=verdict.why[:400], codes=list(beside))


def _goes(rule: Rule, action: Action) -> bool:
    first = STEPS[rule].first
    # Who is to be looked at by a person after many steps posts the same thing as before.
    return action in (Action.DELETE, Action.TIMEOUT) or (
        action is Action.REVIEW and first is not Action.REVIEW
    )


def act_outside(
    work: Work, row: Mapping[str, Any], kind: ActKind, *, until: datetime | None = None
) -> None:
    """Have something done on the platform, once this transaction has committed."""
    channel = row["channel"] or work.house.stream_of(row["platform"]).id
    act = {"kind": kind.value, "line": row["native_id"], "person": row["person"]}
    if until is not None:
        act["until"] = until.isoformat()
    work.say(
        Address(row["platform"], Reach.ACT, channel),
        ACT,
        {"act": act},
        card=f"act:{row['ref']}:{kind}",
    )


def tell_person(
    work: Work, row: Mapping[str, Any], kind: str, *, by_dm: bool = False, button: bool = False
) -> None:
    """Tell a person: by DM who wished so, others by a neutral mention in the stream."""
    # Not as `text`, which would be the whole of what is said.
    shown: dict[str, Any] = {"wrote": row["text"]}
    if button:
        read = Button(
            id=f"mod.why:{row['ref']}", label=work.house.wording.say("moderation.button.why")
        )
        shown |= button_values([read])
        # Others read it too: the line stays between us.
        shown.pop("wrote")
    if by_dm:
        work.say(Address(row["platform"], Reach.PERSON, row["person"]), f"{kind}_dm", shown)
        return
    who = work.house.who(row["platform"], row["person"], row["name"])
    stream = work.house.stream_of(row["platform"])
    work.say(Channel(row["platform"], row["channel"] or stream.id), kind, {**shown, "who": who})


def merge_acts(
    wording: Wording, rules: SaleRules, said: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Each act by itself: it is done, not said."""
    return [
        Rendered(members=(one.id,), kind=ACT, text="", card=one.card, act=one.values["act"])
        for one in said
    ]
