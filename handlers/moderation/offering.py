"""What the moderation capability offers: an ear, `/mod`, the menu *Warn*, and its cards."""

from handlers.capability import (
    Capability,
    CommandSpec,
    MenuSpec,
    Option,
    OptionKind,
    Telling,
    UndoSpec,
)
from handlers.moderation import commands
from handlers.moderation.acting import ACT, merge_acts
from handlers.moderation.card import CARD, merge_cards
from handlers.moderation.hearing import Guarding
from handlers.moderation.model import Rule
from handlers.moderation.pressing import PRESSES
from handlers.moderation.reporting import REFUSED, WATCHED
from handlers.moderation.settling import undo_entry, undo_false_alarm
from handlers.moderation.slowing import DEADLINES as SLOW_DEADLINES
from handlers.moderation.slowing import END, FOLLOWER, Pacing
from handlers.people import MODERATORS

__all__ = ["CAPABILITY"]

_PERSON = Option(name="person", kind=OptionKind.PERSON, summary="name or id, in quotes if need be")
_WHY = Option(name="why", kind=OptionKind.TEXT, summary="why, for the log", required=False)

CAPABILITY = Capability(
    name="moderation",
    summary="Keeps spam, scams and impostors out of the chat, and never a claim.",
    hearers=(Pacing(), Guarding()),
    commands=(
        CommandSpec(
            name="mod warn",
            summary="a private word to somebody, and a strike that fades",
            run=commands.warn,
            roles=MODERATORS,
            options=(_PERSON, _WHY),
        ),
        CommandSpec(
            name="mod timeout",
            summary="let somebody write nothing for some minutes",
            run=commands.timeout,
            roles=MODERATORS,
            options=(
                _PERSON,
                Option(
                    name="minutes",
                    kind=OptionKind.INTEGER,
                    summary="how long, 1 to 1440; as set if not given",
                    required=False,
                ),
                _WHY,
            ),
        ),
        CommandSpec(
            name="mod permit",
            summary="let somebody post links for some minutes",
            run=commands.permit,
            roles=MODERATORS,
            options=(
                _PERSON,
                Option(
                    name="minutes",
                    kind=OptionKind.INTEGER,
                    summary="how long; 10 if not given",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="mod log",
            summary="what moderation found and did, and what became of it",
            run=commands.log_,
            roles=MODERATORS,
            options=(
                Option(
                    name="person", kind=OptionKind.PERSON, summary="only theirs", required=False
                ),
            ),
            lists=True,
        ),
        CommandSpec(
            name="mod rules",
            summary="every rule with what it did in this show; or set one of them",
            run=commands.rules,
            roles=MODERATORS,
            options=(
                Option(
                    name="name",
                    kind=OptionKind.WORD,
                    summary="only this rule",
                    required=False,
                    choices=tuple(rule.value for rule in Rule),
                ),
                Option(
                    name="setting",
                    kind=OptionKind.WORD,
                    summary="on acts, dry only notes, off does not look",
                    required=False,
                    choices=commands.SETTINGS,
                ),
            ),
            lists=True,
        ),
    ),
    presses=(*PRESSES, END),
    menus=(MenuSpec(name="warn", label="Warn", run=commands.warn_line, roles=MODERATORS),),
    followers=(FOLLOWER,),
    deadlines=(WATCHED, REFUSED, *SLOW_DEADLINES),
    undoes=(
        UndoSpec(action="mod.warn", run=undo_entry),
        UndoSpec(action="mod.timeout", run=undo_entry),
        UndoSpec(action="mod.delete", run=undo_entry),
        UndoSpec(action="mod.permit", run=commands.undo_permit),
        UndoSpec(action="mod.rules", run=commands.undo_rule),
        UndoSpec(action="mod.false", run=undo_false_alarm),
    ),
    tellings=(
        Telling(kinds=(ACT,), merge=merge_acts),
        Telling(kinds=(CARD,), merge=merge_cards),
    ),
)
