"""The process without its doors: dispatcher, intake and relay over one database."""

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence

from bot.audiences import Audiences
from bot.clock import Clock, SystemClock
from bot.fallback import Fallback
from bot.house import house_of, voice_of
from bot.intake import Intake, IntakeSettings, Stored
from bot.intake.attempt import attempt
from bot.intake.desk import Incoming
from bot.lookout import Lookout
from bot.platforms.base import Platform
from bot.relay import Relay, RelaySettings, Trouble
from bot.settings import Settings
from handlers.dispatch import Dispatcher
from handlers.messages import Address
from handlers.registry import Registry
from storage.engine import Storage

__all__ = ["Andon", "new_reference"]


def new_reference() -> str:
    """A short id under which a bug is in the log and on the screen."""
    return secrets.token_hex(4)


class Andon:
    """Dispatcher, intake and relay over one database, for some platforms."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        platforms: Sequence[Platform],
        *,
        clock: Clock,
        registry: Registry | None = None,
        in_order: bool = False,
        on_commit: Callable[[], object] = lambda: None,
        on_conflict: Callable[[Incoming, Stored], None] = lambda _message, _stored: None,
    ) -> None:
        self.settings = settings
        self.storage = storage
        self.platforms: Mapping[str, Platform] = {one.name: one for one in platforms}
        self.registry = registry or Registry.of()
        stream = tuple(channel for one in platforms for channel in one.stream_channels())
        self.clock = clock
        self.house = house_of(settings, self.registry, stream, clock)
        self.dispatcher = Dispatcher(
            self.registry, self.house, storage, attempt=attempt, wall=SystemClock().now
        )
        self.audiences = Audiences(self.platforms)
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.relay = self._relay(SystemClock() if in_order else clock, owner)
        self.intake = Intake(
            storage,
            self.dispatcher,
            {"main": stream},
            platforms=self.platforms,
            clock=clock,
            owner=owner,
            new_reference=new_reference,
            settings=IntakeSettings(
                batch_max=settings.intake.batch_max, queue_max=settings.intake.queue_max
            ),
            in_order=in_order,
            alert_directly=self.alert_directly,
            on_commit=on_commit,
            on_conflict=on_conflict,
        )
        self.lookout = Lookout(self.platforms, self.intake.webhook)
        self.fallback = Fallback(
            storage, self.house.wording, self.platforms, self.audiences.resolve
        )

    def _relay(self, clock: Clock, owner: str) -> Relay:
        return Relay(
            self.storage,
            voice_of(self.house, self.registry),
            self.platforms,
            clock=clock,
            owner=owner,
            resolve=self.audiences.resolve,
            alert=self._trouble,
            unreachable=self._unreachable,
            settings=RelaySettings(lease_seconds=self.settings.relay.lease_seconds),
            sealer=self.house.sealer,
        )

    async def _trouble(self, trouble: Trouble) -> None:
        self.alert_directly(trouble.sentence)

    async def _unreachable(self, address: Address) -> None:
        await self.intake.unreachable(address.platform, address.target)

    def alert_directly(self, sentence: str) -> None:
        """Tell the team past the database, which may be what is broken."""
        self.audiences.alert(sentence)
