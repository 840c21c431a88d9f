"""Questions in the chat: answered once, calmly, and only by what the shop wrote down."""

from collections.abc import Sequence

from bot.platforms.base import Outgoing
from storage.engine import Storage
from tests.fakes.shop import Shop

FAQ = {
    "facts": {
        "shipping_price": "$5.90",
        "free_shipping_from": "$80",
        "return_days": "30",
        "return_cost": "Returns cost $4.90",
        "payment_methods": "card and PayPal",
    }
}
SHIPPING = (
    "Shipping is $5.90, and free from $80. You see the exact sum in your cart before you pay."
)
OWN = "that one is for you alone; press *Show me*."
AGAIN = "shipping cost was answered here a moment ago; press *Show me* to read it again."


def answers(shop: Shop) -> Sequence[Outgoing]:
    return [post for post in shop.paper.posts if post.kind == "faq.answer"]


async def test_the_first_who_asks_is_answered_at_once(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "how much is shippng to texas??")
        assert shop.heard() == [f"💬 @Ana: {SHIPPING}\nWas this it?"]
        assert shop.buttons() == ["👍", "👎"]


async def test_claims_staff_and_ordinary_talk_get_no_answer(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Mo", "how much is shipping", role="moderator")
        await shop.says("Ana", "omg love that dress")
        await shop.says("Bot", "how much is shipping", quotes=True)
        assert shop.heard() == []
        await shop.says("Ana", "claim D2")
        assert shop.heard() == ["✅ @Ana D2 is yours"]


async def test_who_asks_the_same_right_after_joins_the_answer(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        for name in ("Ana", "Bob", "Cy", "Ana"):
            await shop.says(name, "how much is shipping")
        assert [post.text for post in answers(shop)] == [
            f"💬 @{{ana}}, @{{bob}}, @{{cy}}: {SHIPPING}\nWas this it?"
        ]


async def test_many_who_ask_at_once_get_one_message(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.say_together(
            ("Ana", "how much is shipping"), ("Bob", "shipping cost?"), ("Cy", "is shipping free")
        )
        assert shop.heard() == [f"💬 @Ana, @Bob, @Cy: {SHIPPING}\nWas this it?"]


async def test_later_askers_are_told_once_in_a_while_where_the_answer_is(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        await shop.says("Ana", "how much is shipping")
        await shop.passes(seconds=60)
        shop.heard()
        await shop.says("Bob", "how much is shipping")
        assert shop.heard() == [f"↑ @Bob: {AGAIN}"]
        await shop.says("Cy", "shipping cost?")
        await shop.says("Di", "shipping cost?")
        # Whoever was told asks in vain.
        await shop.says("Bob", "how much is shipping")
        assert shop.heard() == []
        await shop.passes(seconds=20)
        assert shop.heard() == [f"↑ @Cy, @Di: {AGAIN}"]
        told = await shop.presses("Cy", "Show me")
        assert (told.text, told.private) == (SHIPPING, True)


async def test_after_its_cooldown_an_answer_comes_again(storage: Storage) -> None:
    async with Shop(storage, faq={**FAQ, "cooldown_seconds": 60}) as shop:
        await shop.show()
        await shop.says("Ana", "how much is shipping")
        await shop.passes(seconds=60)
        await shop.says("Ana", "how much is shipping")
        assert len(answers(shop)) == 2


async def test_what_is_ones_own_is_never_answered_in_public(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        await shop.says("Ana", "claim D2")
        shop.heard()
        await shop.says("Ana", "where is my order #88123?")
        await shop.says("Bob", "did i get it??")
        assert shop.heard() == [f"💬 @Ana: {OWN}", f"💬 @Bob: {OWN}"]
        answer = await shop.presses("Bob", "Show me")
        assert answer.private
        assert answer.text.startswith("What you hold and wait for is in your cart;")
        cart = await shop.presses("Ana", answer.buttons[0].id)
        assert "D2" in cart.text


async def test_an_answer_whose_facts_are_missing_is_not_given(storage: Storage) -> None:
    async with Shop(storage, faq={}) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "how much is shipping")
        assert shop.heard() == []
        await shop.says("Ana", "how do I claim something")
        assert "Type `claim`, the code and your size" in shop.heard()[0]
        listed = await shop.command("/faq list")
        assert "• shipping-cost: 20 questions · not said: the facts free_shipping_from" in listed


async def test_when_it_is_off_nothing_is_answered(storage: Storage) -> None:
    async with Shop(storage, faq={**FAQ, "answers": False}) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "how much is shipping")
        assert shop.heard() == []
        assert "not answered by me here" in await shop.command("/ask shipping cost?", "Ana")


async def test_a_line_that_is_delivered_again_is_not_answered_again(storage: Storage) -> None:
    async with Shop(storage, faq={**FAQ, "cooldown_seconds": 10}) as shop:
        await shop.show()
        line = shop._line("Ana", "how much is shipping")
        await shop.hears(line)
        await shop.passes(minutes=1)
        await shop.hears(line)
        assert len(answers(shop)) == 1


async def test_a_restart_remembers_what_was_answered(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        await shop.says("Ana", "how much is shipping")
        await shop.passes(seconds=60)
    async with Shop(storage, faq=FAQ, continues=shop) as again:
        again.heard()
        await again.says("Bob", "how much is shipping")
        assert again.heard() == [f"↑ @Bob: {AGAIN}"]


async def test_the_next_dispatch_day_and_rates_are_facts(storage: Storage) -> None:
    # The evening is a Friday.
    faq = {
        "facts": {"delivery_days": "3 days"},
        "dispatch_days": ["fri", "mon"],
        "dispatch_cutoff": "14:00",
        "rates": {"US": "$5", "Canada": "$9"},
    }
    async with Shop(storage, faq=faq) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "when do you ship")
        assert "The next parcels leave on Monday, then it takes 3 days." in shop.heard()[0]
        await shop.command("/faq add rates what are the rates = We ask {{ rates }}.")
        await shop.says("Ana", "what are the rates")
        assert shop.heard() == ["💬 @Ana: We ask US $5, Canada $9.\nWas this it?"]


async def test_ask_is_private_and_offers_what_may_be_meant(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        assert await shop.command("/ask how much is shipping", "Ana", role="viewer") == SHIPPING
        assert "The team sees your question" in await shop.command(
            "/ask does the mug survive a dishwasher", "Ana", role="viewer"
        )
        assert shop.heard() == []


async def test_voices_are_counted_once_a_person_and_told_at_the_end(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        await shop.says("Ana", "how much is shipping")
        assert "Good to know" in (await shop.presses("Ana", "👍")).text
        for name in ("Bob", "Cy", "Cy"):
            assert "did not help" in (await shop.presses(name, "👎")).text
        await shop.command("/show end")
        assert "👎 2 of 3 were not helped by shipping-cost" in shop.team("support")[-1]


def lines(name: str, *texts: str) -> list[tuple[str, str]]:
    return [(f"{name}{number}", text) for number, text in enumerate(texts)]


async def test_what_nobody_knew_is_collected_by_meaning_and_answered_from_the_card(
    storage: Storage,
) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        for name, text in lines(
            "V",
            "can I put the mug in the dishwasher?",
            "is the mug dishwasher safe? my number is 0151 2345678",
            "is it dishwasher safe",
            "who made the ring?",
            "how are you all?",
        ):
            await shop.says(name, text)
        await shop.command("/show end")
        card = shop.team("support")[-1].splitlines()
        assert card[0] == "❔ Friday is over; 3 questions had no answer:"
        assert card[1].startswith("• 3× ")
        assert "2345678" not in "".join(card)
        form = await shop.opens("Sue", "ask.write:1", role="support")
        assert form is not None
        answer = await shop.submits(
            "Sue",
            form.id,
            role="support",
            which=form.fields[0].choices[0][0],
            entry="dishwasher",
            answer="All our stoneware may go into the dishwasher.",
        )
        assert answer.text.startswith("dishwasher is answered from now on")
        assert shop.team("support")[-1].startswith("❔ Friday is over; 2 questions had no answer:")
        shop.heard()
        await shop.says("Eve", "is the mug dishwasher safe?")
        assert "All our stoneware" in shop.heard()[0]


async def test_a_spike_of_one_question_alerts_the_team_once(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        for number in range(8):
            await shop.says(f"V{number}", "can I return it")
        (alert,) = shop.team()
        assert "Many ask the same now: returns (such as: can I return it)" in alert


async def test_a_spike_about_shipping_starts_its_playbook(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ, playbooks=True) as shop:
        await shop.show()
        for number in range(6):
            await shop.says(f"V{number}", "how much is shipping")
        cards = [post.text for post in shop.paper.posts if post.kind == "runs.card"]
        (card,) = [text for text in cards if "how much is shipping" in text]
        assert "Many ask about shipping" in card
        assert shop.team() == []


async def test_only_lines_of_the_chat_are_heard(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        key = await shop.says("Ana", "hello everyone")
        shop.heard()
        await shop.edits(key, "how much is shipping", "Ana")
        assert shop.heard() == []
