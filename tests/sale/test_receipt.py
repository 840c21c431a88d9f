"""/why: what was decided, in which order, by which rule."""

from datetime import timedelta

from storage.engine import Storage
from tests.fakes.shop import Shop


async def why(shop: Shop, name: str, code: str) -> list[str]:
    return (await shop.command(f"/why {code}", name, role="viewer")).splitlines()


async def test_who_got_it_and_who_waits_hear_their_place_and_rule(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim M3 x2")
        assert await why(shop, "Ana", "M3") == [
            "M3: you asked for 2, sent 20:00:02.000.",
            "Place 1 in the line for M3; 0 units were gone before it.",
            "Rule: first come, first served; there were units left.",
            "Now: 2 yours, 0 on the waitlist.",
        ]
        assert await why(shop, "Bob", "M3") == [
            "M3: you asked for 2, sent 20:00:03.000.",
            "Place 2 in the line for M3; 2 units were gone before it.",
            "Rule: first come, first served; the rest waits in line.",
            "Now: 1 yours, 1 on the waitlist.",
        ]


async def test_a_late_arrival_hears_that_it_was_late(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        sent = shop.clock.now()
        await shop.says("Bob", "claim R5")
        await shop.says("Ana", "claim R5", at=sent + timedelta(milliseconds=7))
        receipt = await why(shop, "Ana", "R5")
        assert receipt[0] == "R5: you asked for 1, sent 20:00:01.007."
        assert receipt[2] == (
            "It reached us late: 1 that were sent after it were already in line, and a place once"
            " given is never taken away."
        )
        assert len(await why(shop, "Bob", "R5")) == 4


async def test_what_the_limit_refused_is_said(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5 x3")
        assert await why(shop, "Ana", "R5") == [
            "R5: you asked for 3, sent 20:00:02.000.",
            "Place 1 in the line for R5; 0 units were gone before it.",
            "Rule: first come, first served; there were units left.",
            "Rule: the limit per customer was reached.",
            "Now: 1 yours, 0 on the waitlist, 2 not taken.",
        ]
        await shop.says("Ana", "claim R5 x2")
        assert (await why(shop, "Ana", "R5"))[:2] == [
            "R5: you asked for 1, sent 20:00:04.000.",
            "Rule: the limit per customer was reached.",
        ]


async def test_pauses_stops_and_questions_are_named(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stock pause M3")
        await shop.says("Ana", "claim M3")
        assert (await why(shop, "Ana", "M3"))[-1] == (
            "Rule: the item was paused; claims are kept in order until it goes on."
        )
        await shop.command("/stock resume M3")
        assert (await why(shop, "Ana", "M3"))[-1] == "Now: 1 yours, 0 on the waitlist."
        await shop.command("/stock stop M4")
        await shop.says("Ana", "claim M4")
        assert "Rule: the item was stopped, so claims went to the waitlist." in await why(
            shop, "Ana", "M4"
        )
        await shop.says("Ana", "claim D1")
        assert (await why(shop, "Ana", "D1"))[-1] == (
            "Rule: no size was named, so you were asked; the answer takes its place when it is"
            " given."
        )


async def test_units_by_a_moderator_are_called_so(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/claim add Ana M4")
        assert "Rule: added by a moderator." in await why(shop, "Ana", "M4")


async def test_who_never_claimed_hears_that(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        assert await why(shop, "Ana", "M3") == ["You have claimed no M3 yet."]


async def test_the_menu_tells_moderators_how_a_line_was_read(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3 x4")
        answer = await shop.presses("Mo", "menu.why", role="moderator", message=line)
        assert answer.text.splitlines() == [
            "“claim M3 x4” — a claim of M3.",
            "M3 ×4: place 1, 3 held, 1 waiting.",
        ]
        talk = await shop.says("Bob", "M3 looks nice")
        answer = await shop.presses("Mo", "menu.why", role="moderator", message=talk)
        assert answer.text == ("“M3 looks nice” — talk: it holds more, or less, than a claim.")
        answer = await shop.presses("Mo", "menu.why", role="moderator", message="paper:none")
        assert answer.text == "I have no record of that line."


async def test_what_was_given_back_is_said_and_ones_own_units_were_not_gone_before(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Ana", "claim M3 x2")
        newest, first = (await shop.command("/why M3", "Ana", role="viewer")).split("\n\n")
        assert "0 units were gone before it" in newest
        assert "0 units were gone before it" in first
        await shop.says("Ana", "cancel M3")
        await shop.passes(seconds=15)
        answer = await shop.command("/why M3", "Ana", role="viewer")
        assert answer.count("Now: nothing of it is yours; given back.") == 2
