import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.base import Heard, Outgoing, Platform, PostFailed
from bot.platforms.local import DIRECT, LocalPlatform, NewPost, Post, Refused
from bot.platforms.local_posts import Change
from bot.platforms.local_store import SqlPostStore
from handlers.capability import Option
from handlers.completing import Choice
from handlers.messages import (
    Address,
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    Field,
    FieldKind,
    Form,
    FormSubmit,
    Home,
    MessageDeleted,
    MessageEdited,
    Press,
    Reach,
    TeamLine,
)
from handlers.people import Person, Role
from storage.engine import Storage
from tests.fakes.posts import MemoryPosts

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
STREAM = Channel("local", "stream")


def person(id: str, role: Role = Role.VIEWER) -> Person:
    return Person(platform="local", id=id, name=id.capitalize(), roles=frozenset({role}))


ANA, BOB, MO = person("ana"), person("bob"), person("mo", Role.MODERATOR)


class Recorder:
    """Ears and a watcher: everything that was heard and shown, in one list each."""

    def __init__(self) -> None:
        self.heard: list[Heard | DirectMessage | Command | Press | FormSubmit] = []
        self.shown: list[tuple[str, Post]] = []
        self.overheard: list[TeamLine] = []
        #: What every act opens, and the acts that were asked about.
        self.form: Form | None = None
        self.asked: list[Command | Press] = []
        #: What every form that is handed in comes back with.
        self.faults: Mapping[str, str] = {}

    def hear(self, message: Heard) -> None:
        self.heard.append(message)

    async def direct(self, message: DirectMessage) -> None:
        self.heard.append(message)

    async def overhear(self, line: TeamLine) -> None:
        self.overheard.append(line)

    async def act(self, act: Command | Press | FormSubmit) -> None:
        self.heard.append(act)

    async def opening(self, act: Command | Press) -> Form | None:
        self.asked.append(act)
        return self.form

    async def checking(self, submit: FormSubmit) -> Mapping[str, str]:
        return self.faults

    async def home(self, person: Person) -> Home | None:
        raise AssertionError(f"the stage has no page for {person.name}")

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        raise AssertionError("the stage's page completes by itself")

    def alert(self, sentence: str) -> None:
        raise AssertionError(f"the stage is never lost: {sentence}")

    async def owned(self, wanted: bool = True) -> None:
        """The stage belongs to its process."""

    def gap(self, channel: Channel) -> None:
        raise AssertionError("the stage never loses a line")

    def posted(self, post: Post) -> None:
        self.shown.append(("posted", post))

    def changed(self, post: Post, change: Change) -> None:
        self.shown.append((change, post))

    def lines(self) -> list[str]:
        return [post.text for _, post in self.shown]


class Stand:
    """A stage with Ana, Bob and the moderator Mo in front of it, and a clock that stands still."""

    def __init__(self) -> None:
        self.store = MemoryPosts()
        self.now = NOON
        self.nonces = 0
        self.ears = Recorder()

    async def open(self) -> "Stand":
        self.ears = Recorder()
        self.platform = LocalPlatform(store=self.store, clock=lambda: self.now)
        self.platform.watch(self.ears)
        await self.platform.start(self.ears)
        for each in (ANA, BOB, MO):
            self.platform.greet(each)
        return self

    async def says(
        self, who: Person, text: str, channel: str = "stream", *, nonce: str | None = None
    ) -> Post:
        self.nonces += 1
        return await self.platform.say(who, channel, text, nonce or f"n{self.nonces}")

    async def answers(self, reach: Reach, target: str, text: str, **more: Any) -> str | None:
        self.nonces += 1
        plain = Outgoing(
            id=self.nonces,
            address=Address("local", reach, target),
            kind="test",
            text=text,
            at=self.now,
        )
        return await self.platform.post(replace(plain, **more))

    async def sees(self, who: Person) -> list[tuple[str, str]]:
        return [(post.channel, post.text) for post in await self.platform.recent(who)]

    async def history(self, after: tuple[datetime, str] | None = None) -> list[Heard]:
        return [heard async for heard in self.platform.history(STREAM, after)]


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    stand = await Stand().open()
    yield stand
    await stand.platform.stop()


