"""The sale on Discord, as its people see it: real discord.py on a simulated server."""

from tests.fakes.simulated import SimulatedShop


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


async def test_the_stage_takes_its_words_as_a_code(small_shop: SimulatedShop) -> None:
    shop = small_shop
    await shop.types(shop.mo, "stage", code="D1")
    cleared = await shop.types(shop.mo, "stage", code="clear")
    assert cleared.ephemeral
    assert "empty" in cleared.text


async def test_codes_complete_while_they_are_typed(small_shop: SimulatedShop) -> None:
    found = await small_shop.mo.autocomplete(small_shop.stream, "stage", "code", "m")
    assert [one["value"] for one in found][:2] == ["M3", "M4"]


async def test_a_menu_tells_why(small_shop: SimulatedShop) -> None:
    line = await small_shop.says(small_shop.member("Ana"), "claim M3")
    told = await small_shop.chooses(small_shop.mo, "Why?", line)
    assert told.ephemeral
    assert "M3" in told.text


async def test_a_form_opens_where_a_line_names_no_item(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    line = await shop.says(ana, "the mug please please")
    shown = await shop.mo.context_menu(shop.stream, "Count as claim", line)
    assert shown.modal is not None
    answer = await shop.mo.submit_modal(shown, {"code": "M3", "variant": "", "quantity": "1"})
    await shop.settled()
    assert answer.ephemeral
    assert shop.told(ana, "M3")


# --- names ---------------------------------------------------------------------------------------

NAMES = ("@everyone", "@here", "**Mo**", "||x||", "`rm`", "<@1>", "~~Mo~~", "[Mo](https://a.b)")


async def test_names_never_mention_or_format(small_shop: SimulatedShop) -> None:
    shop = small_shop
    for name in NAMES:
        await shop.says(shop.member(name), "claim R5")
    listed = (await shop.types(shop.mo, "claim list", code="R5")).text
    waiting = (await shop.types(shop.mo, "waitlist show", code="R5")).text
    shown = [one.content for one in shop.stream.history() if one.author.bot]
    for text in (listed, waiting, *shown):
        for word in ("@everyone", "@here", "**", "||", "`rm", "<@1>", "~~", "](", "://"):
            assert word not in text
    # They are all there, only harmless.
    assert "everyone" in listed
    assert waiting.count("\n") >= len(NAMES) - 2


async def test_a_name_that_looks_like_anothers_gets_nothing_of_theirs(shop: SimulatedShop) -> None:
    ana, other = shop.member("Ana"), shop.member("Аna")
    await shop.says(ana, "claim R5")
    await shop.says(other, "cancel R5")
    await shop.later(16)
    assert "R5" not in (await shop.types(other, "cart")).text
    assert "R5" in (await shop.types(ana, "cart")).text


# --- in private ----------------------------------------------------------------------------------


async def test_a_direct_message_asks_for_the_cart(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    await shop.says(ana, "claim M3")
    await ana.send_dm("cart")
    await shop.settled()
    dms = [one.content for one in ana.user.dm_channel.history() if one.author.bot]
    assert any("M3" in one for one in dms)


async def test_who_takes_no_dms_is_told_in_the_stream_and_no_secret_with_it(
    shop: SimulatedShop,
) -> None:
    ana = shop.member("Ana")
    await ana.send_dm("yes")
    await shop.settled()
    shop.takes_no_dms(ana)
    await shop.says(ana, "claim TEST")
    await shop.later()
    (told,) = [post for post in shop.stream.history() if ana.mention in post.content]
    assert "could not reach you by DM" in told.content
    assert "Everything works" not in "".join(shop.live())
    pressed = await ana.click(told, label="My claims")
    await shop.settled()
    assert pressed.ephemeral
    # And they are not tried again: the wish for DMs has ended.
    await shop.says(ana, "claim TEST")
    assert shop.told(ana, "all works, I can read you")


async def test_a_cart_by_closed_dm_never_shows_in_the_stream(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    await shop.says(ana, "claim M3 x2")
    before = shop.live()
    await ana.send_dm("hello")
    await shop.settled()
    shop.takes_no_dms(ana)
    await ana.send_dm("cart")
    await shop.settled()
    # Who never asked for DMs is not called for one that failed.
    assert shop.live() == before
    assert "$36.00" not in "".join(shop.live())


# --- after a restart -----------------------------------------------------------------------------


async def test_a_button_outlives_a_restart(small_shop: SimulatedShop) -> None:
    shop, ana = small_shop, small_shop.member("Ana")
    await shop.says(ana, "claim M3")
    post = next(one for one in reversed(shop.stream.history()) if one.components)
    await shop.restart()
    pressed = await ana.click(post, label="My claims")
    await shop.settled()
    assert pressed.ephemeral
    assert "M3" in shop.text_of(pressed)


async def test_a_question_outlives_a_restart(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    await shop.says(ana, "claim D1")
    asked = next(one for one in reversed(shop.stream.history()) if one.components)
    await shop.restart()
    pressed = await ana.click(asked, label="M")
    await shop.settled()
    assert "D1 / M is yours" in shop.text_of(pressed)


async def test_a_form_that_was_open_during_a_restart_still_counts(shop: SimulatedShop) -> None:
    ana = shop.member("Ana")
    line = await shop.says(ana, "the mug please please")
    shown = await shop.mo.context_menu(shop.stream, "Count as claim", line)
    await shop.restart()
    answer = await shop.mo.submit_modal(shown, {"code": "M3", "variant": "", "quantity": "1"})
    await shop.settled()
    assert shop.text_of(answer) == "Counted: M3 for Ana."
    again = await shop.mo.context_menu(shop.stream, "Count as claim", line)
    await shop.settled()
    assert again.modal is None
    assert "counts already" in shop.text_of(again)
