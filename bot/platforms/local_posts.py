"""What the local stage keeps: posts, where they are kept, and how many are kept at once.

Errors of a `PostStore`:

- `StoreBusy`: the posts were not kept this time (locked, full, unreachable); try again.

Errors of what people do on the stage:

- `Refused`: it is not possible; `args[0]` is the sentence to show.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from handlers.messages import Button, Form, OutsideAct, Picture

__all__ = [
    "DIRECT",
    "Change",
    "GroupCommit",
    "NewPost",
    "Post",
    "PostStore",
    "Refused",
    "Room",
    "StoreBusy",
    "Watcher",
]

#: The channel of a conversation with the bot alone.
DIRECT = ""


class StoreBusy(Exception):
    """Nothing was kept: the store is locked, full or out of reach."""


LARGEST_BATCH = 500

Change = Literal["edited", "deleted", "reaction"]


class Refused(Exception):
    """What a person tried is not possible here; `args[0]` is the sentence to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A post that has no id yet.

    `channel` is empty in a direct conversation. `person` is the only one who sees it besides the
    bot, or None where the whole channel does. `mentions` are (person id, name shown). `once` is
    unique: a second post with the same value is the first one come again.
    """

    channel: str
    person: str | None = None
    author: str
    author_name: str
    author_role: str
    bot: bool = False
    kind: str
    text: str
    at: datetime
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    mentions: tuple[tuple[str, str], ...] = ()
    pictures: tuple[Picture, ...] = ()
    once: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(NewPost):
    """A post as kept. `reactions` are emoji in the order given, each once."""

    id: int
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reactions: tuple[str, ...] = ()


class PostStore(Protocol):
    """The memory of the local stage; posts stay in it across restarts.

    Every method may raise `StoreBusy`, and has done nothing then.
    """

    async def append(self, posts: Sequence[NewPost]) -> Sequence[Post]:
        """Keep `posts` in one transaction, durable on return; ids rise in the order given.

        Where `once` is known already the old post is returned, with its own `at`. A time comes
        back exactly as it was given, to the microsecond.
        """

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
        """Change what is not None and return the post as it is now, or None if there is none.

        A text sets `edited_at`, `deleted` sets `deleted_at`; a reaction is added if it is new.
        """

    async def get(self, id: int) -> Post | None:
        """Return one post."""

    async def picture(self, id: str) -> bytes | None:
        """What the picture of this id holds."""

    async def after(self, channel: str, id: int, limit: int) -> Sequence[Post]:
        """The first `limit` posts of a channel above `id` that everyone there sees, by id."""

    async def changed(self, channel: str, since: datetime, limit: int) -> Sequence[Post]:
        """Return posts that everyone there sees, edited or deleted at or after `since`, by id."""

    async def latest(
        self, *, channel: str | None, person: str | None, limit: int
    ) -> Sequence[Post]:
        """The newest `limit` posts that are not deleted, by id.

        Those that everyone in the channel sees, and those for `person` alone. No channel means
        all of them.
        """

    async def acts(self, since: datetime) -> Sequence[tuple[str, OutsideAct]]:
        """Return what was done since then besides posting, in order, each with its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A channel as a person sees it: its id, the name shown, and what sort of channel it is."""

    id: str
    name: str
    sort: Literal["stream", "direct", "team"]


class Watcher(Protocol):
    """Who shows what happens; called in the order in which it happened, and never waits."""

    def posted(self, post: Post) -> None:
        """Show a new post."""

    def changed(self, post: Post, change: Change) -> None:
        """Show a post as it is now."""


@dataclass(slots=True)
class _Batch:
    posts: list[NewPost] = field(default_factory=list)
    commit: "asyncio.Task[Sequence[Post]] | None" = None


class GroupCommit:
    """Writes posts that arrive together in one transaction.

    While one batch is being written the next one gathers, so a slow disk makes larger batches
    and a quiet one adds no wait. `kept` is told of each new post, in order of ids, before those
    who wait for it go on.
    """

    def __init__(self, store: PostStore, kept: Callable[[Post], None]) -> None:
        self._store = store
        self._kept = kept
        self._turn = asyncio.Lock()
        self._gathering: _Batch | None = None
        self._running: set[asyncio.Task[Sequence[Post]]] = set()

    async def keep(self, post: NewPost) -> Post:
        """Return the post as kept, once it is durable. Raises `StoreBusy`."""
        batch = self._gathering
        if batch is None or len(batch.posts) == LARGEST_BATCH:
            batch = self._gathering = _Batch()
            batch.commit = asyncio.create_task(self._commit(batch))
            # The loop holds tasks weakly, and every waiter may have gone away.
            self._running.add(batch.commit)
            batch.commit.add_done_callback(self._running.discard)
        place = len(batch.posts)
        batch.posts.append(post)
        assert batch.commit is not None  # noqa: S101 - set where the batch was made
        return (await asyncio.shield(batch.commit))[place]

    async def _commit(self, batch: _Batch) -> Sequence[Post]:
        async with self._turn:  # first come, first served: batches are written in their order
            if self._gathering is batch:
                self._gathering = None
            posts = await self._store.append(batch.posts)
        for new, post in zip(batch.posts, posts, strict=True):
            if post.at == new.at:  # an older time is that of a post come again
                self._kept(post)
        return posts

    async def drain(self) -> None:
        """Wait until what was handed in is kept or has failed."""
        while self._running:
            await asyncio.wait(self._running)
