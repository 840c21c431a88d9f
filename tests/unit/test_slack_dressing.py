"""What Slack is shown: nobody's words mention or link, and nothing is larger than Slack takes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.slack.dressing import Shown, card_of, message, pressed
from bot.platforms.slack.mrkdwn import mrkdwn, named
from bot.platforms.slack.views import block_id, errors, home, loading, modal, read_modal
from handlers.messages import Button, ButtonStyle, Field, FieldKind, Form
from tests.fakes.examples import examples
from tests.fakes.slack.forms import filled
from tests.fakes.slack.limits import check_message, check_view, elements_of
from tests.fakes.slack.mrkdwn import read, read_blocks
from tests.fakes.slack.world import World

Json = dict[str, Any]
WORLD = World(lambda: datetime(2026, 5, 1, 19, tzinfo=UTC))

#: A `<` of ours, and an `&` that Slack reads as one sign.
OURS = re.compile(r"<@[UW][A-Z0-9]+>|&(?:amp|lt|gt);")

PIECES = [
    *("<!channel>", "<!here>", "<@U1>", "@{U1}", "@{W2}", "@{123}", "@{", "}", "<#C1|x>"),
    *("<http://evil|bank.com>", "https://bank.com", "&", "&amp;", "&lt;", "<", ">", "|", "!"),
    *("@here", "@channel", "@everyone", "@@{here}", "`", "```", "**", "*", "_", "~", ">>>"),
    *("\n", "\r\n", "\u2028", " ", "\u200b", "a", "Kép", "😀", "👩‍👧", "\x00", "\ud800", "\u202e"),
]
letters = st.text(st.characters(), max_size=40) | st.sampled_from(PIECES)
small = st.lists(letters, max_size=12).map("".join)
#: Up to 60,000 characters of anything: something short, again and again.
texts = small | st.builds(
    lambda some, times: (some * times)[:60_000], small, st.integers(1, 60_000)
)
labels = st.text(st.characters(), max_size=200) | st.sampled_from(["", " ", "x" * 300, *PIECES])
ids = (
    st.text(st.characters(), max_size=40)
    | st.integers(0, 10**6).map("claims.take:{}".format)
    | st.sampled_from([140, 151, 1999, 2001]).map(lambda size: "i" * size)
)
styles = st.sampled_from(ButtonStyle)
some_buttons = st.lists(st.builds(Button, id=ids, label=labels, style=styles), max_size=12)
buttons = some_buttons | st.builds(
    lambda some, times: (some * times)[:700], some_buttons, st.integers(1, 700)
)
choices = st.lists(st.tuples(ids | st.just(""), labels), max_size=6).flatmap(
    lambda some: st.integers(1, 150).map(lambda times: tuple(some * times))
)
fields = st.builds(
    Field,
    name=st.text(st.characters(), max_size=20) | st.sampled_from(["reason", "n" * 300, "", "a b"]),
    label=labels,
    kind=st.sampled_from(FieldKind),
    required=st.booleans(),
    value=texts | st.sampled_from(["", "12", "-1.5", "12,50", "claims.take:1"]),
    hint=labels | st.just("h" * 3_000),
    choices=choices,
)
forms = st.builds(
    Form,
    id=st.text(st.characters(), max_size=40) | st.sampled_from(["stock.form:7", "f" * 1_500]),
    title=labels,
    fields=st.lists(fields, max_size=8, unique_by=lambda one: one.name).map(tuple),
    intro=texts,
)
slow = settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def markup(part: Any) -> list[str]:
    """Every text in these blocks that Slack reads as markup."""
    if isinstance(part, list):
        return [text for one in part for text in markup(one)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "mrkdwn":
        assert part["verbatim"], "Slack would look for names and links in it"
        return [part["text"]]
    return [text for one in part.values() for text in markup(one)]


def assert_harmless(text: str) -> None:
    """Whole entities and mentions of people, and no sign that Slack would read otherwise."""
    assert not re.search(r"[<>&]", OURS.sub("", text)), text
    assert not re.search(r"@(here|channel|everyone)", text, re.IGNORECASE)
    assert not re.search(r"^\s*&gt;", text, re.MULTILINE), "it quotes what follows"
    assert "```" not in text
    text.encode()


def choose(number: int, **more: Any) -> list[Button]:
    return [Button(id=f"claims.take:{one}", label=f"Take {one}", **more) for one in range(number)]


def texts_of(blocks: list[Json]) -> list[str]:
    """What a message says, block by block, without its buttons."""
    return markup(blocks)


def submitted(view: Json, given: Mapping[str, str]) -> Json:
    """The view as Slack sends it back, filled in by field name."""
    by_block = {block_id(name): value for name, value in given.items()}
    return {**view, "state": {"values": filled(WORLD, view["blocks"], by_block, strict=True)}}


# --- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A12 is sold out & done", "A12 is sold out &amp; done"),
        ("5 < 6 > 4", "5 &lt; 6 &gt; 4"),
        ("<!channel> <!here> <!subteam^S1>", "&lt;!channel&gt; &lt;!here&gt; &lt;!subteam^S1&gt;"),
        ("<@U1> <#C1>", "&lt;@U1&gt; &lt;#C1&gt;"),
        ("<http://evil|bank.com>", "&lt;http://evil|bank.com&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("@{U1} has it, @{U2} is next", "<@U1> has it, U2 is next"),
        ("@{123} @{here} @@{here}", "123 here @\u2060here"),
        ("@{U1|x} @{U1>} @{u1}", "U1|x U1&gt; u1"),
        ("@here @Channel @everyone", "@\u2060here @\u2060Channel @\u2060everyone"),
        ("mail bob@here.example", "mail bob@\u2060here.example"),
        ("**A12** is **sold out**", "*A12* is *sold out*"),
        ("**open", "\u2217\u2217open"),
        ("** no ** a**b**c", "\u2217\u2217 no \u2217\u2217 a\u2217\u2217b\u2217\u2217c"),
        ("type `claim A_12 *`", "type `claim A_12 *`"),
        ("one ` alone", "one \u02cb alone"),
        ("```all\nof it", "\u02cb\u02cb\u02cball\nof it"),
        ("`over\nlines`", "\u02cbover\nlines\u02cb"),
        ("*b* ~s~ _i_ anna_k", "\u2217b\u2217 \u223cs\u223c _i\u02cd anna_k"),
        (">>> all that follows", "\u203a\u203a\u203a all that follows"),
        ("a\n > b", "a\n \u203a b"),
        ("a\r\nb\u2028c\x00\u202ed", "a\nb\ncd"),
        ("", ""),
    ],
)
def test_text_as_slack_reads_it(text: str, shown: str) -> None:
    assert mrkdwn(text, ("U1", "123", "here", "U1|x", "u1")) == shown


@pytest.mark.parametrize(
    "said", ["<!here>", "@here", "<http://evil|bank.com>", "<@U1>", "@channel"]
)
def test_a_viewer_neither_mentions_nor_links(said: str) -> None:
    text, blocks = message(said, (), ())
    heard = read_blocks(WORLD, blocks, link_names=True)
    assert (heard.mentions, heard.links) == ((), ())
    assert heard.shown.replace("\u2060", "") == said
    notified = read(WORLD, text, link_names=True)
    assert notified.mentions == ()
    # Where there are no blocks Slack links a bare address, which leads where it says.
    assert all(link in said for link in notified.links)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("sign", ["@{", "`", "**a", "<", "&gt;", "> ", "_", " ", "\u200b"])
def test_a_text_made_to_be_slow_is_not(sign: str) -> None:
    message(sign * 30_000, (), ("U1",))


@slow
@given(text=texts)
def test_only_known_people_are_mentioned(text: str) -> None:
    shown = mrkdwn(text, ("U1",))
    assert_harmless(shown)
    assert set(re.findall(r"<@(\w+)>", shown)) <= {"U1"}


# --- messages -----------------------------------------------------------------------------------


def test_an_urgent_message_calls_whoever_is_here() -> None:
    text, blocks = message("A12 oversold, @{U1}", (), ("U1",), urgent=True)
    assert text == texts_of(blocks)[0] == "<!here> A12 oversold, <@U1>"
    assert "<!here>" not in message("A12 oversold", ())[0]


def test_a_quiet_message_is_small() -> None:
    assert [one["type"] for one in message("Solved.", (), quiet=True)[1]] == ["context"]
    assert [one["type"] for one in message("Open.", ())[1]] == ["section"]


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\x00"])
def test_an_empty_text_still_shows_something(text: str) -> None:
    said, blocks = message(text, choose(1))
    check_message({"text": said, "blocks": blocks})
    assert texts_of(blocks) == [said] == ["(no text)"]


def test_a_long_text_is_cut_at_line_ends() -> None:
    lines = [f"line {number} & more" for number in range(300)]
    _, blocks = message("\n".join(lines), ())
    assert len(blocks) > 1
    assert "\n".join(texts_of(blocks)).replace("&amp;", "&").split("\n") == lines


@pytest.mark.parametrize("unit", ["&", "<", "@{U1}", "`a b`", "**a b**", "a ", "😀"])
@pytest.mark.parametrize("shift", range(6))
def test_a_cut_leaves_signs_whole(unit: str, shift: int) -> None:
    separator = " " if unit.startswith(("`", "*")) else ""
    _, blocks = message(
        "x" * shift + separator + (unit + separator) * (7_000 // len(unit)), (), ("U1",)
    )
    assert len(texts_of(blocks)) > 1
    for text in texts_of(blocks):
        assert_harmless(text)
        assert text.count("`") % 2 == text.count("*") % 2 == 0


def test_what_is_too_long_is_left_out_and_says_so() -> None:
    _, blocks = message("word " * 12_000, ())
    assert texts_of(blocks)[-1] == (
        "The end of this message was too long for Slack and is left out."
    )
    assert not any("left out" in text for text in texts_of(message("word " * 2_000, ())[1]))


def test_an_ordinary_message_loses_nothing_beside_buttons() -> None:
    _, blocks = message("word " * 1_000, choose(75))
    assert sum(text.count("word") for text in texts_of(blocks)) == 1_000


def test_buttons_stand_in_rows() -> None:
    _, blocks = message("Who?", choose(26))
    assert [len(one["elements"]) for one in blocks[1:]] == [25, 1]
    first = blocks[1]["elements"][0]
    assert (first["text"]["text"], first["value"], first.get("style")) == (
        "Take 0",
        "claims.take:0",
        None,
    )
    styled = [
        message("?", choose(1, style=one))[1][1]["elements"][0].get("style") for one in ButtonStyle
    ]
    assert styled == [None, "primary", "danger"]


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        (75, {"button": 75}),
        (76, {"static_select": 1}),
        (300, {"static_select": 3}),
        (499, {"static_select": 5}),
    ],
)
def test_too_many_buttons_become_selects(number: int, kinds: dict[str, int]) -> None:
    _, blocks = message("Which?", choose(number))
    found = [element for _, element in elements_of(blocks)]
    assert {kind: sum(one["type"] == kind for one in found) for kind in kinds} == kinds
    assert len(found) == sum(kinds.values())
    options = [one for element in found for one in element.get("options", [element])]
    assert [one["value"] for one in options] == [one.id for one in choose(number)]
    assert [one["text"]["text"] for one in options] == [one.label for one in choose(number)]


def test_long_ids_stay_buttons_beside_selects() -> None:
    long = [Button(id=f"{one}".ljust(151, "x"), label="Long") for one in range(30)]
    _, blocks = message("Which?", choose(80) + long)
    found = [element for _, element in elements_of(blocks)]
    assert [one["type"] for one in found] == ["static_select", *["button"] * 30]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([Button(id="", label="No id")], "1 button does not fit"),
        ([Button(id="x" * 2_001, label="Too long")] * 2, "2 buttons do not fit"),
        (choose(520), "20 buttons do not fit"),
    ],
)
def test_a_button_left_out_is_told(given: list[Button], told: str) -> None:
    assert texts_of(message("?", given)[1])[-1].startswith(told)


def test_a_long_label_is_cut() -> None:
    _, blocks = message("?", [Button(id="a", label="x" * 80)])
    assert blocks[1]["elements"][0]["text"]["text"] == "x" * 74 + "…"


@pytest.mark.parametrize("number", [1, 80])
def test_what_was_pressed_is_our_button(number: int) -> None:
    _, blocks = message("?", choose(number))
    element = blocks[1]["elements"][0]
    if number == 1:
        assert pressed(element) == "claims.take:0"
    else:
        assert pressed({"selected_option": element["options"][7]}) == "claims.take:7"
    assert pressed({"selected_option": None}) == pressed({}) == ""


def test_a_picture_stands_between_the_words_and_the_buttons() -> None:
    besides = Shown(files=(("F0000001", "A dress"),), notes=("One more is left out.",))
    blocks = message("Look", [Button(id="a:1", label="Take")], besides=besides, card="alert:7")[1]
    assert [one["type"] for one in blocks] == ["section", "image", "context", "actions"]
    assert blocks[1]["slack_file"] == {"id": "F0000001"}
    assert card_of({"block_id": blocks[-1]["block_id"]}) == "alert:7"
    assert card_of({"block_id": "b0000001"}) is card_of({}) is None


besides = st.builds(
    Shown,
    files=st.lists(st.tuples(st.just("F0000001"), texts), max_size=10).map(tuple),
    notes=st.lists(texts, max_size=10).map(tuple),
)


@slow
@given(
    text=texts,
    given=buttons,
    urgent=st.booleans(),
    quiet=st.booleans(),
    known=st.booleans(),
    more=besides,
    card=st.none() | labels,
)
def test_no_message_exceeds_what_slack_takes(
    text: str,
    given: list[Button],
    urgent: bool,
    quiet: bool,
    known: bool,
    more: Shown,
    card: str | None,
) -> None:
    mentions = named(text) if known else ()
    said, blocks = message(
        text, given, mentions, urgent=urgent, quiet=quiet, besides=more, card=card
    )
    check_message({"text": said, "blocks": blocks})
    check_message({"text": said, "blocks": blocks}, edit=True)
    assert len(said) <= 3_000
    names = [element["action_id"] for _, element in elements_of(blocks)]
    assert len(set(names)) == len(names)
    shown = [said, *texts_of(blocks)]
    assert sum(one.startswith("<!here> ") for one in shown) == 2 * urgent
    for one in shown:
        assert_harmless(one.removeprefix("<!here> ") if urgent else one)


# --- forms --------------------------------------------------------------------------------------

RETURN = Form(
    id="returns.ask:7",
    title="Send something back, for whatever reason",
    intro="For @{U1}: **one** parcel & no <more>",
    fields=(
        Field(name="reason", label="Why?", kind=FieldKind.PARAGRAPH, hint="A sentence will do."),
        Field(name="number", label="How many?", kind=FieldKind.NUMBER, value="2"),
        Field(name="price", label="Price", kind=FieldKind.NUMBER, value="$12", required=False),
        Field(
            name="size",
            label="Size",
            kind=FieldKind.CHOICE,
            value="m",
            choices=(("", "None"), ("m", "Medium"), ("=", "Equal"), ("=x", "Other")),
        ),
    ),
)


def test_a_form_as_slack_shows_it() -> None:
    view = modal(RETURN, metadata="C1")
    check_view(view, "modal")
    assert view["title"]["text"] == "Send something back, fo…"
    assert (view["submit"]["text"], view["close"]["text"]) == ("Send", "Cancel")
    assert view["callback_id"] == "form"
    intro, reason, number, price, size = view["blocks"]
    assert intro["text"]["text"] == "For <@U1>: *one* parcel &amp; no &lt;more&gt;"
    assert (reason["label"]["text"], reason["hint"]["text"], reason["optional"]) == (
        "Why?",
        "A sentence will do.",
        False,
    )
    assert reason["element"]["multiline"]
    assert (number["element"]["type"], number["element"]["initial_value"]) == ("number_input", "2")
    # Slack takes nothing but a number for the value of a number.
    assert (price["element"]["type"], price["optional"]) == ("plain_text_input", True)
    assert size["element"]["initial_option"]["text"]["text"] == "Medium"


@pytest.mark.parametrize("size", ["None", "Medium", "Equal", "Other"])
def test_answers_come_back_by_field(size: str) -> None:
    view = modal(RETURN, metadata="C1")
    values = {"None": "", "Medium": "m", "Equal": "=", "Other": "=x"}
    assert read_modal(submitted(view, {"reason": "Too small", "size": size})) == (
        "returns.ask:7",
        "C1",
        {"reason": "Too small", "number": "2", "price": "$12", "size": values[size]},
    )


def test_what_nobody_answered_is_empty() -> None:
    view = modal(RETURN, metadata="C1")
    assert read_modal(view)[2] == {"reason": "", "number": "", "price": "", "size": ""}


@pytest.mark.parametrize("name", ["reason", "", "a b", "n" * 300, "größe", "long:x"])
def test_a_field_of_any_name_is_found_again(name: str) -> None:
    view = modal(Form(id="f", title="T", fields=(Field(name=name, label="L"),)), metadata="")
    assert read_modal(submitted(view, {name: "yes"}))[2] == {name: "yes"}
    assert errors({name: "Please say more."}) == {
        "response_action": "errors",
        "errors": {view["blocks"][0]["block_id"]: "Please say more."},
    }


def test_too_many_choices_are_cut_and_say_so() -> None:
    choices = tuple((f"v{number}", f"Choice {number}") for number in range(120))
    field = Field(
        name="which", label="Which?", kind=FieldKind.CHOICE, choices=choices, value="v117"
    )
    (block,) = modal(Form(id="f", title="T", fields=(field,)), metadata="")["blocks"]
    assert len(block["element"]["options"]) == 100
    assert block["element"]["initial_option"]["value"] == "v117"
    assert block["hint"]["text"].startswith("20 choices do not fit")


def test_without_a_choice_to_show_people_type() -> None:
    field = Field(name="which", label="Which?", kind=FieldKind.CHOICE, choices=(("x" * 151, "X"),))
    (block,) = modal(Form(id="f", title="T", fields=(field,)), metadata="")["blocks"]
    assert block["element"]["type"] == "plain_text_input"


def test_a_form_too_long_for_slack_says_so() -> None:
    many = tuple(Field(name=f"f{number}", label="L") for number in range(130))
    view = modal(Form(id="f", title="T", fields=many), metadata="")
    check_view(view, "modal")
    assert texts_of(view["blocks"])[-1].startswith("31 questions do not fit")


@pytest.mark.parametrize(
    "form",
    [
        Form(id="f" * 3_000, title="T", fields=()),
        Form(id="f", title="T", fields=(Field(name="a", label="A"), Field(name="a", label="B"))),
    ],
)
def test_a_form_that_could_not_be_read_is_refused(form: Form) -> None:
    with pytest.raises(ValueError, match="form"):
        modal(form, metadata="C1")


def test_a_view_of_somebody_else_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        read_modal(loading("Andon"))


def test_an_empty_view_can_be_opened_at_once() -> None:
    check_view(loading("One moment"), "modal")
    view = loading("Andon", "There is nothing to fill in.")
    check_view(view, "modal")
    assert texts_of(view["blocks"]) == ["There is nothing to fill in."]


@slow
@given(form=forms, metadata=st.text(st.characters(), max_size=30), title=labels)
def test_no_form_exceeds_what_slack_takes(form: Form, metadata: str, title: str) -> None:
    view = modal(form, metadata=metadata, submit=title, close=title)
    check_view(view, "modal")
    check_view(loading(title, form.intro), "modal")
    for text in markup(view):
        assert_harmless(text)
    known, place, values = read_modal(
        {**view, "state": {"values": filled(WORLD, view["blocks"], {})}}
    )
    assert (known, place) == (form.id, metadata)
    by_name = {field.name: field for field in form.fields}
    assert set(values) <= set(by_name)
    for block in view["blocks"]:
        if block["type"] == "input":
            (field,) = [one for one in form.fields if block_id(one.name) == block["block_id"]]
            if block["element"]["type"] == "static_select":
                known_values = {value for value, _ in field.choices}
                assert values[field.name] == (field.value if field.value in known_values else "")
            elif field.value.isascii() and field.value.isprintable():
                assert values[field.name] == field.value[:3_000]


@given(wrong=st.dictionaries(st.text(st.characters(), max_size=300), labels, max_size=5))
def test_errors_are_what_slack_takes(wrong: dict[str, str]) -> None:
    told = errors(wrong)["errors"]
    assert len(told) == len(wrong)
    for block, sentence in told.items():
        assert 0 < len(block) <= 255
        assert 0 < len(sentence) <= 2_000


# --- the home page ------------------------------------------------------------------------------


def test_the_home_page_says_what_waits() -> None:
    view = home("For you", [("A12 oversold", choose(2)), ("Nothing else", ())], updated="19:05 UTC")
    check_view(view, "home")
    assert view["blocks"][0]["text"]["text"] == "For you"
    assert markup(view) == ["Updated 19:05 UTC", "A12 oversold", "Nothing else"]
    assert [one["value"] for _, one in elements_of(view["blocks"])] == [one.id for one in choose(2)]


def test_a_home_page_too_long_says_so() -> None:
    view = home("For you", [("waits", choose(1))] * 60, updated="now")
    check_view(view, "home")
    assert markup(view)[-1].startswith("12 sections do not fit")


@slow
@given(
    title=labels,
    sections=st.lists(st.tuples(texts, buttons), max_size=4).flatmap(
        lambda some: st.integers(1, 30).map(lambda times: some * times)
    ),
    updated=labels,
)
def test_no_home_page_exceeds_what_slack_takes(
    title: str, sections: list[tuple[str, list[Button]]], updated: str
) -> None:
    view = home(title, sections, updated=updated)
    check_view(view, "home")
    names = [element["action_id"] for _, element in elements_of(view["blocks"])]
    assert len(set(names)) == len(names)
    for text in markup(view):
        assert_harmless(text)
