"""Forms open before anything is done, for whoever may, from what was given so far."""

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from handlers.capability import Capability, CommandSpec, FormSpec, Option, OptionKind, PressSpec
from handlers.command_line import Invocation
from handlers.messages import Answer, Command, Field, FieldKind, Form, FormSubmit, Press
from handlers.people import MODERATORS
from handlers.work import Work
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.shop import STREAM, Shop

CODE = Option(name="code", kind=OptionKind.ITEM, summary="which", required=False)


def form(code: str) -> Form:
    return Form(
        id="gift.wrap:", title="Wrap it", fields=(Field(name="how", label="How"),), intro=code
    )


async def ask(work: Work, command: Invocation) -> Form | None:
    item = command.options["code"]
    return None if item is None else form(item.code)


async def ask_button(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    return form(arguments[0])


async def run(work: Work, command: Invocation) -> Answer:
    return Answer(text="Name an item.")


async def press_run(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    return Answer(text="Press once more.")


async def wrap(work: Work, filled: FormSubmit, arguments: Sequence[str]) -> Answer:
    return Answer(text=f"Wrapped in {filled.values['how']}.")


GIFT = Capability(
    name="gift",
    summary="Wraps.",
    commands=(
        CommandSpec(
            name="gift", summary="wrap", run=run, opens=ask, roles=MODERATORS, options=(CODE,)
        ),
    ),
    presses=(
        PressSpec(name="gift.ask", run=press_run, opens=ask_button, takes=(OptionKind.WORD,)),
    ),
    forms=(FormSpec(name="gift.wrap", run=wrap),),
)


async def opened(
    shop: Shop, line: str, *, role: str = "moderator", options: Mapping[str, str] | None = None
) -> str | None:
    """The intro of the form that a command opens."""
    command = Command(
        key="c", person=shop.person("Mo", role), channel=STREAM, sent_at=shop.clock.now(),
        line=line, reply_to="mo:1", options=options,
    )  # fmt: skip
    found = await shop.andon.intake.opening(command)
    return None if found is None else found.intro


@pytest.mark.parametrize(
    ("line", "options", "intro"),
    [
        ("/gift mug", None, "M3"),
        ("/gift mug", {"code": "dress"}, "D1"),
        ("/gift", {"code": "7"}, "7"),
        ("/gift", None, None),
        ("/gift", {}, None),
        ("/gift Z9", None, None),
        ("/gift", {"code": "Z9"}, None),
        ("/gift", {"kode": "M3"}, None),
        ("/gift mug bowl", None, None),
        ("/cart", None, None),
        ("/nonsense", None, None),
    ],
)
async def test_a_command_opens_its_form_if_it_was_read(
    sqlite: Storage, line: str, options: Mapping[str, str] | None, intro: str | None
) -> None:
    async with Shop(sqlite, capabilities=[GIFT]) as shop:
        assert await opened(shop, line, options=options) == intro
        assert await opened(shop, line, options=options, role="viewer") is None
        assert await shop.rows(select(traffic.audit)) == []
        assert shop.paper.posts == []


async def test_a_command_that_asks_nothing_goes_the_ordinary_way(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[GIFT]) as shop:
        assert await opened(shop, "/gift") is None
        assert await shop.command("/gift") == "Name an item."
        assert (await shop.command("/gift", "Eve", role="viewer")).startswith(
            "You cannot use /gift yourself"
        )


async def test_a_form_sees_what_was_just_changed(storage: Storage) -> None:
    async with Shop(storage, capabilities=[GIFT]) as shop:
        await shop.command("/item alias M3 teacup")
        assert await opened(shop, "/gift teacup") == "M3"


async def test_a_button_opens_its_form_and_a_forged_one_does_not(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[GIFT]) as shop:
        found = await shop.opens("Ana", "gift.ask:M3")
        assert found == form("M3")
        for forged in ("gift.ask", "gift.ask:", "gift.ask:a:b", "gift.ask:" + "x" * 100, "gift"):
            assert await shop.opens("Ana", forged) is None
        assert (await shop.submits("Ana", "gift.wrap:", how="red")).text == "Wrapped in red."


# --- what was typed is looked at before anything is done ------------------------------------------

FIELDS = (
    Field(
        name="paper", label="Paper", kind=FieldKind.CHOICE, choices=(("r", "Red"), ("b", "Blue"))
    ),
    Field(name="sheets", label="Sheets", kind=FieldKind.NUMBER),
    Field(name="card", label="Card", required=False, longest=10),
    Field(name="note", label="Note", kind=FieldKind.PARAGRAPH, required=False),
)
GOOD = {"paper": "r", "sheets": "2", "card": "", "note": ""}


async def enough(work: Work, filled: FormSubmit, arguments: Sequence[str]) -> Mapping[str, str]:
    return {} if int(filled.values["sheets"]) < 9 else {"sheets": "There are 8 sheets left."}


async def cut(work: Work, filled: FormSubmit, arguments: Sequence[str]) -> Answer:
    work.record(filled.person, "paper.cut", arguments[0])
    return Answer(text="Cut.")


PAPER = Capability(
    name="paper",
    summary="Cuts.",
    forms=(FormSpec(name="paper.cut", run=cut, fields=FIELDS, check=enough, roles=MODERATORS),),
)


async def faults(
    shop: Shop, name: str, role: str, form: str, values: Mapping[str, str]
) -> Mapping[str, str]:
    """What a platform would show beside the fields."""
    return await shop.andon.intake.checking(
        FormSubmit(
            key="f",
            person=shop.person(name, role),
            channel=STREAM,
            sent_at=shop.clock.now(),
            form=form,
            values=values,
            reply_to="mo:1",
        )
    )


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, {}),
        ({"paper": "b", "sheets": " 8 ", "card": "ten signs!"}, {}),
        ({"paper": ""}, {"paper": "“Paper” is not filled in."}),
        ({"paper": "green"}, {"paper": "“Paper” takes one of Red, Blue."}),
        ({"sheets": "two"}, {"sheets": "“Sheets” takes a whole number, not “two”."}),
        ({"sheets": "²"}, {"sheets": "“Sheets” takes a whole number, not “²”."}),
        ({"sheets": "9" * 30}, {"sheets": f"“Sheets” takes a whole number, not “{'9' * 30}”."}),
        ({"card": "more than ten"}, {"card": "“Card” takes 10 characters; this has 13."}),
        ({"note": "x" * 2_001}, {"note": "“Note” takes 2000 characters; this has 2001."}),
        ({"sheets": "9"}, {"sheets": "There are 8 sheets left."}),
        (
            {"paper": " ", "sheets": ""},
            {"paper": "“Paper” is not filled in.", "sheets": "“Sheets” is not filled in."},
        ),
    ],
)
async def test_each_field_hears_what_is_wrong_with_it(
    sqlite: Storage, changed: Mapping[str, str], found: Mapping[str, str]
) -> None:
    async with Shop(sqlite, capabilities=[PAPER]) as shop:
        assert await faults(shop, "Mo", "moderator", "paper.cut:7", {**GOOD, **changed}) == found
        answer = await shop.submits("Mo", "paper.cut:7", **{**GOOD, **changed})
        done = await shop.rows(select(traffic.audit).where(traffic.audit.c.action == "paper.cut"))
        assert len(done) == (0 if found else 1)
        if found:
            told = "".join(post.text for post in shop.paper.posts)
            assert told.startswith(" ".join(found.values()) + " Nothing was done.")
        else:
            assert answer.text == "Cut."


