"""The local stage's posts in Andon's own database: a `PostStore` over `Storage`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.platforms.local_posts import NewPost, Post, StoreBusy
from handlers.messages import (
    Address,
    Button,
    Field,
    FieldKind,
    Form,
    OutsideAct,
    Picture,
    Reach,
)
from handlers.speech import button_values, buttons_from, picture_values, pictures_from
from storage.engine import Storage
from storage.errors import StorageError
from storage.repositories import local_posts
from storage.repositories import pictures as stored_pictures
from storage.unit_of_work import Transaction

__all__ = ["SqlPostStore"]


class SqlPostStore:
    """See `bot.platforms.local_posts.PostStore`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def append(self, posts: Sequence[NewPost]) -> Sequence[Post]:
        """Keep posts in one transaction."""
        async with self._writing() as tx:
            rows = await local_posts.append(tx, [_row(post) for post in posts])
        return [_post(row) for row in rows]

    async def change(
        self,
        id: int,
        *,
        at: datetime,
        text: str | None = None,
        deleted: bool = False,
        buttons: tuple[Button, ...] | None = None,
        mentions: tuple[tuple[str, str], ...] | None = None,
        pictures: tuple[Picture, ...] | None = None,
        reaction: str | None = None,
    ) -> Post | None:
        """Change what is not None."""
        kept = None if buttons is None else button_values(buttons).get("buttons", [])
        async with self._writing() as tx:
            row = await local_posts.change(
                tx,
                id,
                at=at,
                text=text,
                deleted=deleted,
                buttons=kept,
                mentions=None if mentions is None else [list(one) for one in mentions],
                pictures=None if pictures is None else _refs(pictures),
                reaction=reaction,
            )
        return None if row is None else _post(row)

    async def get(self, id: int) -> Post | None:
        """One post."""
        async with self._reading() as tx:
            row = await local_posts.get(tx, id)
        return None if row is None else _post(row)

    async def picture(self, id: str) -> bytes | None:
        """What a picture holds."""
        async with self._reading() as tx:
            return (await stored_pictures.contents(tx, [id])).get(id)

    async def after(self, channel: str, id: int, limit: int) -> Sequence[Post]:
        """The first posts of a channel above `id`."""
        async with self._reading() as tx:
            return [_post(row) for row in await local_posts.after(tx, channel, id, limit)]

    async def changed(self, channel: str, since: datetime, limit: int) -> Sequence[Post]:
        """Posts edited or deleted at or after `since`."""
        async with self._reading() as tx:
            return [_post(row) for row in await local_posts.changed(tx, channel, since, limit)]

    async def latest(
        self, *, channel: str | None, person: str | None, limit: int
    ) -> Sequence[Post]:
        """The newest posts."""
        async with self._reading() as tx:
            rows = await local_posts.latest(tx, channel=channel, person=person, limit=limit)
        return [_post(row) for row in rows]

    async def acts(self, since: datetime) -> Sequence[tuple[str, OutsideAct]]:
        """What the relay carried out here."""
        async with self._reading() as tx:
            rows = await local_posts.acts(tx, f"local|{Reach.ACT}|", since)
        return [
            (Address.parse(row.address).target, OutsideAct.of(row.rendered["act"])) for row in rows
        ]

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Transaction]:
        try:
            # People wait for their line to appear; what the bot does with it may come after.
            async with self._storage.write(urgent=True) as tx:
                yield tx
        except StorageError as error:
            raise StoreBusy(str(error)) from error

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Transaction]:
        try:
            async with self._storage.read() as tx:
                yield tx
        except StorageError as error:
            raise StoreBusy(str(error)) from error


def _row(post: NewPost) -> dict[str, Any]:
    return {
        **{name: value for name, value in asdict(post).items() if name in _PLAIN},
        "buttons": button_values(post.buttons).get("buttons", []),
        "form": None if post.form is None else asdict(post.form),
        "mentions": [list(one) for one in post.mentions],
        "pictures": _refs(post.pictures),
    }


def _refs(pictures: Sequence[Picture]) -> list[dict[str, str]]:
    kept: list[dict[str, str]] = picture_values(pictures).get("pictures", [])
    return kept


_PLAIN = frozenset(
    {
        "channel",
        "person",
        "author",
        "author_name",
        "author_role",
        "bot",
        "kind",
        "text",
        "at",
        "once",
    }
)


def _post(row: Any) -> Post:
    return Post(
        **{name: getattr(row, name) for name in _PLAIN},
        id=row.id,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        reactions=tuple(row.reactions),
        buttons=buttons_from({"buttons": row.buttons}),
        form=None if row.form is None else _form(row.form),
        mentions=tuple((person, name) for person, name in row.mentions),
        pictures=pictures_from({"pictures": row.pictures or ()}),
    )


def _form(kept: Mapping[str, Any]) -> Form:
    fields = tuple(
        Field(
            **{
                **one,
                "kind": FieldKind(one["kind"]),
                "choices": tuple((value, label) for value, label in one["choices"]),
            }
        )
        for one in kept["fields"]
    )
    return Form(id=kept["id"], title=kept["title"], intro=kept["intro"], fields=fields)
