"""Lines that are edited or deleted, and releases: nobody gains an earlier place by them."""

from datetime import timedelta

from sqlalchemy import update

from handlers.messages import MessageEdited
from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import STREAM, Numbers, Shop


async def test_an_edit_to_another_item_moves_the_claim_at_the_time_of_the_edit(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.edits(line, "claim M3 x2", "Ana")
        assert shop.heard_by("Ana")[-1] == "✅ @Ana M3 ×2 is yours, R5 given back"
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob R5 came free and is yours"


async def test_what_an_edit_cannot_get_leaves_the_old_claim(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Bob", "claim R5")
        line = await shop.says("Ana", "claim M3")
        await shop.edits(line, "claim R5", "Ana")
        assert shop.heard_by("Ana")[-1] == (
            "💬 @Ana R5 is not to be had right now, so your earlier claim stays as it was;"
            " to wait for it too, type claim R5"
        )
        assert (await shop.numbers("M3")).held == 1
        assert (await shop.numbers("R5")).waiting == 0


async def test_an_edit_to_another_size_moves_it_and_one_without_size_is_asked(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim D1 M")
        await shop.edits(line, "claim D1 L", "Ana")
        assert ((await shop.numbers("D1-M")).held, (await shop.numbers("D1-L")).held) == (0, 1)
        other = await shop.says("Bob", "claim M3")
        await shop.edits(other, "claim D1", "Bob")
        assert sorted(shop.heard_by("Bob")[-2:]) == [
            "@Bob: which D1? Tap one, or type it.",
            "💬 @Bob M3 given back",
        ]
        await shop.says("Bob", "M")
        assert (await shop.numbers("D1-M")).held == 1
        assert (await shop.numbers("M3")).held == 0


async def test_an_edit_of_the_number(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M4 x2")
        await shop.edits(line, "claim M4 x3", "Ana")
        assert shop.heard_by("Ana")[-1] == "✅ @Ana M4 is yours, that makes 3 of M4"
        await shop.edits(line, "claim M4 x1", "Ana")
        assert shop.heard_by("Ana")[-1] == "💬 @Ana M4: 1 now, the rest given back"
        await shop.edits(line, "claim M4!", "Ana")
        assert len(shop.heard_by("Ana")) == 3
        assert (await shop.numbers("M4")).held == 1


async def test_what_an_edit_adds_stands_behind_those_who_came_before_it(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M3 x2")
        await shop.says("Cy", "claim M3")
        await shop.edits(line, "claim M3 x2", "Ana")
        assert shop.heard_by("Ana")[-1] == "⏳ @Ana M3: waitlist #2, that makes 2 of M3"


async def test_an_edit_respects_what_other_lines_got(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        first = await shop.says("Ana", "claim M4")
        second = await shop.says("Ana", "claim M4 x3")
        await shop.edits(first, "claim M4 please", "Ana")
        assert (await shop.numbers("M4")).held == 3
        await shop.edits(second, "claim M4 x2", "Ana")
        assert (await shop.numbers("M4")).held == 2


async def test_an_edit_to_talk_changes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3")
        shop.heard()
        await shop.edits(line, "so pretty", "Ana")
        assert shop.heard() == []
        assert (await shop.numbers("M3")).held == 1


async def test_an_edit_to_nearly_a_claim_is_told_and_changes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3")
        await shop.edits(line, "claim M33", "Ana")
        assert shop.heard_by("Ana")[-1] == "@Ana: there is no M33. Did you mean M3?"
        assert (await shop.numbers("M3")).held == 1


async def test_an_edit_to_a_release_is_a_release(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3")
        await shop.edits(line, "cancel M3", "Ana")
        assert (await shop.numbers("M3")).held == 1
        await shop.passes(seconds=15)
        assert (await shop.numbers("M3")).held == 0


async def test_talk_edited_into_a_claim_is_one_and_can_be_edited_again(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "hello all")
        await shop.says("Bob", "claim R5")
        await shop.edits(line, "claim R5", "Ana")
        assert shop.heard_by("Ana") == ["⏳ @Ana R5: waitlist #1"]
        await shop.edits(line, "claim M4", "Ana")
        await shop.edits(line, "claim M3", "Ana")
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=0, short=0)
        assert (await shop.numbers("M4")).held == 0
        assert (await shop.numbers("M3")).held == 1
        await shop.edits(line, "claim M4", "Ana")
        assert ((await shop.numbers("M3")).held, (await shop.numbers("M4")).held) == (0, 1)


async def test_an_edit_after_the_show_changes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3")
        await shop.command("/show end")
        await shop.edits(line, "claim M4", "Ana")
        assert (await shop.numbers("M3")).held == 1
        assert shop.heard_by("Ana")[-1] == "@Ana: the show is over; still here: D1, D2, M3, M4, R5."


async def test_a_deleted_line_keeps_its_claim(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3")
        await shop.deletes(line)
        await shop.passes(seconds=60)
        assert (await shop.numbers("M3")).held == 1


async def test_a_shop_may_release_what_is_deleted_and_its_viewer_may_keep_it(
    storage: Storage,
) -> None:
    async with Shop(storage, release_on_delete=True) as shop:
        await shop.show()
        line = await shop.says("Ana", "claim M3 x2")
        await shop.says("Ana", "claim M3 x3")
        other = await shop.says("Bob", "claim M4")
        await shop.deletes(line)
        assert shop.heard_by("Ana")[-1] == (
            "💬 @Ana M3: down to 1 in 15 s; press Keep it to keep all"
        )
        await shop.deletes(other)
        assert (await shop.presses("Bob", "Keep it (M4)")).text == "Kept. M4 stays with you."
        await shop.passes(seconds=15)
        assert (await shop.numbers("M3")).held == 1
        assert (await shop.numbers("M4")).held == 1


async def test_until_the_delay_is_over_a_release_can_be_kept(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M4")
        await shop.says("Cy", "claim R5")
        for name, code in (("Ana", "M3"), ("Bob", "M4"), ("Cy", "R5")):
            await shop.says(name, f"cancel {code}")
        assert (await shop.presses("Ana", "Keep it (M3)")).text == "Kept. M3 stays with you."
        assert (await shop.presses("Ana", "Keep it (M4)")).text == (
            "There was nothing on its way back; nothing changed."
        )
        await shop.says("Bob", "claim M4")
        assert shop.heard_by("Bob")[-1] == "💬 @Bob kept: 1 of M4 stays with you"
        await shop.passes(seconds=15)
        assert [(await shop.numbers(sku)).held for sku in ("M3", "M4", "R5")] == [1, 1, 0]


async def test_a_release_of_some_units_and_of_what_waits(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x5")
        await shop.says("Bob", "claim M3")
        await shop.says("Ana", "cancel M3 x3")
        assert shop.heard_by("Ana")[-1] == (
            "💬 @Ana M3: down to 2 in 15 s (1 back, 2 places in line given up); press Keep it "
            "to keep all"
        )
        await shop.passes(seconds=15)
        # What waits goes first, then what is held; Bob gets that unit.
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=3, waiting=0, short=0)
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob M3 came free and is yours"


async def test_without_a_size_all_sizes_are_given_back(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 S and M")
        await shop.says("Ana", "cancel D1")
        assert shop.buttons() == ["Keep it (D1 / S)", "Keep it (D1 / M)", "My claims"]
        await shop.passes(seconds=15)
        assert ((await shop.numbers("D1-S")).held, (await shop.numbers("D1-M")).held) == (0, 0)


async def test_what_one_does_not_have_cannot_be_given_back(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "cancel M3")
        assert shop.heard_by("Ana") == ["💬 @Ana you have no M3 to give back"]


async def test_what_is_paid_is_never_released_by_chat_but_decided_by_a_person(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        async with storage.write() as tx:
            await tx.run(update(sale.holds).values(state="paid"))
        await shop.says("Ana", "cancel R5")
        await shop.says("Ana", "cancel R5")
        assert shop.heard_by("Ana")[-1] == (
            "💬 @Ana R5 is paid already, so it is not given back by chat; the team was asked and"
            " will write to you"
        )
        cards = shop.team("exceptions")
        assert len(cards) == 1
        assert "Ana wants to give back 1 × R5, which is paid." in cards[0]
        await shop.passes(seconds=15)
        assert (await shop.numbers("R5")).held == 1


async def test_after_the_show_a_viewer_may_still_give_back(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M4")
        await shop.command("/show end")
        await shop.says("Ana", "cancel M3")
        await shop.says("Bob", "cancel M4")
        assert (await shop.presses("Bob", "Keep it (M4)")).text == "Kept. M4 stays with you."
        await shop.passes(seconds=15)
        assert ((await shop.numbers("M3")).held, (await shop.numbers("M4")).held) == (0, 1)


async def test_an_edit_to_an_agreeing_reply_or_of_a_forwarded_line_is_no_claim(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage M3")
        for name, text, more in (
            ("Ana", "+1", {"reply": True}),
            ("Bob", "claim M3", {"quotes": True}),
            ("Cy", "claim M3", {"reply": True}),
        ):
            line = await shop.says(name, "so nice")
            at = shop.clock.now() + timedelta(seconds=1)
            edit = MessageEdited(
                key=f"{line}@{at.isoformat()}",
                of=line,
                channel=STREAM,
                native_id=line.split(":")[1],
                person=shop.person(name),
                text=text,
                sent_at=at,
                edited_at=at,
                **more,
            )
            shop.clock.advance(2)
            await shop.hears(edit)
        # A reply that says more than +1 counts as any line.
        assert (await shop.numbers("M3")).held == 1
        assert shop.heard_by("Cy") == ["✅ @Cy M3 is yours"]


async def test_a_place_in_line_is_given_up_and_not_given_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M4 x3")
        await shop.says("Bob", "claim M4 x2")
        await shop.says("Bob", "cancel M4")
        assert shop.heard_by("Bob")[-1] == (
            "💬 @Bob M4: 1 goes back and 1 place in line is given up in 15 s; press Keep it to "
            "keep all"
        )
        await shop.passes(seconds=15)
        assert shop.heard_by("Bob")[-1] == "↩️ @Bob M4: 1 given back, 1 place in line given up"
