"""What time and a command do to what is kept of a customer: sealed anew, given out, erased."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.checks.privacy import check_privacy
from bot.cli import main
from bot.cli.customers import forget_now
from bot.cli.frame import FoundProblems
from bot.housekeeping import Privacy
from bot.settings import Settings, load_settings
from handlers.customers.dossier import dossier, under_way
from handlers.messages import Picture, Webhook
from storage.engine import Storage
from storage.schema import orders, sale, support, traffic
from storage.sealing import Sealer, new_key
from tests.fakes.packing import PackingShop
from tests.fakes.shop import Shop

home, order = orders.postal_addresses.c, orders.orders.c
STREET = "12 Elm Street"
PICTURE = Picture.of(b"not really one", name="bag", mime="image/png", alt="a bag")
LETTER = "My parcel came but the bag inside smells of smoke, what now"


async def kept(shop: Shop) -> Any:
    return await shop.rows(select(orders.postal_addresses).order_by(home.id))


def with_keys(url: str, *keys: str) -> Settings:
    return load_settings(environ={}, database_url=url, privacy={"keys": list(keys)})


async def test_what_was_kept_before_there_was_a_key_is_sealed(storage: Storage) -> None:
    first, second = new_key(), new_key()
    async with PackingShop(storage) as shop:
        await shop.show()
        await shop.sells("Ana", "claim M3")
        await shop.says("Ana", "claim D2")
        await shop.submits("Ana", "orders.note:", "viewer", note="Behind the gate")
        assert STREET in (await kept(shop))[0].content
        for keys in ([first], [second, first], [second]):
            await Privacy(storage, Sealer(keys), None).tick(shop.clock.now())
            (row,) = await kept(shop)
            sealer = Sealer(keys)
            assert row.key_name == sealer.first
            assert STREET not in row.content
            assert STREET in sealer.open(row.content, row.key_name).decode()
            notes = [one.note for one in await shop.rows(select(order.note)) if one.note]
            assert [sealer.open_text(one) for one in notes] == ["Behind the gate"]
            assert "gate" not in notes[0]


async def test_without_its_key_an_address_stays_and_the_sale_goes_on(
    sqlite: Storage, sqlite_url: str
) -> None:
    key, other = new_key(), new_key()
    async with PackingShop(sqlite, settings={"privacy": {"keys": [key]}}) as shop:
        await shop.show()
        for name in ("Ana", "Bea"):
            await shop.sells(name, "claim M3")
        before = await kept(shop)
    async with PackingShop(sqlite, settings={"privacy": {"keys": [other]}}, continues=shop) as shop:
        # The background leaves what it cannot open as it is.
        await Privacy(sqlite, shop.andon.house.sealer, None).tick(shop.clock.now())
        assert await kept(shop) == before
        await shop.says("Ana", "claim D2")
        cart = await shop.command("/cart", "Ana", role="viewer")
        assert "D2" in cart
        asked = await shop.presses("Ana", "orders.pay:")
        assert "I cannot open the address that I kept for you" in asked.text
        assert "sealed with a key" in await shop.command(
            "/order show S1-0001", "Sue", role="support"
        )
        await shop.closes()
        assert "sealed with a key" in await shop.packs("Pia", "next")
    (found,) = await check_privacy(with_keys(sqlite_url, other))
    assert not found.fine
    assert "nobody can read them" in found.sentence
    assert (await check_privacy(with_keys(sqlite_url, other, key)))[0].fine
    (without,) = await check_privacy(with_keys(sqlite_url.replace("andon.db", "none.db")))
    assert without.note


async def test_old_addresses_go_by_themselves_and_no_others(storage: Storage) -> None:
    async with PackingShop(storage) as shop:
        await shop.show()
        for name in ("Ana", "Bea"):
            await shop.sells(name, "claim M3")
        await shop.closes()
        told = [await shop.packs("Pia", words) for words in ("next", "scan M3", "done")]
        told.append(await shop.command("/ship S1-0001 TRACK123", "Pia", role="packer"))
        told.append(await shop.command("/delivered S1-0001", "Pia", role="packer"))
        assert await shop.state("S1-0001") == "delivered", told
        privacy = Privacy(storage, Sealer(), 30)
        await privacy.tick(shop.clock.now() + timedelta(days=29))
        assert [bool(row.content) for row in await kept(shop)] == [True, True]
        await privacy.tick(shop.clock.now() + timedelta(days=31))
        gone, there = await kept(shop)
        assert (gone.content, gone.country, gone.forgotten_at is None) == ("", "DE", False)
        assert STREET in there.content


@pytest.fixture
def andon(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Callable[..., tuple[int, str, str]]:
    """Run a command on the test's database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANDON_DATABASE_URL", sqlite_url)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_customer_is_given_out_and_erased(
    andon: Callable[..., tuple[int, str, str]], sqlite_url: str, tmp_path: Path
) -> None:
    import asyncio

    from storage.engine import open_storage

    shops: list[PackingShop] = []

    async def sold(*, deliver: bool) -> None:
        before = shops[0] if shops else None
        async with (
            open_storage(sqlite_url) as storage,
            PackingShop(storage, continues=before) as shop,
        ):
            shops.append(shop)
            if not deliver:
                await shop.show()
                await shop.sells("Ana", "claim M3")
                await shop.command("/customer note Ana Likes blue", "Sue", role="support")
                return
            await shop.closes()
            for words in ("next", "scan M3", "done"):
                await shop.packs("Pia", words)
            await shop.command("/ship S1-0001 TRACK123", "Pia", role="packer")
            await shop.command("/delivered S1-0001", "Pia", role="packer")

    async def names() -> list[tuple[str, str]]:
        async with open_storage(sqlite_url) as storage, storage.read() as tx:
            people = sale.identities.c
            return [tuple(row) for row in await tx.all(select(people.person, people.name))]

    asyncio.run(sold(deliver=False))
    code, out, err = andon("customer", "export", "Ana", "--out", "ana.json")
    assert (code, err) == (0, "")
    known = json.loads((tmp_path / "ana.json").read_text())
    assert STREET in known["addresses"][0]["content"]
    assert known["notes"][0]["text"] == "Likes blue"
    assert [one["state"] for one in known["orders"]] == ["paid"]
    assert "is there already" in andon("customer", "export", "Ana", "--out", "ana.json")[2]
    assert "Nobody is known as Zoe" in andon("customer", "forget", "Zoe", "--yes")[2]
    code, _, err = andon("customer", "forget", "Ana", "--yes")
    assert code == 1
    assert "has something under way: order S1-0001 (paid)" in err
    asyncio.run(sold(deliver=True))
    assert "asks in a terminal" in andon("customer", "forget", "Ana")[2]
    code, out, err = andon("customer", "forget", "Ana", "--yes")
    assert (code, err) == (0, "")
    assert "Kept for the books" in out
    people = asyncio.run(names())
    assert ("forgotten-1", "(forgotten)") in people
    assert all(name != "Ana" for _, name in people)


