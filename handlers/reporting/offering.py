"""What the reporting capability offers: how a show went, told at its end and at any time."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import SETTLERS, TEAM
from handlers.reporting.reading import find_show, read_figures
from handlers.reporting.telling import DRAWN, FOLLOWS
from handlers.reporting.words import report_text
from handlers.work import Work

__all__ = ["CAPABILITY"]


async def report(work: Work, command: Invocation) -> Answer:
    """`/show report [SHOW…]`: its figures now; money only to those who see orders too."""
    show_id = await find_show(work.tx, command.options["show"])
    figures = None if show_id is None else await read_figures(work.tx, show_id, work.at)
    if figures is None:
        return Answer(text=work.house.wording.say("report.none"))
    money = command.person.may(SETTLERS)
    return Answer(text=report_text(work.house, figures, money=money))


CAPABILITY = Capability(
    name="reporting",
    summary="Tells the team how a show went: at its end, and once nothing of it is held any more.",
    commands=(
        CommandSpec(
            name="show report",
            summary="how a show went: money, unmet wishes, waiting times, what is late",
            run=report,
            roles=TEAM,
            beside=True,
            options=(
                Option(
                    name="show",
                    kind=OptionKind.TEXT,
                    summary="its number or name; else the newest",
                    required=False,
                ),
            ),
        ),
    ),
    followers=(FOLLOWS,),
    webhooks=(DRAWN,),
)
