"""`/mine`: what waits for the one who asks."""

from handlers.capability import Capability, CommandSpec
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import TEAM
from handlers.waiting import section_of, waiting_for
from handlers.work import Work

__all__ = ["CAPABILITY"]


async def mine(work: Work, command: Invocation) -> Answer:
    """`/mine`: what waits for you, the most urgent first."""
    say = work.house.wording.say
    sections = [section_of(work, thing) for thing in await waiting_for(work, command.person)]
    if not sections:
        return Answer(text=say("mine.none"))
    return Answer(text=say("mine.head", count=len(sections)), sections=tuple(sections))


CAPABILITY = Capability(
    name="mine",
    summary="Gathers what waits for each person of the team.",
    commands=(
        CommandSpec(
            name="mine",
            summary="what waits for you, the most urgent first",
            run=mine,
            roles=TEAM,
            lists=True,
        ),
    ),
)
