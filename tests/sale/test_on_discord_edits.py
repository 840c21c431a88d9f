"""Lines that are edited or deleted on Discord, in the stream and in threads under it."""

from storage.engine import Storage
from tests.fakes.simulated import SimulatedShop


async def test_an_edit_moves_a_claim_and_a_deletion_keeps_it(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    line = await shop.says(ana, "claim M3")
    await shop.edits(ana, line, "claim M4")
    cart = (await shop.types(ana, "cart")).text
    assert "M4" in cart
    assert "M3" not in cart
    await ana.delete(line)
    await shop.settled()
    assert "M4" in (await shop.types(ana, "cart")).text


async def test_an_edit_to_a_lower_quantity_gives_the_rest_back(shop: SimulatedShop) -> None:
    ana, bob = shop.member("Ana"), shop.member("Bob")
    line = await shop.says(ana, "claim M3 x3")
    await shop.says(bob, "claim M3 x2")
    await shop.edits(ana, line, "claim M3 x2")
    assert shop.told(ana, "M3: 2 now")
    assert shop.told(bob, "came free")
    assert "M3 ×2" in (await shop.types(ana, "cart")).text


async def test_an_edit_to_talk_changes_nothing(small_shop: SimulatedShop) -> None:
    shop, ana = small_shop, small_shop.member("Ana")
    line = await shop.says(ana, "claim M3 x2")
    said = len(shop.live())
    await shop.edits(ana, line, "so pretty")
    assert len(shop.live()) == said
    assert "M3 ×2" in (await shop.types(ana, "cart")).text


async def test_an_edit_of_talk_is_a_claim_at_the_time_of_the_edit(
    small_shop: SimulatedShop,
) -> None:
    shop, ana, bob = small_shop, small_shop.member("Ana"), small_shop.member("Bob")
    line = await shop.says(ana, "hello all")
    await shop.says(bob, "claim R5")
    await shop.edits(ana, line, "claim R5")
    assert shop.told(bob, "yours")
    assert shop.told(ana, "waitlist")


async def test_a_line_in_a_thread_of_the_stream_is_a_claim(shop: SimulatedShop) -> None:
    ana, bob = shop.member("Ana"), shop.member("Bob")
    thread = await shop.thread(ana, "questions")
    line = await shop.says(ana, "claim M3", where=thread)
    assert shop.told(ana, "M3")
    await shop.edits(ana, line, "claim M4")
    assert "M4" in (await shop.types(ana, "cart")).text
    await shop.says(bob, "M4 looks nice", where=thread)
    assert "M4" not in (await shop.types(bob, "cart")).text


async def test_lines_elsewhere_are_no_claims(small_shop: SimulatedShop) -> None:
    shop, ana = small_shop, small_shop.member("Ana")
    lobby = shop.guild.create_text_channel("lobby")
    await shop.says(ana, "claim M3", where=lobby)
    assert "M3" not in (await shop.types(ana, "cart")).text
    assert not [one for one in lobby.history() if one.author.bot]


async def test_what_is_swept_away_is_kept_unless_the_shop_says_otherwise(
    small_shop: SimulatedShop,
) -> None:
    shop, ana = small_shop, small_shop.member("Ana")
    lines = [await shop.says(ana, "claim M3"), await shop.says(ana, "claim M4")]
    await shop.sweeps(*lines)
    cart = (await shop.types(ana, "cart")).text
    assert "M3" in cart
    assert "M4" in cart


async def test_deleting_releases_where_the_shop_says_so(storage: Storage) -> None:
    async with SimulatedShop(storage, release_on_delete=True) as shop:
        await shop.show()
        ana, bob = shop.member("Ana"), shop.member("Bob")
        lines = [await shop.says(ana, "claim R5"), await shop.says(ana, "claim M4")]
        await shop.says(bob, "claim R5")
        await shop.sweeps(*lines)
        await shop.later(16)
        assert shop.told(bob, "yours")
        assert "M4" not in (await shop.types(ana, "cart")).text
        thread = await shop.thread(ana, "questions")
        line = await shop.says(ana, "claim M3", where=thread)
        await ana.delete(line)
        await shop.later(16)
        assert "M3" not in (await shop.types(ana, "cart")).text
