"""How a running Andon is, looked at from outside: what `/healthz` and `/metrics` tell."""

import asyncio

from bot.andon import Andon
from bot.clock import SystemClock
from bot.web.health import Health
from storage import outbox
from storage.engine import Storage
from storage.errors import StorageError, StorageUnavailable

__all__ = ["health_of"]

_WRITE_WITHIN = 5.0
_LATE = 30.0


async def health_of(
    andon: Andon, *, write_within: float = _WRITE_WITHIN, late: float = _LATE
) -> Health:
    """How the database, the platforms and both queues are.

    Not well is a database that takes no change for `write_within` seconds, and chat of which a
    line has waited for `late` seconds.
    """
    relay_lag, problems = 0.0, []
    try:
        relay_lag = await _relay_lag(andon.storage)
        await _write(andon.storage, write_within)
    except StorageError as error:
        problems.append(str(error))
    database, intake_lag = not problems, andon.intake.lag_seconds()
    if intake_lag >= late:
        problems.append(f"The oldest line of chat has waited {intake_lag:.0f} s to be read.")
    return Health(
        database=database,
        platforms={name: one.state() for name, one in andon.platforms.items()},
        intake_lag_seconds=intake_lag,
        relay_lag_seconds=relay_lag,
        problems=tuple(problems),
    )


async def _relay_lag(storage: Storage) -> float:
    async with storage.read() as tx:
        oldest = (await outbox.lag(tx)).oldest
    return 0.0 if oldest is None else max(0.0, (SystemClock().now() - oldest).total_seconds())


async def _write(storage: Storage, within: float) -> None:
    """Begin and end a change that changes nothing. Raises `StorageError`."""
    try:
        async with asyncio.timeout(within), storage.write(urgent=True):
            return
    except TimeoutError as error:
        raise StorageUnavailable(
            f"Nothing could be written for {within:g} s.", reason="locked"
        ) from error
