"""What the returns capability offers: the customer's side, and with it the team's."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind, PressSpec
from handlers.returns import own, pressing, team
from handlers.returns.direct import DIRECTS
from handlers.returns.drafts import FORGETTING

__all__ = ["CAPABILITY"]

_NUMBER, _WORD = OptionKind.INTEGER, OptionKind.WORD

CAPABILITY = Capability(
    name="returns",
    summary="Takes things back, and makes good what arrived broken, wrong or not at all.",
    commands=(
        CommandSpec(
            name="return",
            summary="send something back, or say that it is broken, wrong or missing",
            run=pressing.returning,
            options=(
                Option(
                    name="order",
                    kind=_WORD,
                    summary="an order such as S12-0042; or status; or cancel and its number",
                    required=False,
                ),
                Option(
                    name="number",
                    kind=_WORD,
                    summary="which return to cancel, such as R-7K3F",
                    required=False,
                ),
            ),
        ),
        *team.COMMANDS,
    ),
    presses=(
        PressSpec(name="returns.start", run=pressing.start, takes=(_NUMBER,), may_lack=1),
        PressSpec(name="returns.fresh", run=pressing.fresh),
        PressSpec(name="returns.wrong", run=pressing.wrong, takes=(_WORD,)),
        PressSpec(name="returns.pick", run=pressing.pick, takes=(_NUMBER, _WORD, _WORD)),
        PressSpec(name="returns.mark", run=pressing.marked, takes=(_NUMBER, _NUMBER)),
        PressSpec(name="returns.done", run=pressing.done, takes=(_NUMBER, _NUMBER)),
        PressSpec(name="returns.say", run=pressing.said, takes=(_NUMBER, _WORD, _WORD)),
        PressSpec(name="returns.status", run=own.pressed_status),
        PressSpec(name="returns.cancel", run=own.cancel, takes=(_NUMBER,)),
        *team.PRESSES,
    ),
    forms=team.FORMS,
    followers=team.FOLLOWERS,
    deadlines=(FORGETTING, *team.DEADLINES),
    undoes=team.UNDOES,
    tellings=team.TELLINGS,
    directs=DIRECTS,
)
