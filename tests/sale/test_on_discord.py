"""The sale on Discord, as its people see it: real discord.py on a simulated server."""

from collections.abc import AsyncIterator

import discord
import pytest

from handlers.people import Role
from handlers.registry import Registry
from storage.engine import Storage
from tests.fakes.simulated import SimulatedShop


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[SimulatedShop]:
    async with SimulatedShop(storage) as shop:
        shop.mo = shop.member("Mo", "moderator")
        await shop.types(shop.mo, "show start", name="Friday")
        yield shop


async def test_a_whole_show(shop: SimulatedShop) -> None:
    mo, ana, bob = shop.mo, shop.member("Ana"), shop.member("Bob")
    staged = await shop.types(mo, "stage", code="R5")
    assert "R5" in staged.text
    await shop.says(ana, "mine")
    assert shop.told(ana, "R5")
    await shop.says(bob, "claim ring")
    assert shop.told(bob, "waitlist")
    cart = await shop.types(ana, "cart")
    assert cart.ephemeral
    assert "R5" in cart.text
    await shop.says(ana, "cancel R5")
    await shop.later(16)
    assert shop.told(bob, "yours")
    cart = await shop.types(bob, "cart")
    assert "R5" in cart.text


async def test_a_moderator_takes_an_act_back(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    await shop.says(ana, "claim M3")
    voided = await shop.types(shop.mo, "claim void", person=ana, code="M3")
    assert "M3" in voided.text
    assert "18" not in (await shop.types(ana, "cart")).text
    undone = await shop.types(shop.mo, "undo")
    assert "M3" in undone.text
    assert "M3" in (await shop.types(ana, "cart")).text


async def test_the_stage_takes_its_words_as_a_code(shop: SimulatedShop) -> None:
    await shop.types(shop.mo, "stage", code="D1")
    cleared = await shop.types(shop.mo, "stage", code="clear")
    assert cleared.ephemeral
    assert "empty" in cleared.text


async def test_codes_complete_while_they_are_typed(shop: SimulatedShop) -> None:
    found = await shop.mo.autocomplete(shop.stream, "stage", "code", "m")
    assert [one["value"] for one in found][:2] == ["M3", "M4"]


async def test_a_direct_message_asks_for_the_cart(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    await shop.says(ana, "claim M3")
    await ana.send_dm("cart")
    await shop.settled()
    dms = [one.content for one in ana.user.dm_channel.history() if one.author.bot]
    assert any("M3" in one for one in dms)


async def test_an_edit_moves_a_claim_and_a_deletion_keeps_it(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    line = await shop.says(ana, "claim M3")
    await shop.later()
    await ana.edit(line, "claim M4")
    await shop.settled()
    cart = (await shop.types(ana, "cart")).text
    assert "M4" in cart
    await ana.delete(line)
    await shop.settled()
    assert "M4" in (await shop.types(ana, "cart")).text


async def test_a_button_outlives_a_restart(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    await shop.says(ana, "claim M3")
    post = next(one for one in reversed(shop.stream.history()) if one.components)
    await shop.restart()
    pressed = await ana.click(post, label="My claims")
    await shop.settled()
    assert pressed.ephemeral
    assert "M3" in shop.text_of(pressed)


async def test_a_menu_tells_why(shop: SimulatedShop) -> None:
    line = await shop.says(shop.member("Ana"), "claim M3")
    told = await shop.mo.context_menu(shop.stream, "Why?", line)
    await shop.settled()
    assert told.ephemeral
    assert "M3" in shop.text_of(told)


async def test_a_form_opens_where_a_line_names_no_item(shop: SimulatedShop) -> None:
    line = await shop.says(shop.member("Ana"), "the mug please please")
    shown = await shop.mo.context_menu(shop.stream, "Count as claim", line)
    assert shown.modal is not None
    await shop.mo.submit_modal(shown, {"code": "M3", "variant": "", "quantity": "1"})
    await shop.settled()
    assert any("M3" in text for text in shop.live())


async def test_names_never_mention_or_format(shop: SimulatedShop) -> None:
    for name in ("@everyone", "**Mo**", "||x||"):
        await shop.says(shop.member(name), "claim R5")
    for text in shop.live():
        assert "@everyone" not in text or text.startswith("claim")


RESTRICTED = sorted(
    (spec.name, role)
    for spec in Registry.of().commands.values()
    for role in ("viewer", "host", "packer", "moderator")
    if Role(role) not in spec.roles and not spec.options
)


@pytest.mark.parametrize(("command", "role"), RESTRICTED)
async def test_our_side_refuses_whatever_discord_shows(
    shop: SimulatedShop, command: str, role: str
) -> None:
    # An administrator of the server sees every command; only the roles of the settings count.
    admin = shop.guild.create_role("admin", permissions=discord.Permissions.all())
    user = shop.env.create_user("Eve")
    roles = [admin] if role == "viewer" else [admin, shop.roles[role]]
    eve = shop.guild.add_member(user, roles=roles)
    root, _, word = command.partition(" ")
    if root == "stage":
        refused = await shop.types(eve, root, code=word)
    else:
        refused = await shop.types(eve, command)
    assert refused.ephemeral
    assert "is for" in refused.text
