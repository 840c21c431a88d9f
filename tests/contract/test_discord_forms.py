"""A form that is refused on Discord, which shows nothing beside its fields."""

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.shop import DiscordShop


async def test_a_refused_form_gives_back_what_was_typed(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    await shop.types("stage", code="A2")
    await server.until(lambda: any("A2" in one for one in server.reads("alerts")))
    [card] = [one for one in server.posts("alerts") if "A2" in one.content]
    [recount] = [one for one in card.custom_ids if one.startswith("show.recount")]
    opened = await server.presses("Mo", card, recount).answered()
    assert opened.modal is not None
    reply = await server.submits("Mo", opened.modal, {"units": "about twenty"}).reply()
    assert "takes a whole number, not “about twenty”" in reply.content
    assert "Nothing was done. What you typed:" in reply.content
    assert reply.content.splitlines()[-1].endswith(": about twenty")
    assert reply.ephemeral
    assert shop.rows("SELECT on_hand FROM variants WHERE sku = 'A2'") == [(3,)]
