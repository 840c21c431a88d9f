"""Who may not write on the local stage for now: it survives a restart."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.platforms.local import LocalPlatform, Refused
from bot.platforms.local_store import SqlPostStore
from handlers.people import Person, Role
from storage.engine import Storage
from storage.schema.traffic import deliveries
from tests.fakes.venues.base import Notes

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


async def carried_out(storage: Storage, *, minutes: int, state: str = "sent", **act: str) -> None:
    """What the relay leaves behind of an act, so many minutes before noon."""
    row: dict[str, Any] = {
        "address": "local|act|stream",
        "kind": "moderation.act",
        "rendered": {"text": "", "act": act},
        "at": NOON - timedelta(minutes=minutes),
        "card": f"act:{minutes}:{act['kind']}",
        "state": state,
        "attempts": 0,
    }
    async with storage.write() as tx:
        await tx.insert(deliveries, [row])


def until(minutes: int) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


async def refused(storage: Storage, *names: str) -> dict[str, str]:
    """Why each of those may not write a second line right after a start; who may is left out."""
    platform = LocalPlatform(store=SqlPostStore(storage), clock=lambda: NOON)
    await platform.start(Notes())
    found = {}
    for name in names:
        role = Role.MODERATOR if name == "mo" else Role.VIEWER
        person = Person(platform="local", id=name, name=name, roles=frozenset({role}))
        platform.greet(person)
        try:
            for line in range(2):
                await platform.say(person, "stream", "hello", f"{name}-{line}")
        except Refused as why:
            found[name] = str(why)
    await platform.stop()
    return found


async def test_a_timeout_survives_a_restart_and_one_that_was_ended_does_not(
    sqlite: Storage,
) -> None:
    await carried_out(sqlite, minutes=9, kind="timeout", person="ana", until=until(8))
    await carried_out(sqlite, minutes=8, kind="timeout", person="lou", until=until(8))
    await carried_out(sqlite, minutes=7, kind="timeout", person="kim", until=until(-1))
    await carried_out(
        sqlite, minutes=6, kind="timeout", person="max", until=until(8), state="failed"
    )
    await carried_out(sqlite, minutes=5, kind="free", person="lou")
    assert await refused(sqlite, "ana", "lou", "kim", "max") == {
        "ana": "A moderator asked you to pause for 8 min. What you claimed stays yours."
    }


@pytest.mark.parametrize("over", [False, True])
async def test_a_slow_chat_survives_a_restart(sqlite: Storage, over: bool) -> None:
    await carried_out(sqlite, minutes=2, kind="slow", seconds="10", was="0")
    if over:
        await carried_out(sqlite, minutes=1, kind="slow", seconds="0", was="10")
    why = "The chat is slow for a moment: one line every 10 s. You can write again in 10 s."
    assert await refused(sqlite, "ana", "mo") == ({} if over else {"ana": why})
