"""The page of the runs: what is open, whose step it is, what is late. A phone is enough for it.

Everyone who may open it sees it; who acts there is a person with a role of the team. What is done
there is done as on the card in the chat, with the same rights and the same answers.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.web.acting import ActingRoom
from bot.web.frames import BeatFrame, HelloFrame
from bot.web.host_desk import RunsDesk
from handlers.people import TEAM, Person

__all__ = ["RunsRoom"]


class StepFrame(BaseModel):
    """What somebody does to a step; `why` where it is skipped."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["step"]
    act: Literal["take", "done", "skip"]
    run: int = Field(ge=1, le=10**15)
    step: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    why: str = Field(default="", max_length=500)
    nonce: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")


_Frame = Annotated[HelloFrame | StepFrame | BeatFrame, Field(discriminator="type")]


class RunsRoom(ActingRoom[StepFrame, RunsDesk]):
    """Every open page of the runs, under `/runs`."""

    kind = "runs"
    largest_frame = 8 * 1024
    roles = TEAM
    only = "Only the team acts here. Nothing was changed."

    def __init__(self, read: Callable[[], Awaitable[Any]], desk: RunsDesk) -> None:
        super().__init__(read, desk, TypeAdapter(_Frame))

    async def act(self, person: Person, asked: StepFrame, answered: Callable[[str], None]) -> None:
        """Tick, take or skip a step."""
        if asked.act == "skip":
            values = {"act": "skip", "step": asked.step, "why": asked.why}
            form = f"runs.more:{asked.run}"
            await self._desk.submit(person, form, values, asked.nonce, answered)
        else:
            button = f"runs.{asked.act}:{asked.run}:{asked.step}"
            await self._desk.press(person, button, asked.nonce, answered)
