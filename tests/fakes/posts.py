"""A `PostStore` in memory: what the local stage keeps, for as long as the test lasts."""

import asyncio
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from bot.platforms.local_posts import NewPost, Post, StoreBusy
from handlers.messages import Button, OutsideAct, Picture

__all__ = ["MemoryPosts"]


class MemoryPosts:
    """Keeps posts by id. `writes` lists the size of each transaction.

    Clear `open_for_writing` to make every write wait, and set it to let them through; `busy`
    makes so many of the next writes fail.
    """

    def __init__(self) -> None:
        self.posts: dict[int, Post] = {}
        self._known: dict[str, int] = {}
        self.writes: list[int] = []
        self.busy = 0
        self.open_for_writing = asyncio.Event()
        self.open_for_writing.set()

    async def append(self, posts: Sequence[NewPost]) -> Sequence[Post]:
        """Keep posts, all or none."""
        await self._write(len(posts))
        return [self._keep(post) for post in posts]

    def _keep(self, new: NewPost) -> Post:
        if new.once is not None and new.once in self._known:
            return self.posts[self._known[new.once]]
        values = {field.name: getattr(new, field.name) for field in fields(new)}
        post = Post(id=len(self.posts) + 1, **values)
        self.posts[post.id] = post
        if new.once is not None:
            self._known[new.once] = post.id
        return post

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
        await self._write(1)
        post = self.posts.get(id)
        if post is None:
            return None
        if text is not None:
            post = replace(post, text=text, edited_at=at)
        if deleted:
            post = replace(post, deleted_at=at)
        if buttons is not None:
            post = replace(post, buttons=buttons)
        if mentions is not None:
            post = replace(post, mentions=mentions)
        if pictures is not None:
            post = replace(post, pictures=pictures)
        if reaction is not None and reaction not in post.reactions:
            post = replace(post, reactions=(*post.reactions, reaction))
        self.posts[id] = post
        return post

    async def get(self, id: int) -> Post | None:
        """Return one post."""
        return self.posts.get(id)

    async def picture(self, id: str) -> bytes | None:
        """What a picture of any post holds."""
        every = (one for post in self.posts.values() for one in post.pictures)
        return next((one.content for one in every if one.id == id), None)

    async def after(self, channel: str, id: int, limit: int) -> Sequence[Post]:
        """Posts that everyone in the channel sees."""
        return [post for post in self._public(channel) if post.id > id][:limit]

    async def changed(self, channel: str, since: datetime, limit: int) -> Sequence[Post]:
        """Posts edited or deleted since."""
        return [
            post
            for post in self._public(channel)
            if max(post.edited_at or post.at, post.deleted_at or post.at) >= since
            and (post.edited_at or post.deleted_at)
        ][:limit]

    async def latest(
        self, *, channel: str | None, person: str | None, limit: int
    ) -> Sequence[Post]:
        """The newest posts."""
        return [
            post
            for post in self.posts.values()
            if channel in {None, post.channel}
            and post.person in {None, person}
            and post.deleted_at is None
        ][-limit:]

    async def acts(self, since: datetime) -> Sequence[tuple[str, OutsideAct]]:
        """None: here nobody writes down what the relay did."""
        return []

    def _public(self, channel: str) -> list[Post]:
        every = self.posts.values()
        return [post for post in every if post.channel == channel and post.person is None]

    async def _write(self, size: int) -> None:
        await self.open_for_writing.wait()
        if self.busy:
            self.busy -= 1
            raise StoreBusy
        self.writes.append(size)
