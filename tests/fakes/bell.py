"""A capability that alerts when a test says so."""

from typing import Any

from handlers.capability import Capability, CommandSpec, Option, OptionKind
from handlers.command_line import Invocation
from handlers.messages import Answer, Button
from handlers.team.alerts import Severity, raise_alert, settle_alert
from handlers.work import Work

__all__ = ["Bell"]

_TEXT = Option(name="text", kind=OptionKind.TEXT, summary="what", required=True)


class Bell:
    """`/ring TEXT` alerts under the key TEXT, `/calm TEXT` settles it, `/note TEXT` just tells.

    `more` are arguments of `raise_alert`.
    """

    def __init__(self, audience: str = "alerts", **more: Any) -> None:
        self.audience = audience
        self.more = more
        self.capability = Capability(
            name="bell",
            summary="Rings.",
            commands=(
                CommandSpec(name="ring", summary="alert", run=self._ring, options=(_TEXT,)),
                CommandSpec(name="alarm", summary="alert", run=self._alarm, options=(_TEXT,)),
                CommandSpec(name="calm", summary="settle", run=self._calm, options=(_TEXT,)),
                CommandSpec(name="note", summary="tell", run=self._note, options=(_TEXT,)),
            ),
        )

    async def _ring(self, work: Work, command: Invocation, **more: Any) -> Answer:
        text = command.options["text"]
        values = {"text": text}
        more = {"audience": self.audience, **self.more, **more}
        await raise_alert(work, key=text, kind="answer", values=values, **more)
        return Answer(text="rung")

    async def _alarm(self, work: Work, command: Invocation) -> Answer:
        return await self._ring(work, command, severity=Severity.URGENT)

    async def _calm(self, work: Work, command: Invocation) -> Answer:
        await settle_alert(work, command.options["text"], "all is well")
        return Answer(text="calmed")

    async def _note(self, work: Work, command: Invocation) -> Answer:
        work.tell_team(self.audience, "answer", {"text": command.options["text"]})
        return Answer(text="noted")

    @staticmethod
    def button() -> Button:
        """A button that a card may bring besides its own."""
        return Button(id="bell.ring:1", label="Ring again")