def test_it_is_a_platform_like_any_other() -> None:
    platform: Platform = LocalPlatform(store=MemoryPosts(), clock=lambda: NOON)
    assert platform.stream_channels() == [STREAM]
    assert platform.audience_channel("alerts") == Channel("local", "alerts")
    assert platform.audience_channel("nobody") is None
    assert not platform.state().connected


# --- a line ---


async def test_a_line_is_heard_and_shown(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M")
    assert stand.ears.heard == [
        ChatMessage(
            key="local:1",
            channel=STREAM,
            native_id="1",
            person=ANA,
            text="claim A12 M",
            sent_at=NOON,
        )
    ]
    assert stand.ears.lines() == ["claim A12 M"]


async def test_a_line_is_kept_before_anyone_sees_or_hears_it(stand: Stand) -> None:
    stand.store.open_for_writing.clear()
    saying = asyncio.create_task(stand.says(ANA, "claim A12 M"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (stand.ears.heard, stand.ears.shown) == ([], [])
    stand.store.open_for_writing.set()
    post = await saying
    assert stand.store.posts == {1: post}
    assert stand.ears.lines() == ["claim A12 M"]
    assert len(stand.ears.heard) == 1


async def test_a_line_that_cannot_be_kept_is_refused_and_unseen(stand: Stand) -> None:
    stand.store.busy = 1
    with pytest.raises(Refused, match="send it again"):
        await stand.says(ANA, "claim A12 M")
    assert (stand.ears.heard, stand.ears.shown, stand.store.posts) == ([], [], {})
    await stand.says(ANA, "claim A12 M")
    assert stand.ears.lines() == ["claim A12 M"]


async def test_lines_that_arrive_together_are_kept_together_and_in_order(stand: Stand) -> None:
    texts = [f"claim A{n}" for n in range(1_200)]
    await asyncio.gather(*(stand.says(ANA, text) for text in texts))
    assert stand.store.writes == [500, 500, 200]
    assert [
        message.text for message in stand.ears.heard if isinstance(message, ChatMessage)
    ] == texts
    assert stand.ears.lines() == texts


async def test_who_leaves_while_waiting_takes_nobody_along(stand: Stand) -> None:
    stand.store.open_for_writing.clear()
    leaving = asyncio.create_task(stand.says(ANA, "claim A12 M"))
    staying = asyncio.create_task(stand.says(BOB, "claim A12 L"))
    for _ in range(3):
        await asyncio.sleep(0)
    leaving.cancel()
    stand.store.open_for_writing.set()
    await staying
    assert stand.ears.lines() == ["claim A12 M", "claim A12 L"]


async def test_the_same_nonce_is_the_same_line(stand: Stand) -> None:
    first = await stand.says(ANA, "claim A12 M", nonce="once")
    again = await stand.says(ANA, "claim A12 M", nonce="once")
    assert first == again
    assert len(stand.ears.heard) == len(stand.ears.shown) == len(stand.store.posts) == 1
    await stand.says(BOB, "claim A12 M", nonce="once")
    assert len(stand.store.posts) == 2


async def test_a_line_sent_again_after_a_restart_still_stands_once(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M", nonce="once")
    await stand.open()
    stand.now += timedelta(minutes=1)
    await stand.says(ANA, "claim A12 M", nonce="once")
    assert len(stand.store.posts) == 1
    assert stand.ears.heard == []


async def test_times_rise_with_the_ids_whatever_the_clock_does(stand: Stand) -> None:
    await stand.says(ANA, "one")
    await stand.says(ANA, "two")
    stand.now -= timedelta(hours=1)
    await stand.open()
    await stand.says(ANA, "three")
    times = [post.at for post in stand.store.posts.values()]
    assert times == sorted(set(times))


@pytest.mark.parametrize("text", ["x" * 10_000, "เ" * 10_000])
async def test_ten_thousand_characters_are_a_line(stand: Stand, text: str) -> None:
    assert (await stand.says(ANA, text)).text == text


@pytest.mark.parametrize(("text", "why"), [("x" * 10_001, "shorten"), (" \n", "nothing to send")])
async def test_what_is_no_line_is_refused(stand: Stand, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        await stand.says(ANA, text)


@pytest.mark.parametrize("nonce", ["", "a b", "x" * 65, "stream:1:bob"])
async def test_a_strange_nonce_is_refused(stand: Stand, nonce: str) -> None:
    with pytest.raises(Refused):
        await stand.platform.say(ANA, "stream", "hello", nonce)


@pytest.mark.parametrize("id", ["", "andon", "Andon", "a:b", "a b", "a}b", "x" * 41])
def test_a_name_that_would_confuse_is_refused(id: str) -> None:
    platform = LocalPlatform(store=MemoryPosts(), clock=lambda: NOON)
    with pytest.raises(Refused):
        platform.greet(replace(ANA, id=id))


def test_a_name_in_any_script_is_welcome() -> None:
    platform = LocalPlatform(store=MemoryPosts(), clock=lambda: NOON)
    platform.greet(replace(ANA, id="พี่สมหญิง", name="พี่สมหญิง"))


async def test_nothing_is_taken_after_the_end(stand: Stand) -> None:
    await stand.platform.stop()
    with pytest.raises(Refused):
        await stand.says(ANA, "claim A12 M")
    assert stand.store.posts == {}


@given(st.lists(st.sampled_from(["line", "turn", "busy"]), max_size=40))
def test_what_is_heard_is_what_is_kept_in_the_same_order(steps: list[str]) -> None:
    async def play() -> None:
        stand = await Stand().open()
        saying: list[asyncio.Task[Post]] = []
        for number, step in enumerate(steps):
            if step == "line":
                saying.append(asyncio.create_task(stand.says(ANA, f"line {number}")))
            elif step == "busy":
                stand.store.busy += 1
            else:
                await asyncio.sleep(0)
        done = await asyncio.gather(*saying, return_exceptions=True)
        kept = [post.text for post in stand.store.posts.values()]
        assert [
            message.text for message in stand.ears.heard if isinstance(message, ChatMessage)
        ] == kept
        assert stand.ears.lines() == kept
        assert sorted(post.text for post in done if isinstance(post, Post)) == sorted(kept)
        assert all(isinstance(each, Post | Refused) for each in done)

    asyncio.run(play())


# --- a line changes ---


async def test_an_edit_is_heard_with_its_time(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M")
    stand.now += timedelta(seconds=5)
    await stand.platform.edit(ANA, 1, "claim A12 L")
    assert stand.ears.heard[-1] == MessageEdited(
        key="local:1@2026-03-06T12:00:05+00:00",
        of="local:1",
        channel=STREAM,
        native_id="1",
        person=ANA,
        text="claim A12 L",
        sent_at=NOON,
        edited_at=stand.now,
    )
    assert stand.ears.shown[-1][0] == "edited"


async def test_taking_a_line_back_is_heard(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M")
    await stand.platform.delete(ANA, 1)
    heard = stand.ears.heard[-1]
    assert isinstance(heard, MessageDeleted)
    assert (heard.of, heard.key) == ("local:1", "local:1@deleted")
    assert await stand.sees(BOB) == []
    with pytest.raises(Refused, match="gone"):
        await stand.platform.edit(ANA, 1, "claim A12 L")


async def test_only_ones_own_line_can_be_changed(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M")
    await stand.answers(Reach.CHANNEL, "stream", "Granted.")
    await stand.says(ANA, "/cart")
    for who, line in ((BOB, 1), (MO, 1), (ANA, 2), (ANA, 3), (ANA, 99)):
        with pytest.raises(Refused):
            await stand.platform.edit(who, line, "claim everything")
        with pytest.raises(Refused):
            await stand.platform.delete(who, line)


# --- commands, presses, forms, direct messages ---


async def test_a_slash_is_a_command_that_only_its_author_sees(stand: Stand) -> None:
    await stand.says(ANA, " /why A12", nonce="abc")
    assert stand.ears.heard == [
        Command(
            key="local:1",
            person=ANA,
            channel=STREAM,
            sent_at=NOON,
            line="/why A12",
            reply_to="stream:abc:ana",
        )
    ]
    assert (await stand.sees(ANA), await stand.sees(BOB)) == ([("stream", " /why A12")], [])


async def test_a_command_sent_again_has_the_same_key(stand: Stand) -> None:
    await stand.says(ANA, "/cart", nonce="abc")
    await stand.open()
    await stand.says(ANA, "/cart", nonce="abc")
    assert [act.key for act in stand.ears.heard] == ["local:1"]


async def test_a_direct_message_is_between_two(stand: Stand) -> None:
    await stand.says(ANA, "where is my parcel?", DIRECT)
    assert stand.ears.heard == [
        DirectMessage(key="local:1", person=ANA, text="where is my parcel?", sent_at=NOON)
    ]
    await stand.answers(Reach.PERSON, "ana", "On its way.")
    assert await stand.sees(ANA) == [("", "where is my parcel?"), ("", "On its way.")]
    assert await stand.sees(MO) == []


# --- what Andon says ---


async def test_an_answer_in_a_channel_that_is_not_here_ends_a_delivery(stand: Stand) -> None:
    with pytest.raises(PostFailed):
        await stand.answers(Reach.REPLY, "x:y:z", "Granted.")


async def test_a_private_answer_is_for_one_and_stays_after_a_restart(stand: Stand) -> None:
    await stand.answers(Reach.REPLY, "stream:abc:ana", "Your cart.", private=True)
    await stand.open()
    assert await stand.sees(ANA) == [("stream", "Your cart.")]
    assert await stand.sees(BOB) == await stand.sees(MO) == []
    [post] = await stand.platform.recent(ANA)
    assert not stand.platform.sees(BOB, post)


async def test_a_public_answer_is_for_all_but_never_leaves_a_direct_conversation(
    stand: Stand,
) -> None:
    await stand.answers(Reach.REPLY, "stream:abc:ana", "For all.")
    await stand.answers(Reach.REPLY, ":abc:ana", "For Ana.")
    assert await stand.sees(BOB) == [("stream", "For all.")]
    assert await stand.sees(ANA) == [("stream", "For all."), ("", "For Ana.")]


async def test_the_teams_channels_are_for_the_team(stand: Stand) -> None:
    await stand.answers(Reach.CHANNEL, "alerts", "Amber: A12 M.")
    assert await stand.sees(MO) == [("alerts", "Amber: A12 M.")]
    assert await stand.sees(ANA) == []
    assert not stand.platform.sees(ANA, stand.store.posts[1])
    with pytest.raises(Refused, match="team"):
        await stand.says(ANA, "let me in", "alerts")
    await stand.says(MO, "claim A12 M", "alerts")
    # Overheard, for the words of playbooks: never a claim.
    assert stand.ears.heard == []
    (line,) = stand.ears.overheard
    assert (line.person, line.text) == (MO, "claim A12 M")


async def test_a_shout_needs_no_table(stand: Stand) -> None:
    stand.store.busy = 99
    for text in ("The database is locked.", "Still locked."):
        await stand.platform.shout(Channel("local", "alerts"), text)
    assert stand.ears.lines() == ["The database is locked.", "Still locked."]
    assert [post.id for _, post in stand.ears.shown] == [-1, -2]
    assert not stand.platform.sees(ANA, stand.ears.shown[0][1])
    assert stand.store.posts == {}


async def test_mentions_carry_the_name_of_those_who_are_meant(stand: Stand) -> None:
    await stand.says(ANA, "@{bob} @everyone")
    await stand.open()
    await stand.answers(Reach.CHANNEL, "stream", "@{ana} @{zoe}", mentions=("ana", "zoe"))
    people, bot = stand.store.posts.values()
    assert people.mentions == ()
    assert bot.mentions == (("ana", "Ana"), ("zoe", "zoe"))


# --- history ---


async def test_history_is_what_was_heard(stand: Stand) -> None:
    for text in ("claim A12 M", "claim A12 L"):
        await stand.says(ANA, text)
        await stand.answers(Reach.CHANNEL, "stream", "Granted.")
    await stand.says(ANA, "/cart")
    await stand.says(MO, "team talk", "alerts")
    live = stand.ears.heard[:2]
    await stand.open()
    assert await stand.history() == live
    assert await stand.history((NOON, "1")) == live[1:]
    assert await stand.history((NOON + timedelta(minutes=1), "99")) == []


async def test_history_tells_an_edited_line_as_it_reads_now(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M")
    await stand.says(ANA, "claim B3")
    stand.now += timedelta(seconds=5)
    await stand.platform.edit(ANA, 1, "claim A12 L")
    await stand.platform.delete(ANA, 2)
    [message] = await stand.history()
    assert isinstance(message, ChatMessage)
    assert (message.text, message.sent_at, message.edited_at) == ("claim A12 L", NOON, stand.now)


async def test_changes_to_lines_before_the_place_are_told_again(stand: Stand) -> None:
    await stand.says(ANA, "claim A12 M")
    await stand.says(ANA, "claim B3")
    place = (stand.store.posts[2].at, "2")
    stand.now += timedelta(seconds=5)
    await stand.platform.edit(ANA, 1, "claim A12 L")
    await stand.platform.delete(ANA, 2)
    live = stand.ears.heard[2:]
    await stand.open()
    assert await stand.history(place) == live


async def test_a_long_history_is_read_to_its_end(stand: Stand) -> None:
    await asyncio.gather(*(stand.says(ANA, f"line {n}") for n in range(1_201)))
    assert [message.native_id for message in await stand.history((NOON, "1"))] == [
        str(n) for n in range(2, 1_202)
    ]


FORM = Form(
    id="f:1",
    title="Which item?",
    intro="Please",
    fields=(
        Field(name="code", label="Item", kind=FieldKind.CHOICE, choices=(("D1", "Dress"),)),
        Field(name="note", label="Note", required=False, hint="h", value="v"),
    ),
)


async def test_a_form_that_cannot_stay_as_it_is_stays_with_its_person() -> None:
    stand = await Stand().open()
    stand.ears.faults = {"code": "There is no item Z9.", "count": "Count is missing."}
    with pytest.raises(Refused, match=r"There is no item Z9\.\nCount is missing\."):
        await stand.platform.submit(MO, "stream", "f:1", {"code": "Z9"}, "s")
    assert stand.ears.heard == []
    stand.ears.faults = {}
    await stand.platform.submit(MO, "stream", "f:1", {"code": "D1"}, "t")
    assert [type(act) for act in stand.ears.heard] == [FormSubmit]


async def test_the_same_press_come_again_shows_its_form_once() -> None:
    stand = await Stand().open()
    stand.ears.form = FORM
    for _ in range(2):
        await stand.platform.press(MO, "stream", "menu.count", None, "p")
    assert len(stand.ears.shown) == 1


async def test_a_form_comes_back_from_the_database_as_it_went(storage: Storage) -> None:
    store = SqlPostStore(storage)
    new = NewPost(
        channel="stream", person="mo", author="andon", author_name="Andon", author_role="",
        bot=True, kind="form", text="", at=NOON, form=FORM, once="andon:form:1",
    )  # fmt: skip
    (post,) = await store.append([new])
    assert post.form == FORM
    assert (await store.latest(channel="stream", person="mo", limit=1))[0].form == FORM
