"""The posts of the local stage, which is its own chat server."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from storage.schema.states import DeliveryState
from storage.schema.traffic import deliveries, local_posts
from storage.unit_of_work import AnyRow, Transaction, padded

__all__ = ["acts", "after", "append", "change", "changed", "get", "latest"]

_ALL = select(local_posts)
_SEEN_BY_ALL = local_posts.c.person.is_(None)


async def append(tx: Transaction, posts: Sequence[Mapping[str, Any]]) -> list[AnyRow]:
    """Keep posts, and return them as kept, in the order given.

    Each has every column but `id`, those of later changes and `reactions`. Where its `once` is
    known already, the post kept then is returned instead.
    """
    again = await _by_once(tx, [post["once"] for post in posts if post["once"] is not None])
    new: list[Mapping[str, Any]] = []
    places: list[int | str] = []
    for post in posts:
        once = post["once"]
        if once in again:
            places.append(once)
            continue
        if once is not None:
            again[once] = len(new)
        places.append(len(new))
        new.append({**post, "reactions": []})
    ids = await tx.insert_ids(local_posts, new)
    rows = {row.id: row for row in await _by_id(tx, ids)}
    return [_kept(place, again, ids, rows) for place in places]


def _kept(
    place: int | str,
    again: Mapping[str, AnyRow | int],
    ids: Sequence[int],
    rows: Mapping[int, AnyRow],
) -> AnyRow:
    known = again[place] if isinstance(place, str) else place
    return rows[ids[known]] if isinstance(known, int) else known


async def _by_once(tx: Transaction, once: Sequence[str]) -> dict[str, AnyRow | int]:
    if not once:
        return {}
    looking = _ALL.where(local_posts.c.once.in_(bindparam("once", expanding=True)))
    return {row.once: row for row in await tx.all(looking, {"once": padded(once)})}


async def _by_id(tx: Transaction, ids: Sequence[int]) -> Sequence[AnyRow]:
    if not ids:
        return ()
    looking = _ALL.where(local_posts.c.id.in_(bindparam("ids", expanding=True)))
    return await tx.all(looking, {"ids": padded(ids)})


async def get(tx: Transaction, id: int) -> AnyRow | None:
    """One post."""
    return await tx.first(_ALL.where(local_posts.c.id == id))


async def change(
    tx: Transaction,
    id: int,
    *,
    at: datetime,
    text: str | None = None,
    deleted: bool = False,
    buttons: Sequence[Mapping[str, Any]] | None = None,
    mentions: Sequence[Sequence[str]] | None = None,
    pictures: Sequence[Mapping[str, str]] | None = None,
    reaction: str | None = None,
) -> AnyRow | None:
    """Change what is not None and return the post as it is now; None if there is none.

    A text sets `edited_at`, `deleted` sets `deleted_at`; a reaction is added if it is new.
    """
    row = await tx.first(_ALL.where(local_posts.c.id == id).with_for_update())
    if row is None:
        return None
    values: dict[str, Any] = {}
    if text is not None:
        values |= {"text": text, "edited_at": at, "changed_at": at}
    if deleted:
        values |= {"deleted_at": at, "changed_at": at}
    if buttons is not None:
        values["buttons"] = list(buttons)
    if mentions is not None:
        values["mentions"] = list(mentions)
    if pictures is not None:
        values["pictures"] = list(pictures)
    if reaction is not None and reaction not in row.reactions:
        values["reactions"] = [*row.reactions, reaction]
    if values:
        await tx.run(update(local_posts).where(local_posts.c.id == id).values(values))
    return await get(tx, id)


async def after(tx: Transaction, channel: str, id: int, limit: int) -> Sequence[AnyRow]:
    """The first posts of a channel above `id` that everyone there sees, by id."""
    return await tx.all(
        _ALL.where(local_posts.c.channel == channel, local_posts.c.id > id, _SEEN_BY_ALL)
        .order_by(local_posts.c.id)
        .limit(limit)
    )


async def changed(tx: Transaction, channel: str, since: datetime, limit: int) -> Sequence[AnyRow]:
    """Posts that everyone there sees, edited or deleted at or after `since`, by id."""
    return await tx.all(
        _ALL.where(
            local_posts.c.changed_at >= since, local_posts.c.channel == channel, _SEEN_BY_ALL
        )
        .order_by(local_posts.c.id)
        .limit(limit)
    )


async def latest(
    tx: Transaction, *, channel: str | None, person: str | None, limit: int
) -> list[AnyRow]:
    """The newest posts that are not deleted, by id: those that all see, and those for `person`.

    No channel means all of them.
    """
    there = () if channel is None else (local_posts.c.channel == channel,)
    found = await tx.all(
        _ALL.where(
            or_(_SEEN_BY_ALL, local_posts.c.person == person),
            local_posts.c.deleted_at.is_(None),
            *there,
        )
        .order_by(local_posts.c.id.desc())
        .limit(limit)
    )
    return list(reversed(found))


async def acts(tx: Transaction, prefix: str, since: datetime) -> Sequence[AnyRow]:
    """What was done since then at addresses that begin with `prefix`, in order."""
    table = deliveries.c
    return await tx.all(
        select(table.address, table.rendered)
        .where(
            # By the index of cards, which every act has.
            table.card >= "act:",
            table.card < "act;",
            table.address.startswith(prefix, autoescape=True),
            table.at >= since,
            table.state == DeliveryState.SENT,
        )
        .order_by(table.id)
    )
