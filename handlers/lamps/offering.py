"""What the lamps capability offers: the cards of what runs low, pauses for a count, the cord."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind, Telling, UndoSpec
from handlers.lamps import cord, following, pressing
from handlers.lamps.telling import merge_counting
from handlers.people import TEAM

__all__ = ["CAPABILITY"]

CAPABILITY = Capability(
    name="lamps",
    summary="Warns before stock runs out, with the host's next sentence; lets anyone stop an item.",
    commands=(
        CommandSpec(
            name="cord",
            summary="stop an item and call the team",
            run=cord.pull,
            roles=TEAM,
            options=(
                Option(name="code", kind=OptionKind.ITEM, summary="the item's code"),
                Option(name="why", kind=OptionKind.TEXT, summary="what is wrong"),
            ),
        ),
    ),
    presses=pressing.PRESSES,
    followers=(following.FOLLOWS,),
    deadlines=(following.RESUME,),
    undoes=(UndoSpec(action="cord", run=cord.undo_pull),),
    tellings=(Telling(kinds=("lamps.counting",), merge=merge_counting),),
)
