"""Lamps at the end of a show, and when a file brings more in while it runs."""

from sqlalchemy import select

from bot.platforms.base import Outgoing
from handlers.catalog import importing
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.registry import Registry
from storage.engine import Storage
from storage.schema.runs import runs
from tests.fakes.shop import CATALOGUE, Shop

MORE = CATALOGUE.replace("Stoneware mug,18.00,USD,3", "Stoneware mug,18.00,USD,8")


def cards(shop: Shop) -> list[Outgoing]:
    """Every card of a lamp, as it reads now."""
    return [post for post in shop.paper.posts if post.kind == "lamps.card"]


async def test_the_cards_of_an_ended_show_can_be_read_and_not_pressed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        (card,) = cards(shop)
        assert card.buttons
        await shop.command("/show end")
        (card,) = cards(shop)
        assert card.text == "🏁 M3 — Stoneware mug: sold out as the show ended."
        assert not card.buttons
        # What becomes free afterwards wakes no card.
        await shop.command("/claim void Ana M3")
        assert not cards(shop)[0].buttons
        await shop.command("/undo")
        await shop.command("/undo")
        (card,) = cards(shop)
        assert card.text.startswith("🔴")
        assert card.buttons


async def test_a_catalogue_that_brings_more_in_mid_show_is_a_restock(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.says("Ana", "claim M3 x3")
        assert len(cards(shop)) == 1
        sold_out = select(runs.c.ended_why).where(runs.c.playbook_id == "sold-out-on-camera")
        assert [row.ended_why for row in await shop.rows(sold_out)] == [""]
        read = read_catalog(MORE, name="catalogue.csv", currency="USD")
        async with storage.write() as tx:
            await import_catalog(tx, read, stock="set", now=shop.clock.now())
        # A process that runs looks for such news each second; here it looks with an act.
        await shop.command("/show status")
        await shop.passes(seconds=2)
        assert "5 left again" in cards(shop)[0].text
        assert [row.ended_why for row in await shop.rows(sold_out)] == ["There is stock again."]
        # Armed against what came in: the last of five is below the second mark.
        await shop.says("Bea", "claim M3 x4")
        assert len(cards(shop)) == 2
        assert cards(shop)[1].text.startswith("🟠 M3")


def test_what_an_import_tells_is_followed_by_somebody() -> None:
    known = {follower.name for follower in Registry.of().followers}
    assert set(importing._FOLLOWERS) <= known
