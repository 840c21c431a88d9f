"""The menus of a chat line: *Count as claim*, *Not a claim*, *Release*, *Why?*."""

from sqlalchemy import select

from storage.engine import Storage
from storage.schema import sale, traffic
from tests.fakes.shop import Numbers, Shop


async def count(shop: Shop, line: str) -> str:
    return (await shop.presses("Mo", "menu.count", role="moderator", message=line)).text


async def test_a_line_that_now_reads_as_a_claim_counts_at_its_time(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim teacup")
        said = shop.clock.now()
        await shop.passes(minutes=3)
        await shop.command("/item alias M3 teacup")
        assert await count(shop, line) == "Counted: M3 for Ana."
        assert shop.heard_by("Ana")[-1] == "✅ @Ana M3 is yours"
        (claim,) = await shop.rows(select(sale.claims))
        assert claim.sent_at == said
        assert await count(shop, line) == "That line counts already; nothing changed."
        assert (await shop.numbers("M3")).held == 1


async def test_a_line_that_names_no_item_opens_a_form(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "I so want the blue one in medium")
        opened = await shop.opens("Mo", "menu.count", role="moderator", message=line)
        assert opened is not None
        assert opened.intro == "Which item did Ana mean with “I so want the blue one in medium”?"
        form = opened.id
        slips = {
            ("X9", "", "1"): "There is no item X9.",
            ("dress", "", "1"): "D1 comes in S, M, L: name one.",
            ("dress", "XXL", "1"): "D1 comes in S, M, L: name one.",
            ("dress", "M", "none"): "“How many” takes a whole number, not “none”.",
            ("dress", "M", "0"): "“How many” takes a number from 1 to 99.",
            ("dress", "M", "²"): "“How many” takes a whole number, not “²”.",
        }
        for (code, variant, quantity), sentence in slips.items():
            filled = {"code": code, "variant": variant, "quantity": quantity}
            assert (await shop.submits("Mo", form, **filled)).text.startswith(sentence)
        done = await shop.submits("Mo", form, code="dress", variant="medium", quantity="2")
        assert done.text == "Counted: D1 / M ×2 for Ana."
        again = await shop.submits("Mo", form, code="dress", variant="medium", quantity="2")
        assert again.text == "That line counts already; nothing changed."
        assert (await shop.numbers("D1-M")).held == 2
        assert (await shop.command("/undo")).startswith("Taken back: 2 of D1 / M from Ana.")
        assert (await shop.numbers("D1-M")).held == 0


async def test_only_what_lacks_something_opens_a_form_and_only_for_who_may(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        early = await shop.says("Ana", "claim M3")
        await shop.show()
        clear = await shop.says("Ana", "claim teacup")
        vague = await shop.says("Ana", "I so want the blue one")
        await shop.command("/item alias M3 teacup")

        async def opens(button: str, role: str, message: str | None) -> bool:
            return await shop.opens("Eve", button, role=role, message=message) is not None

        assert await opens("menu.count", "moderator", vague)
        assert not await opens("menu.count", "moderator", clear)
        assert not await opens("menu.count", "moderator", early)
        assert not await opens("menu.count", "moderator", "paper:99999")
        assert not await opens("menu.count", "moderator", None)
        assert not await opens("menu.count", "viewer", vague)
        assert not await opens("menu.not", "moderator", vague)
        assert not await opens("claims.mine:", "viewer", None)
        assert not await opens("menu.", "owner", vague)
        assert (
            await shop.rows(select(traffic.audit).where(traffic.audit.c.action == "refused")) == []
        )


async def test_a_form_that_could_not_open_is_asked_for_once_more(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "I so want the blue one")
        assert (await count(shop, line)).startswith("That line does not say enough to count")


async def test_after_the_show_the_team_names_the_size(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim D1")
        await shop.command("/show end")
        form = await shop.opens("Mo", "menu.count", role="moderator", message=line)
        assert form is not None
        assert form.fields[0].value == "D1"
        done = await shop.submits("Mo", form.id, code="D1", variant="L", quantity="1")
        assert done.text == "Counted: D1 / L for Ana."
        assert (await shop.rows(select(sale.holds)))[0].expires_at is not None


async def test_a_line_from_outside_a_show_cannot_count(storage: Storage) -> None:
    async with Shop(storage) as shop:
        line = await shop.says("Ana", "claim M3")
        await shop.show()
        assert await count(shop, line) == "That line was typed outside a show, so it cannot count."
        assert await count(shop, "paper:99999") == (
            "I have no record of that line, so I cannot count it."
        )


async def test_a_counted_line_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim teacup")
        await shop.command("/item alias R5 teacup")
        await count(shop, line)
        await shop.says("Bob", "claim R5")
        assert await shop.command("/undo") == "Taken back: 1 of R5 from Ana."
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob R5 came free and is yours"


async def test_a_short_hold_of_a_line_counted_late_begins_when_it_is_counted(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.command("/item hold M3 15")
        await shop.show()
        line = await shop.says("Ana", "claim teacup")
        await shop.passes(minutes=20)
        await shop.command("/item alias M3 teacup")
        await count(shop, line)
        await shop.passes(minutes=14)
        assert (await shop.numbers("M3")).held == 1
        await shop.passes(minutes=2)
        assert (await shop.numbers("M3")).held == 0


async def test_release_and_not_a_claim_give_back_what_a_line_got(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        first = await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        second = await shop.says("Ana", "claim M3 x2")
        answer = await shop.presses("Mo", "menu.release", role="moderator", message=first)
        assert answer.text == "Void: 1 of R5 taken from Ana; next: Bob."
        assert shop.heard_by("Ana")[-1] == "↩️ @Ana R5 was taken back by the team"
        assert (await shop.numbers("M3")).held == 2
        answer = await shop.presses("Mo", "menu.not", role="moderator", message=second)
        assert answer.text == "Void: 2 of M3 taken from Ana."
        again = await shop.presses("Mo", "menu.not", role="moderator", message=second)
        assert again.text == "That line holds nothing and waits for nothing; nothing changed."
        assert await shop.command("/undo") == "Undone: Ana has M3 ×2 again."
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=2, waiting=0, short=0)


async def test_not_a_claim_closes_the_question_which_size(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim D1")
        answer = await shop.presses("Mo", "menu.not", role="moderator", message=line)
        assert answer.text == "Ana is not asked for a size of D1 any more."
        await shop.says("Ana", "M")
        assert (await shop.numbers("D1-M")).held == 0


async def test_why_says_how_a_line_was_read_and_what_came_of_it(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim R5 please")
        talk = await shop.says("Ana", "what a lovely ring")
        answer = (await shop.presses("Mo", "menu.why", role="moderator", message=line)).text
        assert "R5 ×1: place 1, 1 held, 0 waiting." in answer
        answer = (await shop.presses("Mo", "menu.why", role="moderator", message=talk)).text
        assert "talk: it holds" in answer
