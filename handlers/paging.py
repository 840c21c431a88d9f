"""Shows a long list a page at a time. Pure: the line that asked comes back with the button."""

from collections.abc import Iterator, Mapping, Sequence

from handlers.capability import CommandSpec
from handlers.messages import Answer, Button, Section
from handlers.speech import split_text
from handlers.wording import Said, Wording

__all__ = ["BUTTON", "asked_again", "line_of", "page"]

#: Its id goes on with the number of a page, a colon, and the command line that lists.
BUTTON = "list.page"
#: What a page holds, so that it fits everywhere and is still read on a phone.
_MOST_LINES = 15
_MOST_CHARACTERS = 1_700
#: One thing that is longer is told on several pages; it leaves room for what stands above it.
_LONGEST_PIECE = 1_200
_MOST_BUTTONS = 15
_LONGEST_ID = 100


def page(answer: Answer, spec: CommandSpec, line: str, number: int, wording: Wording) -> Answer:
    """Page `number`, from 1 on, of what the command `line` answered; the last if there are fewer.

    What fits on one page stays as it is.
    """
    pages = list(_pages(answer))
    if len(pages) <= 1 and not answer.sections:
        return answer
    number = max(1, min(number, len(pages)))
    shown = pages[number - 1]
    texts = [answer.text] if answer.sections and answer.text else []
    texts += [section.text for section in shown]
    buttons = [button for section in shown for button in section.buttons]
    if len(pages) > 1:
        turning = _turning(line, number, len(pages), wording)
        key = "page.of" if turning else "page.narrow"
        told = {"number": number, "count": len(pages), "signature": Said(spec.signature)}
        texts.append(wording.say(key, **told))
        buttons += turning
    return Answer(
        text="\n".join(texts),
        buttons=(*answer.buttons, *buttons),
        visibility=answer.visibility,
        values=answer.values,
    )


def _pages(answer: Answer) -> Iterator[Sequence[Section]]:
    """What stands on each page: at least one section, and as many as fit."""
    sections = answer.sections or [Section(text=line) for line in answer.text.splitlines()]
    sections = [piece for section in sections for piece in _pieces(section)]
    head = [Section(text=answer.text)] if answer.sections and answer.text else []
    shown: list[Section] = []
    for section in sections:
        if shown and not _fits([*head, *shown, section]):
            yield shown
            shown = []
        shown.append(section)
    if shown:
        yield shown


def _pieces(section: Section) -> Iterator[Section]:
    *most, last = split_text(section.text, _LONGEST_PIECE)
    for part in most:
        yield Section(text=part)
    yield Section(text=last, buttons=section.buttons)


def _fits(sections: Sequence[Section]) -> bool:
    text = "\n".join(section.text for section in sections)
    return (
        text.count("\n") < _MOST_LINES
        and len(text) <= _MOST_CHARACTERS
        and sum(len(section.buttons) for section in sections) <= _MOST_BUTTONS
    )


def _turning(line: str, number: int, count: int, wording: Wording) -> list[Button]:
    """*Back* and *Next*; none where the line is too long to come back with them."""
    ways = ((number - 1, "page.back"), (number + 1, "page.next"))
    buttons = [
        Button(id=f"{BUTTON}:{to}:{line}", label=wording.say(key))
        for to, key in ways
        if 1 <= to <= count
    ]
    return buttons if all(len(button.id) <= _LONGEST_ID for button in buttons) else []


def asked_again(button: str) -> tuple[int, str] | None:
    """The page and the command line that a button of ours asks for; None for any other."""
    name, _, rest = button.partition(":")
    number, _, line = rest.partition(":")
    known = name == BUTTON and number.isascii() and number.isdecimal() and len(number) <= 4
    return (int(number), line) if known and line else None


def line_of(spec: CommandSpec, given: Mapping[str, str]) -> str:
    """The command as typed in one line, from options that were asked for each by its name."""
    words = [f"/{spec.name}"]
    for option in spec.options:
        value = given.get(option.name, "").strip()
        if value:
            words.append(f'"{value}"' if " " in value and '"' not in value else value)
    return " ".join(words)
