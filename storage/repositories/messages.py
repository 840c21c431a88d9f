"""What was taken in: lines by key, so that what comes again falls out, and a cursor a channel."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, select, update

from storage.schema.sale import claims
from storage.schema.traffic import cursors, messages
from storage.unit_of_work import AnyRow, Transaction, padded

__all__ = ["advance", "cursor", "known", "native_order", "prune", "remember"]

_KEYS_AT_ONCE = 1024


class ChannelLike(Protocol):
    """A channel on a platform."""

    @property
    def platform(self) -> str:
        """The platform's name."""

    @property
    def id(self) -> str:
        """The channel's id there."""


def native_order(native_id: str) -> tuple[int, str]:
    """Sort key of a platform's message ids: numbers by value, anything else as text."""
    return (len(native_id), native_id) if native_id.isdecimal() else (0, native_id)


async def known(tx: Transaction, keys: Iterable[str]) -> dict[str, AnyRow]:
    """Those of `keys` that were taken in, each with `text`, `person` and `sent_at` as stored."""
    wanted = sorted(set(keys))
    looking = select(messages.c.key, messages.c.text, messages.c.person, messages.c.sent_at).where(
        messages.c.key.in_(bindparam("keys", expanding=True))
    )
    found: dict[str, AnyRow] = {}
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        chunk = padded(wanted[start : start + _KEYS_AT_ONCE])
        found |= {row.key: row for row in await tx.all(looking, {"keys": chunk})}
    return found


async def remember(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note `rows` of the table `messages` as taken in; none of their keys may be known."""
    await tx.insert(messages, rows)


async def cursor(tx: Transaction, platform: str, channel: str) -> tuple[datetime, str] | None:
    """How far a channel was taken in: (sent at, native id) of its last line."""
    row = await tx.first(
        select(cursors.c.sent_at, cursors.c.native_id).where(
            cursors.c.platform == platform, cursors.c.channel == channel
        )
    )
    return None if row is None else (row.sent_at, row.native_id)


async def advance(
    tx: Transaction, reached: Mapping[ChannelLike | tuple[str, str], tuple[datetime, str]]
) -> None:
    """Move cursors forward to (sent at, native id) by channel; one that is further stays."""
    places = {_place(channel): at for channel, at in reached.items()}
    for (platform, channel), (sent_at, native_id) in sorted(places.items()):
        here = (cursors.c.platform == platform, cursors.c.channel == channel)
        looking = select(cursors.c.sent_at, cursors.c.native_id).where(*here).with_for_update()
        row = await tx.first(looking)
        values = {"sent_at": sent_at, "native_id": native_id}
        if row is None:
            await tx.insert(cursors, [{"platform": platform, "channel": channel, **values}])
        elif (row.sent_at, native_order(row.native_id)) < (sent_at, native_order(native_id)):
            await tx.run(update(cursors).where(*here), values)


async def prune(tx: Transaction, before: datetime) -> int:
    """Forget lines sent before `before` that no claim came from; how many.

    A key that is forgotten would be taken in again: stay well behind what a platform redelivers.
    """
    claimed = select(claims.c.id).where(claims.c.message_key == messages.c.key).exists()
    return await tx.run(delete(messages).where(messages.c.sent_at < before, ~claimed))


def _place(channel: ChannelLike | tuple[str, str]) -> tuple[str, str]:
    return channel if isinstance(channel, tuple) else (channel.platform, channel.id)
