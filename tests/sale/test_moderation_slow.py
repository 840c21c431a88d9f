"""Slow mode: in a flood, and only while nothing on stage can be had."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.platforms.base import Outgoing, PostFailed
from handlers.messages import ActKind, ChatMessage
from handlers.moderation.rules import ModerationRules
from handlers.moderation.slowing import is_flood
from storage.engine import Storage, open_storage
from storage.schema import moderation, sale, traffic
from tests.fakes.shop import EVENING, PLATFORM, STREAM, Shop

SLOW = {"slow_seconds": 10, "slow_after_lines": 6, "slow_within_seconds": 3}
LINE = "🐢 One line every 10 s for a moment, so that everyone can read along."
ON = (10, 0)
OFF = (0, 10)


def paces(shop: Shop) -> list[tuple[int, int]]:
    """The paces that were set, each with the one that it takes back."""
    acts = [post.act for post in shop.paper.posts if post.act is not None]
    return [(act.seconds, act.was) for act in acts if act.kind is ActKind.SLOW]


def cards(shop: Shop) -> list[str]:
    return [text for text in shop.team() if text.startswith("🐢")]


async def flood(shop: Shop, count: int = 8) -> None:
    """Many at once, and a moment later whatever comes due by it."""
    lines = []
    for number in range(count):
        shop.clock.advance(0.1)
        lines.append(shop._line(f"V{number}", f"hello {number}", at=shop.clock.now()))
    await shop.andon.intake.feed(lines)
    await shop.passes(seconds=1)


@pytest.mark.parametrize(
    ("sent", "at", "found"),
    [
        ((1, 1, 2, 2, 3, 3), 3, True),
        ((1, 1, 2, 2, 3), 3, False),
        ((0, 1, 1, 2, 2, 3), 3, False),  # the first is out of the window
        ((1, 1, 2, 2, 3, 3), 2, False),  # the last are not said yet
        ((), 3, False),
    ],
)
def test_a_flood_is_many_lines_in_a_window(sent: Sequence[float], at: float, found: bool) -> None:
    assert is_flood(sent, at, ModerationRules(**SLOW)) is found


async def test_it_is_off_unless_a_shop_sets_it(storage: Storage) -> None:
    assert ModerationRules().slow_seconds == 0
    more = {"slow_after_lines": 6, "slow_within_seconds": 3}
    async with Shop(storage, moderation={"mode": "act", **more}) as shop:
        await shop.show()
        await flood(shop, 30)
        assert paces(shop) == []
        assert await shop.rows(select(moderation.moderation_slow)) == []


async def test_a_flood_over_an_empty_stage_is_slowed_once(storage: Storage) -> None:
    async with Shop(storage, moderation=SLOW) as shop:
        await shop.show()
        shop.heard()
        for _ in range(3):
            await flood(shop, 30)
        assert paces(shop) == [ON]
        assert shop.heard() == [LINE]
        (card,) = cards(shop)
        assert card.startswith("🐢 The chat floods and nothing on stage has units left")


async def test_never_while_something_on_stage_has_units_left(storage: Storage) -> None:
    async with Shop(storage, moderation=SLOW) as shop:
        await shop.show()
        await shop.command("/stage D2")
        for _ in range(4):
            await flood(shop, 30)
        await shop.command("/stock pause D2")  # they come back
        for _ in range(4):
            await flood(shop, 30)
        assert paces(shop) == []


@pytest.mark.parametrize("how", ["sold out", "stopped", "that size alone"])
async def test_a_stage_of_which_nothing_is_left_is_as_empty(sqlite: Storage, how: str) -> None:
    async with Shop(sqlite, moderation=SLOW) as shop:
        await shop.show()
        await shop.command("/stage D1 L" if how == "that size alone" else "/stage R5")
        if how == "stopped":
            await shop.command("/stock stop R5")
        else:
            await shop.says("Ana", "claim D1 L" if how == "that size alone" else "claim R5")
        await flood(shop)
        assert paces(shop) == [ON]


async def test_no_show_no_slow_mode(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=SLOW) as shop:
        await flood(shop, 30)
        assert paces(shop) == []


async def test_moderation_that_is_off_slows_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation={**SLOW, "mode": "off"}) as shop:
        await shop.show()
        await flood(shop, 30)
        assert paces(shop) == []


# --- it ends --------------------------------------------------------------------------------------


async def test_it_ends_by_itself_and_may_come_again(storage: Storage) -> None:
    async with Shop(storage, moderation={**SLOW, "slow_for_seconds": 60}) as shop:
        await shop.show()
        await flood(shop)
        await shop.passes(seconds=57)
        assert paces(shop) == [ON]
        await shop.passes(seconds=3)
        assert paces(shop) == [ON, OFF]
        assert cards(shop) == ["🐢 The chat was slow; it is over"]
        await flood(shop)
        assert paces(shop) == [ON, OFF, ON]
        assert len(cards(shop)) == 2


@pytest.mark.parametrize("typed", ["/stage D2", "/stock add R5 2", "/stock resume D2"])
async def test_it_ends_at_once_when_something_can_be_had(storage: Storage, typed: str) -> None:
    async with Shop(storage, moderation=SLOW) as shop:
        await shop.show()
        code = "D2" if "resume" in typed else "R5"
        await shop.command(f"/stage {code}")
        await shop.command("/stock stop D2") if "resume" in typed else await shop.says(
            "Ana", "claim R5"
        )
        await flood(shop)
        assert paces(shop) == [ON]
        await shop.command(typed)
        assert paces(shop) == [ON, OFF]
        assert cards(shop) == ["🐢 The chat was slow; it is over"]


async def test_it_ends_when_a_unit_is_released(storage: Storage) -> None:
    async with Shop(storage, moderation=SLOW) as shop:
        await shop.show()
        await shop.command("/stage R5")
        await shop.says("Ana", "claim R5")
        await flood(shop)
        await shop.says("Ana", "cancel R5")
        await shop.passes(seconds=16)
        assert paces(shop) == [ON, OFF]


async def test_staging_what_is_sold_out_changes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=SLOW) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await flood(shop)
        await shop.command("/stage R5")
        assert paces(shop) == [ON]


async def test_it_ends_by_a_button_and_who_is_second_hears_it(storage: Storage) -> None:
    async with Shop(storage, moderation=SLOW) as shop:
        await shop.show()
        await flood(shop)
        (card,) = [post for post in shop.paper.posts if post.text.startswith("🐢 The chat")]
        (end,) = card.buttons
        assert end.label == "End"
        viewer = await shop.presses("Ana", end.id)
        assert paces(shop) == [ON]
        assert "moderator" in viewer.text
        done = await shop.presses("Mo", end.id, role="moderator")
        assert done.text == "The chat is as fast as before."
        assert cards(shop) == ["🐢 The chat was slow; Mo ended it"]
        late = await shop.presses("Max", end.id, role="moderator")
        assert late.text == "This is over already: Mo was faster."
        assert paces(shop) == [ON, OFF]


async def test_it_ends_with_the_show(storage: Storage) -> None:
    async with Shop(storage, moderation=SLOW) as shop:
        await shop.show()
        await flood(shop)
        await shop.command("/show end")
        assert paces(shop) == [ON, OFF]


async def test_a_refusal_stands_on_the_card(
    sqlite: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Shop(sqlite, moderation=SLOW) as shop:
        await shop.show()
        post = shop.paper.post

        async def refusing(outgoing: Outgoing) -> str | None:
            if outgoing.act is not None:
                raise PostFailed("the bot lacks Manage Channels in that channel")
            return await post(outgoing)

        monkeypatch.setattr(shop.paper, "post", refusing)
        await flood(shop)
        await shop.andon.intake.tick(shop.clock.now())
        await shop._settle()
        assert cards(shop) == [
            "🐢 The chat floods, but it could not be slowed: the bot lacks Manage Channels in that"
            " channel"
        ]
        await shop.passes(minutes=3)
        tried = await shop.rows(
            select(traffic.outbox.c.id).where(traffic.outbox.c.kind == "moderation.act")
        )
        assert len(tried) == 1


async def test_a_restart_in_the_middle_ends_it_in_time(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=SLOW) as before:
        await before.show()
        await flood(before)
    async with Shop(sqlite, moderation=SLOW, continues=before) as shop:
        await flood(shop)
        assert paces(shop) == [ON]
        await shop.passes(minutes=2)
        assert paces(shop) == [ON, OFF]


# --- batches of any size --------------------------------------------------------------------------

APART = {"id", "claim_id", "delivery_id", "expires_at"}
TABLES = (moderation.moderation_slow, traffic.outbox, traffic.messages, sale.holds, sale.claims)


def evening(at: datetime) -> list[ChatMessage]:
    """A sale of one ring, floods before and after, a release, and quiet in between."""
    shop: Any = Shop
    lines = []
    for number in range(400):
        calm = 120 < number < 160
        at += timedelta(milliseconds=4_000 if calm else 300)
        text = {60: "claim R5", 230: "cancel R5", 300: "claim R5"}.get(number, f"wow {number}")
        name = "Ana" if "R5" in text else f"V{number % 37}"
        lines.append(
            ChatMessage(
                key=f"{PLATFORM}:line{number}",
                channel=STREAM,
                native_id=str(10_000 + number),
                person=shop.person(shop, name),
                text=text,
                sent_at=at,
            )
        )
    return lines


async def fed(folder: Path, name: str, size: int, *, cut: int = 0) -> dict[str, list[Any]]:
    """Feed the evening in batches of a size, with a restart after `cut` lines; what is left."""
    rules = {**SLOW, "slow_for_seconds": 40}
    lines = evening(EVENING + timedelta(minutes=1))
    async with open_storage(f"sqlite+aiosqlite:///{folder / name}.db") as storage:
        before: Shop | None = None
        for part in [lines[:cut], lines[cut:]] if cut else [lines]:
            async with Shop(storage, moderation=rules, continues=before) as shop:
                if before is None:
                    await shop.show()
                    await shop.command("/stage R5")
                for start in range(0, len(part), size):
                    await shop.andon.intake.feed(part[start : start + size])
                    await shop.andon.intake.drain()
                await shop._settle()
            before = shop
        found: dict[str, list[Any]] = {}
        async with storage.read() as tx:
            for table in TABLES:
                columns = [column for column in table.c if column.name not in APART]
                rows = await tx.all(select(*columns))
                found[table.name] = sorted(tuple(map(str, row)) for row in rows)
        return found


@pytest.mark.soak
async def test_batches_of_any_size_and_a_restart_leave_the_same(tmp_path: Path) -> None:
    one = await fed(tmp_path, "one", 1)
    acts = [row for row in one["outbox"] if "moderation.act" in row]
    assert len(acts) > 4
    assert await fed(tmp_path, "seven", 7) == one
    assert await fed(tmp_path, "all", 500) == one
    assert await fed(tmp_path, "cut", 7, cut=211) == one
