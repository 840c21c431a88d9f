"""Claims in a live show: who gets it, and what they hear."""

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop

#: Everyone can claim it from the start; long enough to be a talk, too long to be a claim.
LONG_TALK = "claim M3 " + "a" * 10_000


async def test_a_claim_holds_a_unit_and_its_viewer_hears_so(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=1, waiting=0, short=0)


async def test_who_comes_when_all_are_held_waits_in_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Cy", "mine R5")
        assert shop.heard_by("Bob") == ["⏳ @Bob R5: waitlist #1"]
        assert shop.heard_by("Cy") == ["⏳ @Cy R5: waitlist #2"]


async def test_a_claim_may_be_granted_in_part(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim M3 x2")
        assert shop.heard_by("Bob") == ["✅ @Bob M3: 1 yours, 1 waitlist #1"]


async def test_a_release_takes_effect_after_a_while_and_the_next_moves_up(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Ana", "cancel R5")
        assert (await shop.numbers("R5")).held == 1
        assert shop.buttons() == ["Keep it (R5)", "My claims"]
        await shop.passes(seconds=15)
        assert shop.heard_by("Ana")[-1] == "↩️ @Ana R5 given back"
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob R5 came free and is yours"
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=0, short=0)


async def test_several_items_and_sizes_in_one_line_are_several_claims(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 S and M, and mug")
        assert shop.heard_by("Ana") == ["✅ @Ana D1 / S is yours, D1 / M is yours, M3 is yours"]
        # Both sizes were named, so there is nothing to choose between.
        assert shop.buttons() == ["My claims"]


async def test_what_is_certain_is_claimed_and_the_rest_is_hinted(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 and Q14")
        assert sorted(shop.heard_by("Ana")) == ["@Ana: there is no Q14.", "✅ @Ana M3 is yours"]


async def test_winners_are_named_and_the_waitlisted_are_counted_after_ten(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        shop.heard()
        await shop.say_together(*((f"V{number}", "claim M3") for number in range(1, 20)))
        told = "\n".join(shop.heard()).splitlines()
        assert told[:4] == [
            "✅ @V1 M3 is yours",
            "✅ @V2 M3 is yours",
            "✅ @V3 M3 is yours",
            "⏳ @V4 M3: waitlist #1",
        ]
        assert told[-2:] == [
            "⏳ @V13 M3: waitlist #10",
            "⏳ and 6 more on the waitlist: press My place.",
        ]
        assert shop.buttons() == ["My claims", "My place"]
        place = await shop.presses("V19", "My place")
        assert "⏳ M3 ×1 — waitlist #16" in place.text


async def test_few_claims_get_a_reaction_too_and_many_do_not(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()

        def newest() -> tuple[tuple[str, str], ...]:
            return [post for post in shop.paper.posts if post.kind == "claims"][-1].reactions

        ana = await shop.says("Ana", "claim R5")
        assert newest() == ((ana.split(":")[1], "✅"),)
        bob = await shop.says("Bob", "claim R5")
        assert newest() == ((bob.split(":")[1], "⏳"),)
        await shop.say_together(("Cy", "claim M4"), ("Di", "claim M4"), ("Ed", "claim M4"))
        assert not newest()


async def test_one_viewer_gets_one_line_however_much_they_type(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        shop.heard()
        await shop.say_together(
            *(("Ana", "claim M3") for _ in range(120)),
            *(("Ana", f"claim M4 x{count}") for count in range(1, 60)),
            ("Bob", "claim D2"),
        )
        posts = shop.heard()
        assert all(len(post) <= shop.paper.max_characters for post in posts)
        # One delivery holds at most so many messages; within one there is one line for Ana.
        for post in posts:
            assert sum(line.startswith("✅ @Ana") for line in post.splitlines()) <= 1
        assert "\n".join(posts).count("M3 ×") == 0
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=1, waiting=0, short=0)
        assert await shop.numbers("M4") == Numbers(on_hand=4, held=4, waiting=55, short=0)


async def test_posts_of_a_crowd_fit_and_name_every_winner(sqlite: Storage) -> None:
    catalogue = "code,variant,sku,title,price,currency,stock\nM3,,M3,Mug,18.00,USD,150\n"
    async with Shop(sqlite, catalogue=catalogue, soft_pause="notify") as shop:
        shop.paper.max_characters = 300
        await shop.show()
        shop.heard()
        await shop.say_together(*((f"V{number}", "claim M3") for number in range(200)))
        posts = shop.heard()
        assert all(len(post) <= 300 for post in posts)
        won = [line for post in posts for line in post.splitlines() if line.startswith("✅")]
        assert sorted(won) == sorted(f"✅ @V{number} M3" for number in range(150))


async def test_lines_by_bots_quotes_and_replies_that_only_agree_are_no_claims(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage M3")
        shop.heard()
        await shop.says("Bot", "claim M3", quotes=True)
        await shop.says("Ana", "+1", reply=True)
        await shop.says("Bob", LONG_TALK)
        await shop.says("Cy", "she said claim M3")
        assert shop.heard() == []
        assert (await shop.numbers("M3")).held == 0
        await shop.says("Ana", "+1")
        await shop.says("Bob", "claim M3", reply=True)
        assert (await shop.numbers("M3")).held == 2


async def test_host_and_moderators_speak_for_the_shop_unless_they_press(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for name, role in (("Hope", "host"), ("Mo", "moderator")):
            await shop.says(name, "claim M3 x2", role=role)
            assert shop.heard_by(name) == [
                f"@{name}: you speak for the shop, so this was not counted."
            ]
        assert (await shop.numbers("M3")).held == 0
        assert shop.buttons() == ["Claim for me"]
        answer = await shop.presses("Mo", "Claim for me", role="moderator")
        assert answer.text == "✅ M3 ×2 is yours"
        assert (await shop.numbers("M3")).held == 2


async def test_a_moderators_claim_without_a_size_asks_in_private(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Mo", "claim D1 and M3", role="moderator")
        assert shop.buttons() == ["Claim D1 for me", "Claim M3 for me"]
        answer = await shop.presses("Mo", "Claim D1 for me", role="moderator")
        assert (answer.text, [button.label for button in answer.buttons]) == (
            "Which D1? Tap one.",
            ["S", "M", "L"],
        )
        answer = await shop.presses("Mo", answer.buttons[2].id, role="moderator")
        assert answer.text == "✅ D1 / L is yours"


async def test_what_people_type_and_are_called_mentions_and_formats_nothing(
    sqlite: Storage,
) -> None:
    nasty = [
        "claim @everyone99",
        "claim Q9\n@{bob} hi",
        "claim **Q9**",
        "claim \u202eQ9\u202c",
        "claim Q\u0336\u0336\u03369",
        "claim <@bob> Q9",
        "claim Q9" + "\u0301" * 200,
        "claim {{ 7 * 7 }}9",
    ]
    async with Shop(sqlite, hint_limit_per_second=1000, hint_seconds=0) as shop:
        await shop.show()
        for number, text in enumerate(nasty):
            await shop.says(f"V{number}", text)
        for post in shop.paper.posts:
            assert "bob" not in post.mentions
            assert "@everyone" not in post.text
            assert "49" not in post.text
            assert not {"\u202e", "\u202c"} & set(post.text)
            assert len(post.text) < 300
        name = "E}v\u202eil @here **x** " + "n" * 300
        await shop.says(name, "claim M3")
        winner = shop.paper.posts[-1]
        assert winner.text == "✅ @{" + name.lower().replace("}", "") + "} M3 is yours"
        assert "**" not in await shop.command("/claim list")


async def test_a_crowd_over_the_limit_is_counted_not_listed(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.say_together(*((f"V{number}", "claim D1 L x3") for number in range(40)))
        said = " ".join(shop.heard())
        assert said.count("waitlist #") == 11
        assert "and 29 more on the waitlist" in said


async def test_winners_and_waitlisted_in_one_post_keep_their_words_and_buttons(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        shop.heard()
        await shop.say_together(("Dan", "claim R5"), ("Eve", "claim R5"))
        assert "\n".join(shop.heard()).splitlines() == [
            "✅ @Dan R5 is yours",
            "⏳ @Eve R5: waitlist #1",
        ]
        assert shop.buttons() == ["My claims", "My place"]
