"""Markup: what a line quotes, links or shows as code is not said by its writer.

Such passages become one foreign word, so that the clause around them is none; marks that only
decorate (bold, italics, spoilers, emoticons) vanish.
"""

import re

__all__ = ["FOREIGN", "plain"]

#: Stands for a passage that is not the writer's own; no vocabulary knows it.
FOREIGN = "\ufffc"

_MARKS = re.compile(r"[\"'`<>*_~|\\“”„«»「」『』:;=^.]")
_FOREIGN = f" {FOREIGN} "
_LINK = (
    r"\b\w+://\S+|\bwww\.\S+"
    r"|\b[\w-]+\.(?:com|net|org|shop|store|live|example|io|tv|gg)\b\S*"
)
_EMOTICON = (
    r"(?<!\S)(?:[:;=]['^o-]?[)(\]\[|/\\*<>dpoc03]+|[d]:|<+/?3+|>[._]+<|\^[._]*\^|[to]_[to])(?!\w)"
)
#: What to look for, the marks without which it cannot be there, and what it becomes. In order.
_RULES = tuple(
    (marks, re.compile(pattern), replacement)
    for marks, pattern, replacement in (
        (">", r"(?m)^[^\S\n]*>>>(?s:.*)|^[^\S\n]*>.*", "\n"),
        (":", r"<a?:\w+:\d+>|(?<![\w:]):[a-z+-][\w+-]*:(?!\w)", " "),
        ("@", r"<@[!&]?\w+(?:\|[^>]*)?>", " @someone "),
        (":;=<^_", _EMOTICON, " "),
        ("`", r"```(?s:.*?)(?:```|\Z)|`[^`]*(?:`|\Z)", _FOREIGN),
        ('"', r'"[^"]*(?:"|\Z)', _FOREIGN),
        ("“”„", r"[“”„][^“”]*(?:[“”]|\Z)", _FOREIGN),
        ("«»「『", r"[«»][^«»]*(?:[«»]|\Z)|「[^」]*(?:」|\Z)|『[^』]*(?:』|\Z)", _FOREIGN),
        ("'", r"(?<!\w)'(?=\S)[^'\n]*(?:'\w+[^'\n]*)*'(?!\w)", _FOREIGN),
        ("~", r"~~[^~]+~~", _FOREIGN),
        ("<", r"<[#/t:][^>]*>|<\w+://[^>]*>", _FOREIGN),
        (":.", _LINK, _FOREIGN),
        ("|", r"\|\|", " "),
        ("\\", r"\\", ""),
        ("*_", r"(?<![\w*])(\*{1,3}|_{1,3})(?=[^\s*_])(.*?[^\s*_])\1(?![\w*])", r" \2 "),
    )
)


def plain(folded: str) -> str:
    """Return a folded line as its writer says it, without markup and quoted passages."""
    if not _MARKS.search(folded):
        return folded
    for marks, pattern, replacement in _RULES:
        if any(mark in folded for mark in marks):
            folded = pattern.sub(replacement, folded)
    return folded
