"""A rush: few posts, nothing wrong in them, and everyone knows where they stand.

The crowd types while the bot speaks at its pace, on a clock that moves only when the bot waits.
"""

import asyncio
import os
import re
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app import Andon
from bot.clock import ManualClock
from bot.platforms.base import Outgoing
from bot.settings import load_settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.messages import ChatMessage, Command, Press, Reach
from handlers.people import Person, Role
from storage.engine import Storage
from storage.schema import sale, traffic
from tests.fakes.shop import EVENING, PLATFORM, STREAM, Paper

VIEWERS, EACH, SECONDS = 1_000, 5, 10
ITEMS = 20
#: Enough to see that places are right; the soak asks for everyone's.
ASKED = VIEWERS if os.environ.get("ANDON_SOAK") else 40
SECOND = timedelta(seconds=1)

#: A claim as typed: who, and which code.
Claims = Sequence[tuple[str, str]]


class DrivenClock(ManualClock):
    """Whoever waits on it makes the time pass; what was to happen meanwhile happens first."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.coming: deque[tuple[datetime, Callable[[], Awaitable[None]]]] = deque()

    async def sleep(self, seconds: float) -> None:
        """Move on by so many seconds."""
        await self.reach(self.now() + timedelta(seconds=max(seconds, 0)))

    async def reach(self, instant: datetime) -> None:
        """Move on to `instant`."""
        while self.coming and self.coming[0][0] <= instant:
            at, happens = self.coming.popleft()
            self.move_to(at)
            await happens()
        self.move_to(instant)


class PacedPaper(Paper):
    """Paper that takes one post a second at each place, as Discord does, and minds it."""

    pace_seconds = 1.0

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[str, datetime] = {}

    async def post(self, outgoing: Outgoing) -> str | None:
        """Write it down."""
        place, now = str(outgoing.address), self._clock.now()
        assert 0 < len(outgoing.text) <= self.max_characters
        assert place not in self._last or now - self._last[place] >= SECOND
        self._last[place] = now
        return await super().post(outgoing)


class Evening:
    """An Andon in a rush."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.clock = DrivenClock(EVENING)
        self.paper = PacedPaper(self.clock)
        # What a pause for a count tells is another story: tests/sale/test_soft_pause.py.
        rules = {"claimable": "listed", "soft_pause": "notify"}
        settings = load_settings(environ={}, sale=rules)
        self.andon = Andon(settings, storage, [self.paper], clock=self.clock)
        self._numbers = count(1)

    @asynccontextmanager
    async def open(self, stock: int) -> AsyncIterator[None]:
        """A live show with so many of each item."""
        rows = [f"A{n},,A{n},Thing {n},10.00,USD,{stock}" for n in range(10, 10 + ITEMS)]
        text = "\n".join(["code,variant,sku,title,price,currency,stock", *rows])
        read = read_catalog(text, name="catalogue.csv", currency="USD")
        async with self.storage.write() as tx:
            await import_catalog(tx, read, stock="keep")
        await self.andon.dispatcher.refresh()
        running = asyncio.create_task(self.andon.intake.run())
        await self._asks("mo", Command, role=Role.MODERATOR, line="/show start Friday")
        await self.andon.relay.drain()
        await self.clock.reach(self.clock.now() + timedelta(minutes=1))
        self.paper.posts.clear()
        try:
            yield
        finally:
            await self.andon.intake.stop()
            await running

    async def rush(self, claims: Claims) -> None:
        """Everything is typed within ten seconds, a portion each second, and answered."""
        portion = ceil(len(claims) / SECONDS)
        for second in range(SECONDS):
            part = claims[second * portion : (second + 1) * portion]
            at = self.clock.now() + second * SECOND
            self.clock.coming.append((at, self._typing(part)))
        while self.clock.coming:
            await self.clock.reach(self.clock.coming[0][0])
            await self.andon.relay.drain()

    def _typing(self, claims: Claims) -> Callable[[], Awaitable[None]]:
        async def type_them() -> None:
            for person, code in claims:
                number = next(self._numbers)
                line = ChatMessage(
                    key=f"{PLATFORM}:{number}",
                    channel=STREAM,
                    native_id=str(number),
                    person=_person(person),
                    text=f"claim {code}",
                    sent_at=self.clock.now(),
                )
                self.andon.intake.hear(line)
            await self.andon.intake.drain()

        return type_them

    async def my_place(self, person: str) -> dict[str, int]:
        """What someone's private answer says about their places, by code."""
        await self._asks(person, Press, button="claims.mine:")
        await self.andon.relay.drain()
        answer = self.paper.posts[-1]
        assert answer.address.reach is Reach.REPLY
        assert answer.private
        found = re.findall(r"^⏳ (\w+) ×1 — waitlist #(\d+)$", answer.text, re.MULTILINE)
        return {code: int(place) for code, place in found}

    async def _asks(
        self, who: str, kind: type[Command | Press], *, role: Role = Role.VIEWER, **more: str
    ) -> None:
        key = f"{PLATFORM}:act:{next(self._numbers)}"
        given: dict[str, Any] = {
            "key": key,
            "person": _person(who, role),
            "channel": STREAM,
            "sent_at": self.clock.now(),
            "reply_to": key,
        }
        await self.andon.intake.act(kind(**(given | more)))

    def stream(self) -> list[str]:
        """The posts in the stream channel."""
        posts = self.paper.posts
        return [post.text for post in posts if post.address.target == STREAM.id]


