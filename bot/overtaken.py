"""Whether a post that somebody pressed is still the one at which its card stands."""

from collections.abc import Awaitable, Callable

from storage import outbox
from storage.engine import Storage
from storage.errors import StorageError

__all__ = ["Overtaken", "overtaken_in"]

#: From a card and the id of a post of it, what the card says by now where that is not its newest.
Overtaken = Callable[[str, str], Awaitable[str | None]]


def overtaken_in(storage: Storage) -> Overtaken:
    """Looks into `storage`; where that cannot be read, no post counts as overtaken."""

    async def overtaken(card: str, post: str) -> str | None:
        try:
            async with storage.read() as tx:
                return await outbox.overtaken(tx, card, post)
        except StorageError:
            return None

    return overtaken