async def test_nothing_that_was_typed_is_lost(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[PAPER]) as shop:
        note = " ".join(f"word{number}" for number in range(150))
        values = {**GOOD, "sheets": "two", "card": "*Hi* @you", "note": note}
        answer = await shop.submits("Mo", "paper.cut:7", **values)
        head, *typed = answer.text.splitlines()
        assert head == "“Sheets” takes a whole number, not “two”. Nothing was done. What you typed:"
        assert typed == ["Paper: r", "Sheets: two", "Card: ∗Hi∗ ＠you", f"Note: {note}"]


async def test_who_may_not_hears_that_and_nothing_of_the_fields(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[PAPER]) as shop:
        assert await faults(shop, "Ana", "viewer", "paper.cut:7", {}) == {}
        assert await faults(shop, "Mo", "moderator", "gone.form:7", {}) == {}
        answer = await shop.submits("Ana", "paper.cut:7", "viewer", sheets="two")
        assert answer.text.startswith("You cannot use that yourself; please ask a moderator")


async def test_the_check_of_a_form_changes_nothing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        line = await shop.says("Ana", "I so want the blue one in medium")
        opened = await shop.opens("Mo", "menu.count", role="moderator", message=line)
        assert opened is not None
        wrong = {"code": "Z9", "variant": "", "quantity": "0"}
        found = await faults(shop, "Mo", "moderator", opened.id, wrong)
        assert found == {
            "code": "There is no item Z9.",
            "quantity": "“How many” takes a number from 1 to 99.",
        }
        fine = {"code": "dress", "variant": "M", "quantity": "2"}
        assert await faults(shop, "Mo", "moderator", opened.id, fine) == {}
        assert (await shop.numbers("D1-M")).held == 0


async def test_a_form_whose_id_is_too_long_is_forged(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        forged = f"exception.settle:{'9' * 5_000}"
        answer = await shop.submits("Mo", forged, "owner", outcome="done")
        assert "from an earlier version" in answer.text


def test_a_field_takes_what_its_kind_takes_unless_it_says_so() -> None:
    assert Field(name="a", label="A").longest == 300
    assert Field(name="a", label="A", kind=FieldKind.PARAGRAPH).longest == 2_000
    assert Field(name="a", label="A", longest=5).longest == 5
