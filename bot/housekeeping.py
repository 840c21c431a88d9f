"""What is cleared away once it is of no use any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.customers.retention import (
    SEALED_CONTENTS,
    SEALED_TEXTS,
    erase_old,
    reseal_addresses,
    reseal_contents,
    reseal_texts,
)
from handlers.support.forgetting import erase_old_letters
from storage import forgetting
from storage.engine import Storage
from storage.sealing import Sealer

__all__ = ["Privacy", "Tokens"]

#: A token that answers an interaction dies after so long, on Discord; on Slack earlier or then.
_TOKEN_LIVES = timedelta(minutes=15)
_AT_ONCE = 200


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


class Privacy:
    """Erases addresses and letters that are old enough, and seals anew what another key sealed.

    The whole memory is gone through once after each start, a few rows in a transaction.
    """

    def __init__(self, storage: Storage, sealer: Sealer, keep_days: int | None) -> None:
        self._storage = storage
        self._sealer = sealer
        self._keep = None if keep_days is None else timedelta(days=keep_days)
        self._resealed = not sealer.seals

    async def tick(self, now: datetime) -> None:
        """Do what there is to do. Raises `StorageError`."""
        if not self._resealed:
            await self._reseal()
            self._resealed = True
        if self._keep is not None:
            async with self._storage.write() as tx:
                await erase_old(tx, now - self._keep, now)
            async with self._storage.write() as tx:
                await erase_old_letters(tx, now - self._keep)

    async def _reseal(self) -> None:
        last: int | None = 0
        while last is not None:
            async with self._storage.write() as tx:
                last = await reseal_addresses(tx, self._sealer, last, _AT_ONCE)
        for table, column in SEALED_TEXTS:
            last = 0
            while last is not None:
                async with self._storage.write() as tx:
                    last = await reseal_texts(tx, self._sealer, table, column, last, _AT_ONCE)
        for table, most in SEALED_CONTENTS:
            last = 0
            while last is not None:
                async with self._storage.write() as tx:
                    last = await reseal_contents(tx, self._sealer, table, last, most)
