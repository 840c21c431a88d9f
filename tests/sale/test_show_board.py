"""The show's own message: what it says at each moment of a sale."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.base import BoardPost
from bot.show_board import board_of
from handlers.board_words import MOST_CHARACTERS, board_words
from handlers.claims.rules import Claimable
from handlers.looking import ItemLook, SaleLook, VariantLook
from handlers.registry import Registry
from handlers.wording import Wording
from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import EVENING, Shop

HEAD = "code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases\n"
COLOURS = HEAD + "".join(
    f"C1,{name},C1-{name},Wool throw,72.00,USD,{stock},,R2,no,,\n"
    for name, stock in (
        ("Ocean / Small", 9), ("Ocean / Large", 9), ("Moss / Small", 1), ("Moss / Large", 9),
    )
)  # fmt: skip


async def now(shop: Shop, show_id: int | None = None) -> BoardPost | None:
    return await board_of(shop.storage, shop.andon.dispatcher, shop.clock.now(), show_id)


async def board(shop: Shop) -> BoardPost:
    seen = await now(shop)
    assert seen is not None
    return seen


async def lines(shop: Shop) -> list[str]:
    return (await board(shop)).text.splitlines()


async def test_there_is_no_board_before_the_first_show(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert await now(shop) is None


async def test_it_says_what_is_on_stage_and_how_to_claim_it(storage: Storage) -> None:
    async with Shop(storage, claimable="after_staged") as shop:
        await shop.show()
        assert (await board(shop)).title == "Friday · live"
        assert await lines(shop) == ["▶️ Nothing is on stage right now."]
        await shop.command("/stage D1")
        assert await lines(shop) == [
            "▶️ On stage: D1 — Linen dress, $48.00",
            "🟢 in stock: S, M · 🟠 almost gone: L (1)",
            "💬 Type `claim D1 S`.",
        ]
        await shop.command("/stage M3")
        assert await lines(shop) == [
            "▶️ On stage: M3 — Stoneware mug, $18.00",
            "🟢 in stock",
            "💬 Type `claim M3`.",
            "",
            "Also open:",
            "D1 — Linen dress, $48.00 · 🟢 in stock: S, M · 🟠 almost gone: L (1)",
        ]
        await shop.command("/stage clear")
        assert (await lines(shop))[:2] == [
            "▶️ Nothing is on stage right now.",
            "💬 Type claim and a code from below, like `claim M3`.",
        ]


async def test_what_it_tells_to_type_is_a_claim(storage: Storage) -> None:
    async with Shop(storage, catalogue=COLOURS) as shop:
        await shop.show()
        await shop.command('/stage C1 "Moss / Small"')
        assert await lines(shop) == [
            "▶️ On stage: C1 / Moss / Small — Wool throw, $72.00",
            "Ocean — 🟢 in stock: Small, Large",
            "Moss — 🟢 in stock: Large · 🟠 almost gone: Small (1)",
            "💬 Type `claim C1 Moss Small`.",
        ]
        await shop.says("Ana", "claim C1 Moss Small")
        assert (await shop.numbers("C1-Moss / Small")).held == 1
        assert (await lines(shop))[2:] == [
            "Moss — 🟢 in stock: Large · 🔴 sold out, waitlist: Small",
            "💬 Type `claim C1 Moss Small` to wait in line for it.",
        ]


async def test_a_number_stands_beside_the_lamp_once_few_are_left(storage: Storage) -> None:
    async with Shop(storage, amber_percent=50, pause_percent=20, soft_pause="notify") as shop:
        await shop.show()
        await shop.command("/stage D2")
        seen = []
        for name in ("Ana", "Bob", "Cid", "Di", "Eve", "Fay"):
            await shop.says(name, "claim D2")
            seen.append((await lines(shop))[1])
        assert seen == [
            "🟢 in stock",
            "🟡 few left: 3",
            "🟡 few left: 2",
            "🟠 almost gone: 1",
            "🔴 sold out, waitlist",
            "🔴 sold out, waitlist: 1 waiting",
        ]


async def test_sizes_stand_under_their_lamp(storage: Storage) -> None:
    async with Shop(storage, amber_percent=40) as shop:
        await shop.show()
        await shop.command("/stage D1")
        await shop.says("Ana", "claim D1 M x2")
        await shop.says("Bob", "claim D1 L")
        await shop.says("Cid", "claim D1 L")
        assert (await lines(shop))[1] == (
            "🟢 in stock: S · 🟠 almost gone: M (1) · 🔴 sold out, waitlist: L (1 waiting)"
        )


async def test_a_unit_given_back_is_there_again(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage R5")
        await shop.says("Ana", "claim R5")
        assert (await lines(shop))[1] == "🔴 sold out, waitlist"
        await shop.command("/claim void Ana R5")
        # The last one never reads as if there were many.
        assert (await lines(shop))[1] == "🟠 almost gone: 1"


async def test_paused_and_stopped_items_say_so(storage: Storage) -> None:
    async with Shop(storage, claimable="after_staged") as shop:
        await shop.show()
        for code in ("M4", "M3", "R5"):
            await shop.command(f"/stage {code}")
        await shop.command("/stock pause M3")
        await shop.command("/stock stop M4")
        await shop.command("/stock pause R5")
        assert await lines(shop) == [
            "▶️ On stage: R5 — Silver ring, $64.00",
            "⏸ paused, claims are kept in order",
            "💬 Type `claim R5`.",
            "",
            "Also open:",
            "M3 — Stoneware mug, $18.00 · ⏸ paused, claims are kept in order",
            "M4 — Stoneware bowl, $22.00 · ⏹ stopped, waitlist only",
        ]
        await shop.command("/stock stop R5")
        assert (await lines(shop))[1:3] == [
            "⏹ stopped, waitlist only",
            "💬 Type `claim R5` to wait in line for it.",
        ]


async def test_a_paused_show_says_so(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/show pause")
        assert (await board(shop)).title == "Friday · paused"
        assert (await lines(shop))[0] == (
            "⏸ Claims are kept in order for a moment; nobody loses their place."
        )


async def test_while_stock_is_short_nothing_is_promised(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.says("Ana", "claim M3 x3")
        await shop.command("/stock recount M3 1")
        assert (await lines(shop))[1:3] == [
            "🔎 being counted, waitlist for now",
            "💬 Type `claim M3` to wait in line for it.",
        ]


@pytest.mark.parametrize(
    ("claimable", "open_now"),
    [
        ("after_staged", ["R5", "D2"]),
        ("on_stage", []),
        ("listed", ["D2", "D1", "M4", "7", "R5"]),
    ],
)
async def test_what_else_is_open_follows_the_rule_of_the_shop(
    sqlite: Storage, claimable: str, open_now: list[str]
) -> None:
    """What still gives comes first, and of that what was on stage last."""
    async with Shop(sqlite, claimable=claimable) as shop:
        await shop.show()
        for code in ("D2", "R5", "M3"):
            await shop.command(f"/stage {code}")
        if claimable == "listed":
            await shop.says("Ana", "claim R5")
        codes = [line.split(" — ")[0] for line in (await lines(shop))[5:]]
        assert codes == open_now


async def test_after_the_end_it_says_what_is_still_here(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        first = await board(shop)
        assert not first.final
        for code, name in (("R5", "Ana"), ("D2 x5", "Bob"), ("M3 x3", "Cid"), ("D1 M", "Di")):
            await shop.says(name, f"claim {code}")
        await shop.says("Eve", "claim M3")
        await shop.command("/stock stop M4")
        await shop.command("/show end")
        last = await board(shop)
        assert (last.final, last.show, last.title) == (True, first.show, "Friday · over")
        assert last.text.splitlines() == [
            "🏁 The show is over, thank you for coming! What you hold is under My cart.",
            "",
            "Still here at the end:",
            "D1 — Linen dress, $48.00 · 🟢 in stock: S, M, L",
            "7 — Plush otter, $21.00 · 🟢 in stock",
        ]
        await shop.command("/undo")
        assert not (await board(shop)).final


async def test_when_all_is_sold_the_end_says_that(sqlite: Storage) -> None:
    async with Shop(sqlite, catalogue=HEAD + "R5,,R5,Silver ring,64.00,USD,1,1,V1,yes,,\n") as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.command("/show end")
        assert (await lines(shop))[-1] == "Everything has found a home."


async def test_a_show_that_ended_long_ago_is_left_alone(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/show end")
        shown = (await board(shop)).show
        ended = shop.clock.now()
        dispatcher = shop.andon.dispatcher
        assert await board_of(sqlite, dispatcher, ended + timedelta(hours=23)) is not None
        assert await board_of(sqlite, dispatcher, ended + timedelta(hours=25)) is None
        assert await board_of(sqlite, dispatcher, ended + timedelta(hours=25), shown) is not None


async def test_a_start_that_is_taken_back_leaves_a_last_word(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        shown = (await board(shop)).show
        await shop.command("/undo")
        assert await now(shop) is None
        last = await now(shop, shown)
        assert last is not None
        assert (last.show, last.final) == (shown, True)
        assert last.text.startswith("This show has not begun yet.")


async def test_its_two_buttons_show_what_is_ones_own(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        buttons = (await board(shop)).buttons
        assert [button.label for button in buttons] == ["My cart", "My claims"]
        assert len({button.id for button in buttons}) == 2
        for button in buttons:
            answer = await shop.presses("Ana", button.id)
            assert answer.private
            assert "M3 ×1" in answer.text
            assert "M3" not in (await shop.presses("Bob", button.id)).text


async def test_what_a_shop_names_mentions_and_formats_nothing(sqlite: Storage) -> None:
    title = "`@everyone` **free** [x](http://x)"
    async with Shop(sqlite, catalogue=HEAD + f"R5,,R5,{title},64.00,USD,1,,V1,yes,,\n") as shop:
        await shop.command("/show start @here `x`")
        await shop.command("/stage R5")
        seen = await board(shop)
        assert "@" not in seen.title + seen.text
        assert "**" not in seen.text
        assert "](" not in seen.text
        # The claim to type is ours.
        assert seen.text.count("`") == 2


async def test_reading_it_writes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        before = await shop.rows(sale.shows.select())
        await board(shop)
        assert await shop.rows(sale.shows.select()) == before


# --- however much there is -----------------------------------------------------------------------

WORDING = Wording(Registry.of().copy)
NAMES = st.text(min_size=1, max_size=300)
VARIANTS = st.builds(
    VariantLook,
    name=st.one_of(NAMES, st.just(""), st.builds("{} / {}".format, NAMES, NAMES)),
    sku=st.just("x"),
    on_hand=st.just(10),
    left=st.integers(0, 10**9),
    held=st.just(0),
    waiting=st.integers(0, 10**9),
    short=st.integers(0, 1),
    lamp=st.sampled_from(["green", "amber", "pause", "red"]),
)


def crowded(variants: Iterator[Any] | list[VariantLook], name: str, count: int) -> list[ItemLook]:
    kept = tuple(variants)
    return [
        ItemLook(code=f"K{number}", title=name, price="$1.00", state="on_sale", variants=kept)
        for number in range(count)
    ]


@given(
    st.lists(VARIANTS, min_size=1, max_size=80),
    NAMES,
    st.integers(1, 60),
    st.sampled_from(["live", "paused", "ended", "closed"]),
    st.booleans(),
)
def test_however_much_there_is_it_fits(
    variants: list[VariantLook], name: str, count: int, state: str, staged: bool
) -> None:
    items = crowded(variants, name, count)
    seen = SaleLook(
        show_id=1,
        show=name,
        state=state,
        ended_at=EVENING,
        claimable=None,
        on_stage=(("K0", None),) if staged else (),
        shown=(),
        items=tuple(items),
    )
    words = board_words(seen, WORDING, claimable=Claimable.LISTED)
    assert len(words.title) + len(words.text) <= MOST_CHARACTERS
    assert len(words.text.splitlines()) <= 30


def test_what_does_not_fit_is_counted() -> None:
    one = VariantLook(name="", sku="x", on_hand=9, left=9, held=0, waiting=0, short=0, lamp="green")
    seen = SaleLook(
        show_id=1,
        show="Friday",
        state="live",
        ended_at=None,
        claimable=None,
        on_stage=(("K0", None),),
        shown=(),
        items=tuple(crowded([one], "Mug", 25)),
    )
    text = board_words(seen, WORDING, claimable=Claimable.LISTED).text
    assert text.count(" · 🟢 in stock") == 10
    assert text.endswith("\n… and 14 more")
