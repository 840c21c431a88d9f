"""How forms and the home page look on Slack. Pure.

Whatever comes in, what comes out is within Slack's limits; what is left out is said.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from bot.platforms.slack.dressing import (
    ALL_LETTERS,
    LONGEST_CHOICE,
    LONGEST_LABEL,
    LONGEST_PLACEHOLDER,
    LONGEST_TEXT,
    MOST_CHOICES,
    NOTHING,
    are_left_out,
    can_be_sent,
    rows_of,
)
from bot.platforms.slack.mrkdwn import (
    Json,
    flat,
    is_blank,
    mrkdwn,
    named,
    plain,
    said,
    seen,
    small,
    texts,
)
from handlers.messages import Button, Field, FieldKind, Form

__all__ = ["FORM", "block_id", "errors", "home", "loading", "modal", "read_modal"]

#: The callback id of a form.
FORM = "form"
# Slack's limits.
_LONGEST_TITLE = 24
_LONGEST_QUESTION = 2000
_LONGEST_METADATA = 3000
#: A view is 250 kB at most.
_ALL_BYTES = 200_000
_VIEW_BLOCKS = 100
# Of our own.
_INTRO_LETTERS = 9000


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
        "blocks": blocks or [said(NOTHING)],
    }


def loading(title: str, sentence: str = "One moment…") -> Json:
    """A view with nothing to fill in: to be opened at once, and updated."""
    return {
        "type": "modal",
        "callback_id": "loading",
        "title": plain(title, _LONGEST_TITLE),
        "close": plain("Close", _LONGEST_TITLE),
        "blocks": texts(mrkdwn(sentence, ()), _INTRO_LETTERS)[0] or [said(NOTHING)],
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
    return (shown | {"initial_value": value[:LONGEST_TEXT]} if value else shown), field.hint


def _choice(field: Field) -> tuple[Json, str]:
    choices = list(_sendable(field.choices))
    shown, rest = choices[:MOST_CHOICES], choices[MOST_CHOICES:]
    # What is chosen already has to be among them.
    if all(value != field.value for value, _ in shown):
        shown[-1:] = next(([one] for one in rest if one[0] == field.value), shown[-1:])
    options = [
        {"text": plain(label, LONGEST_LABEL, flat(value, LONGEST_LABEL)), "value": _kept(value)}
        for value, label in shown
    ]
    element: Json = {
        "type": "static_select",
        "placeholder": plain("Choose one", LONGEST_PLACEHOLDER),
        "options": options,
    }
    chosen = [at for at, (value, _) in enumerate(shown) if value == field.value]
    if chosen:
        element["initial_option"] = options[chosen[0]]
    missing = len(field.choices) - len(shown)
    if not missing:
        return element, field.hint
    note = are_left_out(missing, "choice")
    return element, f"{flat(field.hint, _LONGEST_QUESTION - len(note) - 1, '')} {note}"


def _sendable(choices: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return (one for one in choices if can_be_sent(_kept(one[0]), LONGEST_CHOICE))


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
    shown, whole = texts(mrkdwn(text, named(text)), ALL_LETTERS)
    if not whole:
        shown.append(small("The end of this text was too long for Slack and is left out."))
    below, left_out = rows_of(buttons, f"{number}.")
    notes = [small(are_left_out(left_out, "button"))] if left_out else []
    return [*shown, *below, *notes]


def _within(first: list[Json], groups: Sequence[Callable[[], list[Json]]], what: str) -> list[Json]:
    """The groups that fit into one view below `first`, in order, and a note if some do not."""
    blocks, size = list(first), _size(first)
    for number, make in enumerate(groups):
        group = make()
        size += _size(group)
        if len(blocks) + len(group) >= _VIEW_BLOCKS or size > _ALL_BYTES:
            # What comes after it is left out too: it may go on from there.
            return [*blocks, small(are_left_out(len(groups) - number, what))]
        blocks += group
    return blocks


def _size(blocks: list[Json]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False).encode())
