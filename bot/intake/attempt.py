"""The one place of the intake where a follower's bug is caught, whatever it is."""

from collections.abc import Awaitable, Callable

from storage.errors import StorageError

__all__ = ["attempt"]


async def attempt(run: Callable[[], Awaitable[None]]) -> Exception | None:
    """Run it and return the bug that it ended with; trouble of the database is nobody's bug."""
    try:
        await run()
    except StorageError:
        raise
    except Exception as error:
        return error
    return None
