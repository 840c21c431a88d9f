"""What the runs capability offers: standard work, started, ticked off and looked back at."""

from handlers.capability import Capability, UndoSpec
from handlers.runs import steps, suggesting
from handlers.runs.commands import COMMANDS
from handlers.runs.overhearing import OVERHEARS
from handlers.runs.pressing import FORMS, PRESSES
from handlers.runs.ticking import DUE
from handlers.runs.triggering import FOLLOWS
from handlers.runs.waiting import WAITS

__all__ = ["CAPABILITY"]

CAPABILITY = Capability(
    name="runs",
    summary="Runs playbooks: steps with owners and times, calls, and a review.",
    commands=COMMANDS,
    presses=PRESSES,
    forms=FORMS,
    overhears=(OVERHEARS,),
    followers=(FOLLOWS,),
    deadlines=(DUE, suggesting.PLANNED),
    undoes=(
        UndoSpec(action="playbook.step", run=steps.undo_step),
        UndoSpec(action="playbook.start", run=steps.undo_start),
        UndoSpec(action="runs.mute", run=suggesting.undo_quiet),
    ),
    waits=(WAITS,),
)
