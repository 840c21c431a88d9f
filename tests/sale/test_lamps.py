"""The lamps as the team sees them: one card per item, with the host's next sentence."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from bot.platforms.base import Outgoing
from handlers.capability import Capability, Follower
from handlers.events import Event, LampLit
from handlers.work import Work
from storage.engine import Storage
from storage.schema import sale, traffic
from tests.fakes.shop import Shop

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
S1,S,S1-S,Sage dress,48.00,USD,2,,R1,no,T2;B3,
S1,M,S1-M,Sage dress,48.00,USD,10,,R1,no,T2;B3,
T2,,T2,LED lamp,42.00,USD,1,,R2,no,,
B3,,B3,Stoneware mug,18.00,USD,5,,R2,no,S1,
"""


def cards(shop: Shop) -> list[Outgoing]:
    """Every card of a lamp, as it reads now."""
    return [post for post in shop.paper.posts if post.kind == "lamps.card"]


def labels(post: Outgoing) -> list[str]:
    return [button.label for button in post.buttons]


async def states(shop: Shop) -> Sequence[Any]:
    """Every state of a card of a lamp that was put into the outbox."""
    said = traffic.outbox.c
    return await shop.rows(
        select(said["values"], said.at, said.card)
        .where(said.kind == "lamps.card")
        .order_by(said.id)
    )


async def claims(shop: Shop, line: str, count: int, *, start: int = 0) -> None:
    """So many viewers claim alike."""
    await shop.say_together(*((f"V{start + n}", line) for n in range(count)))


