"""What the team says among itself suggests a playbook, and never does more than that."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from bot.platforms.base import Outgoing
from storage.engine import Storage
from storage.schema import sale, traffic
from storage.schema.runs import runs
from tests.fakes.shop import Shop


def asked(shop: Shop) -> list[Outgoing]:
    """The suggestions that the team was shown."""
    return [post for post in shop.paper.posts if post.kind == "runs.suggestion"]


async def kept(shop: Shop) -> Sequence[Any]:
    """What was remembered of lines of the team."""
    messages = traffic.messages.c
    return await shop.rows(select(messages.text).where(messages.kind == "team"))


async def test_words_suggest_a_playbook_and_start_nothing(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.team_says("Max", "The seam of M3 is RIPPED, we need to talk")
        (card,) = asked(shop)
        assert "product-defect" in card.text
        assert "Max said “ripped”" in card.text
        assert await shop.rows(select(runs)) == []
        # The item that was named is known; only the rest is asked for.
        form = await shop.opens("Sue", card.buttons[0].id, role="support")
        assert form is None or "code" not in {field.name for field in form.fields}


async def test_only_whole_words_count_and_talk_is_not_kept(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        for text in ("a trip to Rippedville", "unbroken record!", "defectors", "lunch?", "recalls"):
            await shop.team_says("Max", text)
        assert asked(shop) == []
        assert await kept(shop) == []
        await shop.team_says("Max", "is this a recall?")
        assert len(asked(shop)) == 1
        assert [row.text for row in await kept(shop)] == ["is this a recall?"]


async def test_the_same_again_is_silent_for_its_cooldown_and_a_mute_outlives_a_restart(
    storage: Storage,
) -> None:
    async with Shop(storage, playbooks=True) as shop:
        key = await shop.team_says("Max", "a voucher does not work")
        await shop.team_says("Max", "a voucher does not work", key=key)
        await shop.team_says("Mia", "the promo  code is dead too")
        assert len(asked(shop)) == 1
        await shop.passes(minutes=21)
        # Delivered once more, long after: it was handled already.
        await shop.team_says("Max", "a voucher does not work", key=key)
        assert len(asked(shop)) == 1
        await shop.team_says("Mia", "coupon again")
        assert len(asked(shop)) == 2
        await shop.presses_id("Mia", asked(shop)[1].buttons[2].id, role="support")
    async with Shop(storage, playbooks=True, continues=shop) as later:
        await later.passes(days=2)
        await later.team_says("Max", "coupon")
        assert len(asked(later)) == 2


async def test_a_line_of_the_team_is_never_a_claim(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.team_says("Max", "claim M3 x2, it is broken")
        assert (await shop.numbers("M3")).held == 0
        assert (await shop.rows(select(func.count()).select_from(sale.claims)))[0][0] == 0
        assert len(asked(shop)) == 1
