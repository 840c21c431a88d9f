"""While the first platform cannot be reached, what must be heard is said on the second."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from bot.fallback import Fallback
from handlers.messages import Address, Channel, Reach
from handlers.registry import Registry
from handlers.wording import Wording
from storage import outbox
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.platform import FakePlatform
from tests.fakes.saying import NOON

MINUTE = timedelta(minutes=1)
ELSEWHERE = "📡 Slack cannot be reached, so this comes here:\n"


OVER = "\nThis is a copy. It goes on in Slack, with its buttons, once that is back."


def copied(text: str) -> str:
    return f"{ELSEWHERE}{text}{OVER}"


class Team:
    """A team on Slack, and with some channels on Discord too."""

    def __init__(self, storage: Storage, **channels: str) -> None:
        self.storage = storage
        slack, discord = FakePlatform("slack"), FakePlatform("discord")
        discord.channels = {name: Channel("discord", id) for name, id in channels.items()}
        self.fallback = Fallback(
            storage,
            Wording(Registry.of().copy),
            {"slack": slack, "discord": discord},
            lambda address: Address("slack", Reach.CHANNEL, address.target),
        )

    async def told(self, *texts: str, kind: str = "alert.card", **values: Any) -> None:
        """Alerts of noon, or `exception.card`s, wait."""
        audience = "alerts" if kind == "alert.card" else "exceptions"
        rows = [
            {
                "address": f"|audience|{audience}",
                "kind": kind,
                "values": {"text": text, "severity": "warning", **values},
                "at": NOON,
                "card": f"card:{text}",
            }
            for text in texts
        ]
        async with self.storage.write() as tx:
            await outbox.put(tx, rows)

    async def in_vain(self, audience: str = "alerts") -> None:
        """The relay was sent away: Slack answers nothing."""
        address = f"|audience|{audience}"
        async with self.storage.write() as tx:
            fence = await outbox.lease_address(tx, address, "left", NOON, 30)
            assert fence is not None
            await outbox.hold_address(tx, address, "left", fence, NOON + 60 * MINUTE)

    async def copies(self, at: timedelta = 6 * MINUTE) -> list[tuple[str, str]]:
        """What waits for Discord once the fallback has looked: channel and text."""
        await self.fallback.tick(NOON + at)
        mine = traffic.outbox.c.address.startswith("discord|")
        async with self.storage.read() as tx:
            rows = await tx.all(select(traffic.outbox).where(mine).order_by(traffic.outbox.c.id))
        return [(row.address, row._mapping["values"]["text"]) for row in rows]


async def test_after_five_minutes_each_is_said_once_on_the_other(storage: Storage) -> None:
    team = Team(storage, alerts="77")
    await team.told("a lamp", "a bug", buttons=[{"id": "alert.take:1"}])
    await team.in_vain()
    assert await team.copies(4 * MINUTE) == []
    copies = [
        ("discord|channel|77", copied("a lamp")),
        ("discord|channel|77", copied("a bug")),
    ]
    assert await team.copies() == copies
    assert await team.copies(7 * MINUTE) == copies
    await team.told("another")
    assert (await team.copies())[2:] == [("discord|channel|77", copied("another"))]
    async with storage.read() as tx:
        assert len(await outbox.waiting(tx, "|audience|alerts", 10)) == 3
        (first, *_) = await outbox.waiting(tx, "discord|channel|77", 10)
    assert first.card == "card:a lamp"
    # Its card is brought up to date on Slack alone, so here nothing may be pressed for ever.
    assert "buttons" not in first._mapping["values"]


async def test_what_was_merged_already_and_waits_to_be_sent_is_said_too(storage: Storage) -> None:
    team = Team(storage, alerts="77")
    await team.told("a lamp")
    async with storage.write() as tx:
        (row,) = await outbox.waiting(tx, "|audience|alerts", 10)
        merged = outbox.NewDelivery(members=(row.id,), kind=row.kind, rendered={}, at=NOON)
        (delivery,) = await outbox.store_deliveries(tx, "|audience|alerts", [merged])
    await team.in_vain()
    assert len(await team.copies()) == 1
    async with storage.write() as tx:
        await outbox.mark_sent(tx, delivery, "p1", NOON)
        await tx.run(update(traffic.addresses).values(failures=1))
    await team.told("the next")
    assert [text for _, text in await team.copies()] == [
        copied("a lamp"),
        copied("the next"),
    ]


async def test_an_exception_goes_where_its_audience_is_there_or_to_alerts(
    storage: Storage,
) -> None:
    team = Team(storage, alerts="77")
    await team.told("one is short", kind="exception.card")
    await team.in_vain("exceptions")
    assert await team.copies() == [("discord|channel|77", copied("one is short"))]


async def test_what_can_wait_waits(storage: Storage) -> None:
    team = Team(storage, alerts="77")
    await team.told("by the way", severity="info")
    await team.in_vain()
    assert await team.copies() == []


async def test_a_platform_that_is_only_slow_or_has_no_second_is_left_alone(
    storage: Storage,
) -> None:
    slow, alone = Team(storage, alerts="77"), Team(storage)
    await slow.told("a lamp")
    assert await slow.copies() == []
    await slow.in_vain()
    assert await alone.copies() == []