async def test_who_claims_while_the_question_stands_is_not_erased(
    sqlite: Storage, sqlite_url: str
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        (ana,) = await shop.rows(select(sale.identities))
    with pytest.raises(FoundProblems, match="Ana has something under way: order S1-0001"):
        await forget_now(with_keys(sqlite_url), ana.customer_id, ana.name)
    async with sqlite.read() as tx:
        assert [row.name for row in await tx.all(select(sale.identities))] == ["Ana"]


async def test_who_is_erased_is_gone_from_the_teams_cards_too(storage: Storage) -> None:
    async with PackingShop(storage, settings={"orders": {"high_value": "10"}}) as shop:
        await shop.show()
        await shop.sells("Ana", "claim M3")
        cards = shop.team("exceptions")
        assert any("Ana" in card for card in cards)
        await shop.command("/exception take 1", "Oz", role="owner")
        await shop.command("/exception resolve 1 all fine", "Oz", role="owner")
        people = sale.identities.c
        (ana,) = await shop.rows(select(sale.identities).where(people.person == "ana"))
        async with storage.read() as tx:
            known = await dossier(tx, ana.customer_id, Sealer())
        assert STREET in known["addresses"][0]["content"]
        assert "claim M3" in [one.get("text") for one in known["chat"]]
        told = Webhook(
            key="forget",
            source="customers.forget",
            body={"customer": ana.customer_id, "who": "test"},
            received_at=shop.clock.now(),
        )
        async with storage.write() as tx:
            await shop.andon.dispatcher.webhook(tx, told, shop.clock.now())
        await shop.passes(seconds=1)
        # Said in place of the old ones: whoever looks at the channel reads no name.
        assert all("Ana" not in card for card in shop.team("exceptions"))
        async with storage.read() as tx:
            left = json.dumps(await dossier(tx, ana.customer_id, Sealer()))
        assert "ana" not in left.lower()
        assert STREET not in left
        # The books are whole; and whoever comes back begins anew.
        assert [row.total_minor for row in await shop.rows(select(orders.orders))] == [1800]
        await shop.says("Ana", "claim D2")
        (again,) = await shop.rows(select(sale.identities).where(people.person == "ana"))
        assert again.customer_id != ana.customer_id


async def test_letters_and_pictures_are_sealed_anew_given_out_and_erased(storage: Storage) -> None:
    first, second = new_key(), new_key()
    thread, said = support.support_threads.c, support.support_messages.c
    async with Shop(storage, settings={"privacy": {"keys": [first]}}) as shop:
        await shop.show()
        await shop.writes("Ana", LETTER, PICTURE)
        await shop.command("/reply 1 I am sorry, Ana", "Maya Lind", role="support")
        for keys in ([second, first], [second]):
            await Privacy(storage, Sealer(keys), None).tick(shop.clock.now())
        sealer = Sealer([second])
        for table in (support.support_messages, support.customer_pictures):
            assert {row.key_name for row in await shop.rows(select(table.c.key_name))} == {
                sealer.first
            }
        (ana,) = await shop.rows(select(sale.identities).where(sale.identities.c.person == "ana"))
        async with storage.read() as tx:
            known = json.loads(json.dumps(await dossier(tx, ana.customer_id, sealer)))
            assert await under_way(tx, ana.customer_id) == ["conversation 1 (open)"]
        assert [one["content"] for one in known["letters"]] == [LETTER, "I am sorry, Ana"]
        assert b64decode(known["pictures"][0]["content"]) == b"not really one"
        await shop.command("/close 1", "Maya Lind", role="support")
        # Time erases what was said as it does addresses.
        privacy = Privacy(storage, sealer, 30)
        await privacy.tick(shop.clock.now() + timedelta(days=29))
        assert all(row.content for row in await shop.rows(select(said.content)))
        await privacy.tick(shop.clock.now() + timedelta(days=31))
        assert not any(row.content for row in await shop.rows(select(said.content)))
        told = Webhook(
            key="forget",
            source="customers.forget",
            body={"customer": ana.customer_id, "who": "test"},
            received_at=shop.clock.now(),
        )
        async with storage.write() as tx:
            await shop.andon.dispatcher.webhook(tx, told, shop.clock.now())
        await shop.passes(seconds=1)
        assert [row.name for row in await shop.rows(select(thread.name))] == ["(forgotten)"]
        pictures = await shop.rows(select(support.customer_pictures))
        assert [(row.content, row.key_name) for row in pictures] == [(None, None)]
        assert all("Ana" not in card and "smoke" not in card for card in shop.team("support"))
        for table, words in ((traffic.outbox, "values"), (traffic.deliveries, "rendered")):
            kept = str(await shop.rows(select(table.c[words])))
            assert "smoke" not in kept
            assert "sorry" not in kept
