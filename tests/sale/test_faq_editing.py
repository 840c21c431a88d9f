"""The team changes the FAQ while a show is on: from now on, in every process, and back again."""

from storage.engine import Storage, open_storage
from tests.fakes.shop import Shop
from tests.sale.test_faq import FAQ, SHIPPING, answers

PARKING = "/faq add parking where can I park / is there parking = Behind the studio."


async def test_an_answer_is_added_tried_and_taken_back(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "where can I park?")
        assert shop.heard() == []
        assert await shop.command(PARKING) == (
            "parking is answered from now on: its 2 questions at once, and what is like them as "
            "soon as that is learned, in a second or two. Ten to twenty questions work best. "
            "Try it: /faq test QUESTION."
        )
        assert (await shop.command("/faq test is there parking")).splitlines()[0] == (
            "I would say: Behind the studio."
        )
        await shop.says("Ana", "is there parking?")
        assert shop.heard() == ["💬 @Ana: Behind the studio.\nWas this it?"]
        assert await shop.command("/undo") == "parking is as it was before."
        await shop.says("Bob", "is there parking?")
        assert shop.heard() == []


async def test_an_answer_of_the_file_is_changed_and_its_questions_stay(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.command("/faq add shipping-cost = Free tonight.")
        await shop.says("Ana", "how much is shipping")
        assert shop.heard() == ["💬 @Ana: Free tonight.\nWas this it?"]
        assert "• shipping-cost: 20 questions · changed here" in await shop.command("/faq list")
        await shop.command("/undo")
        assert await shop.command("/ask how much is shipping", "Bob", role="viewer") == SHIPPING


async def test_what_is_muted_says_nothing_and_is_not_collected(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        told = await shop.command("/faq mute shipping-cost")
        assert told == "shipping-cost is not answered until /faq unmute shipping-cost."
        await shop.says("Ana", "how much is shipping")
        assert (shop.heard(), answers(shop)) == ([], [])
        tried = await shop.command("/faq test how much is shipping")
        assert "That is shipping-cost: it is muted here. /faq unmute shipping-cost" in tried
        await shop.command("/faq unmute shipping-cost")
        await shop.says("Ana", "how much is shipping")
        assert len(answers(shop)) == 1
        await shop.command("/show end")
        assert shop.team("support") == []


async def test_what_is_removed_is_gone(storage: Storage) -> None:
    async with Shop(storage, faq=FAQ) as shop:
        await shop.show()
        await shop.says("Ana", "how much is shipping")
        await shop.command("/faq remove shipping-cost")
        assert (
            "no such answer any more" in (await shop.presses("Ana", "ask.show:shipping-cost")).text
        )
        assert "There is no answer shipping-cost" in await shop.command("/faq mute shipping-cost")
        await shop.command("/undo")
        assert (await shop.presses("Ana", "ask.show:shipping-cost")).text == SHIPPING


async def test_what_cannot_be_said_is_refused_in_a_sentence(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        for typed, said in (
            ("parking", "Type /faq add NAME QUESTION / QUESTION = ANSWER"),
            ("parking = Behind the studio.", "parking needs questions and an answer"),
            ("parking is there parking", "parking needs questions and an answer"),
            (
                "parking is there parking = {{ place }}",
                "answer: {{ place }} is not among the facts",
            ),
            ("parking is there parking = {{ 'x' * 9 }}", "answer: may hold words and names"),
            ("parking is there parking = {% for x in y %}", "answer: is no template"),
            ("a:b is there parking = Yes.", "entry: should be one word"),
        ):
            assert said in await shop.command(f"/faq add {typed}"), typed
        assert "parking" not in await shop.command("/faq list")
        refused = await shop.command("/faq add parking x = y", "Ana", role="viewer")
        assert refused.startswith("You cannot use /faq add yourself")


async def test_an_answer_mentions_nobody(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.command(
            "/faq add parking is there parking = @everyone <@1> @{bob} me@shop.example"
        )
        await shop.says("Ana", "is there parking")
        assert "\uff20everyone \u2039@1> \uff20{bob} me@shop.example" in shop.heard()[0]
        assert answers(shop)[0].mentions == ("ana",)


async def test_the_form_holds_what_there_is_and_checks_each_field(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.command(PARKING)
        answer = await shop.submits(
            "Mo",
            "ask.add:",
            entry="parking",
            questions="where do I park\nparking?",
            answer="On the roof.",
            audience="private",
        )
        assert answer.text == "parking is changed; it has 2 questions."
        assert "parking: 2 questions · changed here · private" in await shop.command("/faq list")
        refused = await shop.submits(
            "Mo", "ask.add:", entry="two words", questions="parking?", answer="{{ nope }}"
        )
        assert "should be one word" in refused.text
        assert "{{ nope }} is not among the facts" in refused.text


async def test_the_other_process_learns_of_it(database_url: str) -> None:
    """Two of them on one database: what one is told the other answers by, without a restart."""
    if database_url.startswith("sqlite"):
        # One process a file; here only the desk of a second one reads it.
        async with open_storage(database_url) as storage, Shop(storage, faq=FAQ) as shop:
            desk = Shop(storage, faq=FAQ).andon.house.faq
            async with storage.read() as tx:
                assert "parking" not in (await desk.fresh(tx)).entries
            await shop.command(PARKING)
            async with storage.read() as tx:
                assert "parking" in (await desk.fresh(tx)).entries
        return
    async with (
        open_storage(database_url) as one,
        open_storage(database_url) as two,
        Shop(one, faq=FAQ) as shop,
    ):
        await shop.show()
        async with Shop(two, faq=FAQ, continues=shop) as other:
            await other.command("/ask is there parking", "Ana", role="viewer")
            await shop.command(PARKING)
            told = await other.command("/ask is there parking", "Ana", role="viewer")
            assert told == "Behind the studio."
