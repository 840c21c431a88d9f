"""A claim beside a link: no claim by the grammar, since it holds a link, and yet somebody's wish.

A line such as `claim D2 https://…` is never counted by itself. What it would claim without its
links is found here, so that it is not taken away in silence.
"""

import re
from collections.abc import Sequence
from typing import Final

from handlers.claims.hints import Hint
from handlers.claims.lines import Sentence, read_again
from handlers.claims.reading import Kind
from handlers.hearing import Line
from handlers.messages import ChatMessage
from handlers.moderation.domains import find_links
from handlers.moderation.model import Rule
from handlers.work import Work

__all__ = ["LEFT_STANDING", "claimed_beside", "hint_of", "of_line", "without_links"]

#: Rules about what is only a link: a claim beside it goes before a person instead.
LEFT_STANDING: Final = frozenset(
    {Rule.LINK, Rule.RISKY_LINK, Rule.HIDDEN_LINK, Rule.LOOK_ALIKE_LINK, Rule.NEW_ACCOUNT}
)
_PIECE = re.compile(r"\S+")


def without_links(text: str) -> str:
    """The words of a line that are no links; brackets and signs around a link go with it."""
    return " ".join(word for word in _PIECE.findall(text) if not find_links(word))


def claimed_beside(work: Work, sentence: Sentence) -> Sequence[str]:
    """The codes that a line with a link would claim without it; none of a line without one."""
    if not find_links(sentence.text):
        return ()
    rest = without_links(sentence.text)
    if rest == sentence.text or not rest:
        return ()
    show, reading = read_again(work, sentence._replace(text=rest), work.snapshot.lexicon)
    if show is None or reading.kind is not Kind.CLAIM:
        return ()
    return tuple(dict.fromkeys(wish.code for wish in reading.items))


def of_line(line: Line) -> Sentence | None:
    """A line that may hold such a claim: typed by a viewer, and read as none."""
    message = line.message
    if not isinstance(message, ChatMessage) or line.reading.kind is not Kind.NONE:
        return None
    channel, person = message.channel, line.person
    return Sentence(
        message.key,
        channel.platform,
        channel.id,
        person.id,
        person.name,
        message.text,
        message.sent_at,
    )


def hint_of(code: str) -> Hint:
    """How to claim it, in the words for a near miss."""
    return Hint(
        key="hint.wants",
        about=code,
        values={"code": code, "codes": [code], "typed": code, "sizes": ""},
        family="near",
    )
