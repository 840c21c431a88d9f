"""What the shows capability offers: the show and its stage."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind, UndoSpec
from handlers.people import MODERATORS
from handlers.shows import card, checklist, control, ending, planning, run_of_show, stage
from handlers.stock import marks

__all__ = ["CAPABILITY"]

CAPABILITY = Capability(
    name="shows",
    summary="Starts, pauses and ends the show, and says what is on stage.",
    commands=(
        CommandSpec(
            name="show start",
            summary="start the show",
            run=run_of_show.start,
            roles=MODERATORS,
            options=(
                Option(name="name", kind=OptionKind.TEXT, summary="its name", required=False),
            ),
        ),
        CommandSpec(
            name="show plan",
            summary="when the next show starts: 19:30, 2026-11-22 19:30-22:00, in 2h; or clear",
            run=planning.plan,
            roles=MODERATORS,
            options=(
                Option(name="when", kind=OptionKind.WORD, summary="day and time, or clear"),
                Option(name="name", kind=OptionKind.TEXT, summary="its name", required=False),
            ),
        ),
        CommandSpec(
            name="show end",
            summary="end the show; holds get their end",
            run=ending.end,
            roles=MODERATORS,
        ),
        CommandSpec(
            name="show pause",
            summary="keep claims in order without deciding them",
            run=run_of_show.pause,
            roles=MODERATORS,
        ),
        CommandSpec(
            name="show resume",
            summary="decide what was kept, in order, and go on",
            run=run_of_show.resume,
            roles=MODERATORS,
        ),
        CommandSpec(
            name="show status",
            summary="where the show stands",
            run=run_of_show.status,
            roles=MODERATORS,
        ),
        CommandSpec(
            name="show checklist",
            summary="what is missing before the show, and who sees to it",
            run=checklist.checklist,
            roles=MODERATORS,
            lists=True,
        ),
        CommandSpec(
            name="show lamps",
            summary="percent left at which amber and pause light; 0 0 is the shop's rule",
            run=marks.show,
            roles=MODERATORS,
            options=marks.MARKS,
        ),
        CommandSpec(
            name="stage next",
            summary="the next item of the run order",
            run=stage.following,
            roles=MODERATORS,
        ),
        CommandSpec(name="stage back", summary="the item before", run=stage.back, roles=MODERATORS),
        CommandSpec(
            name="stage clear", summary="nothing on stage", run=stage.clear, roles=MODERATORS
        ),
        CommandSpec(
            name="stage",
            summary="put an item on stage",
            run=stage.stage,
            roles=MODERATORS,
            options=(
                Option(name="code", kind=OptionKind.ITEM, summary="the item's code"),
                Option(
                    name="variant", kind=OptionKind.VARIANT, summary="only this one", required=False
                ),
            ),
        ),
    ),
    presses=control.PRESSES,
    forms=control.FORMS,
    followers=(card.FOLLOWS,),
    deadlines=(planning.STAGE, ending.IDLE_ASK, ending.IDLE_END),
    undoes=(
        UndoSpec(action="show.start", run=run_of_show.undo_start),
        UndoSpec(action="show.plan", run=planning.undo_plan),
        UndoSpec(action="show.pause", run=run_of_show.undo_pause),
        UndoSpec(action="show.resume", run=run_of_show.undo_resume),
        UndoSpec(action="show.lamps", run=marks.undo_show),
        UndoSpec(action="show.end", run=ending.undo_end),
        UndoSpec(action="stage", run=stage.undo_stage),
    ),
)
