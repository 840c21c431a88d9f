"""What the claims capability offers: commands, buttons, menus, deadlines and sentences."""

from handlers.capability import (
    Capability,
    CommandSpec,
    FormSpec,
    MenuSpec,
    Option,
    OptionKind,
    PressSpec,
    Telling,
    UndoSpec,
)
from handlers.claims import menus, pressing, private, receipt, rescues, staff
from handlers.claims.capture import Capture
from handlers.claims.early import OPENED
from handlers.claims.hints import HINTS_DUE
from handlers.claims.holds import EXPIRY, RELEASES, WARNINGS, extend
from handlers.claims.people_lists import merge_hints, merge_people
from handlers.claims.private_words import WORDS
from handlers.claims.replies import merge_outcomes
from handlers.claims.telling import merge_lines
from handlers.people import MODERATORS

__all__ = ["CAPABILITY"]

_PERSON = Option(name="person", kind=OptionKind.PERSON, summary="name or id, in quotes if need be")
_CODE = Option(name="code", kind=OptionKind.ITEM, summary="the item's code")
_NUMBER = OptionKind.INTEGER
_WHY = Option(name="why", kind=OptionKind.TEXT, summary="why, for the audit", required=False)

CAPABILITY = Capability(
    name="claims",
    summary="Reads claims in the chat, holds units, keeps the waitlist, answers why.",
    hearers=(Capture(),),
    directs=(WORDS,),
    commands=(
        CommandSpec(
            name="cart", summary="what you hold and wait for", run=private.cart, lists=True
        ),
        CommandSpec(
            name="why",
            summary="why you got an item, or not: your receipt",
            run=receipt.why,
            options=(_CODE,),
        ),
        CommandSpec(
            name="claim add",
            summary="claim for someone, past line and limit",
            run=staff.add,
            roles=MODERATORS,
            options=(
                _PERSON,
                _CODE,
                Option(name="variant", kind=OptionKind.VARIANT, summary="size", required=False),
                Option(
                    name="quantity", kind=OptionKind.INTEGER, summary="how many", required=False
                ),
                _WHY,
            ),
        ),
        CommandSpec(
            name="claim void",
            summary="take someone's units back",
            run=staff.void,
            roles=MODERATORS,
            options=(
                _PERSON,
                _CODE,
                Option(name="variant", kind=OptionKind.VARIANT, summary="size", required=False),
                _WHY,
            ),
        ),
        CommandSpec(
            name="claim move",
            summary="move someone's units to another size",
            run=staff.move,
            roles=MODERATORS,
            options=(
                _PERSON,
                _CODE,
                Option(name="variant", kind=OptionKind.VARIANT, summary="from which size"),
                Option(name="to", kind=OptionKind.TEXT, summary="to which size"),
            ),
        ),
        CommandSpec(
            name="claim list",
            summary="the newest claims in order",
            run=staff.claims_list,
            roles=MODERATORS,
            lists=True,
            options=(
                Option(name="code", kind=OptionKind.ITEM, summary="only this item", required=False),
            ),
        ),
    ),
    presses=(
        PressSpec(name="claims.mine", run=private.mine, takes=(OptionKind.WORD,), may_lack=1),
        PressSpec(name="claims.size", run=pressing.size, takes=(_NUMBER,)),
        PressSpec(name="claims.keep", run=pressing.keep, takes=(_NUMBER,)),
        PressSpec(name="claims.only", run=pressing.only, takes=(_NUMBER,)),
        PressSpec(
            name="claims.instead",
            run=pressing.instead,
            takes=(_NUMBER, OptionKind.WORD, _NUMBER),
            may_lack=1,
        ),
        PressSpec(
            name="claims.forme",
            run=pressing.claim_for_me,
            takes=(_NUMBER, _NUMBER, _NUMBER),
        ),
        PressSpec(name="claims.test", run=private.test),
        PressSpec(name="claims.dm", run=private.by_dm, takes=(OptionKind.WORD,), may_lack=1),
        PressSpec(name="holds.extend", run=extend),
        PressSpec(
            name="rescue.pick",
            run=rescues.choose,
            takes=(_NUMBER, _NUMBER),
            roles=MODERATORS,
            label="a choice on a rescue card",
        ),
    ),
    menus=(
        MenuSpec(
            name="count",
            label="Count as claim",
            run=menus.count_line,
            roles=MODERATORS,
            opens=menus.ask_item,
        ),
        MenuSpec(name="not", label="Not a claim", run=menus.drop_line, roles=MODERATORS),
        MenuSpec(name="release", label="Release", run=menus.drop_line, roles=MODERATORS),
        MenuSpec(name="why", label="Why?", run=receipt.why_line, roles=MODERATORS),
    ),
    forms=(
        FormSpec(
            name="claims.count",
            run=menus.count_submit,
            fields=menus.COUNT_FIELDS,
            check=menus.count_check,
            roles=MODERATORS,
            label="Count as claim",
        ),
    ),
    followers=(OPENED,),
    deadlines=(RELEASES, EXPIRY, WARNINGS, HINTS_DUE),
    undoes=(
        UndoSpec(action="claim.add", run=staff.undo_add),
        UndoSpec(action="claim.void", run=staff.undo_void),
        UndoSpec(action="claim.move", run=staff.undo_move),
        UndoSpec(action="claim.count", run=menus.undo_count),
    ),
    tellings=(
        Telling(kinds=("claims.outcome",), merge=merge_outcomes),
        Telling(
            kinds=(
                "claims.promoted",
                "claims.private_news",
                "claims.released",
                "claims.taken_back",
                "holds.expired",
            ),
            merge=merge_lines,
        ),
        Telling(kinds=("hint",), merge=merge_hints),
        Telling(kinds=("claims.opened", "holds.warning", "holds.show_end"), merge=merge_people),
    ),
)
