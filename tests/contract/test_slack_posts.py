"""What Andon says on Slack arrives once, in order, in its place; whatever Slack does meanwhile."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.platforms.base import Outgoing, PersonUnreachable, PostDelayed, PostFailed
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack.trouble import trouble
from handlers.messages import Address, Button, Picture, Reach
from handlers.registry import Registry
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import Act, FakeSlack
from tests.fakes.slack_team import KeptEars, SlackTeam, heard, settings_for, to

TAKE = Button(id="exception.take:1", label="I take it")


@pytest.fixture
def slack(slack: FakeSlack) -> FakeSlack:
    """With a channel of its own for exceptions."""
    slack.channel("exceptions", private=True, members=["Mia"])
    return slack


@pytest.fixture
def platform(slack: FakeSlack, clock: HurriedClock) -> SlackPlatform:
    """A process that was started before anything was said."""
    return started(slack, clock)


def started(slack: FakeSlack, clock: HurriedClock, **more: Any) -> SlackPlatform:
    """A process that starts now; it need not hear to post."""
    return SlackPlatform(
        settings_for(slack, **more).slack,
        registry=Registry.of(),
        salt="salt",
        now=clock.now,
        new_reference=lambda: "c0ffee",
    )


def whisper(slack: FakeSlack, name: str, text: str, id: int = 1) -> Outgoing:
    person = Address("slack", Reach.PERSON, slack.person(name).id)
    return to(slack, "alerts", text, id, address=person)


def answer(slack: FakeSlack, act: Act, text: str, id: int = 1, **more: Any) -> Outgoing:
    where = slack.channel("alerts").id
    reply = f"{where}:{act.user.id}:{act.response_url}"
    address = Address("slack", Reach.REPLY, reply)
    return to(slack, "alerts", text, id, **{"address": address, "private": True, **more})


# --- cards ----------------------------------------------------------------------------------------


async def test_a_card_is_edited_in_place_and_its_history_is_in_its_thread(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    ts = await platform.post(to(slack, "alerts", "Mug is short.", buttons=(TAKE,)))
    taken = to(
        slack, "alerts", "Mug is short. Mia has it.", 2, replaces=ts, history="20:01 Mia took it"
    )
    assert await platform.post(taken) == ts
    card, note = slack.messages("alerts")
    assert slack.shown(card) == "Mug is short. Mia has it."
    assert slack.buttons(card) == []
    assert (slack.shown(note), note.thread_ts) == ("20:01 Mia took it", ts)


@pytest.mark.parametrize("how", [{"status": 429}, {"status": 500}, {"cut": True}])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_card_whose_history_failed_is_told_it_once(
    slack: FakeSlack, platform: SlackPlatform, how: dict[str, Any], after_effect: bool
) -> None:
    ts = await platform.post(to(slack, "alerts", "open"))
    taken = to(slack, "alerts", "taken", 2, replaces=ts, history="20:01 Mia took it")
    slack.fail("chat.postMessage", after_effect=after_effect and how != {"status": 429}, **how)
    with pytest.raises((PostDelayed, OSError)):
        await platform.post(taken)
    assert await platform.post(taken) == ts
    assert slack.reads("alerts") == ["taken", "20:01 Mia took it"]


async def test_a_deleted_card_is_posted_anew(slack: FakeSlack, platform: SlackPlatform) -> None:
    ts = await platform.post(to(slack, "alerts", "open"))
    slack.deletes(slack.messages("alerts")[0])
    new = await platform.post(to(slack, "alerts", "taken", 2, replaces=ts, history="Mia took it"))
    assert new != ts
    assert slack.reads("alerts") == ["taken"]


async def test_only_what_is_urgent_calls_whoever_is_here(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    await platform.post(to(slack, "alerts", "@here <!channel> all is well"))
    assert slack.mentioned("alerts") == []
    await platform.post(to(slack, "alerts", "Stock is short!", 2, urgent=True))
    assert slack.mentioned("alerts") == ["@here"]


async def test_people_are_mentioned_only_where_they_are_meant(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    mia, max_ = slack.person("Mia").id, slack.person("Max").id
    said = f"@{{{mia}}}: yours, says @{{{max_}}}, <@{max_}>, #general"
    await platform.post(to(slack, "alerts", said, mentions=(mia,)))
    assert slack.mentioned("alerts") == ["@Mia"]


# --- when Slack is in trouble ---------------------------------------------------------------------


async def test_a_limit_holds_only_its_channel(slack: FakeSlack, platform: SlackPlatform) -> None:
    slack.limit("chat.postMessage", retry_after=30, channel="alerts")
    with pytest.raises(PostDelayed) as delayed:
        await platform.post(to(slack, "alerts", "one"))
    assert delayed.value.retry_after == 30
    assert await platform.post(to(slack, "exceptions", "two", 2)) is not None
    await platform.post(to(slack, "alerts", "one"))
    assert (slack.reads("alerts"), slack.reads("exceptions")) == (["one"], ["two"])
    # The client has not waited it out by itself.
    assert len(slack.calls("chat.postMessage")) == 3


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable"])
@pytest.mark.parametrize("status", [200, 500, 503])
async def test_what_passes_is_tried_again(
    slack: FakeSlack, platform: SlackPlatform, error: str, status: int
) -> None:
    slack.fail("chat.postMessage", status=status, error=error)
    with pytest.raises(PostDelayed):
        await platform.post(to(slack, "alerts", "one"))
    await platform.post(to(slack, "alerts", "one"))
    assert slack.reads("alerts") == ["one"]


@pytest.mark.parametrize("how", [{"status": 500}, {"status": 200}, {"cut": True}])
@pytest.mark.parametrize("place", ["alerts", "exceptions", "a person"])
async def test_what_arrived_though_it_failed_is_not_said_twice(
    slack: FakeSlack, platform: SlackPlatform, how: dict[str, Any], place: str
) -> None:
    personal = place == "a person"
    one = whisper(slack, "Mia", "one") if personal else to(slack, place, "one")
    slack.fail("chat.postMessage", after_effect=True, **how)
    with pytest.raises((PostDelayed, OSError)):
        await platform.post(one)
    assert await platform.post(one) is not None
    assert (slack.whispered("Mia") if personal else slack.reads(place)) == ["one"]


async def test_nor_after_a_restart(
    slack: FakeSlack, platform: SlackPlatform, clock: HurriedClock
) -> None:
    one, two = to(slack, "alerts", "one"), to(slack, "alerts", "two", 2)
    sent = await platform.post(one)
    for number in range(250):
        slack.says("Mia", "alerts", f"chat {number}")
    clock.advance(60)
    again = started(slack, clock)
    assert await again.post(one) == sent
    assert await again.post(two) != sent
    assert slack.reads("alerts") == ["one", "two"]


async def test_what_was_never_tried_is_not_looked_for_however_long_it_waited(
    slack: FakeSlack, platform: SlackPlatform, clock: HurriedClock
) -> None:
    late = [to(slack, "alerts", f"late {number}", number) for number in range(1, 9)]
    clock.advance(3600)
    for one in late:
        await platform.post(one)
        clock.advance(1)
    assert slack.calls("conversations.history") == []
    assert slack.reads("alerts") == [one.text for one in late]


async def test_what_another_process_tried_is_looked_for(
    slack: FakeSlack, platform: SlackPlatform, clock: HurriedClock
) -> None:
    other = started(slack, clock)
    slack.fail("chat.postMessage", after_effect=True, cut=True)
    with pytest.raises((PostDelayed, OSError)):
        await platform.post(to(slack, "alerts", "one"))
    # Something else is said there meanwhile.
    await other.post(to(slack, "alerts", "two", 2))
    await other.post(to(slack, "alerts", "one", tried=True))
    assert slack.reads("alerts") == ["one", "two"]


async def test_a_bug_of_ours_is_no_trouble_of_slacks() -> None:
    with pytest.raises(TypeError), trouble():
        raise TypeError("a bug")


async def test_a_history_that_is_long_is_told_in_the_thread(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    ts = await platform.post(to(slack, "alerts", "open"))
    history = "\n".join(f"20:01 {'x' * 3_000} {number}" for number in range(20))
    await platform.post(to(slack, "alerts", "taken", 2, replaces=ts, history=history))
    card, note = slack.messages("alerts")
    assert note.thread_ts == card.ts
    assert "is left out" in slack.shown(note)


async def test_another_installation_in_the_same_channel_is_not_taken_for_ours(
    slack: FakeSlack, platform: SlackPlatform, clock: HurriedClock
) -> None:
    one = to(slack, "alerts", "one")
    await platform.post(one)
    clock.advance(60)
    other = started(slack, clock)
    other._poster._salt = "pepper"
    await other.post(one)
    assert slack.reads("alerts") == ["one", "one"]


async def test_where_it_may_not_look_it_rather_says_it_twice_than_never(
    slack: FakeSlack, platform: SlackPlatform, clock: HurriedClock
) -> None:
    one = to(slack, "alerts", "one")
    clock.advance(60)
    slack.world.scopes -= {"channels:history"}
    await started(slack, clock).post(one)
    assert slack.reads("alerts") == ["one"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("<h1>Hello</h1>", "text/html", 200),
        ("<h1>Bad gateway</h1>", "text/html", 502),
        ("{broken", "application/json", 200),
        ("no", "text/plain", 503),
        ("{broken", "application/json", 503),
        ("hello", "text/plain", 200),
        ("[]", "application/json", 200),
    ],
)
async def test_a_page_of_somebody_else_is_no_refusal(
    slack: FakeSlack, clock: HurriedClock, body: str, kind: str, status: int
) -> None:
    async def says(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind, status=status)

    stranger = web.Application()
    stranger.router.add_post("/{method}", says)
    async with TestServer(stranger) as there:
        platform = started(slack, clock, api_url=str(there.make_url("/")))
        with pytest.raises(PostDelayed):
            await platform.post(to(slack, "alerts", "one"))


async def test_a_wrong_token_keeps_what_is_said(slack: FakeSlack, platform: SlackPlatform) -> None:
    slack.revoke(slack.token)
    with pytest.raises(PostDelayed) as delayed:
        await platform.post(to(slack, "alerts", "one"))
    assert delayed.value.retry_after == 60


async def test_what_is_refused_for_good_ends(slack: FakeSlack, platform: SlackPlatform) -> None:
    slack.fail("chat.postMessage", status=200, error="invalid_blocks")
    with pytest.raises(PostFailed, match="invalid_blocks"):
        await platform.post(to(slack, "alerts", "one"))


async def test_an_hour_without_slack_loses_nothing(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        await team.says("before")
        await slack.until(lambda: slack.messages("alerts"))
        await slack.down()
        begun, said = clock.now(), 0
        while clock.now() - begun < timedelta(hours=1):
            said += 1
            await team.says(f"message {said}.")
            slept = len(clock.slept)
            # Whoever tries meanwhile lets the time pass.
            while len(clock.slept) < slept + 5:
                await team.andon.dispatcher.refresh()
        await slack.up()
        await slack.until(lambda: f"message {said}." in "".join(slack.reads("alerts")))
        lines = "\n".join(slack.reads("alerts")).splitlines()
    assert said > 10
    assert lines[0] == "before"
    assert [line for line in lines if line.startswith("message")] == [
        f"message {number}." for number in range(1, said + 1)
    ]


# --- people and answers ---------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["cannot_dm_bot", "user_disabled", "messages_tab_disabled"])
async def test_closed_direct_messages_are_known_as_such(
    slack: FakeSlack, platform: SlackPlatform, error: str
) -> None:
    slack.fail("conversations.open", status=200, error=error)
    with pytest.raises(PersonUnreachable):
        await platform.post(whisper(slack, "Mia", "one"))
    await platform.post(whisper(slack, "Mia", "one"))
    assert slack.whispered("Mia") == ["one"]


async def test_an_answer_in_many_parts_outlives_its_url(
    slack: FakeSlack, clock: HurriedClock
) -> None:
    ears = KeptEars(slack)
    async with heard(slack, ears, clock=clock) as platform:
        act = await slack.commands("Mia", "/andon", "help", channel="alerts")
        for number in range(1, 8):
            await platform.post(answer(slack, act, f"part {number}", number))
        assert act.texts == [f"part {number}" for number in range(1, 6)]
        assert slack.told("Mia", "alerts") == [f"part {number}" for number in range(1, 8)]
        assert {one.only_for for one in slack.log("alerts")} == set()


async def test_an_expired_url_is_answered_beside_it(slack: FakeSlack, clock: HurriedClock) -> None:
    ears = KeptEars(slack)
    async with heard(slack, ears, clock=clock) as platform:
        act = await slack.commands("Mia", "/andon", "help", channel="alerts")
        slack.expire()
        await platform.post(answer(slack, act, "late"))
        await platform.post(answer(slack, act, "for all", 2, private=False))
        assert act.messages == []
        assert slack.told("Mia", "alerts") == ["late"]
        assert slack.reads("alerts") == ["for all"]
        # Max has left, so that nothing can be shown there to him alone.
        other = await slack.commands("Max", "/andon", "help", channel="alerts")
        slack.leaves("Max", "alerts")
        slack.expire()
        await platform.post(answer(slack, other, "after you", 3))
        assert slack.whispered("Max") == ["after you"]


async def test_an_answer_that_slack_refuses_for_now_waits(
    slack: FakeSlack, clock: HurriedClock
) -> None:
    ears = KeptEars(slack)
    async with heard(slack, ears, clock=clock) as platform:
        act = await slack.commands("Mia", "/andon", "help", channel="alerts")
        slack.fail("response_url", status=503)
        slack.limit("response_url", retry_after=7)
        with pytest.raises(PostDelayed):
            await platform.post(answer(slack, act, "one"))
        with pytest.raises(PostDelayed) as limited:
            await platform.post(answer(slack, act, "one"))
        assert limited.value.retry_after == 7
        await platform.post(answer(slack, act, "one"))
        await platform.post(answer(slack, act, "everybody", 2, private=False))
    assert act.texts == ["one", "everybody"]
    assert [one.only_for for one in act.messages] == [slack.person("Mia").id, None]


# --- pictures -----------------------------------------------------------------------------------


def dress(size: int = 9) -> Picture:
    content = b"\x89PNG\r\n\x1a\n" + b"0" * size
    return Picture.of(content, name="dress", mime="image/png", alt="A <dress>")


async def test_a_picture_that_slack_still_looks_at_is_waited_for(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    slack.world.slow_files = 2
    said = to(slack, "alerts", "look", pictures=(dress(),))
    for _ in range(2):
        with pytest.raises(PostDelayed, match="not done with a picture"):
            await platform.post(said)
    await platform.post(said)
    [post] = slack.messages("alerts")
    assert slack.pictures(post) == [("A <dress>", dress().content)]
    assert len(slack.calls("upload")) == 1


async def test_a_picture_that_slack_cannot_show_is_left_out_in_the_end(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    said = to(slack, "alerts", "look", pictures=(replace(dress(), content=b"no picture"),))
    for _ in range(6):
        with pytest.raises(PostDelayed):
            await platform.post(said)
    await platform.post(said)
    assert slack.reads("alerts") == [
        "look\nA picture is left out (A <dress>): Slack cannot show it."
    ]


async def test_without_the_scope_the_words_go_out(
    slack: FakeSlack, platform: SlackPlatform
) -> None:
    slack.world.scopes -= {"files:write"}
    await platform.post(to(slack, "alerts", "look", pictures=(dress(),)))
    assert slack.reads("alerts") == [
        "look\nA picture is left out (A <dress>): the app may not put files up yet: install it "
        "again (files:write)."
    ]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.complete*"])
async def test_a_picture_that_did_not_go_up_is_tried_again(
    slack: FakeSlack, platform: SlackPlatform, method: str
) -> None:
    slack.fail(method, 503, after_effect=True)
    said = to(slack, "alerts", "look", pictures=(dress(),))
    with pytest.raises(PostDelayed):
        await platform.post(said)
    await platform.post(said)
    [post] = slack.messages("alerts")
    assert slack.pictures(post) == [("A <dress>", dress().content)]


async def test_a_picture_is_posted_once_over_a_crash(slack: FakeSlack, clock: HurriedClock) -> None:
    said = to(slack, "alerts", "look", pictures=(dress(),))
    slack.fail("chat.postMessage", cut=True, after_effect=True)
    with pytest.raises(PostDelayed):
        await started(slack, clock).post(said)
    await started(slack, clock).post(replace(said, tried=True))
    [post] = slack.messages("alerts")
    assert len(slack.pictures(post)) == 1


async def test_a_picture_that_is_early_for_an_answer_leaves_the_way_open(
    slack: FakeSlack, clock: HurriedClock
) -> None:
    ears = KeptEars(slack)
    async with heard(slack, ears) as platform:
        act = await slack.commands("Mia", "/andon", "stock", channel="alerts")
        slack.world.slow_files = 2
        said = answer(slack, act, "look", private=True, pictures=(dress(),))
        with pytest.raises(PostDelayed):
            await platform.post(said)
        await platform.post(said)
    [answered] = act.messages
    assert slack.pictures(answered) == [("A <dress>", dress().content)]


async def test_what_is_said_with_a_picture_arrives_with_it(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        dispatcher = team.andon.dispatcher
        async with team.storage.write() as tx:
            work = dispatcher._work(tx, dispatcher.snapshot, clock.now())
            work.tell_team("alerts", "answer", {"text": "The night"}, pictures=(dress(20_000),))
            work.tell_team("alerts", "answer", {"text": "Again"}, pictures=(dress(20_000),))
            await work.write()
        await slack.until(lambda: len(slack.messages("alerts")) == 2)
    for post in slack.messages("alerts"):
        assert slack.pictures(post) == [("A <dress>", dress(20_000).content)]
    assert len(slack.calls("upload")) == 1
