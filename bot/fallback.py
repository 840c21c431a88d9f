"""The second platform: what the team must hear is said there while the first cannot be reached.

The original stays where it waits, and is posted once its platform is back.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.platforms.base import Platform
from handlers.messages import Address, Reach
from handlers.wording import Said, Wording
from storage import outbox
from storage.copying import mark_copied, waiting_too_long
from storage.engine import Storage
from storage.unit_of_work import Transaction

__all__ = ["Fallback"]

_DOWN_FOR = timedelta(minutes=5)
_AUDIENCES = str(Address("", Reach.AUDIENCE, ""))
_CARDS = ("alert.card", "exception.card", "lamps.card")


class Fallback:
    """Copies alerts and exceptions to another platform; `resolve` says where an audience is."""

    def __init__(
        self,
        storage: Storage,
        wording: Wording,
        platforms: Mapping[str, Platform],
        resolve: Callable[[Address], Address | None],
    ) -> None:
        self._storage = storage
        self._wording = wording
        self._platforms = platforms
        self._resolve = resolve

    async def tick(self, now: datetime) -> None:
        """Copy what has to be heard and was not copied yet, each once."""
        before = now - _DOWN_FOR
        if len(self._platforms) < 2:
            return
        async with self._storage.read() as tx:
            if not await self._to_copy(tx, before):
                return
        async with self._storage.write() as tx:
            copies = await self._to_copy(tx, before)
            new = await mark_copied(tx, copies, now) if copies else set()
            said = [{**copy, "at": now} for id, copy in copies.items() if id in new]
            await outbox.put(tx, said)

    async def _to_copy(self, tx: Transaction, before: datetime) -> dict[int, dict[str, Any]]:
        """The copies to put into the outbox, by the id of what they are copies of."""
        rows: Sequence[Any] = await waiting_too_long(tx, _AUDIENCES, _CARDS, before)
        copies: dict[int, dict[str, Any]] = {}
        for row in rows:
            values = row._mapping["values"]
            first, second = self._places(Address.parse(row.address))
            if values.get("severity") == "info" or first is None or second is None:
                continue
            say, where = self._wording.say, first.platform.capitalize()
            parts = (
                say("alert.elsewhere", platform=where),
                values["text"],
                say("alert.goes_on", platform=where),
            )
            # What becomes of it is shown there alone, so nothing can be pressed here.
            kept = {name: value for name, value in values.items() if name != "buttons"}
            copies[row.id] = {
                "address": str(second),
                "kind": row.kind,
                "values": {**kept, "text": Said("\n".join(parts))},
                "card": row.card,
            }
        return copies

    def _places(self, audience: Address) -> tuple[Address | None, Address | None]:
        """Where an audience is, and where it is on another platform: there, or for alerts."""
        first = self._resolve(audience)
        others = [
            platform
            for name, platform in self._platforms.items()
            if first is not None and name != first.platform
        ]
        for wanted in (audience.target, "alerts"):
            for platform in others:
                channel = platform.audience_channel(wanted)
                if channel is not None:
                    return first, Address(channel.platform, Reach.CHANNEL, channel.id)
        return first, None
