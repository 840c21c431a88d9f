"""How what Andon says looks on Slack: blocks, buttons and selects, forms, the home page. Pure.

Whatever comes in, what comes out is within Slack's limits; what is left out is said.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from bot.platforms.slack.mrkdwn import (
    Json,
    fitting,
    flat,
    is_blank,
    letters,
    mrkdwn,
    named,
    plain,
    said,
    seen,
    small,
    texts,
)
from handlers.messages import Button, ButtonStyle, Field, FieldKind, Form

__all__ = [
    "BUTTON",
    "FORM",
    "SELECT",
    "block_id",
    "errors",
    "home",
    "loading",
    "message",
    "modal",
    "mrkdwn",
    "pressed",
    "read_modal",
]

#: The action id of a button, of a select, and the callback id of a form begin so.
BUTTON, SELECT, FORM = "button:", "select:", "form"
_One = TypeVar("_One")

_STYLES = {ButtonStyle.PRIMARY: "primary", ButtonStyle.DANGER: "danger"}
_HERE = "<!here> "
_NOTHING = "(no text)"
# Slack's limits.
_LONGEST_TEXT = 3000
_LONGEST_LABEL = 75
_LONGEST_VALUE = 2000
_LONGEST_CHOICE = 150
_LONGEST_TITLE = 24
_LONGEST_PLACEHOLDER = 150
_LONGEST_QUESTION = 2000
_LONGEST_METADATA = 3000
_MOST_IN_ROW = 25
_MOST_CHOICES = 100
#: An edit takes 4,000 bytes of text, measured as escaped.
_HEAVIEST_FALLBACK = 3900
#: All that is read in the blocks of one message is 13,200 characters at most.
_ALL_LETTERS = 13_000
#: A view is 250 kB at most.
_ALL_BYTES = 200_000
_VIEW_BLOCKS = 100
# Of our own.
_MOST_BUTTONS = 500
_BUTTONS_UP_TO = 75
_BUTTON_LETTERS = 6000
_INTRO_LETTERS = 9000


# --- messages -----------------------------------------------------------------------------------


def message(
    text: str,
    buttons: Sequence[Button] = (),
    mentions: Sequence[str] = (),
    *,
    urgent: bool = False,
    quiet: bool = False,
) -> tuple[str, list[Json]]:
    """The text for notifications and the blocks of a message; `text` is as we word it.

    `urgent` calls whoever is here, `quiet` shows it small.
    """
    words = mrkdwn(text, mentions)
    words = (_HERE if urgent else "") + (_NOTHING if is_blank(words) else words)
    below, left_out = _rows(buttons)
    shown, whole = texts(words, _ALL_LETTERS - sum(letters(below)), quiet=quiet)
    notes = [] if whole else ["The end of this message was too long for Slack and is left out."]
    if left_out:
        notes.append(_are_left_out(left_out, "button"))
    return _fallback(words), [*shown, *below, *map(small, notes)]


def _fallback(text: str) -> str:
    end = fitting(text, _LONGEST_TEXT - 2)
    while (weight := _weight(text[:end])) > _HEAVIEST_FALLBACK:
        end = fitting(text, min(end - 1, end * _HEAVIEST_FALLBACK // weight))
    return text if end == len(text) else text[:end].rstrip() + " …"


def _weight(text: str) -> int:
    return len(text.encode()) + 3 * (text.count("<") + text.count(">"))


def _are_left_out(number: int, what: str) -> str:
    rest = f"1 {what} does" if number == 1 else f"{number} {what}s do"
    return f"{rest} not fit into Slack and cannot be shown here."


# --- buttons ------------------------------------------------------------------------------------


def pressed(action: Mapping[str, Any]) -> str:
    """The id of the button of ours that was pressed or chosen; empty where there is none."""
    chosen = action.get("selected_option") or {}
    return str(action.get("value") or chosen.get("value") or "")


def _rows(buttons: Sequence[Button], place: str = "") -> tuple[list[Json], int]:
    """Rows of buttons, or selects where there are too many; and how many buttons found no room."""
    kept = [one for one in buttons if _can_be_sent(one.id, _LONGEST_VALUE)][:_MOST_BUTTONS]
    longest = _LONGEST_LABEL
    if sum(min(len(one.label), longest) for one in kept) > _BUTTON_LETTERS:
        longest = min(longest, _BUTTON_LETTERS // len(kept))
    chosen: list[Button] = []
    if len(kept) > _BUTTONS_UP_TO:
        chosen = [one for one in kept if len(one.id) <= _LONGEST_CHOICE]
        kept = [one for one in kept if len(one.id) > _LONGEST_CHOICE]
    rows: list[list[Json]] = [
        [_select(some, f"{SELECT}{place}{row}", longest)]
        for row, some in enumerate(_chunks(chosen, _MOST_CHOICES))
    ]
    pressable = [
        _button(one, f"{BUTTON}{place}{number}", longest) for number, one in enumerate(kept)
    ]
    rows += _chunks(pressable, _MOST_IN_ROW)
    blocks = [{"type": "actions", "elements": row} for row in rows]
    return blocks, len(buttons) - len(kept) - len(chosen)


def _can_be_sent(value: str, most: int) -> bool:
    return 0 < len(value) <= most and not any("\ud800" <= one <= "\udfff" for one in value)


def _chunks(some: Sequence[_One], size: int) -> list[list[_One]]:
    return [list(some[start : start + size]) for start in range(0, len(some), size)]


def _button(button: Button, action: str, longest: int) -> Json:
    shown = {
        "type": "button",
        "action_id": action,
        "text": plain(button.label, longest),
        "value": button.id,
    }
    style = _STYLES.get(button.style)
    return shown | {"style": style} if style else shown


def _select(buttons: Sequence[Button], action: str, longest: int) -> Json:
    first, last = flat(buttons[0].label, 60), flat(buttons[-1].label, 60)
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain(f"{first} … {last}", _LONGEST_PLACEHOLDER),
        "options": [{"text": plain(one.label, longest), "value": one.id} for one in buttons],
    }


# --- forms --------------------------------------------------------------------------------------


def modal(form: Form, *, metadata: str, submit: str = "Send", close: str = "Cancel") -> Json:
    """A form as a view; `metadata` comes back with its answers.

    Raises `ValueError` where its ids are longer than Slack keeps, or two fields have one name.
    """
    names = [field.name for field in form.fields]
    if len(set(names)) < len(names):
        raise ValueError(f"the form {form.id} asks for one thing twice")
    hidden = [name for name in names if block_id(name) != name]
    kept = json.dumps([form.id, metadata, hidden], separators=(",", ":"))
    if len(kept) > _LONGEST_METADATA:
        raise ValueError(f"the ids of the form {form.id[:60]} are too long for Slack")
    intro, whole = texts(mrkdwn(form.intro, named(form.intro)), _INTRO_LETTERS)
    if not whole:
        intro.append(small("The end of this text was too long for Slack and is left out."))
    questions = [partial(_question, field) for field in form.fields]
    blocks = _within(intro, questions, "question")
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": kept,
        "title": plain(form.title, _LONGEST_TITLE),
        "submit": plain(submit, _LONGEST_TITLE),
        "close": plain(close, _LONGEST_TITLE),
        "blocks": blocks or [said(_NOTHING)],
    }


def loading(title: str, sentence: str = "One moment…") -> Json:
    """A view with nothing to fill in: to be opened at once, and updated."""
    return {
        "type": "modal",
        "callback_id": "loading",
        "title": plain(title, _LONGEST_TITLE),
        "close": plain("Close", _LONGEST_TITLE),
        "blocks": texts(mrkdwn(sentence, ()), _INTRO_LETTERS)[0] or [said(_NOTHING)],
    }


def block_id(name: str) -> str:
    """The id of the block that asks for the field `name`: the name itself where Slack takes it."""
    if re.fullmatch(r"(?!long:)[!-~]{1,255}", name):
        return name
    return "long:" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def read_modal(view: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    """The form's id, the metadata and the answers of a submitted view; unanswered is empty.

    Raises `ValueError` for a view that `modal` did not make.
    """
    form, metadata, hidden = json.loads(view.get("private_metadata") or "")
    names = {block_id(name): name for name in hidden}
    asked = [one["block_id"] for one in view.get("blocks", ()) if one.get("type") == "input"]
    values = dict.fromkeys((names.get(block, block) for block in asked), "")
    for block, elements in (view.get("state") or {}).get("values", {}).items():
        for element in elements.values():
            values[names.get(block, block)] = _answered(element)
    return form, metadata, values


def _answered(element: Mapping[str, Any]) -> str:
    if element.get("type") != "static_select":
        return str(element.get("value") or "")
    return str((element.get("selected_option") or {}).get("value") or "").removeprefix("=")


def errors(wrong: Mapping[str, str]) -> Json:
    """What refuses a submitted form: a sentence beside each field that is named."""
    beside = {
        block_id(name): flat(sentence, _LONGEST_QUESTION, "Please check this.")
        for name, sentence in wrong.items()
    }
    return {"response_action": "errors", "errors": beside}


def _question(field: Field) -> list[Json]:
    element, hint = _element(field)
    block = {
        "type": "input",
        "block_id": block_id(field.name),
        "label": plain(field.label, _LONGEST_QUESTION, flat(field.name, _LONGEST_QUESTION)),
        "optional": not field.required,
        "element": element | {"action_id": "value"},
    }
    return [block if is_blank(hint) else block | {"hint": plain(hint, _LONGEST_QUESTION)}]


def _element(field: Field) -> tuple[Json, str]:
    """What is filled in, and the hint below it."""
    if field.kind is FieldKind.CHOICE and any(_sendable(field.choices)):
        return _choice(field)
    value = seen(field.value)
    if field.kind is FieldKind.NUMBER and re.fullmatch(r"(-?[0-9]{1,15}(\.[0-9]{1,6})?)?", value):
        shown: Json = {"type": "number_input", "is_decimal_allowed": True}
    else:
        multiline = field.kind is FieldKind.PARAGRAPH
        shown = {"type": "plain_text_input", "multiline": multiline}
    return (shown | {"initial_value": value[:_LONGEST_TEXT]} if value else shown), field.hint


def _choice(field: Field) -> tuple[Json, str]:
    choices = list(_sendable(field.choices))
    shown, rest = choices[:_MOST_CHOICES], choices[_MOST_CHOICES:]
    # What is chosen already has to be among them.
    if all(value != field.value for value, _ in shown):
        shown[-1:] = next(([one] for one in rest if one[0] == field.value), shown[-1:])
    options = [
        {"text": plain(label, _LONGEST_LABEL, flat(value, _LONGEST_LABEL)), "value": _kept(value)}
        for value, label in shown
    ]
    element: Json = {
        "type": "static_select",
        "placeholder": plain("Choose one", _LONGEST_PLACEHOLDER),
        "options": options,
    }
    chosen = [at for at, (value, _) in enumerate(shown) if value == field.value]
    if chosen:
        element["initial_option"] = options[chosen[0]]
    missing = len(field.choices) - len(shown)
    if not missing:
        return element, field.hint
    note = _are_left_out(missing, "choice")
    return element, f"{flat(field.hint, _LONGEST_QUESTION - len(note) - 1, '')} {note}"


def _sendable(choices: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return (one for one in choices if _can_be_sent(_kept(one[0]), _LONGEST_CHOICE))


def _kept(value: str) -> str:
    """A choice's value as Slack keeps it: never empty, so the empty one is `=`."""
    return f"={value}" if not value or value.startswith("=") else value