def _person(id: str, role: Role = Role.VIEWER) -> Person:
    return Person(platform=PLATFORM, id=id, name=id.capitalize(), roles=frozenset({role}))


def _everyone_claims(seed: int) -> Claims:
    """Each viewer wants some items, each of them once, and all type at the same time."""
    random = Random(seed)
    codes = [f"A{n}" for n in range(10, 10 + ITEMS)]
    claims = [(f"v{n}", code) for n in range(VIEWERS) for code in random.sample(codes, EACH)]
    random.shuffle(claims)
    return claims


def _places(claims: Claims) -> dict[tuple[str, str], int]:
    """Who is which in the line for each item."""
    lines: Counter[str] = Counter()
    places = {}
    for person, code in claims:
        lines[code] += 1
        places[person, code] = lines[code]
    return places


def _told(posts: Sequence[str]) -> tuple[Counter[tuple[str, str]], dict[tuple[str, str], int]]:
    """What the posts say: units by (person, code), and places on the waitlist."""
    granted: Counter[tuple[str, str]] = Counter()
    waiting: dict[tuple[str, str], int] = {}
    for line in "\n".join(posts).splitlines():
        named = re.fullmatch(r"[✅⏳] @\{(v\d+)\} (.+)", line)
        if named is None:
            assert re.fullmatch(r"⏳ and \d+ more on the waitlist: press My place\.", line), line
            continue
        for part in named[2].split(", "):
            read = re.fullmatch(r"(A\d+)(?: ×(\d+))?(?: is yours|: waitlist #(\d+))?", part)
            assert read is not None, line
            if read[3] is None:
                granted[named[1], read[1]] += int(read[2] or 1)
            else:
                assert (named[1], read[1]) not in waiting
                waiting[named[1], read[1]] = int(read[3])
    return granted, waiting


@pytest.mark.parametrize("stock", [100], ids=["many can have it"])
async def test_five_thousand_claims_in_ten_seconds_make_few_posts(
    sqlite: Storage, stock: int
) -> None:
    await _few_posts_all_correct(sqlite, stock)


@pytest.mark.soak
@pytest.mark.postgres
@pytest.mark.parametrize("stock", [0, 1, 12, 50, 100, 1000])
async def test_so_they_do_on_postgresql(postgresql: Storage, stock: int) -> None:
    await _few_posts_all_correct(postgresql, stock)


async def _few_posts_all_correct(storage: Storage, stock: int) -> None:
    evening = Evening(storage)
    claims = _everyone_claims(seed=stock)
    places = _places(claims)
    async with evening.open(stock):
        await evening.rush(claims)

        posts = evening.stream()
        characters = sum(len(post) for post in posts)
        assert len(posts) <= ceil(characters / 1_800) + 3
        granted, waiting = _told(posts)
        # Told once, and told to those who were first.
        assert granted == {who: 1 for who, place in places.items() if place <= stock}
        assert waiting.items() <= {who: place - stock for who, place in places.items()}.items()
        assert await _unsaid(storage) == 0
        assert await _held(storage) == granted

        mine: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (person, code), place in places.items():
            if place > stock:
                mine[person][code] = place - stock
        for person in sorted(mine)[:ASKED]:
            assert await evening.my_place(person) == mine[person]


async def _unsaid(storage: Storage) -> int:
    sent = select(traffic.deliveries.c.id).where(traffic.deliveries.c.state == "sent")
    said = traffic.outbox.c.delivery_id.in_(sent)
    async with storage.read() as tx:
        return int(
            await tx.scalar(select(func.count()).where(func.coalesce(said, False).is_(False)))
        )


async def _held(storage: Storage) -> dict[tuple[str, str], int]:
    holds, claims, people = sale.holds.c, sale.claims.c, sale.identities.c
    joined = sale.holds.join(sale.claims).join(sale.identities, people.id == claims.identity_id)
    rows = select(people.person, claims.code, holds.quantity).select_from(joined)
    async with storage.read() as tx:
        return {(row.person, row.code): row.quantity for row in await tx.all(rows)}
