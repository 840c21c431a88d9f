"""A chat line on its way: what was typed, and as which moment of which show it is judged."""

from dataclasses import dataclass
from datetime import datetime

from handlers.claims.reading import Kind, Reading
from handlers.messages import ChatMessage, MessageDeleted, MessageEdited
from handlers.people import Person
from handlers.snapshot import ShowView

__all__ = ["NOT_READ", "Batch", "Heard", "Line", "Taken"]

#: The reading of what nobody typed for themselves: quotes, bots, deletions.
NOT_READ = Reading(kind=Kind.NONE, why="not typed by a person for themselves")

Heard = ChatMessage | MessageEdited | MessageDeleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing heard, read against a snapshot.

    `at` is when it was sent (an edit: when it was edited); `show` the show that was live then.
    `staged` is the code a bare claim means, `switched` the code that came on stage between the two
    moments it may have meant.
    """

    message: Heard
    person: Person
    at: datetime
    show: ShowView | None
    reading: Reading
    staged: str | None = None
    switched: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Lines in order, as far as they may go together, and the versions they were read against.

    What is missing at the end comes again: see `Dispatcher.read`.
    """

    messages: tuple[Heard, ...]
    lines: tuple[Line, ...]
    versions: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch: how many lines were claims."""

    claims: int
