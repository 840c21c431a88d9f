"""What is cleared away once it is of no use any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage import forgetting
from storage.engine import Storage

__all__ = ["Tokens"]

#: A token that answers an interaction dies after so long, on Discord; on Slack earlier or then.
_TOKEN_LIVES = timedelta(minutes=15)


class Tokens:
    """Cuts the tokens of old answers out of what was said.

    `prefixes` are the beginnings of their addresses, such as `discord|reply|`.
    """

    def __init__(self, storage: Storage, prefixes: Sequence[str]) -> None:
        self._storage = storage
        self._prefixes = prefixes
        #: Up to this delivery there is none left.
        self._cut_up_to = 0

    async def forget(self, now: datetime) -> None:
        """Cut those that died before `now`; writes only if there are any. Raises `StorageError`."""
        before = now - _TOKEN_LIVES
        after = self._cut_up_to
        async with self._storage.read() as tx:
            reached = await forgetting.all_ended_up_to(tx, self._prefixes, before, after)
            found = [
                prefix
                for prefix in self._prefixes
                if await forgetting.remembers_targets(tx, prefix, before, after)
            ]
        if found:
            async with self._storage.write() as tx:
                for prefix in found:
                    await forgetting.forget_targets(tx, prefix, before, after)
        self._cut_up_to = reached
