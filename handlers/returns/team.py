"""What the returns capability offers the team, and what follows by itself."""

from handlers.capability import CommandSpec, FormSpec, Option, OptionKind, PressSpec, UndoSpec
from handlers.people import SETTLERS
from handlers.returns import bench, card, desk, showing
from handlers.returns.acting import WHY_FIELD
from handlers.returns.card import CARDS
from handlers.returns.closing import ENDS
from handlers.returns.deciding import REQUESTS
from handlers.returns.defects import DEFECTS
from handlers.returns.giving import REFUNDS
from handlers.returns.inspecting import Finding, undo_inspect
from handlers.returns.policy import Wish
from handlers.returns.states import Place, Reception, ReturnState
from handlers.returns.waiting import LATE, REMIND, UNSENT, sent_pressed

__all__ = ["COMMANDS", "DEADLINES", "FOLLOWERS", "FORMS", "PRESSES", "TELLINGS", "UNDOES"]

_INTEGER, _WORD, _TEXT = OptionKind.INTEGER, OptionKind.WORD, OptionKind.TEXT
_NUMBER = Option(name="number", kind=_WORD, summary="the return's number, such as R-7K3F")
_HOW = (Reception.RECEIVED, Reception.LOST, Reception.WRONG_ITEM, Reception.NEVER_CAME)


def _words(*values: str) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _why(summary: str, *, required: bool = True) -> Option:
    return Option(name="why", kind=_TEXT, summary=summary, required=required)


COMMANDS = (
    CommandSpec(
        name="returns list",
        summary="returns that wait for the team, or those of one state",
        run=showing.list_,
        roles=SETTLERS,
        lists=True,
        options=(
            Option(
                name="state",
                kind=_WORD,
                summary="only these",
                required=False,
                choices=_words(*ReturnState),
            ),
        ),
    ),
    CommandSpec(
        name="returns show",
        summary="a return with its units, sums and history",
        run=showing.show,
        roles=SETTLERS,
        options=(_NUMBER,),
    ),
    CommandSpec(
        name="returns approve",
        summary="approve a return; against the policy with a reason",
        run=desk.approve_typed,
        roles=SETTLERS,
        options=(_NUMBER, _why("why, where the policy says no", required=False)),
    ),
    CommandSpec(
        name="returns decline",
        summary="decline a return, with the sentence that its customer reads",
        run=desk.decline_typed,
        roles=SETTLERS,
        options=(_NUMBER, _why("what the customer reads")),
    ),
    CommandSpec(
        name="returns photo",
        summary="ask the customer for a photo",
        run=desk.photo_typed,
        roles=SETTLERS,
        options=(_NUMBER, _why("what it should show", required=False)),
    ),
    CommandSpec(
        name="returns take",
        summary="you see to this return",
        run=desk.take_typed,
        roles=SETTLERS,
        options=(_NUMBER,),
    ),
    CommandSpec(
        name="returns handon",
        summary="somebody else sees to this return, and reads why",
        run=desk.handon_typed,
        roles=SETTLERS,
        options=(_NUMBER, _why("what they should know")),
    ),
    CommandSpec(
        name="returns wish",
        summary="the customer would rather have something else",
        run=desk.wish_typed,
        roles=SETTLERS,
        options=(
            _NUMBER,
            Option(name="wish", kind=_WORD, summary="what", choices=_words(*Wish)),
        ),
    ),
    CommandSpec(
        name="returns transit",
        summary="its parcel is on its way to you",
        run=bench.transit_typed,
        roles=SETTLERS,
        options=(
            _NUMBER,
            Option(name="tracking", kind=_WORD, summary="its tracking number"),
            Option(name="carrier", kind=_WORD, summary="who brings it", required=False),
        ),
    ),
    CommandSpec(
        name="returns receive",
        summary="note what came in: all of it, or units by their number",
        run=bench.receive_typed,
        roles=SETTLERS,
        options=(
            _NUMBER,
            Option(
                name="how",
                kind=_WORD,
                summary="here, or what else happened",
                required=False,
                choices=_words(*_HOW),
            ),
            Option(name="units", kind=_WORD, summary="all, or 1,3", required=False),
        ),
    ),
    CommandSpec(
        name="returns inspect",
        summary="give units a grade and a place, or refuse them",
        run=bench.inspect_typed,
        roles=SETTLERS,
        options=(
            _NUMBER,
            Option(name="units", kind=_WORD, summary="all, or 1,3"),
            Option(
                name="result", kind=_WORD, summary="a grade, or what else", choices=_words(*Finding)
            ),
            Option(
                name="place",
                kind=_WORD,
                summary="where it goes, if not as usual",
                required=False,
                choices=_words(*Place),
            ),
            _why("if refused: what the customer reads", required=False),
        ),
    ),
    CommandSpec(
        name="returns pay",
        summary="give back what is due for accepted units, or try again",
        run=bench.give_typed,
        roles=SETTLERS,
        options=(_NUMBER,),
    ),
)
PRESSES = (
    PressSpec(
        name="returns.approve",
        run=desk.approve_pressed,
        opens=desk.ask_override,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="Approve",
    ),
    PressSpec(
        name="returns.decline",
        run=desk.form_gone,
        opens=desk.ask_decline,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="Decline",
    ),
    PressSpec(
        name="returns.photo",
        run=desk.photo_pressed,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="Ask for a photo",
    ),
    PressSpec(
        name="returns.take",
        run=desk.take_pressed,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="I take it, on a return",
    ),
    PressSpec(
        name="returns.receive",
        run=bench.receive_pressed,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="All of it is here",
    ),
    PressSpec(
        name="returns.inspect",
        run=desk.form_gone,
        opens=bench.ask_inspection,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="Inspect",
    ),
    PressSpec(
        name="returns.give",
        run=bench.give_pressed,
        takes=(_INTEGER,),
        roles=SETTLERS,
        label="Give it back",
    ),
    PressSpec(name="returns.sent", run=sent_pressed, takes=(_INTEGER,)),
)
FORMS = (
    FormSpec(
        name="returns.approve",
        run=desk.approve_submit,
        fields=(WHY_FIELD,),
        roles=SETTLERS,
        label="Approve",
    ),
    FormSpec(
        name="returns.decline",
        run=desk.decline_submit,
        fields=(WHY_FIELD,),
        roles=SETTLERS,
        label="Decline",
    ),
    FormSpec(
        name="returns.inspect",
        run=bench.inspect_submit,
        fields=bench.INSPECT_FIELDS,
        roles=SETTLERS,
        label="Inspect",
    ),
)
FOLLOWERS = (REQUESTS, REFUNDS, ENDS, CARDS, DEFECTS)
DEADLINES = (LATE, REMIND, UNSENT)
UNDOES = (
    UndoSpec(action="returns.take", run=card.leave),
    UndoSpec(action="returns.inspect", run=undo_inspect),
)
TELLINGS = ()
