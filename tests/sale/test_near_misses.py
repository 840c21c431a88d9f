"""Lines that are nearly a claim: nothing is guessed, the viewer is told what to type."""

import pytest
from sqlalchemy import select

from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import Shop


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("claim M33", "there is no M33. Did you mean M3?"),
        ("claim Q14", "there is no Q14."),
        ("claim М3", "M3 has a letter of another alphabet in it. Type claim M3."),
        ("M3", "to claim M3, type claim M3."),
        ("claim D1 XXL", "D1 does not come in that. There is S, M, L."),
        ("claim M3 x0", "I did not understand how many. Type claim M3 x2 for two."),
        ("claim M3 x2 x3", "that names two numbers for M3. Which one?"),
        ("claim M3, cancel M3", "that claims and cancels at once. Which one?"),
        ("nvm", "which one? Type cancel and the code."),
        ("can I get M3", "to get M3, type claim M3."),
        ("I want M3", "to get M3, type claim M3."),
        (
            "if M3 is left I'll take it",
            "to get M3, type claim M3; if it is gone you are on the waitlist.",
        ),
        ("claim M3 for $10", "claims carry no price. Type claim M3 for the price shown."),
        (
            "claim M3 for @bob",
            "everyone claims for themselves. Type claim M3 for you.",
        ),
        ("claim M3 no wait M4", "that names two wishes. Type claim M3 and the one you want."),
        ("mine", "nothing is on stage right now. Type claim and the code."),
    ],
)
async def test_a_near_miss_is_told_what_to_type(sqlite: Storage, text: str, hint: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", text)
        assert shop.heard_by("Ana") == [f"@Ana: {hint}"]
        async with sqlite.read() as tx:
            assert not await tx.all(select(sale.claims))


async def test_a_number_that_is_also_a_code_is_asked_for(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage M3")
        shop.clock.advance(10)
        await shop.says("Ana", "claim 7")
        assert shop.heard_by("Ana") == [
            "@Ana: 7 is a code and a number; type claim 7, or claim x7 for that many of what is"
            " on stage."
        ]


@pytest.mark.parametrize(
    "talk", ["7", "+1", "is M3 sold?", "not M3", "M3 looks nice", "she got M3", "yes please"]
)
async def test_talk_is_left_alone(sqlite: Storage, talk: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", talk)
        assert shop.heard() == []


async def test_outside_a_show_only_claims_are_answered(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.says("Ana", "claim M33")
        assert shop.heard() == []
        await shop.says("Ana", "claim M3")
        assert shop.heard() == [
            "@Ana: no show is live yet. Claims count from the moment it starts."
        ]


async def test_after_the_show_a_claim_hears_what_is_still_here(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for line in ("claim R5", "claim M3 x3", "claim D1 S x2"):
            await shop.says("Zoe", line)
        await shop.command("/stock stop M4")
        await shop.command("/show end")
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim M3")
        assert shop.heard_by("Ana") == ["@Ana: the show is over; still here: D1, D2, 7."]
        assert shop.heard_by("Bob") == []
        await shop.command("/stock set D2 0")
        await shop.passes(seconds=20)
        assert shop.heard_by("Bob") == ["@Bob: the show is over; still here: D1, 7."]


async def test_five_codes_at_most_are_still_here_and_none_may_be(sqlite: Storage) -> None:
    rows = "".join(f"A{number},,A{number},Thing,1.00,USD,1\n" for number in range(1, 9))
    catalogue = f"code,variant,sku,title,price,currency,stock\n{rows}"
    async with Shop(sqlite, catalogue=catalogue, hint_seconds=0) as shop:
        await shop.show()
        await shop.command("/show end")
        await shop.says("Ana", "claim A8")
        assert shop.heard_by("Ana") == ["@Ana: the show is over; still here: A1, A2, A3, A4, A5."]
        for number in range(1, 9):
            await shop.command(f"/stock set A{number} 0")
        await shop.says("Bob", "claim A8")
        assert shop.heard_by("Bob") == ["@Bob: the show is over."]
