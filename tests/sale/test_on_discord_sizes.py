"""Discord's sizes: what is too big is cut, split or put another way, and never ends anything."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.platforms.discord.dressing import modal, view
from handlers.capability import Capability, CommandSpec, FormSpec, OptionKind, PressSpec
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Field, FieldKind, Form, FormSubmit, Press
from handlers.work import Work
from storage.engine import Storage
from tests.fakes.discord.limits import check_message, check_modal
from tests.fakes.simulated import SimulatedShop

LONG = "a very long word indeed " * 200


def buttons(count: int, label: str = "Size") -> tuple[Button, ...]:
    return tuple(Button(id=f"big.pick:{n}", label=f"{n} {label}") for n in range(count))


def questions(
    count: int,
    *,
    kind: FieldKind = FieldKind.TEXT,
    value: str = "",
    choices: tuple[tuple[str, str], ...] = (),
) -> tuple[Field, ...]:
    long = Field(
        name="", label=f"Question {LONG}", hint=LONG, kind=kind, value=value, choices=choices
    )
    return tuple(replace(long, name=f"q{n}") for n in range(count))


def form(fields: Sequence[Field], intro: str = "") -> Form:
    return Form(id="big.form:1", title=f"Title {LONG}", fields=tuple(fields), intro=intro)


# --- how it is put -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5, 25, 26, 50, 51, 125, 126, 500])
@pytest.mark.parametrize("label", ["S", LONG])
def test_buttons_and_selects_fit_whatever_their_number(count: int, label: str) -> None:
    shown = view(buttons(count, label))
    assert shown is not None
    rows = shown.to_components()
    check_message({"components": rows})
    offered = [part for row in rows for part in row["components"]]
    if count <= 25:
        assert [part["custom_id"] for part in offered] == [one.id for one in buttons(count)]
    else:
        values = [option["value"] for part in offered for option in part["options"]]
        assert values == [one.id for one in buttons(min(count, 125))]


@pytest.mark.parametrize(
    "asked",
    [
        form(questions(1)),
        form(questions(5)),
        form(questions(4), intro=LONG[:3000]),
        form(questions(2, value=LONG[:3000])),
        form(questions(1, kind=FieldKind.PARAGRAPH, value="x" * 1001)),
        form(
            questions(
                1,
                kind=FieldKind.CHOICE,
                choices=tuple((str(n), f"{n} {LONG}") for n in range(60)),
            )
        ),
    ],
)
def test_a_form_fits(asked: Form) -> None:
    check_modal(dict(modal(asked).to_dict()))


# --- how it is lived with ------------------------------------------------------------------------


async def talk(work: Work, command: Invocation) -> Answer:
    return Answer(text="\n".join(f"{n} {LONG}"[:90] for n in range(100)), buttons=buttons(30))


async def nothing(work: Work, command: Invocation) -> Answer:
    return Answer(text="It could not be asked.")


async def ask_six(work: Work, command: Invocation) -> Form | None:
    return form(questions(6))


async def ask_much(work: Work, command: Invocation) -> Form | None:
    return form(questions(5, value=LONG), intro=LONG[:1000])


async def ask_long(work: Work, command: Invocation) -> Form | None:
    return form(questions(3, value=LONG), intro=LONG[:1000])


async def picked(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    return Answer(text=f"You picked {arguments[0]}.")


async def filled(work: Work, submit: FormSubmit, arguments: Sequence[str]) -> Answer:
    sizes = sorted((name, len(value)) for name, value in submit.values.items())
    return Answer(text=str(sizes))


BIG = Capability(
    name="big",
    summary="Is too big.",
    commands=(
        CommandSpec(name="big talk", summary=LONG, run=talk),
        CommandSpec(name="big six", summary=LONG, run=nothing, opens=ask_six),
        CommandSpec(name="big much", summary=LONG, run=nothing, opens=ask_much),
        CommandSpec(name="big long", summary=LONG, run=nothing, opens=ask_long),
    ),
    presses=(PressSpec(name="big.pick", run=picked, takes=(OptionKind.INTEGER,)),),
    forms=(FormSpec(name="big.form", run=filled),),
)


@pytest.fixture
async def big(sqlite: Storage) -> AsyncIterator[SimulatedShop]:
    async with SimulatedShop(sqlite, capabilities=[BIG]) as shop:
        await shop.show()
        yield shop


async def test_a_long_answer_comes_in_parts_that_only_its_asker_sees(big: SimulatedShop) -> None:
    ana = big.member("Ana")
    result = await ana.slash(big.stream, "big talk")
    await big.settled()
    assert result.response is not None
    parts = [result.response, *result.followups]
    assert len(parts) > 3
    assert all(part.ephemeral and len(part.content) <= 2000 for part in parts)
    lines = [line for part in parts for line in part.content.splitlines()]
    assert [int(line.split()[0]) for line in lines] == list(range(100))
    assert [bool(part.components) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert not any("very long" in text for text in big.live())
    picked = await ana.select(parts[-1], ["big.pick:29"], custom_id="select:25")
    await big.settled()
    assert big.text_of(picked) == "You picked 29."


async def test_a_form_with_long_answers_in_it_opens(big: SimulatedShop) -> None:
    ana = big.member("Ana")
    shown = await ana.slash(big.stream, "big long")
    assert shown.modal is not None
    answer = await ana.submit_modal(shown, {"q0": "x" * 1000, "q1": "y", "q2": "z"})
    await big.settled()
    assert big.text_of(answer) == "[('q0', 1000), ('q1', 1), ('q2', 1)]"


@pytest.mark.parametrize("command", ["big six", "big much"])
async def test_a_form_with_too_many_questions_is_a_bug_and_no_more(
    big: SimulatedShop, command: str
) -> None:
    ana = big.member("Ana")
    with capture_logs() as logs:
        await ana.slash(big.stream, command)
        await big.settled()
    # It is in the log under a reference, and everything else goes on.
    assert [log["reference"] for log in logs if "reference" in log] == big.failed
    assert len(big.failed) == 1
    big.failed.clear()
    await big.says(ana, "claim M3")
    assert big.told(ana, "M3")


async def test_a_select_works_as_its_buttons_would_also_after_a_restart(
    sqlite: Storage,
) -> None:
    rows = "".join(f"K1,Size {n:03},K1-{n},Kaftan,9.00,USD,1\n" for n in range(60))
    catalogue = f"code,variant,sku,title,price,currency,stock\n{rows}"
    async with SimulatedShop(sqlite, catalogue=catalogue) as shop:
        await shop.show()
        ana, bob = shop.member("Ana"), shop.member("Bob")
        await shop.says(ana, "claim K1")
        await shop.says(bob, "claim K1")
        variants = shop.andon.dispatcher.snapshot.catalogue.items["K1"].variants
        sizes = [
            Button(id=f"claims.size:{one.id}", label=str(one.name)) for one in variants.values()
        ]
        post = await shop.posts("which K1?", sizes)
        assert len(post.components) == 3
        first = await shop.picks(ana, post, sizes[3].id)
        assert first.ephemeral
        assert "K1 / Size 003 is yours" in first.text
        await shop.restart()
        assert "Size 004 is yours" in (await shop.picks(bob, post, sizes[4].id)).text


async def test_a_line_as_long_as_discord_lets_it_be_opens_its_form(
    small_shop: SimulatedShop,
) -> None:
    line = await small_shop.says(small_shop.member("Ana"), ("the blue one please " * 100)[:2000])
    shown = await small_shop.mo.context_menu(small_shop.stream, "Count as claim", line)
    assert shown.modal is not None


async def test_a_catalogue_of_long_names_is_staged_and_claimed(sqlite: Storage) -> None:
    title, name = ("An endless title " * 40)[:250], ("Extraordinarily large " * 6)[:90]
    rows = "".join(f'K1,{name}{n},K1-{n},"{title}",9.00,USD,1\n' for n in range(40))
    catalogue = f"code,variant,sku,title,price,currency,stock\n{rows}"
    async with SimulatedShop(sqlite, catalogue=catalogue) as shop:
        await shop.show()
        ana = shop.member("Ana")
        found = await shop.mo.autocomplete(shop.stream, "stock set", "variant", "", code="K1")
        assert len(found) <= 25
        staged = await shop.types(shop.mo, "stage", code="K1")
        assert len(staged.text) <= 2000
        await shop.says(ana, "mine")
        assert shop.told(ana, "K1")


async def test_a_crowd_of_winners_is_told_in_posts_that_fit(sqlite: Storage) -> None:
    catalogue = "code,variant,sku,title,price,currency,stock\nK1,,K1,Kaftan,9.00,USD,500\n"
    async with SimulatedShop(sqlite, catalogue=catalogue) as shop:
        await shop.show()
        people = [shop.member(f"Viewer {n} {'w' * 20}") for n in range(120)]
        for person in people:
            await person.send(shop.stream, "claim K1")
        await shop.settled()
        assert all(shop.told(person, "K1") for person in people)
        listed = await shop.types(shop.mo, "claim list", code="K1")
        assert len(listed.text) <= 2000
