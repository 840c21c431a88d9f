"""A way to let any domain event happen, also one that nothing tells of yet: `/happen`."""

from dataclasses import field, make_dataclass
from datetime import datetime
from typing import Any

from handlers import events
from handlers.capability import Capability, CommandSpec
from handlers.command_line import Invocation
from handlers.events import Event
from handlers.messages import Answer
from handlers.work import Work

__all__ = ["Happening"]


class Happening:
    """Emits what it was given last, when somebody types `/happen`."""

    def __init__(self) -> None:
        self.next: list[Event] = []
        command = CommandSpec(name="happen", summary="let it happen", run=self._happen)
        self.capability = Capability(
            name="happening", summary="Lets things happen.", commands=(command,)
        )

    def give(self, name: str, /, **fields: Any) -> None:
        """An event of this name and these fields happens next."""
        kind = vars(events).get(name) or _kind(name, fields)
        self.next.append(kind(**fields))

    async def _happen(self, work: Work, command: Invocation) -> Answer:
        happened, self.next = self.next, []
        for event in happened:
            work.emit(event)
        return Answer(text="it happened")


def _kind(name: str, fields: dict[str, Any]) -> Any:
    """An event that a later version tells of."""
    at = ("at", datetime | None, field(default=None))
    return make_dataclass(
        name,
        [*((one, type(value)) for one, value in fields.items()), at],
        bases=(Event,),
        frozen=True,
        kw_only=True,
    )
