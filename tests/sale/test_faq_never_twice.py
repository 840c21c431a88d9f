"""Whatever is typed: no answer twice within its cooldown, and nothing personal in public."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from handlers.faq.desk import FaqDesk
from handlers.faq.personal import asks_for_own, looks_asked, without_personal
from handlers.messages import Reach
from storage.engine import open_storage
from storage.schema import traffic
from tests.fakes.examples import examples
from tests.fakes.shop import Shop
from tests.sale.test_faq import FAQ

COOLDOWN = 90
PEOPLE = tuple(f"Viewer{number}" for number in range(30))
ASKED = (
    "how much is shipping",
    "shipping cost??",
    "can i return it",
    "what's your return policy",
    "where is my order",
    "did i get it?",
    "how do i pay",
    "is the mug dishwasher safe?",
    "claim M3",
    "omg so pretty",
)
PERSONAL = (
    "555-0142",
    "+1 (415) 555 0142",
    "ana@mail.example",
    "12 Baker Street",
    "#4821",
    "order 100234",
    "AB1234567",
)
#: Of each of them, what must stand nowhere.
TRACES = ("0142", "ana@", "Baker", "4821", "100234", "1234567")
Line = tuple[float, str, str]

lines = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.5, 2, 19, 21, 60, 95]),
        st.sampled_from(PEOPLE),
        st.one_of(
            st.sampled_from(ASKED),
            st.builds(
                lambda asked, own, first: f"{own} {asked}" if first else f"{asked} {own}",
                st.sampled_from(ASKED),
                st.sampled_from(PERSONAL),
                st.booleans(),
            ),
            st.text(max_size=60),
        ),
    ),
    max_size=60,
)

#: Everybody asks everything, again and again, with what is personal in between.
BUSY = [
    (19.0 * (number % 4), PEOPLE[number % 7], f"{ASKED[number % 5]} {PERSONAL[number % 7]}"[:at])
    for number, at in enumerate([60, 25] * 30)
]


class Desk:
    """What was learned for one stream serves the next: learning is not what is tried here."""

    def __init__(self) -> None:
        self.learned: FaqDesk | None = None

    def lend(self, shop: Shop) -> None:
        if self.learned is None:
            self.learned = shop.andon.house.faq
        house = replace(shop.andon.house, faq=self.learned)
        shop.andon.house = shop.andon.dispatcher.house = house


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


async def told(file: Path, desk: Desk, typed: Sequence[Line]) -> Shop:
    """A shop in whose chat all this was typed."""
    async with open_storage(f"sqlite+aiosqlite:///{file}") as storage:
        shop = Shop(storage, faq={**FAQ, "cooldown_seconds": COOLDOWN})
        desk.lend(shop)
        async with shop:
            await shop.show()
            for wait, name, text in typed:
                await shop.passes(seconds=wait)
                await shop.say_together((name, text))
            await shop.passes(seconds=60)
            await shop.command("/show end")
            await never_twice(shop)
    return shop


async def never_twice(shop: Shop) -> None:
    outbox, lately = traffic.outbox.c, timedelta(seconds=COOLDOWN)
    rows = await shop.rows(select(traffic.outbox).where(outbox.kind == "faq.answer"))
    cards: dict[str, tuple[str, datetime]] = {}
    for row in rows:
        told_ = row._mapping["values"]
        cards.setdefault(row.card, (told_["faq"], row.at))
    for card, (faq, at) in cards.items():
        for other, (same, then) in cards.items():
            assert card == other or faq != same or abs(at - then) >= lately
    posts = [post for post in shop.paper.posts if post.kind == "faq.answer"]
    assert len(posts) == len(cards)
    for post in posts:
        assert len(post.mentions) == len(set(post.mentions)) == post.text.count("@{")


@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(typed=lines)
@example(typed=BUSY)
def test_no_answer_comes_twice_and_nothing_personal_is_public(
    typed: list[Line], desk: Desk, sqlite_file: Path, tmp_path: Path
) -> None:
    file = Path(shutil.copy(sqlite_file, tmp_path / "stream.db"))
    for left in tmp_path.glob("stream.db-*"):
        left.unlink()
    shop = asyncio.run(told(file, desk, typed))
    for post in shop.paper.posts:
        if post.address.reach is Reach.CHANNEL and post.kind.startswith("faq."):
            assert not any(trace in post.text for trace in TRACES), post.text


@pytest.mark.parametrize("own", PERSONAL)
@pytest.mark.parametrize("text", ["does the mug break? {}", "{} is that you?", "why {}, mod?"])
def test_what_is_kept_for_the_team_holds_nothing_personal(own: str, text: str) -> None:
    kept = without_personal(text.format(own))
    assert not any(trace in kept for trace in TRACES), kept


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "where's my package??",
        "did i get it?",
        "did I win the ring",
        "has my order shipped yet",
        "can you check my order status",
        "was my claim counted?",
        "do I have it?",
    ],
)
def test_what_asks_for_ones_own(text: str) -> None:
    assert asks_for_own(text)


@pytest.mark.parametrize(
    "text",
    [
        "how much is shipping",
        "where is the mug from",
        "do you combine my orders",
        "can I add to my order and pay shipping only once",
        "what size did you say",
        "where can I pick up my order",
        "did it sell out?",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not asks_for_own(text)


def test_what_looks_like_a_question() -> None:
    assert looks_asked("is the mug dishwasher safe")
    assert looks_asked("the ring is silver?")
    assert not looks_asked("omg so pretty")
    assert not looks_asked("why?")
