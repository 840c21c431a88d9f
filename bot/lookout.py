"""Looks whether the platforms can be reached, and tells the sale of one that is lost, or back."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.platforms.base import Platform
from handlers.messages import Webhook
from handlers.team.sight import SOURCE

__all__ = ["Lookout"]

#: A session that is made anew takes some seconds; nobody should be called for that.
_LOST_AFTER = timedelta(minutes=1)


class Lookout:
    """Tells by `tell`, once each time. What it saw ends with the process, and is seen anew."""

    def __init__(
        self, platforms: Mapping[str, Platform], tell: Callable[[Webhook], Awaitable[None]]
    ) -> None:
        self._platforms = platforms
        self._tell = tell
        self._away: dict[str, datetime] = {}
        #: What was told of each platform last: whether it is there.
        self._told: dict[str, bool] = {}

    async def tick(self, now: datetime) -> None:
        """Look at every platform that this process connects to."""
        for name, platform in self._platforms.items():
            state = platform.state()
            if state.connected or state.elsewhere:
                self._away.pop(name, None)
                # After a start too: it may have been lost when the process ended.
                if state.connected and not self._told.get(name, False):
                    await self._say(name, now, there=True)
                continue
            since = self._away.setdefault(name, now)
            if now - since >= _LOST_AFTER and self._told.get(name, True):
                await self._say(name, since, there=False)

    async def _say(self, name: str, since: datetime, *, there: bool) -> None:
        key = f"{SOURCE}:{name}:{'back' if there else 'lost'}:{since.isoformat()}"
        body = {"platform": name.capitalize(), "there": there}
        await self._tell(Webhook(key=key, source=SOURCE, body=body, received_at=since))
        self._told[name] = there
