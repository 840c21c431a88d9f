"""Long lists turn their pages: for whoever presses, as things are then, and in private."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.base import Outgoing
from handlers.capability import Capability, CommandSpec, Option, OptionKind
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Section, Visibility
from handlers.paging import asked_again, line_of, page
from handlers.people import MODERATORS
from handlers.registry import Registry
from handlers.wording import Wording
from handlers.work import Work
from storage.engine import Storage
from tests.fakes.examples import examples
from tests.fakes.shop import Shop


async def count(work: Work, command: Invocation) -> Answer:
    """So many lines."""
    lines = [f"{command.options['word'] or 'line'} {number}" for number in range(1, 41)]
    return Answer(text="\n".join(lines), visibility=Visibility.PUBLIC)


async def end(work: Work, command: Invocation) -> Answer:
    """No list."""
    return Answer(text="Ended.")


WORD = Option(name="word", kind=OptionKind.TEXT, summary="which", required=False)
COUNT = CommandSpec(
    name="count", summary="count", run=count, options=(WORD,), roles=MODERATORS, lists=True
)
COUNTS = Capability(
    name="counts",
    summary="Counts.",
    commands=(COUNT, CommandSpec(name="finish", summary="end", run=end)),
)


def labels(post: Outgoing) -> list[str]:
    return [button.label for button in post.buttons]


async def test_a_list_is_shown_a_page_at_a_time(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[COUNTS]) as shop:
        first = (await shop.command("/count")).splitlines()
        assert first == [*(f"line {number}" for number in range(1, 16)), "Page 1 of 3"]
        assert labels(shop.paper.posts[-1]) == ["Next"]
        second = await shop.presses("Mo", "Next", role="moderator")
        assert second.text.splitlines()[0] == "line 16"
        assert second.text.endswith("Page 2 of 3")
        assert labels(second) == ["Back", "Next"]
        assert second.private
        third = await shop.presses("Mo", "Next", role="moderator")
        assert third.text.splitlines()[-2:] == ["line 40", "Page 3 of 3"]
        assert labels(third) == ["Back"]
        assert (await shop.presses("Mo", "Back", role="moderator")).text == second.text


async def test_whoever_presses_is_asked_for_their_role(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[COUNTS]) as shop:
        await shop.command("/count")
        answer = await shop.presses("Ana", "Next")
        assert answer.text.startswith("You cannot use /count yourself")
        assert "line" not in answer.text
        assert answer.buttons == ()


async def test_options_that_were_asked_for_apart_come_back_too(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[COUNTS]) as shop:
        await shop.command("/count", options={"word": "a: b c"})
        answer = await shop.presses("Mo", "Next", role="moderator")
        assert answer.text.startswith("a: b c 16")


async def test_a_line_that_is_too_long_to_come_back_says_what_to_do(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[COUNTS]) as shop:
        answer = await shop.command("/count " + "x" * 90)
        assert shop.paper.posts[-1].buttons == ()
        assert "Page 1 of" in answer
        assert answer.endswith("A shorter one shows less: /count [WORD…].")


@pytest.mark.parametrize(
    "forged",
    [
        "list.page:1:/finish",
        "list.page:1:/show end",
        "list.page:1:/nothing",
        "list.page:x:/count",
        "list.page:-1:/count",
        "list.page:²:/count",
        "list.page:99999:/count",
        "list.page:1:",
        "list.page:1",
        "list.page",
        "list.page:1:/count " + "x" * 100,
    ],
)
async def test_only_lists_turn_their_pages(sqlite: Storage, forged: str) -> None:
    async with Shop(sqlite, capabilities=[COUNTS]) as shop:
        await shop.show()
        answer = await shop.presses_id("Mo", forged, role="moderator")
        assert answer.text == ("That button is from an earlier version and does nothing any more.")
        assert "live" in await shop.command("/show status")


async def test_a_page_that_is_no_more_is_the_last_one_there_is(sqlite: Storage) -> None:
    async with Shop(sqlite, capabilities=[COUNTS]) as shop:
        for number, shown in (("999", "Page 3 of 3"), ("0", "Page 1 of 3")):
            pressed = f"list.page:{number}:/count"
            answer = await shop.presses_id("Mo", pressed, role="moderator")
            assert answer.text.endswith(shown)


async def test_lists_of_ours_page(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for number in range(25):
            await shop.says(f"V{number}", "claim M3")
        answer = await shop.command("/waitlist show M3")
        assert "V3" in answer.splitlines()[0]
        assert answer.splitlines()[-1] == "Page 1 of 2"
        # Who came in meanwhile stands on the page that is opened now.
        await shop.says("Late", "claim M3")
        second = await shop.presses("Mo", "Next", role="moderator")
        assert "Late" in second.text
        assert (await shop.command("/claim list")).endswith("Page 1 of 2")
        assert "Page" not in await shop.command("/stock show M3")


def test_every_command_that_lists_says_so() -> None:
    listing = {name for name, spec in Registry.of().commands.items() if spec.lists}
    assert listing >= {"mine", "stock show", "waitlist show", "claim list", "cart"}
    assert listing >= {"help", "exception list"}


WORDS = Wording(
    {
        "page.of": "Page {{ number }} of {{ count }}",
        "page.narrow": "Page {{ number }} of {{ count }}. {{ signature }}",
        "page.back": "Back",
        "page.next": "Next",
    }
)


@settings(max_examples=examples(200))
@given(
    st.lists(
        st.tuples(st.text("ab \n", max_size=2_500), st.integers(0, 4)), min_size=1, max_size=60
    ),
    st.text(min_size=1, max_size=120),
)
def test_a_page_always_fits_and_nothing_is_left_out(
    things: list[tuple[str, int]], line: str
) -> None:
    sections = tuple(
        Section(
            text=f"#{at}#{text}",
            buttons=tuple(Button(id=f"t.do:{at}:{n}", label="Do") for n in range(buttons)),
        )
        for at, (text, buttons) in enumerate(things)
    )
    answer = Answer(text="Head", sections=sections)
    seen, buttons, number, count = "", 0, 0, 1
    while number < count:
        number += 1
        shown = page(answer, COUNT, line, number, WORDS)
        assert len(shown.text) <= 1_800
        assert len(shown.buttons) <= 20
        assert all(len(button.id) <= 100 for button in shown.buttons)
        turned = [asked_again(button.id) for button in shown.buttons if button.label != "Do"]
        assert all(again is not None and again[1] == line for again in turned)
        buttons += len(shown.buttons) - len(turned)
        told = re.fullmatch(r"Head\n(.*?)(?:\nPage \d+ of (\d+).*)?", shown.text, re.DOTALL)
        assert told is not None
        seen, count = seen + told[1], int(told[2] or 1)
    assert "".join(seen.split()) == "".join("".join(one.text for one in sections).split())
    assert buttons == sum(each for _, each in things)


def test_a_line_is_made_of_options_as_it_would_be_typed() -> None:
    code = Option(name="code", kind=OptionKind.ITEM, summary="which")
    spec = CommandSpec(name="x y", summary="", run=count, options=(code, WORD))
    assert line_of(spec, {"code": "linen dress", "word": ""}) == '/x y "linen dress"'
    assert line_of(spec, {"code": "D1", "word": "a b"}) == '/x y D1 "a b"'
