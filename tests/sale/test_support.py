"""A person behind the DM: letters that reach the team, and answers with a first name."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.messages import Channel, DirectMessage, Picture, TeamLine
from handlers.support.pictures import open_picture
from storage.engine import Storage
from storage.schema.support import customer_pictures, support_messages, support_threads
from storage.schema.traffic import audit, deliveries, messages, outbox
from storage.sealing import new_key
from tests.fakes.shop import PLATFORM, Shop
from tests.sale.test_faq import FAQ

LETTER = "My parcel came but the bag inside smells of smoke, what now"


def card(shop: Shop) -> str:
    """The newest state of the newest card of a conversation."""
    return next(post.text for post in reversed(shop.paper.posts) if post.kind == "support.card")


def posted(shop: Shop) -> str:
    """The id of the post at which that card stands."""
    places = [at for at, post in enumerate(shop.paper.posts) if post.kind == "support.card"]
    return str(places[-1])


async def types_under(shop: Shop, thread: str, name: str, text: str, role: str = "support") -> None:
    """Someone of the team answers a post by typing."""
    await shop.andon.intake.overhear(
        TeamLine(
            key=f"{PLATFORM}:team:{thread}:{name}:{len(text)}",
            channel=Channel(PLATFORM, "support"),
            person=shop.person(name, role),
            text=text,
            sent_at=shop.clock.now(),
            thread=thread,
        )
    )
    await shop.andon.relay.drain()


async def test_a_letter_is_read_answered_and_closed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        told = await shop.writes("Ana", LETTER)
        assert told.startswith("I did not get that, so a person reads it now. Usually answered by")
        assert f"┃ {LETTER}" in card(shop)
        assert "🧾 S1-0001 · open · M3" in card(shop)
        taken = await shop.presses("Maya Lind", "I answer", role="support")
        assert taken.text.startswith("Conversation 1 is yours")
        assert shop.direct("Ana")[-1] == "👀 Maya is reading along."
        assert (await shop.presses("Bo", "support.take:1", role="support")).text.startswith(
            "Maya Lind was faster"
        )
        sent = await shop.submits(
            "Maya Lind", "support.reply:1", role="support", text="I am sorry!"
        )
        assert sent.text.startswith("Sent to Ana.")
        assert shop.direct("Ana")[-1] == "I am sorry!\n— Maya"
        assert await shop.writes("Ana", "yes") == "✓ Passed on to Maya."
        assert "💬 1 · Ana has written again\n┃ yes" in shop.team("support")
        await shop.command("/reply 1 A new one leaves today", "Maya Lind", role="support")
        assert (await shop.presses("Maya Lind", "Close", role="support")).text.startswith("Conv")
        assert shop.direct("Ana")[-1].startswith("✓ This conversation is closed.")
        assert "closed (Maya)" in card(shop)
        assert "1 · Ana" in card(shop)
        assert (await shop.command("/reply 1 hm", "Maya Lind", role="support")).startswith(
            "There is no open conversation 1."
        )
        await shop.writes("Ana", "One more thing about that bag of yours")
        assert "💬 2 · Ana" in card(shop)
        undone = await shop.command("/undo", "Maya Lind", role="support")
        assert undone.startswith("Conversation 1 stays closed")


@pytest.mark.parametrize(
    "text",
    [
        "human", "Human please!", "Mensch", "jemand bitte", "humain", "humano", "agent", "support",
        "can I talk to a real person", "ich möchte mit einem Menschen sprechen",
        "je voudrais parler à quelqu'un", "quiero hablar con una persona",
        "who do I write to about an invoice for my company", "你好我的包裹到现在还没有收到",
    ],
)  # fmt: skip
async def test_these_reach_a_person(sqlite: Storage, text: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.writes("Ana", text)
        assert "1 · Ana" in card(shop)


@pytest.mark.parametrize(
    "text",
    ["hello?", "hi", "👍", "thank you so much!", "asdf", "...", "danke", "yes", "stop", "cart",
     "claim M3", "M3 please", "cancel M3", "/why M3", "help", "great support!", "good day people"],
)  # fmt: skip
async def test_these_page_nobody(sqlite: Storage, text: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        answer = await shop.writes("Ana", text)
        assert answer
        assert shop.team("support") == []


async def test_what_is_always_asked_is_answered_with_a_person_beside_it(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.writes("Ana", "how much is shipping")
        labels = [button.label for button in shop.paper.posts[-1].buttons]
        assert labels[-1] == "A person, please"
        assert shop.team("support") == []
        pressed = await shop.presses("Ana", "A person, please")
        assert pressed.text.startswith("A person comes.")
        assert "asks for a person" in card(shop)


async def test_the_team_writes_to_the_bot_without_paging_itself(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.andon.intake.direct(
            DirectMessage(
                key="paper:dm:mo",
                person=shop.person("Mo", "moderator"),
                text="is anybody here a human or what",
                sent_at=shop.clock.now(),
            )
        )
        await shop.andon.relay.drain()
        assert shop.team("support") == []
        assert shop.direct("Mo")[-1].startswith("I am Andon")


async def test_what_is_typed_under_the_card_goes_out_but_for_notes(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.writes("Ana", LETTER)
        count = len(shop.direct("Ana"))
        await types_under(shop, posted(shop), "Maya", "// what do we do here?")
        await types_under(shop, "9999", "Maya", "somewhere else")
        await types_under(shop, posted(shop), "Mo", "tell her to wait", role="moderator")
        assert len(shop.direct("Ana")) == count
        assert "has not read what Mo typed" in shop.paper.posts[int(posted(shop))].history
        await types_under(shop, posted(shop), "Maya", "See https://example.com/bags")
        assert shop.direct("Ana")[-1] == "See https://example.com/bags\n— Maya"
        assert "Maya since" in card(shop)


async def test_a_flood_is_one_card_and_mentions_nobody(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        wild = "@everyone @{mo} **look** http://evil.example [x](http://y) <@1>\n# big\n"
        await shop.writes("Ana", wild + "word " * 2_500)
        for number in range(105):
            last = await shop.writes("Ana", f"and another thing, number {number}")
        assert last.startswith("A person reads your earlier messages first")
        cards = [post for post in shop.paper.posts if post.kind == "support.card"]
        assert len(cards) == 1
        shown = await shop.presses("Maya", "Read all", role="support")
        for text in (*(post.text for post in shop.paper.posts), shown.text):
            assert not any(one in text for one in ("@everyone", "@{mo}", "**", "://", "](", "<@1>"))
            assert len(text) <= 2_000
        # Confirmed now and then, not each time.
        assert sum("Passed on" in told for told in shop.direct("Ana")) <= 2


async def test_an_answer_that_is_late_is_urgent_and_an_answer_ends_that(storage: Storage) -> None:
    async with Shop(storage, settings={"support": {"answer_minutes": 30}}) as shop:
        await shop.writes("Ana", LETTER)
        await shop.passes(minutes=31)
        late = [post for post in shop.paper.posts if "has waited 30 minutes" in post.text]
        assert [post.address.target for post in late] == ["support"]
        assert late[0].urgent
        await shop.passes(minutes=30)
        assert any("has waited 60 minutes" in text for text in shop.team("alerts"))
        await shop.command("/reply 1 Here I am", "Maya", role="support")
        assert any("Maya has answered" in text for text in shop.team("alerts"))
        await shop.passes(days=2)
        assert "closed" not in card(shop)
        await shop.passes(days=1, minutes=1)
        assert "closed (nobody wrote any more)" in card(shop)
        # Silence needs no words.
        assert shop.direct("Ana")[-1] == "Here I am\n— Maya"


async def test_a_letter_that_nobody_answers_never_closes(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.writes("Ana", LETTER)
        await shop.passes(days=10)
        assert "1 · Ana · nobody has it" in card(shop)
        assert "1 · Ana waits" in await shop.command("/mine", "Maya", role="support")
        await shop.writes("Bob", "another thing that somebody should know about")
        listed = await shop.command("/support list", "Maya", role="support")
        assert listed.index("1 · Ana") < listed.index("2 · Bob")
        assert await shop.command("/human where are you", "Bob", role="viewer") == "✓ Passed on."
        told = await shop.command("/support show 2", "Maya", role="support")
        assert "┃ where are you" in told


async def test_nothing_is_lost_where_dms_are_closed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.writes("Ana", LETTER)
        refused = shop.paper.closed_to = {"ana"}
        await shop.command("/reply 1 We send a new one", "Maya", role="support")
        assert "⚠️ not delivered yet" in card(shop)
        assert "💌 @Ana an answer waits for you" in shop.heard()[-1]
        assert (await shop.presses("Bob", "Read it")).text.startswith("Nothing waits")
        assert (await shop.presses("Ana", "Read it")).text == "We send a new one\n— Maya"
        await shop.command("/reply 1 It left today", "Maya", role="support")
        refused.clear()
        told = await shop.writes("Ana", "hello, are you there at all")
        assert told == "It left today\n— Maya\n✓ Passed on to Maya."


async def test_it_goes_on_after_a_restart_and_a_letter_is_sealed(storage: Storage) -> None:
    key = {"privacy": {"keys": [new_key()]}}
    async with Shop(storage, settings=key) as shop:
        await shop.writes("Ana", LETTER)
    async with Shop(storage, settings=key, continues=shop) as again:
        await again.writes("Ana", "it is the blue one, by the way")
        assert f"┃ {LETTER}" in card(again)
        assert [row.id for row in await again.rows(select(support_threads.c.id))] == [1]
        for row in await again.rows(select(support_messages.c.content)):
            assert b"smoke" not in bytes(row.content)
        for row in await again.rows(select(messages.c.text)):
            assert "smoke" not in row.text
        for row in await again.rows(select(deliveries.c.rendered)):
            assert "smoke" not in str(row.rendered)
        for row in await again.rows(select(outbox.c["values"])):
            assert "smoke" not in str(row[0])


async def test_pictures_are_kept_sealed_looked_at_by_support_and_forgotten(
    storage: Storage,
) -> None:
    content = b"\xff\xd8\xff" + b"a picture of a broken vase" * 9
    picture = Picture.of(content, name="vase", mime="image/jpeg", alt="from a customer")
    async with Shop(storage, settings={"privacy": {"keys": [new_key()]}}) as shop:
        await shop.andon.intake.direct(
            DirectMessage(
                key="paper:dm:p",
                person=shop.person("Ana"),
                text="",
                sent_at=shop.clock.now(),
                pictures=(picture,),
            )
        )
        await shop.andon.relay.drain()
        assert "📷 1: press Pictures" in card(shop)
        (row,) = await shop.rows(select(customer_pictures))
        assert b"vase" not in bytes(row.content)
        looked = await shop.presses("Maya", "Pictures", role="support")
        assert [one.content for one in looked.pictures] == [content]
        assert (await shop.presses("Ana", "support.look:1")).pictures == ()
        seen = await shop.rows(select(audit).where(audit.c.action == "support.picture"))
        assert [(one.name, one.subject) for one in seen] == [("Maya", "1")]
        async with storage.write() as tx:
            work = shop.andon.dispatcher._work(tx, shop.andon.dispatcher.snapshot, shop.clock.now())
            found = await open_picture(work, 1, shop.person("Maya", "support"))
            assert found is not None
            assert found.content == content
            assert await open_picture(work, 1, shop.person("Pat", "packer")) is None
        await shop.passes(days=90, minutes=1)
        (row,) = await shop.rows(select(customer_pictures))
        assert row.content is None
        assert row.forgotten_at - row.taken_at >= timedelta(days=90)
        looked = await shop.presses("Maya", "support.look:1", role="support")
        assert looked.text.startswith("There are no pictures here any more")