# --- the home page ------------------------------------------------------------------------------


def home(title: str, sections: Sequence[tuple[str, Sequence[Button]]], *, updated: str) -> Json:
    """The App Home: a title, when it was `updated`, and sections of text with buttons below."""
    first: list[Json] = [
        {"type": "header", "text": plain(title, 150, "Andon")},
        small(mrkdwn(f"Updated {flat(updated, 100)}", ())),
    ]
    below = [partial(_section, number, *one) for number, one in enumerate(sections)]
    blocks = _within(first, below, "section")
    return {"type": "home", "callback_id": "home", "blocks": blocks}


def _section(number: int, text: str, buttons: Sequence[Button]) -> list[Json]:
    shown, whole = texts(mrkdwn(text, named(text)), _ALL_LETTERS)
    if not whole:
        shown.append(small("The end of this text was too long for Slack and is left out."))
    below, left_out = _rows(buttons, f"{number}.")
    notes = [small(_are_left_out(left_out, "button"))] if left_out else []
    return [*shown, *below, *notes]


def _within(first: list[Json], groups: Sequence[Callable[[], list[Json]]], what: str) -> list[Json]:
    """The groups that fit into one view below `first`, in order, and a note if some do not."""
    blocks, size = list(first), _size(first)
    for number, make in enumerate(groups):
        group = make()
        size += _size(group)
        if len(blocks) + len(group) >= _VIEW_BLOCKS or size > _ALL_BYTES:
            # What comes after it is left out too: it may go on from there.
            return [*blocks, small(_are_left_out(len(groups) - number, what))]
        blocks += group
    return blocks


def _size(blocks: list[Json]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False).encode())
