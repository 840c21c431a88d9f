"""What moderation leaves in the database is the same for batches of any size, and over restarts."""

import os
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.platforms.base import Outgoing, PostFailed
from bot.settings import load_settings
from handlers.claims.reading import Kind
from handlers.messages import ChatMessage
from handlers.moderation.model import Action
from storage.engine import Storage, open_storage
from storage.schema import moderation, sale, traffic
from tests.fakes.examples import examples
from tests.fakes.shop import EVENING, PLATFORM, STREAM, Shop

ACT = {"mode": "act", "protected_names": ["Mara Holt"], "blocked_phrases": ["flurb"]}
TALK = (
    "so pretty",
    "please show the blue one",
    "free nitro, dm me to claim your prize",
    "see bit.ly/abc",
    "look at https://blog.example/x",
    "hey @everyone",
    "claim D1 M",
    "claim D2",
    "cancel D2",
    "CLAIM M3!!! 😍😍😍",
    "M",
    "lol",
    "what a flurb",
    "claim M3, free nitro, dm me",
    "everybody please look at this other place because things are so much cheaper over there",
)
#: Row ids and wall times are no effect of a line.
APART = {"id", "claim_id", "delivery_id", "expires_at"}
TABLES = (
    moderation.moderation_log,
    moderation.moderation_seen,
    traffic.messages,
    traffic.outbox,
    traffic.audit,
    sale.holds,
    sale.claims,
)


def evening(seed: int, count: int = 260) -> list[ChatMessage]:
    """A rough crowd: a few who spam, a few who claim, and a host."""
    dice = random.Random(seed)
    people = [f"V{number}" for number in range(14)]
    at = EVENING + timedelta(minutes=1)
    lines = []
    for number in range(count):
        at += timedelta(milliseconds=dice.choice((50, 200, 900, 4_000)))
        name = dice.choice([*people, "Mara Ho1t", "Mia"])
        lines.append((number, name, dice.choice(TALK), at))
    return [
        ChatMessage(
            key=f"{PLATFORM}:line{number}",
            channel=STREAM,
            native_id=str(10_000 + number),
            person=_person(name),
            text=text,
            sent_at=at,
        )
        for number, name, text, at in lines
    ]


def _person(name: str) -> Any:
    shop: Any = Shop
    return shop.person(shop, name, "host" if name == "Mia" else "viewer")


async def fed(
    folder: Path, name: str, lines: Sequence[ChatMessage], size: int, *, cut: int | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """Feed lines in batches of a size, with a restart after `cut` of them; what is left."""
    async with open_storage(f"sqlite+aiosqlite:///{folder / name}.db") as storage:
        parts = [lines] if cut is None else [lines[:cut], lines[cut:]]
        before: Shop | None = None
        for part in parts:
            async with Shop(storage, moderation=ACT, continues=before) as shop:
                if before is None:
                    await shop.show()
                for start in range(0, len(part), size):
                    await shop.andon.intake.feed(part[start : start + size])
                    await shop.andon.intake.drain()
                await shop._settle()
            before = shop
        async with storage.read() as tx:
            found = {}
            for table in TABLES:
                columns = [column for column in table.c if column.name not in APART]
                rows = await tx.all(select(*columns))
                found[table.name] = sorted(tuple(map(str, row)) for row in rows)
        return found


@pytest.mark.parametrize("seed", [1, 2] if "ANDON_SOAK" in os.environ else [1])
async def test_batches_of_any_size_and_a_restart_leave_the_same(tmp_path: Path, seed: int) -> None:
    lines = evening(seed)
    one = await fed(tmp_path, "one", lines, 1)
    assert len(one["moderation_log"]) > 20
    assert await fed(tmp_path, "seven", lines, 7) == one
    assert await fed(tmp_path, "all", lines, 500) == one
    assert await fed(tmp_path, "cut", lines, 7, cut=131) == one


async def test_an_act_that_is_refused_is_told_on_its_card(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Shop(storage, moderation=ACT) as shop:
        await shop.show()
        post = shop.paper.post

        async def refusing(outgoing: Outgoing) -> str | None:
            if outgoing.act is not None:
                raise PostFailed("the bot lacks Manage Messages in that channel")
            return await post(outgoing)

        monkeypatch.setattr(shop.paper, "post", refusing)
        await shop.says("Kim", "free nitro, dm me to claim your prize")
        await shop.andon.intake.tick(shop.clock.now())
        await shop._settle()
        (card,) = [text for text in shop.team() if text.startswith("🛡️")]
        assert card.endswith("not carried out: the bot lacks Manage Messages in that channel")
        await shop.passes(minutes=5)
        assert len([text for text in shop.team() if text.startswith("🛡️")]) == 1


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(["claim", "CLAIM", "omg claim", "mine,", "free nitro! dm me, claim"]),
            st.sampled_from(["D1 M", "d2", "M3 x2", "m4!!!", "R5 😍😍😍", "D9", "7"]),
            st.sampled_from(
                ["", "!" * 50, " flurb", ", dm me to win", ". see bit.ly/x", " 💥" * 30]
            ),
            st.sampled_from(["Ana", "Mara Ho1t", "shop support"]),
        ),
        min_size=1,
        max_size=12,
    )
)
async def test_no_line_that_reads_as_a_claim_is_ever_acted_upon(
    sqlite: Storage, said: list[tuple[str, str, str, str]]
) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        shop._count = await _fresh(shop)
        read = []
        for word, item, rest, name in said:
            text = f"{word} {item}{rest}"
            line = shop._line(name, text)
            kind = shop.andon.dispatcher.read([line]).lines[0].reading.kind
            await shop.hears(line)
            read.append((line.key, kind))
        rows = await shop.rows(select(moderation.moderation_log))
        claims = {key for key, kind in read if kind in (Kind.CLAIM, Kind.CANCEL)}
        acted = {row.action for row in rows if row.key in claims}
        assert acted <= {Action.REVIEW, Action.NOTE}
        assert not {key for kind, key in shop.acts() if kind == "delete"} & claims


async def _fresh(shop: Shop) -> int:
    """A number that no line of this database has yet."""
    rows = await shop.rows(select(traffic.messages.c.key))
    return len(rows) * 10 + 10_000


def test_the_settings_watch_by_default() -> None:
    assert load_settings(environ={}).moderation.mode.value == "watch"
