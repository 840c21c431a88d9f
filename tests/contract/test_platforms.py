"""One suite for every platform: what works on one works on all, or `WHY_NOT` says why not."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from inspect import signature
from typing import Any

import pytest

from bot.platforms.base import (
    PersonUnreachable,
    PlaceGone,
    PostDelayed,
    PostFailed,
)
from handlers.command_line import Misread
from handlers.completing import Choice
from handlers.messages import (
    ActKind,
    Address,
    Button,
    ChatMessage,
    Command,
    DirectMessage,
    Field,
    FieldKind,
    Form,
    FormSubmit,
    Home,
    MessageDeleted,
    Picture,
    Press,
    Reach,
    Section,
)
from handlers.people import Role
from handlers.registry import Registry
from handlers.wording import Wording
from tests.fakes.venues import VENUES, NotHere, Seen, Venue, opened
from tests.fakes.venues.commands import offered, read

NO_STREAM = "Slack is where the team works: viewers claim elsewhere, so there are no lines."
OWN_PAGE = "The stage's own page does this, from what it was told already."
KEPT = "What Andon said on the stage can be deleted by nobody, and its channels are always there."
NO_TRACE = "{} keeps no trace of such an answer: where the end is unknown, twice beats never."
#: What cannot be held on a platform, by platform and test, in words.
WHY_NOT: Mapping[tuple[str, str], str] = {
    ("discord", "test_a_command_that_lacks_an_option"): (
        "Discord sends no command before its required options are there."
    ),
    ("local", "test_half_typed_options_are_completed"): OWN_PAGE,
    ("slack", "test_half_typed_options_are_completed"): (
        "Slack completes nothing behind a slash command."
    ),
    ("slack", "test_an_entry_of_a_lines_menu"): NO_STREAM,
    ("discord", "test_what_is_wrong_stands_beside_the_fields"): (
        "Discord closes a form as soon as it is sent, and shows nothing beside its fields: the "
        "answer says what is wrong, and gives back what was typed (test_discord_forms.py)."
    ),
    ("local", "test_a_page_of_ones_own"): "The stage has no such page; `/mine` says the same.",
    ("discord", "test_a_page_of_ones_own"): "Discord gives bots no page; `/mine` says the same.",
    ("slack", "test_an_answer_that_is_tried_again_is_said_once"): NO_TRACE.format("Slack"),
    ("discord", "test_a_later_part_of_an_answer_that_is_tried_again_is_said_once"): (
        NO_TRACE.format("Discord")
    ),
    ("slack", "test_a_later_part_of_an_answer_that_is_tried_again_is_said_once"): (
        NO_TRACE.format("Slack")
    ),
    ("slack", "test_an_answer_of_unknown_end_is_there_once"): NO_TRACE.format("Slack"),
    ("local", "test_who_takes_no_messages_is_unreachable"): "On the stage nobody can refuse them.",
    ("local", "test_a_picture_that_is_too_large_is_said_in_words"): (
        "The stage takes any picture that there is."
    ),
    ("local", "test_a_picture_without_content_is_said_in_words"): (
        "The stage's page reads pictures from the table, and says what there was to see."
    ),
    ("local", "test_a_post_whose_answer_was_cut_off_is_there_once"): "There is no wire to cut.",
    ("local", "test_one_post_too_many_waits"): "The stage has no limits.",
    ("local", "test_a_post_that_was_deleted_is_said_anew_when_it_changes"): KEPT,
    ("local", "test_an_urgent_post_calls_whoever_is_there"): (
        "Nobody can be called to the stage: whoever is there has it before their eyes."
    ),
    ("discord", "test_an_urgent_post_calls_whoever_is_there"): (
        "On Discord this takes a right over everyone's notifications, which the bot never asks for."
    ),
    ("slack", "test_a_line_of_the_stream_is_heard_and_stays_in_history"): NO_STREAM,
    ("slack", "test_viewers_claim_in_the_stream"): NO_STREAM,
    ("slack", "test_signs_are_put_on_lines"): NO_STREAM,
    ("slack", "test_a_line_is_taken_away"): NO_STREAM,
    ("slack", "test_somebody_is_quiet_for_a_while"): NO_STREAM,
    ("slack", "test_somebody_who_is_quiet_may_write_again_early"): NO_STREAM,
    ("slack", "test_the_chat_is_slow_for_a_while"): NO_STREAM,
    ("local", "test_a_show_has_a_board_of_its_own"): OWN_PAGE,
    ("slack", "test_a_show_has_a_board_of_its_own"): NO_STREAM,
    ("local", "test_an_audience_without_a_channel"): "Every audience has its channel on the stage.",
    ("local", "test_a_deleted_channel_is_gone"): KEPT,
    ("local", "test_a_channel_that_is_closed_to_the_bot_is_gone"): KEPT,
    ("local", "test_a_broken_connection_is_seen_and_comes_back"): "There is no connection.",
}
HOSTILE = (
    "@everyone @here <!channel> <!here> <@U0000001> <@1> <@&1> @{Mo} [gift](http://evil.example) "
    "<http://evil.example|gift> **b** *i* _u_ ~~s~~ ||h|| `c`\n> quoted\n# big\n- list"
)
FORM = Form(
    id="f:1",
    title="Which item?",
    intro="Please *say* it",
    fields=(
        Field(
            name="code",
            label="Item",
            kind=FieldKind.CHOICE,
            choices=(("D1", "Dress"), ("K2", "Kaftan")),
        ),
        Field(name="note", label="Note", required=False, hint="for us", value="as is"),
        Field(name="units", label="Units", kind=FieldKind.NUMBER),
    ),
)
WORDS = Wording({"said": "You said: {{ text }}"})


def buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(id=f"mine.take:{n}", label=f"Take {n}") for n in range(count))


def packed(text: str) -> str:
    """A text without its spaces: platforms break long ones into blocks."""
    return "".join(text.split())


@pytest.fixture(scope="module")
def registry() -> Registry:
    return offered()


@pytest.fixture(params=VENUES)
async def venue(request: pytest.FixtureRequest, registry: Registry) -> AsyncIterator[Venue]:
    why = WHY_NOT.get((request.param, request.function.__name__))
    if why is not None:
        pytest.skip(why)
    async with opened(request.param, registry) as venue:
        yield venue


@pytest.mark.parametrize(("name", "test"), WHY_NOT)
async def test_what_is_left_out_does_not_hold_there(
    name: str, test: str, registry: Registry
) -> None:
    run: Callable[..., Awaitable[None]] = globals()[test]
    known: Mapping[str, object] = {"registry": registry}
    more = {key: value for key, value in known.items() if key in signature(run).parameters}
    async with opened(name, registry) as venue:
        with pytest.raises((NotHere, AssertionError)):
            await run(venue, **more)


# --- commands -----------------------------------------------------------------------------------


async def test_a_command_is_heard_with_who_and_where(venue: Venue) -> None:
    await venue.types("Mo", "show status")
    command = await venue.ears.next(Command)
    assert command.person == venue.person("Mo")
    assert Role.MODERATOR in command.person.roles
    assert command.channel == venue.hall
    await venue.types("Ana", "cart")
    command = await venue.ears.next(Command)
    assert command.person == venue.person("Ana")
    assert Role.MODERATOR not in command.person.roles


async def test_a_command_that_is_delivered_again_has_its_key(venue: Venue) -> None:
    await venue.types("Mo", "show status")
    first = await venue.ears.next(Command)
    await venue.delivered_again()
    assert (await venue.ears.next(Command)).key == first.key
    await venue.types("Mo", "show status")
    assert (await venue.ears.next(Command)).key != first.key


async def test_a_command_of_two_words_takes_the_rest_as_text(
    venue: Venue, registry: Registry
) -> None:
    await venue.types("Mo", "show start", name="Friday night & more")
    found = read(await venue.ears.next(Command), registry)
    assert found == ("show start", {"name": "Friday night & more"})


async def test_a_command_may_leave_out_what_it_need_not_have(
    venue: Venue, registry: Registry
) -> None:
    await venue.types("Mo", "show start")
    assert read(await venue.ears.next(Command), registry) == ("show start", {"name": None})


@pytest.mark.parametrize("typed", ["S3", "s3", "silver box"])
async def test_an_item_is_named_by_code_or_by_words(
    venue: Venue, registry: Registry, typed: str
) -> None:
    await venue.types("Mo", "stage", code=typed)
    name, options = read(await venue.ears.next(Command), registry)
    assert name == "stage"
    assert isinstance(options, Mapping)
    assert options["code"].code == "S3"


async def test_a_command_that_lacks_an_option(venue: Venue, registry: Registry) -> None:
    await venue.types("Mo", "stage")
    assert isinstance(read(await venue.ears.next(Command), registry)[1], Misread)


async def test_half_typed_options_are_completed(venue: Venue) -> None:
    venue.ears.choices = [Choice(value="S3", label="S3 — Box")]
    assert "S3" in await venue.completes("Mo", "stage", "code", "s")


# --- buttons, menus, forms ----------------------------------------------------------------------


async def test_a_press_says_which_button_and_who(venue: Venue) -> None:
    await venue.posts("Two left.", buttons=buttons(2))
    await venue.presses("Ana", "Take 1")
    press = await venue.ears.next(Press)
    assert (press.button, press.message) == ("mine.take:1", None)
    assert (press.person, press.channel) == (venue.person("Ana"), venue.hall)
    await venue.delivered_again()
    assert (await venue.ears.next(Press)).key == press.key
    await venue.presses("Ana", "Take 1")
    assert (await venue.ears.next(Press)).key != press.key


@pytest.mark.parametrize("count", [0, 1, 25, 26, 30, 80])
async def test_any_number_of_buttons_can_be_pressed(venue: Venue, count: int) -> None:
    await venue.posts("Choose.", buttons=buttons(count))
    [post] = venue.sees("Ana")
    assert set(post.buttons) == {one.label for one in buttons(count)}
    for number in {0, count // 2, count - 1} if count else ():
        await venue.presses("Ana", f"Take {number}")
        assert (await venue.ears.next(Press)).button == f"mine.take:{number}"


async def test_the_longest_id_of_a_button_comes_back_whole(venue: Venue) -> None:
    id = "claims.keep:".ljust(100, "7")
    for several in (1, 80):
        await venue.posts("Keep it?", buttons=(*buttons(several), Button(id=id, label="Keep it")))
        await venue.presses("Ana", "Keep it")
        assert (await venue.ears.next(Press)).button == id


async def test_an_entry_of_a_lines_menu(venue: Venue) -> None:
    await venue.says("Ana", "the dress please")
    await venue.chooses("Mo", "Count as claim")
    line, press = await venue.ears.next(ChatMessage), await venue.ears.next(Press)
    assert (press.button, press.message) == ("menu.count", line.key)
    assert press.person == venue.person("Mo")


async def test_a_form_is_the_first_response_and_nothing_is_handed_in_before(venue: Venue) -> None:
    venue.ears.form = FORM
    await venue.types("Mo", "suite form")
    shown = venue.form_of("Mo")
    assert shown is not None
    assert (shown.title, shown.labels) == ("Which item?", ("Item", "Note", "Units"))
    assert venue.form_of("Ana") is None
    assert venue.ears.nothing
    await venue.fills_in("Mo", {"code": "K2", "note": "grün 🎁", "units": "2"})
    submit = await venue.ears.next(FormSubmit)
    assert submit.form == "f:1"
    assert submit.values == {"code": "K2", "note": "grün 🎁", "units": "2"}
    assert (submit.person, submit.channel) == (venue.person("Mo"), venue.hall)
    await venue.answers(submit, "Noted.")
    assert venue.sees("Mo")[-1].text == "Noted."
    assert "Noted." not in [one.text for one in venue.sees("Ana")]


async def test_a_button_may_open_a_form(venue: Venue) -> None:
    await venue.posts("A return?", buttons=(Button(id="suite.form", label="Start"),))
    venue.ears.form = FORM
    await venue.presses("Ana", "Start")
    assert venue.form_of("Ana") is not None
    assert venue.ears.nothing
    await venue.fills_in("Ana", {"code": "D1", "units": "1"})
    submit = await venue.ears.next(FormSubmit)
    assert submit.values == {"code": "D1", "note": "as is", "units": "1"}
    assert submit.person == venue.person("Ana")
    await venue.delivered_again()
    assert (await venue.ears.next(FormSubmit)).key == submit.key


async def test_what_is_wrong_stands_beside_the_fields(venue: Venue) -> None:
    venue.ears.form = FORM
    venue.ears.faults = {"code": "There is no such item.", "units": "One at least."}
    await venue.types("Mo", "suite form")
    await venue.fills_in("Mo", {"code": "K2", "note": "", "units": "0"})
    assert venue.beside_fields("Mo") == ["There is no such item.", "One at least."]
    assert venue.ears.nothing
    venue.ears.faults = {}
    await venue.fills_in("Mo", {"code": "K2", "note": "", "units": "1"})
    assert (await venue.ears.next(FormSubmit)).values["units"] == "1"


async def test_a_page_of_ones_own(venue: Venue) -> None:
    venue.ears.page = Home(title="Yours", sections=(Section(text="E1 waits for you"),))
    assert "E1 waits for you" in await venue.opens_home("Mo")


# --- pictures -----------------------------------------------------------------------------------


def picture(size: int = 0, alt: str = "A linen dress, blue") -> Picture:
    content = b"\x89PNG\r\n\x1a\n" + b"0" * size
    return Picture.of(content, name="dress", mime="image/png", alt=alt)


async def test_a_picture_arrives_with_its_words(venue: Venue) -> None:
    for shown in ((picture(),), (picture(1), picture(2, "Two & <three>"))):
        await venue.posts("Look at it.", pictures=shown, buttons=buttons(1))
        post = venue.sees("Ana")[-1]
        assert (post.text.strip(), post.buttons) == ("Look at it.", ("Take 0",))
        assert post.pictures == tuple((one.alt, one.content) for one in shown)
    await venue.presses("Ana", "Take 0")
    assert (await venue.ears.next(Press)).button == "mine.take:0"


async def test_a_picture_is_answered_with(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    await venue.answers(await venue.ears.next(Command), "Yours.", pictures=(picture(),))
    assert venue.sees("Mo")[-1].pictures == ((picture().alt, picture().content),)
    assert venue.sees("Ana") == []


async def test_a_picture_changes_with_its_card(venue: Venue) -> None:
    first = await venue.posts("Red.", pictures=(picture(),))
    assert await venue.posts("Blue.", replaces=first, pictures=(picture(3, "Blue"),)) == first
    [post] = venue.sees("Ana")
    assert post.pictures == (("Blue", picture(3).content),)
    await venue.posts("None.", replaces=first)
    assert venue.sees("Ana")[-1].pictures == ()


async def test_a_picture_whose_post_is_tried_again_is_there_once(venue: Venue) -> None:
    venue.fails(after_effect=True)
    told = venue.outgoing("Look at it.", pictures=(picture(),))
    with suppress(PostDelayed):
        await venue.platform.post(told)
    await venue.platform.post(replace(told, tried=True))
    [post] = venue.sees("Ana")
    assert post.pictures == ((picture().alt, picture().content),)


async def test_a_picture_that_is_too_large_is_said_in_words(venue: Venue) -> None:
    venue.takes_no_large_pictures()
    await venue.posts("Look at it.", pictures=(picture(100),), buttons=buttons(1))
    [post] = venue.sees("Ana")
    assert post.text.startswith("Look at it.")
    assert picture().alt in post.text
    assert (post.pictures, post.buttons) == ((), ("Take 0",))


async def test_a_picture_without_content_is_said_in_words(venue: Venue) -> None:
    await venue.posts("Look at it.", pictures=(replace(picture(), content=b""),))
    [post] = venue.sees("Ana")
    assert post.text.startswith("Look at it.")
    assert picture().alt in post.text


# --- answers ------------------------------------------------------------------------------------


async def test_a_private_answer_is_seen_by_one_alone_and_a_public_one_by_all(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    await venue.answers(await venue.ears.next(Command), "Your cart.", buttons=buttons(1))
    assert [one.text for one in venue.sees("Mo")] == ["Your cart."]
    assert venue.sees("Mo")[0].buttons == ("Take 0",)
    assert venue.sees("Ana") == []
    await venue.types("Mo", "suite tell")
    await venue.answers(await venue.ears.next(Command), "It is live.", private=False)
    assert [one.text for one in venue.sees("Ana")] == ["It is live."]


async def test_a_long_private_answer_comes_in_parts_and_none_is_lost(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    command = await venue.ears.next(Command)
    parts = [f"Part {number} " + "word " * 300 for number in range(8)]
    for part in parts:
        await venue.answers(command, part)
    assert [one.text.strip() for one in venue.sees("Mo")] == [part.strip() for part in parts]
    assert venue.sees("Ana") == []


async def test_an_answer_that_is_tried_again_is_said_once(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    command = await venue.ears.next(Command)
    for _ in range(2):
        await venue.answers(command, "Your cart.", id=1)
    assert [one.text for one in venue.sees("Mo")] == ["Your cart."]


async def test_a_later_part_of_an_answer_that_is_tried_again_is_said_once(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    command = await venue.ears.next(Command)
    for id, text in ((1, "One."), (2, "Two."), (2, "Two."), (1, "One.")):
        await venue.answers(command, text, id=id)
    assert [one.text for one in venue.sees("Mo")] == ["One.", "Two."]


async def test_an_answer_of_unknown_end_is_there_once(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    command = await venue.ears.next(Command)
    venue.fails_to_answer()
    with suppress(PostDelayed):
        await venue.answers(command, "Your cart.", id=1)
    await venue.answers(command, "Your cart.", id=1)
    assert [one.text for one in venue.sees("Mo")] == ["Your cart."]


async def test_an_answer_to_a_press_is_no_edit_of_its_card(venue: Venue) -> None:
    shown = (Button(id="suite.tell", label="All"), Button(id="mine.take:1", label="Mine"))
    await venue.posts("Who takes it?", buttons=shown)
    await venue.presses("Mo", "Mine")
    await venue.answers(await venue.ears.next(Press), "It is yours.")
    assert [one.text for one in venue.sees("Mo")] == ["Who takes it?", "It is yours."]
    assert [one.text for one in venue.sees("Ana")] == ["Who takes it?"]
    await venue.presses("Mo", "All")
    await venue.answers(await venue.ears.next(Press), "Mo has it.", private=False)
    assert [one.text for one in venue.sees("Ana")] == ["Who takes it?", "Mo has it."]


# --- direct messages ----------------------------------------------------------------------------


async def test_a_direct_message_is_heard(venue: Venue) -> None:
    await venue.writes("Ana", "where is my parcel? 📦 <b> & co")
    message = await venue.ears.next(DirectMessage)
    assert message.text == "where is my parcel? 📦 <b> & co"
    assert message.person == venue.person("Ana")
    await venue.delivered_again()
    assert (await venue.ears.next(DirectMessage)).key == message.key


async def test_a_person_is_written_to_alone(venue: Venue) -> None:
    to = Address(venue.platform.name, Reach.PERSON, venue.id_of("Ana"))
    await venue.posts("On its way.", to, buttons=buttons(1))
    [post] = venue.was_told("Ana")
    assert (post.text, post.buttons) == ("On its way.", ("Take 0",))
    assert venue.was_told("Mo") == venue.sees("Mo") == []
    assert await venue.posts("It is there.", to, replaces=post.id) == post.id
    assert [one.text for one in venue.was_told("Ana")] == ["It is there."]


async def test_who_takes_no_messages_is_unreachable(venue: Venue) -> None:
    venue.takes_no_messages("Ana")
    to = Address(venue.platform.name, Reach.PERSON, venue.id_of("Ana"))
    with pytest.raises(PersonUnreachable):
        await venue.posts("On its way.", to)


# --- posts --------------------------------------------------------------------------------------


async def test_a_post_has_an_id_and_is_there_once_however_often_it_is_tried(venue: Venue) -> None:
    id = await venue.posts("Granted.", id=41)
    assert await venue.posts("Granted.", id=41) == id
    assert await venue.posts("Granted.", id=42) != id
    assert [one.text for one in venue.sees("Ana")] == ["Granted.", "Granted."]


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_post_that_was_answered_with_an_error_is_there_once(
    venue: Venue, after_effect: bool
) -> None:
    venue.fails(after_effect=after_effect)
    with pytest.raises(PostDelayed):
        await venue.posts("Granted.", id=41)
    assert len(venue.sees("Ana")) == after_effect
    id = await venue.posts("Granted.", id=41)
    assert [(one.id, one.text) for one in venue.sees("Ana")] == [(id, "Granted.")]


async def test_a_post_that_another_process_made_is_there_once(venue: Venue) -> None:
    async with venue.another_process() as other:
        venue.passes(timedelta(minutes=1))
        post = venue.outgoing("Granted.")
        await other.post(post)
        # It died before it could note that, and after a while its work goes to this one.
        venue.passes(timedelta(seconds=10))
        await venue.platform.post(replace(post, tried=True))
    assert [one.text for one in venue.sees("Ana")] == ["Granted."]


async def test_a_post_whose_answer_was_cut_off_is_there_once(venue: Venue) -> None:
    venue.cuts()
    with pytest.raises(PostDelayed):
        await venue.posts("Granted.", id=41)
    await venue.posts("Granted.", id=41)
    assert [one.text for one in venue.sees("Ana")] == ["Granted."]


async def test_one_post_too_many_waits(venue: Venue) -> None:
    venue.limits()
    try:
        await venue.posts("Granted.", id=41)
    except PostDelayed as delayed:
        waits = delayed.retry_after
    else:
        waits = 0.0
    assert waits is not None
    await venue.posts("Granted.", id=41)
    assert [one.text for one in venue.sees("Ana")] == ["Granted."]


async def test_a_post_is_edited_where_it_stands(venue: Venue) -> None:
    first = await venue.posts("3 left.", buttons=buttons(2))
    await venue.posts("Another.")
    for _ in range(2):
        assert await venue.posts("2 left.", id=7, replaces=first, history="1 sold") == first
    assert [(one.text, one.buttons) for one in venue.sees("Ana")] == [
        ("2 left.", ()),
        ("Another.", ()),
    ]
    await venue.posts("1 left.", replaces=first, buttons=buttons(30))
    assert set(venue.sees("Ana")[0].buttons) == {one.label for one in buttons(30)}


async def test_a_post_that_was_deleted_is_said_anew_when_it_changes(venue: Venue) -> None:
    first = await venue.posts("Who takes it?")
    venue.deletes_newest()
    again = await venue.posts("Mo has it.", replaces=first)
    assert [(one.id, one.text) for one in venue.sees("Ana")] == [(again, "Mo has it.")]


@pytest.mark.parametrize("other", ["1409265328.000100", "1409265328123456789", "7"])
async def test_the_id_of_a_post_elsewhere_is_no_bug(venue: Venue, other: str) -> None:
    try:
        await venue.posts("Mo has it.", replaces=other)
    except PostFailed:
        assert venue.sees("Ana") == []
    else:
        assert [one.text for one in venue.sees("Ana")] == ["Mo has it."]


async def test_the_longest_post_arrives_whole(venue: Venue) -> None:
    most = venue.platform.max_characters
    assert most >= 2000
    text = ("A12 M is yours, 48.00 USD. " * most)[: most - 1].strip() + "!"
    await venue.posts(text)
    await venue.posts("end")
    assert packed(venue.sees("Ana")[0].text) == packed(text)


@pytest.mark.parametrize(
    "text", ["&" * 2000, "<" * 2000, "🎁" * 1000, "x" * 20_000, "\n\n", "\u200b"]
)
async def test_a_strange_text_is_posted_or_refused(venue: Venue, text: str) -> None:
    try:
        await venue.posts(text)
    except PostFailed:
        assert venue.sees("Ana") == []
    else:
        assert len(venue.sees("Ana")) == 1


@pytest.mark.parametrize("text", ["🎁👩🏽‍🚀 1️⃣ für dich", "שלום A12, 48 ₪", "مرحبا بكم", "พี่สมหญิง é"])
async def test_any_script_survives_in_and_out(venue: Venue, text: str) -> None:
    await venue.posts(text, buttons=(Button(id="mine.take:1", label=text),))
    [post] = venue.sees("Ana")
    assert (post.text, post.buttons) == (text, (text,))
    await venue.writes("Ana", text)
    assert (await venue.ears.next(DirectMessage)).text == text


# --- mentions and other people's words ----------------------------------------------------------


async def test_exactly_the_named_are_notified(venue: Venue) -> None:
    ana, mo = venue.id_of("Ana"), venue.id_of("Mo")
    text = f"@{{{ana}}} has it, @{{{mo}}} has not, @{{nobody}} neither."
    await venue.posts(text, mentions=(ana,))
    [post] = venue.sees("Ana")
    assert post.calls == ("Ana",)
    assert "@Ana has it" in post.text
    first = await venue.posts("Wait.")
    await venue.posts(text, mentions=(mo, "nobody", "999"), replaces=first)
    assert "Mo" in venue.sees("Ana")[-1].calls
    assert "Ana" not in venue.sees("Ana")[-1].calls
    await venue.types("Ana", "cart")
    await venue.answers(await venue.ears.next(Command), text, mentions=(ana,))
    assert venue.sees("Ana")[-1].calls == ("Ana",)


async def test_an_urgent_post_calls_whoever_is_there(venue: Venue) -> None:
    await venue.posts("The count is wrong.", urgent=True)
    assert venue.sees("Mo")[0].calls == ("here",)


async def said_everywhere(venue: Venue, text: str, **more: Any) -> list[Seen]:
    """A text as a post, an edit, an answer, a direct message, and a shout; what was seen of it."""
    name = venue.platform.name
    await venue.posts(text, **more)
    await venue.posts(text, replaces=await venue.posts("Wait."), **more)
    await venue.posts(text, Address(name, Reach.PERSON, venue.id_of("Ana")), **more)
    for command, private in (("cart", True), ("suite tell", False)):
        await venue.types("Mo", command)
        await venue.answers(await venue.ears.next(Command), text, private=private, **more)
    await venue.platform.shout(venue.hall, text)
    seen = [*venue.sees("Mo"), *venue.was_told("Ana")]
    assert len(seen) == 6
    return seen


async def test_what_is_typed_by_others_notifies_nobody_whatever_it_is(venue: Venue) -> None:
    mo = venue.id_of("Mo")
    for post in await said_everywhere(venue, f"{HOSTILE} <@{mo}> @{{{mo}}} @Mo #alerts"):
        assert post.calls == ()


async def test_what_is_typed_by_others_formats_and_links_nothing_in_our_sentences(
    venue: Venue,
) -> None:
    for post in await said_everywhere(venue, WORDS.say("said", text=HOSTILE)):
        assert (post.calls, post.dressed) == ((), ())
        assert "You said: " in post.text


async def test_our_own_sentences_may_format(venue: Venue) -> None:
    await venue.posts("**Sold out**: type `claim A12`.")
    assert len(venue.sees("Ana")[0].dressed) == 2


async def test_a_hostile_name_is_a_name(venue: Venue) -> None:
    name = "<!here> *Eve* @Mo"
    await venue.types(name, "cart")
    command = await venue.ears.next(Command)
    assert command.person.name == name
    text = WORDS.say("said", text=command.person.name)
    for post in await said_everywhere(venue, text):
        assert (post.calls, post.dressed) == ((), ())
    await venue.posts("@{" + command.person.id + "} has it.", mentions=(command.person.id,))
    assert venue.sees("Mo")[-1].calls == (name,)


# --- the stream ---------------------------------------------------------------------------------


async def test_a_line_of_the_stream_is_heard_and_stays_in_history(venue: Venue) -> None:
    await venue.says("Ana", "claim A12 M 🎁 <b> & co")
    line = await venue.ears.next(ChatMessage)
    assert line.person == venue.person("Ana")
    assert line.text == "claim A12 M 🎁 <b> & co"
    [channel] = venue.platform.stream_channels()
    assert line.channel == channel == venue.hall
    await venue.posts("Granted.")
    assert [one async for one in venue.platform.history(channel, None)] == [line]
    after = (line.sent_at, line.native_id)
    assert [one async for one in venue.platform.history(channel, after)] == []


async def test_viewers_claim_in_the_stream(venue: Venue) -> None:
    assert list(venue.platform.stream_channels()) == [venue.hall]


async def test_signs_are_put_on_lines(venue: Venue) -> None:
    await venue.says("Ana", "claim A12 M")
    line = await venue.ears.next(ChatMessage)
    for _ in range(2):
        signs = venue.outgoing("", reactions=((line.native_id, "✅"), ("99", "✅")))
        assert await venue.platform.post(signs) is None
    await venue.until(venue.reactions)
    assert venue.reactions() == ["✅"]
    assert venue.sees("Ana") == []


async def test_a_line_is_taken_away(venue: Venue) -> None:
    await venue.says("Ana", "see bit.ly/abc")
    await venue.says("Ana", "claim A12 M")
    line = await venue.ears.next(ChatMessage)
    await venue.ears.next(ChatMessage)
    await venue.carries_out(ActKind.DELETE, line=line.native_id)
    await venue.until(lambda: venue.lines() == ["claim A12 M"])
    assert (await venue.ears.next(MessageDeleted)).of == line.key
    # Tried again, and where its author was faster.
    await venue.carries_out(ActKind.DELETE, line=line.native_id)
    assert venue.lines() == ["claim A12 M"]
    assert venue.sees("Ana") == []


async def test_somebody_is_quiet_for_a_while(venue: Venue) -> None:
    ana, until = venue.id_of("Ana"), venue.at + timedelta(minutes=10)
    for _ in range(2):
        await venue.carries_out(ActKind.TIMEOUT, person=ana, until=until)
    assert not await venue.may_write("Ana")
    assert await venue.may_write("Mo")
    venue.passes(timedelta(minutes=11))
    assert await venue.may_write("Ana")


async def test_somebody_who_is_quiet_may_write_again_early(venue: Venue) -> None:
    ana, until = venue.id_of("Ana"), venue.at + timedelta(minutes=10)
    await venue.carries_out(ActKind.TIMEOUT, person=ana, until=until)
    for _ in range(2):
        await venue.carries_out(ActKind.FREE, person=ana)
        assert await venue.may_write("Ana")


async def test_the_chat_is_slow_for_a_while(venue: Venue) -> None:
    for _ in range(2):
        await venue.carries_out(ActKind.SLOW, seconds=10)
    assert await venue.may_write("Ana")
    venue.passes(timedelta(seconds=9))
    assert not await venue.may_write("Ana")
    assert [await venue.may_write("Mo") for _ in range(2)] == [True, True]
    venue.passes(timedelta(seconds=1))
    assert await venue.may_write("Ana")
    for _ in range(2):
        await venue.carries_out(ActKind.SLOW, was=10)
    assert [await venue.may_write("Ana") for _ in range(2)] == [True, True]


async def test_a_show_has_a_board_of_its_own(venue: Venue) -> None:
    for text in ("3 left", "2 left"):
        await venue.shows_board(text)
    assert len(venue.sees("Ana")) == 1


async def test_nothing_of_andons_own_is_heard(venue: Venue) -> None:
    await said_everywhere(venue, "mine A12")
    await venue.writes("Ana", "last")
    assert (await venue.ears.next(DirectMessage)).text == "last"
    assert venue.ears.nothing


# --- audiences and places -----------------------------------------------------------------------


async def test_an_audience_has_its_channel(venue: Venue) -> None:
    alerts = venue.platform.audience_channel("alerts")
    assert alerts is not None
    assert alerts.platform == venue.platform.name
    await venue.posts("Amber: A12 M.", Address(alerts.platform, Reach.CHANNEL, alerts.id))
    await venue.platform.shout(alerts, "The database is locked.")
    assert [one.text for one in venue.reads(alerts)] == ["Amber: A12 M.", "The database is locked."]
    assert venue.sees("Mo") == []
    assert venue.platform.audience_channel("nobody") is None


async def test_an_audience_without_a_channel(venue: Venue) -> None:
    assert venue.platform.audience_channel(venue.unmapped) is None


async def test_a_shout_is_cut_rather_than_lost(venue: Venue) -> None:
    await venue.platform.shout(venue.hall, "The database is locked. " * 400)
    assert venue.sees("Mo")[0].text.startswith("The database is locked.")


async def test_a_deleted_channel_is_gone(venue: Venue) -> None:
    venue.deletes_hall()
    with pytest.raises(PlaceGone):
        await venue.posts("Granted.")


async def test_a_channel_that_is_closed_to_the_bot_is_gone(venue: Venue) -> None:
    venue.shuts_hall()
    with pytest.raises(PlaceGone):
        await venue.posts("Granted.")


@pytest.mark.parametrize("id", ["C0NOWHERE", "12345678901234567"])
async def test_a_place_that_is_not_here_ends_a_delivery(venue: Venue, id: str) -> None:
    with pytest.raises(PostFailed):
        await venue.posts("Granted.", Address(venue.platform.name, Reach.CHANNEL, id))


@pytest.mark.parametrize("reply_to", ["garbled", ""])
async def test_an_answer_to_nothing_ends_a_delivery(venue: Venue, reply_to: str) -> None:
    with pytest.raises(PostFailed):
        await venue.posts("Granted.", Address(venue.platform.name, Reach.REPLY, reply_to))


# --- from start to close ------------------------------------------------------------------------


async def test_it_says_whether_it_is_connected(venue: Venue) -> None:
    assert venue.platform.state().connected
    assert venue.platform.state().detail
    await venue.platform.stop()
    assert not venue.platform.state().connected
    assert venue.platform.state().detail


async def test_a_broken_connection_is_seen_and_comes_back(venue: Venue) -> None:
    await venue.breaks()
    await venue.until(lambda: not venue.platform.state().connected)
    await venue.heals()
    await venue.until(lambda: venue.platform.state().connected)
    await venue.writes("Ana", "still there?")
    assert (await venue.ears.next(DirectMessage)).text == "still there?"


async def test_after_stop_it_hears_no_more_and_still_posts(venue: Venue) -> None:
    await venue.platform.stop()
    await venue.types("Mo", "cart")
    await venue.writes("Ana", "anyone?")
    await venue.posts("Until soon.")
    await venue.platform.shout(venue.hall, "Going down.")
    assert [one.text for one in venue.sees("Ana")] == ["Until soon.", "Going down."]
    assert venue.ears.nothing


async def test_what_was_heard_before_the_stop_can_still_be_answered(venue: Venue) -> None:
    await venue.types("Mo", "cart")
    command = await venue.ears.next(Command)
    await venue.platform.stop()
    await venue.answers(command, "Your cart.")
    assert [one.text for one in venue.sees("Mo")] == ["Your cart."]


async def test_it_can_be_closed_twice(venue: Venue) -> None:
    for _ in range(2):
        await venue.platform.stop()
        await venue.platform.close()
    assert not venue.platform.state().connected
