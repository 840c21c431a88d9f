"""`/help` lists what a person may use, and nothing else."""

import pytest

from handlers.people import Role
from handlers.registry import Registry
from storage.engine import Storage
from tests.fakes.shop import Shop


@pytest.mark.parametrize("role", list(Role))
async def test_help_lists_exactly_what_a_role_may_use(sqlite: Storage, role: Role) -> None:
    async with Shop(sqlite) as shop:
        await shop.command("/help", "Kim", role=role.value)
        while any(button.label == "Next" for button in shop.paper.posts[-1].buttons):
            await shop.presses("Kim", "Next", role=role.value)
        answer = "\n".join(post.text for post in shop.paper.posts)
        listed = [line.split("`")[1] for line in answer.splitlines() if "`" in line]
        mine = [spec for spec in Registry.of().commands.values() if role in spec.roles]
        assert sorted(listed) == sorted(spec.signature for spec in mine)
        may_claim = role in (Role.VIEWER, Role.CUSTOMER)
        how = "To claim, type claim and the code you see in the stream chat, like claim D1."
        assert answer.startswith(how if may_claim else "What you can type:")
        words = [line.split()[0] for line in listed]
        assert words == sorted(words, key=_place)


def _place(word: str) -> tuple[int, str]:
    """What runs a show comes first, the rest by name."""
    first = ["/show", "/stage", "/stock", "/item", "/claim", "/waitlist", "/undo"]
    return (first.index(word), "") if word in first else (len(first), word)


async def test_help_can_be_about_one_word(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        answer = await shop.command("/help /recount")
        assert answer.splitlines()[0] == (
            "`/stock recount CODE UNITS [VARIANT]` — what was really counted, even if less than "
            "is held"
        )
        assert all("recount" in line for line in answer.splitlines())
        assert await shop.command("/help recount", "Ana", role="viewer") == (
            "No command of yours has to do with recount. /help alone lists them all."
        )


async def test_help_before_there_is_a_catalogue_shows_an_example(sqlite: Storage) -> None:
    header = "code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases"
    async with Shop(sqlite, catalogue=f"{header}\nB1,,B1,Bag,5.00,USD,1,,,no,,\n") as shop:
        assert "like claim B1." in await shop.command("/help", role="viewer")
