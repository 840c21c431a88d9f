"""What the scorecard capability offers: `/scorecard`."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import SETTLERS, TEAM
from handlers.scorecard.reading import find_show, read_scorecard
from handlers.scorecard.telling import told
from handlers.work import Work

__all__ = ["CAPABILITY"]

_ALL = "all"


async def scorecard(work: Work, command: Invocation) -> Answer:
    """`/scorecard [SHOW]`: what was sold and came back; of the newest show if none is named."""
    say, typed = work.house.wording.say, str(command.options.get("show") or "")
    reasons = work.house.returns.reasons
    if typed.strip().casefold() == _ALL:
        card, title = await read_scorecard(work.tx, reasons), say("scorecard.all")
    else:
        show = await find_show(work.tx, typed)
        if show is None:
            key = "scorecard.unknown" if typed else "scorecard.none"
            return Answer(text=say(key, show=typed))
        card = await read_scorecard(work.tx, reasons, show.id)
        title = say("scorecard.title", show=show.name)
    # Moderators, hosts and packers see no money.
    money = command.person.may(SETTLERS)
    return Answer(text="\n".join(told(card, work.house, title, money=money)))


CAPABILITY = Capability(
    name="scorecard",
    summary="Counts what was sold, what came back and why, by show, SKU and host.",
    commands=(
        CommandSpec(
            name="scorecard",
            summary="what was sold, what came back and why: of the newest show, of one, or all",
            run=scorecard,
            roles=TEAM,
            options=(
                Option(
                    name="show",
                    kind=OptionKind.TEXT,
                    summary="its number or name, or all",
                    required=False,
                ),
            ),
            lists=True,
            beside=True,
        ),
    ),
)
