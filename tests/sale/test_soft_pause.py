"""The soft pause: near the end claims are kept in order, counted, and then decided."""

import pytest
from sqlalchemy import select

from bot.platforms.base import Outgoing
from storage.engine import Storage
from storage.schema import sale
from storage.schema.states import ClaimState, ItemState
from tests.fakes.shop import Shop

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
A12,,A12,Sage dress,48.00,USD,30,,R1,no,B3,
B3,,B3,Stoneware mug,18.00,USD,10,,R2,no,,
"""


def card(shop: Shop) -> Outgoing:
    return [post for post in shop.paper.posts if post.kind == "lamps.card"][-1]


def button(shop: Shop, label: str) -> str:
    return next(each.id for each in card(shop).buttons if each.label == label)


def show_card(shop: Shop) -> str:
    return [post for post in shop.paper.posts if post.kind == "show.card"][-1].text


async def state(shop: Shop, code: str = "A12") -> str:
    rows = await shop.rows(select(sale.items.c.state).where(sale.items.c.code == code))
    return str(rows[0].state)


async def pending(shop: Shop) -> list[str]:
    rows = await shop.rows(
        select(sale.identities.c.name)
        .join(sale.claims, sale.claims.c.identity_id == sale.identities.c.id)
        .where(sale.claims.c.state == ClaimState.PENDING)
        .order_by(sale.claims.c.id)
    )
    return [row.name for row in rows]


async def to_the_mark(shop: Shop, code: str = "A12", left: int = 3) -> None:
    """Claims until so many are left."""
    await shop.show()
    await shop.command(f"/stage {code}")
    sold = (await shop.numbers(code)).on_hand - left
    await shop.says("Gus", f"claim {code} x{sold}")


async def test_auto_keeps_the_last_of_many_for_a_count_and_goes_on_by_itself(
    storage: Storage,
) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        assert await state(shop) == ItemState.PAUSED
        assert any("🔎 A12: the last 3, so we count for a moment (30 s)." in line
                   for line in shop.heard())  # fmt: skip
        for name in ("Ana", "Bea", "Cleo", "Dora"):
            await shop.says(name, "claim A12")
        assert await pending(shop) == ["Ana", "Bea", "Cleo", "Dora"]
        assert "you are number 2 for the last 3; we are counting, 28 s" in shop.heard_by("Bea")[-1]
        assert "goes on by itself at 20:00:3" in card(shop).text
        assert "⏸ paused" in show_card(shop)
        await shop.passes(seconds=24)
        assert await pending(shop) != []
        await shop.passes(seconds=5)
        assert await state(shop) == ItemState.ON_SALE
        assert await pending(shop) == []
        numbers = await shop.numbers("A12")
        assert (numbers.held, numbers.waiting) == (30, 1)
        assert "A12: waitlist #1" in shop.heard_by("Dora")[-1]
        assert "⏸" not in card(shop).text
        assert "⏸" not in show_card(shop)


async def test_the_claim_that_reaches_the_mark_is_decided_and_the_very_next_is_kept(
    storage: Storage,
) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop, left=5)
        await shop.say_together(*((name, "claim A12") for name in ("Ana", "Bea", "Cleo", "Dora")))
        assert await pending(shop) == ["Cleo", "Dora"]
        assert (await shop.numbers("A12")).held == 27


async def test_after_lost_lines_it_does_not_go_on_by_itself(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        await shop.says("Ana", "claim A12")
        now, stream = shop.clock.now(), shop.andon.house.stream[0]
        async with storage.write() as tx:
            await shop.andon.dispatcher.lost(tx, stream, since=now, now=now)
        await shop.passes(minutes=2)
        assert await state(shop) == ItemState.PAUSED
        assert await pending(shop) == ["Ana"]
        await shop.command("/stock resume A12")
        assert await pending(shop) == []


async def test_auto_only_tells_where_few_were_staged(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop, "B3", left=1)
        assert await state(shop, "B3") == ItemState.ON_SALE
        assert card(shop).text.startswith("🟠 B3")


async def test_auto_counts_where_the_count_is_in_doubt(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        assert "in doubt" in await shop.command("/stock unsure B3")
        await to_the_mark(shop, "B3", left=1)
        assert await state(shop, "B3") == ItemState.PAUSED
        # Once counted nobody doubts it any more.
        assert "B3 goes on" in await shop.command("/stock recount B3 10")
        await shop.command("/stock add B3 10")
        await shop.says("Ana", "claim B3 x9")
        assert await state(shop, "B3") == ItemState.ON_SALE


@pytest.mark.parametrize("mode", ["confirm", "notify"])
async def test_the_shop_says_how_it_pauses(storage: Storage, mode: str) -> None:
    async with Shop(storage, catalogue=CATALOGUE, soft_pause=mode) as shop:
        await to_the_mark(shop, "B3", left=1)
        await shop.says("Ana", "claim B3")
        if mode == "notify":
            assert (await shop.numbers("B3")).held == 10
            return
        assert await pending(shop) == ["Ana"]
        assert "; we are counting" in shop.heard_by("Ana")[-1]
        assert "we are counting," not in shop.heard_by("Ana")[-1]
        await shop.passes(hours=1)
        assert await pending(shop) == ["Ana"]


async def test_resume_takes_what_was_kept_in_order_once(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE, soft_pause="confirm") as shop:
        await to_the_mark(shop, left=2)
        for name in ("Ana", "Bea", "Cleo"):
            await shop.says(name, "claim A12")
        resume, stop = button(shop, "Resume"), button(shop, "Sold out")
        done = await shop.presses_id("Mo", resume, role="moderator")
        assert done.text == "A12 goes on; kept claims taken in order: 3."
        assert (await shop.numbers("A12")).held == 30
        assert "waitlist #1" in shop.heard_by("Cleo")[-1]
        late = await shop.presses_id("Kim", stop, role="moderator")
        assert late.text == "A12 is on sale by now; nothing was changed."
        assert await state(shop) == ItemState.ON_SALE


async def test_sold_out_sends_what_was_kept_to_the_waitlist(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE, soft_pause="confirm") as shop:
        await to_the_mark(shop)
        await shop.says("Ana", "claim A12")
        await shop.presses_id("Mo", button(shop, "Sold out"), role="moderator")
        assert await state(shop) == ItemState.STOPPED
        numbers = await shop.numbers("A12")
        assert (numbers.held, numbers.waiting) == (27, 1)


async def test_a_recount_settles_it_by_what_was_counted(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        for name in ("Ana", "Bea"):
            await shop.says(name, "claim A12")
        form = await shop.opens("Mo", button(shop, "Recount"), role="moderator")
        assert form is not None
        assert form.title == "Recount A12"
        answer = await shop.submits("Mo", form.id, units="28")
        assert "28 on hand now, 1 left" in answer.text
        assert "kept claims taken in order: 2" in answer.text
        numbers = await shop.numbers("A12")
        assert (numbers.held, numbers.waiting, numbers.short) == (28, 1, 0)
        # Counted a moment ago: no second pause, and its deadline is gone with it.
        assert await state(shop) == ItemState.ON_SALE
        assert await shop.opens("Mo", form_button(form.id), role="moderator") is None


def form_button(form_id: str) -> str:
    return form_id.replace("show.recount", "lamps.recount")


async def test_a_recount_below_what_is_held_is_an_exception_and_takes_nothing_away(
    storage: Storage,
) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        await shop.says("Ana", "claim A12")
        assert "2 short" in await shop.command("/stock recount A12 25")
        numbers = await shop.numbers("A12")
        assert (numbers.held, numbers.waiting, numbers.short) == (27, 1, 2)
        assert len(shop.team("exceptions")) == 1


async def test_a_pause_by_hand_outlasts_the_clock(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        assert "is paused" in await shop.command("/stock pause A12")
        await shop.passes(minutes=5)
        assert await state(shop) == ItemState.PAUSED


async def test_a_kept_claim_can_be_given_back_and_others_move_up(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE, release_delay_seconds=0) as shop:
        await to_the_mark(shop, left=1)
        for name in ("Ana", "Bea"):
            await shop.says(name, "claim A12")
        await shop.says("Ana", "cancel A12")
        await shop.passes(seconds=60)
        assert "A12 is yours" in shop.heard_by("Bea")[-1]
        assert (await shop.numbers("A12")).waiting == 0


async def test_no_pause_outlives_the_show(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        await shop.says("Ana", "claim A12")
        await shop.command("/show end")
        await shop.passes(minutes=1)
        assert await pending(shop) == []
        assert await state(shop) == ItemState.ON_SALE
        # Her place in line was kept, so what is there is offered to her.
        assert (await shop.numbers("A12")).held == 28


async def test_a_restart_loses_no_pause(storage: Storage) -> None:
    async with Shop(storage, catalogue=CATALOGUE) as shop:
        await to_the_mark(shop)
        await shop.says("Ana", "claim A12")
    async with Shop(storage, catalogue=CATALOGUE, continues=shop) as again:
        await again.passes(minutes=1)
        assert (await again.numbers("A12")).held == 28