async def test_a_lamp_brings_a_card_with_the_next_sentence(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.command("/stage S1")
        await claims(shop, "claim S1 M", 7)
        assert cards(shop) == []
        await shop.says("Ana", "claim S1 M")
        (card,) = cards(shop)
        assert card.address.target == "alerts"
        assert card.text.splitlines() == [
            "🟡 S1 — Sage dress: getting low in M",
            "💬 Say: “Only two of the sage dress left in M.”",
            "S: 2 left · M: 2 left",
            "➡️ In its place: T2 — LED lamp, 1 left.",
        ]
        assert labels(card) == ["Put T2 on stage"]
        assert not card.urgent
        await shop.says("Bea", "claim S1 M")
        (card,) = cards(shop)
        assert card.text.startswith("🟠 S1 — Sage dress: nearly gone")
        assert "The very last sage dress in M: one, and then it is gone." in card.text
        await shop.says("Cleo", "claim S1 M")
        (card,) = cards(shop)
        assert card.text.startswith("🔴 S1 — Sage dress: sold out in M")
        assert "Type claim S1 M and you are next in line" in card.text
        assert "or look at this one: the LED lamp." in card.text
        assert "S: 2 left · M: sold out" in card.text
        # Sold out on camera calls whoever is on call.
        assert card.urgent
        assert [one[0]["severity"] for one in await states(shop)] == ["info", "warning", "urgent"]


async def test_the_ladder_is_climbed_as_long_as_there_is_stock(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.says("Ana", "claim T2")
        await claims(shop, "claim S1 M", 8)
        assert "➡️ In its place: B3 — Stoneware mug, 5 left." in cards(shop)[-1].text
        await shop.command("/stock stop B3")
        await shop.says("Bea", "claim S1 M")
        assert "➡️ Nothing that could take its place is in stock." in cards(shop)[-1].text
        assert labels(cards(shop)[-1]) == []


async def test_its_button_puts_the_next_offer_on_stage_once(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.command("/stage S1")
        await claims(shop, "claim S1 M", 8)
        button = cards(shop)[-1].buttons[0].id
        refused = await shop.presses_id("Ana", button)
        assert "You cannot" in refused.text
        assert (await shop.presses_id("Mo", button, role="moderator")).text == (
            "T2 is on stage: 1 left."
        )
        late = await shop.presses_id("Kim", button, role="moderator")
        assert late.text.startswith("T2 was on stage since that card came; nothing was changed.")
        await shop.command("/stage S1")
        again = await shop.presses_id("Kim", button, role="moderator")
        assert again.text.startswith("T2 was on stage since")
        assert len(await shop.rows(select(sale.stages))) == 3


async def test_a_card_never_says_fewer_than_are_left(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE, release_delay_seconds=0) as shop:
        await shop.show()
        await claims(shop, "claim S1 M", 9)
        assert "M: 1 left" in cards(shop)[-1].text
        await shop.says("V3", "cancel S1 M")
        await shop.passes(seconds=1)
        assert "M: 2 left" in cards(shop)[-1].text
        assert "Only two of the sage dress left in M." in cards(shop)[-1].text
        # It comes back and goes again: no lamp a second time, only the card goes on.
        await shop.says("Zoe", "claim S1 M")
        assert "M: 1 left" in cards(shop)[-1].text
        history = [one[0]["history"] for one in await states(shop)]
        assert sum(bool(line) for line in history) == 2


async def test_head_line_and_numbers_follow_the_stock_as_units_come_free(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE, release_delay_seconds=0) as shop:
        await shop.show()
        await claims(shop, "claim B3", 5)
        assert cards(shop)[-1].text.startswith("🔴 B3 — Stoneware mug: sold out")
        await shop.says("V0", "cancel B3")
        await shop.passes(seconds=1)
        assert cards(shop)[-1].text.startswith("🟠 B3 — Stoneware mug: nearly gone")
        assert "The very last stoneware mug" in cards(shop)[-1].text
        for name in ("V1", "V2", "V3"):
            await shop.says(name, "cancel B3")
        await shop.passes(seconds=1)
        # Four of five are no news of scarcity, and nothing of it is said.
        assert cards(shop)[-1].text.splitlines()[:2] == [
            "🟢 B3 — Stoneware mug: units came free, there is enough again",
            "4 left",
        ]
        assert "Say:" not in cards(shop)[-1].text
        await claims(shop, "claim B3", 4, start=10)
        assert cards(shop)[-1].text.startswith("🔴 B3")


async def test_head_and_line_are_about_the_same_size(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE, release_delay_seconds=0) as shop:
        await shop.show()
        await shop.command("/stage S1")
        await claims(shop, "claim S1 S", 2)
        assert cards(shop)[-1].text.startswith("🔴 S1 — Sage dress: sold out in S")
        await claims(shop, "claim S1 M", 8, start=10)
        assert cards(shop)[-1].text.splitlines()[:3] == [
            "🟡 S1 — Sage dress: getting low in M",
            "💬 Say: “Only two of the sage dress left in M.”",
            "S: sold out · M: 2 left",
        ]
        # M is well again, S is not: the card is about S.
        await shop.command("/claim void V10 S1 M")
        assert cards(shop)[-1].text.splitlines()[:3] == [
            "🔴 S1 — Sage dress: sold out in S",
            "💬 Say: “The sage dress in S has found a home. Type claim S1 S and you are next in "
            "line — or look at this one: the LED lamp.”",
            "S: sold out · M: 3 left",
        ]


async def test_a_restock_ends_the_card_and_arms_the_lamp_again(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await claims(shop, "claim S1 M", 10)
        await shop.command("/stock add S1 10 M")
        (old,) = cards(shop)
        assert old.text == "✓ S1 — Sage dress: 12 left again."
        assert old.buttons == ()
        await claims(shop, "claim S1 M", 8, start=20)
        assert len(cards(shop)) == 2
        assert cards(shop)[-1].text.startswith("🟡 S1")


async def test_what_comes_in_for_those_who_wait_arms_nothing(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await claims(shop, "claim T2", 3)
        assert cards(shop)[-1].text.startswith("🔴 T2")
        told = len([one for one in await states(shop) if one[0]["history"]])
        await shop.command("/stock add T2 2")
        assert (await shop.numbers("T2")).held == 3
        assert len([one for one in await states(shop) if one[0]["history"]]) == told


async def test_a_recount_is_no_restock(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.command("/stock recount S1 2 M")
        assert cards(shop)[-1].text.startswith("🟡 S1")
        await shop.command("/stock recount S1 9 M")
        await claims(shop, "claim S1 M", 7)
        assert len([one for one in await states(shop) if one[0]["history"]]) == 1
        # More than ever was there has come in, whatever it is called.
        await shop.command("/stock recount S1 47 M")
        assert cards(shop)[-1].text == "✓ S1 — Sage dress: 40+ left again."


async def test_undo_of_a_count_takes_its_lamp_back(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.command("/stock recount S1 2 M")
        await shop.command("/undo")
        assert cards(shop)[-1].text == "✓ S1 — Sage dress: 12 left again."
        await claims(shop, "claim S1 M", 8)
        assert cards(shop)[-1].text.startswith("🟡 S1")


async def test_marks_are_set_by_item_and_show(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        assert "No show is live" in await shop.command("/show lamps 50 30")
        await shop.show()
        assert (await shop.command("/show lamps 50 30")) == (
            "Friday: amber at 50 % left, pause at 30 %."
        )
        assert "Nothing changed" in await shop.command("/item lamps B3 10 20")
        await claims(shop, "claim S1 M", 5)
        assert cards(shop)[-1].text.startswith("🟡 S1")
        await shop.command("/item lamps B3 80 10")
        await shop.says("Ana", "claim B3")
        assert cards(shop)[-1].text.startswith("🟡 B3")
        await shop.command("/undo")
        row = (await shop.rows(select(sale.items).where(sale.items.c.code == "B3")))[0]
        assert (row.amber_percent, row.pause_percent) == (None, None)
        assert "its own marks are gone" in await shop.command("/show lamps 0 0")


async def test_a_new_show_measures_against_what_is_there_then(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await claims(shop, "claim S1 M", 8)
        assert len(cards(shop)) == 1
        await shop.command("/show end")
        await shop.command("/show start Saturday")
        await shop.says("Ana", "claim S1 M")
        # One of two: what was staged had two, so the last is its mark.
        assert len(cards(shop)) == 2
        rows = await shop.rows(select(sale.variants).where(sale.variants.c.sku == "S1-M"))
        assert (rows[0].staged_units, rows[0].lamp) == (2, "pause")


async def test_followers_hear_each_lamp(storage: Storage) -> None:
    heard: list[LampLit] = []

    async def listen(work: Work, events: Sequence[Event]) -> None:
        heard.extend(event for event in events if isinstance(event, LampLit))

    listener = Capability(
        name="listener",
        summary="Listens.",
        followers=(Follower(name="listener", events=(LampLit,), run=listen),),
    )
    async with Shop(storage, catalogue=CATALOGUE, capabilities=[listener]) as shop:
        await shop.show()
        await shop.says("Ana", "claim S1 M x9")
        (lit,) = heard
        assert (lit.label, lit.level, lit.was, lit.left, lit.base) == (
            "S1 / M",
            "pause",
            "green",
            1,
            10,
        )


async def test_a_broken_sentence_never_costs_a_claim(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        sources = shop.andon.dispatcher.house.wording._sources
        shop.andon.dispatcher.house.wording._sources = {
            **sources,
            "lamps.say.some": "{{ nobody.knows }}",
        }
        await shop.show()
        await claims(shop, "claim S1 M", 8)
        assert (await shop.numbers("S1-M")).held == 8
        assert cards(shop) == []
        assert "lamps.cards failed on LampLit" in shop.team()[-1]
