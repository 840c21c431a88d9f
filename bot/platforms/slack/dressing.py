"""How what Andon says looks on Slack: the blocks of a message, its buttons and selects. Pure.

Whatever comes in, what comes out is within Slack's limits; what is left out is said.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.platforms.slack.mrkdwn import (
    Json,
    fitting,
    flat,
    is_blank,
    letters,
    mrkdwn,
    plain,
    small,
    texts,
)
from handlers.messages import Button, ButtonStyle

__all__ = [
    "ALL_LETTERS",
    "BUTTON",
    "LONGEST_CHOICE",
    "LONGEST_LABEL",
    "LONGEST_PLACEHOLDER",
    "LONGEST_TEXT",
    "MOST_CHOICES",
    "NOTHING",
    "SELECT",
    "Shown",
    "are_left_out",
    "can_be_sent",
    "card_of",
    "message",
    "pressed",
    "rows_of",
]

#: The action ids of buttons and of selects begin so.
BUTTON, SELECT = "button:", "select:"
#: The block id of a card's buttons begins so.
_CARD = "card:"
_One = TypeVar("_One")

_STYLES = {ButtonStyle.PRIMARY: "primary", ButtonStyle.DANGER: "danger"}
_HERE = "<!here> "
NOTHING = "(no text)"
# Slack's limits.
LONGEST_TEXT = 3000
_LONGEST_CARD = 200
LONGEST_LABEL = 75
_LONGEST_VALUE = 2000
LONGEST_CHOICE = 150
LONGEST_PLACEHOLDER = 150
_LONGEST_ALT = 2000
_MOST_IN_ROW = 25
MOST_CHOICES = 100
#: An edit takes 4,000 bytes of text, measured as escaped.
_HEAVIEST_FALLBACK = 3900
#: All that is read in the blocks of one message is 13,200 characters at most.
ALL_LETTERS = 13_000
# Of our own.
_MOST_BUTTONS = 500
_BUTTONS_UP_TO = 75
_BUTTON_LETTERS = 6000
_NOTE_LETTERS = 250
_MOST_NOTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a message shows besides its words: files with what there is to see, and notes."""

    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


# --- messages -----------------------------------------------------------------------------------


def message(
    text: str,
    buttons: Sequence[Button] = (),
    mentions: Sequence[str] = (),
    *,
    urgent: bool = False,
    quiet: bool = False,
    besides: Shown | None = None,
    card: str | None = None,
) -> tuple[str, list[Json]]:
    """The text for notifications and the blocks of a message; `text` is as we word it.

    `urgent` calls whoever is here, `quiet` shows it small. Pictures stand between the words and the
    buttons, which know the `card` that they belong to.
    """
    besides = besides or Shown()
    words = mrkdwn(text, mentions)
    words = (_HERE if urgent else "") + (NOTHING if is_blank(words) else words)
    below, left_out = rows_of(buttons)
    if card is not None and len(card) <= _LONGEST_CARD:
        below = [one | {"block_id": f"{_CARD}{row}:{card}"} for row, one in enumerate(below)]
    told = [small(mrkdwn(flat(one, _NOTE_LETTERS), ())) for one in besides.notes[:_MOST_NOTES]]
    pictures = [_picture(*one) for one in besides.files]
    room = ALL_LETTERS - sum(letters([*below, *told]))
    shown, whole = texts(words, room, quiet=quiet)
    notes = [] if whole else ["The end of this message was too long for Slack and is left out."]
    if left_out:
        notes.append(are_left_out(left_out, "button"))
    return _fallback(words), [*shown, *pictures, *told, *below, *map(small, notes)]


def _picture(file: str, alt: str) -> Json:
    alt = flat(alt, _LONGEST_ALT, "A picture")
    return {"type": "image", "slack_file": {"id": file}, "alt_text": alt}


def _fallback(text: str) -> str:
    end = fitting(text, LONGEST_TEXT - 2)
    while (weight := _weight(text[:end])) > _HEAVIEST_FALLBACK:
        end = fitting(text, min(end - 1, end * _HEAVIEST_FALLBACK // weight))
    return text if end == len(text) else text[:end].rstrip() + " …"


def _weight(text: str) -> int:
    return len(text.encode()) + 3 * (text.count("<") + text.count(">"))


def are_left_out(number: int, what: str) -> str:
    """The sentence that says how many of something found no room."""
    rest = f"1 {what} does" if number == 1 else f"{number} {what}s do"
    return f"{rest} not fit into Slack and cannot be shown here."


# --- buttons ------------------------------------------------------------------------------------


def card_of(action: Mapping[str, Any]) -> str | None:
    """The card that a button which was pressed belongs to, if it is one of a card."""
    block = str(action.get("block_id") or "")
    return block.split(":", 2)[2] if re.match(rf"{_CARD}\d+:.", block) else None


def pressed(action: Mapping[str, Any]) -> str:
    """The id of the button of ours that was pressed or chosen; empty where there is none."""
    chosen = action.get("selected_option") or {}
    return str(action.get("value") or chosen.get("value") or "")


def rows_of(buttons: Sequence[Button], place: str = "") -> tuple[list[Json], int]:
    """Rows of buttons, or selects where there are too many; and how many buttons found no room."""
    kept = [one for one in buttons if can_be_sent(one.id, _LONGEST_VALUE)][:_MOST_BUTTONS]
    longest = LONGEST_LABEL
    if sum(min(len(one.label), longest) for one in kept) > _BUTTON_LETTERS:
        longest = min(longest, _BUTTON_LETTERS // len(kept))
    chosen: list[Button] = []
    if len(kept) > _BUTTONS_UP_TO:
        chosen = [one for one in kept if len(one.id) <= LONGEST_CHOICE]
        kept = [one for one in kept if len(one.id) > LONGEST_CHOICE]
    rows: list[list[Json]] = [
        [_select(some, f"{SELECT}{place}{row}", longest)]
        for row, some in enumerate(_chunks(chosen, MOST_CHOICES))
    ]
    pressable = [
        _button(one, f"{BUTTON}{place}{number}", longest) for number, one in enumerate(kept)
    ]
    rows += _chunks(pressable, _MOST_IN_ROW)
    blocks = [{"type": "actions", "elements": row} for row in rows]
    return blocks, len(buttons) - len(kept) - len(chosen)


def can_be_sent(value: str, most: int) -> bool:
    """Whether Slack takes this as a value of at most so many characters."""
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
        "placeholder": plain(f"{first} … {last}", LONGEST_PLACEHOLDER),
        "options": [{"text": plain(one.label, longest), "value": one.id} for one in buttons],
    }
