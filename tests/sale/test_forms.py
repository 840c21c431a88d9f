"""Forms open before anything is done, for whoever may, from what was given so far."""

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import select

from handlers.capability import Capability, CommandSpec, FormSpec, Option, OptionKind, PressSpec
from handlers.command_line import Invocation
from handlers.messages import Answer, Command, Field, Form, FormSubmit, Press
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
        assert (await shop.command("/gift", "Eve", role="viewer")).startswith("/gift is for")


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
