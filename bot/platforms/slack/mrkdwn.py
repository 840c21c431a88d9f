"""Our words in Slack's own markup, so that nobody else's words can use it, and their blocks. Pure.

Slack takes `<…>` for mentions and links, and signs such as `*` and `>` for formatting. Of both only
what is ours is left: mentions of known people, `code` and `**bold**` within one line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = [
    "Json",
    "fitting",
    "flat",
    "is_blank",
    "mrkdwn",
    "named",
    "plain",
    "said",
    "seen",
    "small",
    "texts",
]

Json = dict[str, Any]

#: Bounded, or a text full of `@{` takes seconds.
_MENTION = re.compile(r"@\{([^{}\n]{1,100})\}")
_USER = re.compile(r"[UW][A-Z0-9]{1,60}")
_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
#: Control characters, marks that turn the direction of a line, and halves of characters.
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
#: Sentences of ours: `code` and **bold**, each within a line.
_OURS = re.compile(
    r"(?<![\w`])`(?P<code>(?!\s)[^`\n]{1,200}(?<!\s))`(?![\w`])"
    r"|(?<![\w*])\*\*(?P<bold>(?!\s)[^*`\n]{1,200}(?<!\s))\*\*(?![\w*])"
)
#: As `handlers.wording.plain` has them: signs that only look like those that format.
_HARMLESS = str.maketrans({"`": "\u02cb", "*": "\u2217", "~": "\u223c"})
#: An underscore inside a word (`anna_k`) is left; without one at its end nothing is set apart.
_SET_APART = re.compile(r"_(?![0-9A-Za-z])")
#: Slack reads the escaped sign too: one quotes its line, three quote all that follows.
_QUOTED = re.compile(r"^([^\S\n]*)((?:&gt;)+)", re.MULTILINE)
_EVERYONE = re.compile(r"@(?=here|channel|everyone|group)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
#: What a cut must leave whole.
_WHOLE = re.compile(r"&(?:amp|lt|gt);|<[^<>\n]{1,80}>|`[^`\n]+`|\*[^*\n]+\*")
_LONGEST_WHOLE = 400
#: Slack's limit for one block.
_LONGEST_TEXT = 3000
#: What is left of a budget is not worth a block below this.
_LEAST_PIECE = 500


def mrkdwn(text: str, mentions: Sequence[str]) -> str:
    """The text as Slack's mrkdwn: `@{id}` mentions a person if `mentions` has the id.

    Nothing else in it can mention or link while Slack does not look for names itself: post it with
    `parse="none"` and `link_names=False`, in `chat.update` too, whose default is `client`; blocks
    have `verbatim` for it. A `response_url` takes no `parse`, so a zero-width word joiner keeps
    `@here` and its like from being one word.
    """
    known = frozenset(one for one in mentions if _USER.fullmatch(one))
    text = seen(text).translate(_ESCAPED)
    parts, last = [], 0
    for ours in _OURS.finditer(text):
        parts.append(_plain(text[last : ours.start()]))
        bold = ours["bold"]
        parts.append(ours[0] if bold is None else f"*{_plain(bold)}*")
        last = ours.end()
    text = "".join([*parts, _plain(text[last:])])
    text = _MENTION.sub(lambda one: f"<@{one[1]}>" if one[1] in known else one[1], text)
    return _unquoted(_EVERYONE.sub(f"@{_WORD_JOINER}", text))


def named(text: str) -> tuple[str, ...]:
    """The ids that a text names as `@{id}`: for views, where a mention calls nobody."""
    return tuple(dict.fromkeys(_MENTION.findall(text)))


def _plain(text: str) -> str:
    return _SET_APART.sub("\u02cd", text.translate(_HARMLESS))


def _unquoted(text: str) -> str:
    return _QUOTED.sub(lambda found: found[1] + "\u203a" * (len(found[2]) // len("&gt;")), text)


def seen(text: str) -> str:
    """The text without what nobody can see, its lines ended by newlines."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: Slack refuses such texts, or shows an empty line."""
    return all(unicodedata.category(character)[0] in "ZC" for character in text)


def flat(text: str, most: int, otherwise: str = "…") -> str:
    """The text as one plain line of at most `most` characters; `otherwise` where it is blank."""
    line = " ".join(seen(text).split())
    if is_blank(line):
        return otherwise
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def fitting(text: str, most: int) -> int:
    """Where to cut mrkdwn so that at most `most` characters, 400 or more, stand before the cut.

    At a line's end, else at a space, else anywhere, but never inside an entity or a mention.
    """
    if len(text) <= most:
        return len(text)
    # One near the beginning would leave next to nothing before the cut.
    ends = (text.rfind(sign, most // 2, most + 1) for sign in "\n ")
    end = next((end for end in ends if end > 0), most)
    for whole in _WHOLE.finditer(text, 0, end + _LONGEST_WHOLE):
        if whole.start() < end < whole.end():
            return whole.start() or whole.end()
    return end


def texts(text: str, room: int, *, quiet: bool = False) -> tuple[list[Json], bool]:
    """Mrkdwn in blocks, and whether all of it fitted into `room` characters."""
    shown: list[Json] = []
    for piece in _pieces(text):
        whole = len(piece) <= room
        if not whole:
            piece = piece[: fitting(piece, room)] if room >= _LEAST_PIECE else ""
        if not is_blank(piece):
            shown.append(small(piece) if quiet else said(piece))
        if not whole:
            return shown, False
        room -= len(piece)
    return shown, True


def _pieces(text: str) -> Iterator[str]:
    while text:
        end = fitting(text, _LONGEST_TEXT)
        # What stood in the middle of a line may now begin one.
        piece = _unquoted(text[:end].strip("\n"))
        if not is_blank(piece):
            yield piece
        text = text[end:].lstrip("\n ")


def said(text: str) -> Json:
    """Mrkdwn as a block."""
    return {"type": "section", "text": _object(text)}


def small(text: str) -> Json:
    """Mrkdwn as a block of small print."""
    return {"type": "context", "elements": [_object(text)]}


def _object(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str, most: int, otherwise: str = "…") -> Json:
    """A text object of one plain line, as labels and titles are."""
    return {"type": "plain_text", "text": flat(text, most, otherwise)}


def letters(part: Any) -> Iterator[int]:
    """How long each text in these blocks is."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield len(value)
            else:
                yield from letters(value)
    elif isinstance(part, list):
        for one in part:
            yield from letters(one)
