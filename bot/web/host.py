"""The host's page: what is on stage, what is left, the line to say now, and what is next.

Everyone who may open it sees it; who acts there is a person with a role. A press names what the
page showed, and is answered once it is committed and the page shows what came of it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import TypeAdapter

from bot.web.acting import ActingRoom
from bot.web.frames import DoFrame, HostFrame
from bot.web.host_desk import HostDesk
from handlers.host.roles import HOSTS
from handlers.people import Person

__all__ = ["HostRoom"]


class HostRoom(ActingRoom[DoFrame, HostDesk]):
    """Every open page of a host, under `/host`."""

    kind = "host"
    roles = HOSTS
    only = "Only the host and moderators act here. Nothing was changed."

    def __init__(self, read: Callable[[], Awaitable[Any]], desk: HostDesk) -> None:
        super().__init__(read, desk, TypeAdapter(HostFrame))

    async def act(self, person: Person, asked: DoFrame, answered: Callable[[str], None]) -> None:
        """Press what the page showed."""
        button = f"host.{asked.act}:{asked.show}:{asked.stage}"
        await self._desk.press(person, button, asked.nonce, answered)
