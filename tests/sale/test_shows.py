"""The life of a show: started, paused, resumed, ended, ended by itself, and taken back."""

from datetime import UTC, datetime

from sqlalchemy import select

from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import CATALOGUE, Numbers, Shop

NEXT_EVENING = "Sat 07 Mar 20:00"


async def test_a_show_starts_once(storage: Storage) -> None:
    async with Shop(storage) as shop:
        answer = await shop.command("/show start Friday  night")
        assert answer == "Friday night is live. Put the first item on stage with /stage CODE."
        assert shop.heard() == [
            "🎬 Friday night is live! To claim, type claim and the code you see, like claim D1."
        ]
        again = await shop.command("/show start Other")
        assert (
            again == "Friday night is live already. End it with /show end before starting another."
        )
        assert shop.heard() == []


async def test_a_show_without_a_name_gets_its_date(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert (await shop.command("/show start")).startswith("Show of 06 Mar 2026 is live.")


async def test_claims_before_and_after_a_show_are_not_kept(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.says("Ana", "claim M3")
        await shop.show()
        await shop.command("/show end")
        await shop.says("Bob", "claim M3")
        assert (await shop.numbers("M3")).held == 0


async def test_the_end_gives_holds_their_end_and_mentions_who_has_not_paid(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim D2")
        shop.heard()
        answer = await shop.command("/show end")
        assert answer == (
            f"Friday has ended. Held: 3, by 2, until {NEXT_EVENING}. /undo takes the end back."
        )
        assert shop.heard() == [
            "🏁 The show is over, thank you for coming! What you hold is yours until "
            f"{NEXT_EVENING}.",
            f"🛒 Not paid yet, held until {NEXT_EVENING}: @Ana, @Bob. Press My cart.",
        ]
        assert shop.buttons() == ["My cart", "Pay"]
        assert await shop.command("/show end") == "No show is live. Start one with /show start."


async def test_at_most_eighty_unpaid_are_mentioned_in_a_message(sqlite: Storage) -> None:
    catalogue = CATALOGUE + "Z9,,Z9,Sticker,1.00,USD,500,,R1,no,,\n"
    async with Shop(sqlite, catalogue=catalogue) as shop:
        await shop.show()
        await shop.say_together(*((f"V{number}", "claim Z9") for number in range(170)))
        before = len(shop.paper.posts)
        await shop.command("/show end")
        posts = [post for post in shop.paper.posts[before:] if "Press My cart" in post.text]
        assert [len(post.mentions) for post in posts] == [80, 80, 10]
        assert all(post.buttons[0].label == "My cart" for post in posts)


async def test_who_was_asked_for_a_size_is_not_asked_after_the_end(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        await shop.command("/show end")
        await shop.says("Ana", "M")
        await shop.presses("Ana", "M")
        assert (await shop.numbers("D1-M")).held == 0
        states = await shop.rows(select(sale.claims.c.state))
        assert [row.state for row in states] == ["void"]


async def test_a_paused_show_keeps_claims_in_order_and_says_so(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        answer = await shop.command("/show pause")
        assert answer == "Paused: claims are kept in order until /show resume."
        assert await shop.command("/show pause") == "The show is paused already; nothing changed."
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        assert "number 1" in shop.heard_by("Ana")[-1]
        assert "number 2" in shop.heard_by("Bob")[-1]
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=0, waiting=0, short=0)
        answer = await shop.command("/show resume")
        assert answer == "The show goes on; kept claims taken in order: 2."
        assert shop.heard_by("Ana")[-1] == "✅ @Ana R5 is yours"
        assert shop.heard_by("Bob")[-1] == "⏳ @Bob R5: waitlist #1"
        assert await shop.command("/show resume") == "The show is not paused; nothing changed."


async def test_resuming_the_show_leaves_an_item_paused_by_itself_alone(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause R5")
        await shop.command("/show pause")
        await shop.says("Ana", "claim R5")
        await shop.says("Ana", "claim M3")
        assert (await shop.command("/show resume")).endswith("order: 1.")
        assert (await shop.numbers("R5")).held == 0
        assert (await shop.numbers("M3")).held == 1
        await shop.command("/stock resume R5")
        assert (await shop.numbers("R5")).held == 1


async def test_the_end_of_a_paused_show_decides_what_was_kept(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/show pause")
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        answer = await shop.command("/show end")
        assert "Held: 1, by 1" in answer
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=1, short=0)
        holds = await shop.rows(select(sale.holds.c.expires_at))
        assert holds[0].expires_at is not None


async def test_at_the_end_claims_of_a_paused_item_stand_in_line(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause M3")
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M3")
        answer = await shop.command("/show end")
        assert "Still paused: M3; who claimed them stands in line" in answer
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=0, waiting=2, short=0)
        await shop.command("/stock resume M3")
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=2, waiting=0, short=0)
        assert "held until" in shop.heard_by("Ana")[-1]


async def test_an_end_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage D1")
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim D1")
        await shop.command("/show end")
        answer = await shop.command("/undo")
        assert answer == "Friday is live again; what is held has no end again."
        assert shop.heard()[-1] == "▶️ Friday goes on! Claims count again."
        holds = await shop.rows(select(sale.holds.c.expires_at, sale.holds.c.warn_due))
        assert [tuple(row) for row in holds] == [(None, None)]
        await shop.says("Bob", "M")
        assert (await shop.numbers("D1-M")).held == 1
        assert "On stage: D1" in await shop.command("/show status")
        await shop.passes(hours=2)
        assert (await shop.numbers("M3")).held == 1


async def test_an_end_stays_while_another_show_is_live(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/show end")
        await shop.command("/show start Saturday", "Ned")
        answer = await shop.command("/undo")
        assert answer == "Another show is live, so Friday stays ended."
        await shop.command("/show end", "Ned")
        assert await shop.command("/undo") == "Friday is live again; what is held has no end again."


async def test_a_start_can_be_taken_back_until_somebody_claims(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert await shop.command("/undo") == "The start of Friday is taken back."
        await shop.says("Ana", "claim M3")
        assert "no show is live yet" in shop.heard_by("Ana")[-1]
        assert await shop.command("/show status") == "No show is live. Start one with /show start."
        await shop.show()
        await shop.says("Ana", "claim M3")
        answer = await shop.command("/undo")
        assert answer == "Friday has claims already, so its start stays. Use /show end."
        assert (await shop.numbers("M3")).held == 1


async def test_a_pause_and_a_resume_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/show pause")
        await shop.says("Ana", "claim M3")
        assert (await shop.command("/undo")).endswith("taken in order: 1.")
        assert (await shop.numbers("M3")).held == 1
        await shop.command("/show pause")
        await shop.command("/show resume")
        assert "Paused" in await shop.command("/undo")
        await shop.says("Bob", "claim M3")
        assert (await shop.numbers("M3")).held == 1


async def test_an_idle_show_asks_and_then_ends_by_itself(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.passes(minutes=59)
        assert shop.team() == []
        await shop.passes(minutes=2)
        assert shop.team() == [
            "💤 Friday: nothing was claimed or staged for 60 minutes. If it is over, type /show "
            "end. Otherwise it ends by itself at 23:00."
        ]
        await shop.passes(hours=2)
        assert shop.team()[-1] == (
            "🏁 Friday ended by itself after 3 h without stage or claim. A moderator's /undo "
            "brings it back."
        )
        assert any("The show is over" in line for line in shop.heard())
        assert "Friday: ended since 23:00" in await shop.command("/show status")
        assert await shop.command("/undo") == "Friday is live again; what is held has no end again."
        await shop.says("Bob", "claim M3")
        assert (await shop.numbers("M3")).held == 2


async def test_a_stage_or_a_claim_starts_the_idle_hour_anew(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.passes(minutes=50)
        await shop.command("/stage M3")
        await shop.passes(minutes=50)
        await shop.says("Ana", "claim M3")
        await shop.passes(minutes=50)
        assert shop.team() == []


async def test_a_paused_show_that_is_forgotten_ends_with_its_claims_decided(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/show pause")
        await shop.says("Ana", "claim R5")
        await shop.passes(hours=4)
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=0, short=0)


async def test_the_idle_end_survives_a_restart(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
    async with Shop(storage, continues=shop) as later:
        await later.passes(hours=4)
        assert "ended by itself" in later.team()[-1]


async def test_the_status_says_where_the_show_stands(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert await shop.command("/show status") == "No show is live. Start one with /show start."
        await shop.show()
        await shop.command("/stage M3")
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim M3 x2")
        assert await shop.command("/show status") == (
            "Friday: live since 20:00. On stage: M3. Claims: 2, units held: 3, units waited for: 1."
        )
        await shop.command("/show pause")
        assert (await shop.command("/show status")).startswith("Friday: paused since 20:00.")


async def test_times_are_those_of_the_shop(storage: Storage) -> None:
    start = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
    async with Shop(storage, start=start, shop={"timezone": "Asia/Tokyo"}) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/show end")
        assert "Sun 08 Mar 05:00" in shop.heard()[-1]
