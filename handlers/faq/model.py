"""An entry of the FAQ, as its file or `/faq add` gave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

__all__ = ["Button", "Entry", "Faq"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under an answer: its label, and the link or the command of ours that it opens."""

    label: str
    link: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One answer and how people ask for it.

    `answer` is a template. A `private` entry is never answered in public. `cooldown` is in
    seconds; None is the shop's own. It is valid from `valid_from` until before `valid_until`, and
    on `platforms`; empty is all of them.
    """

    id: str
    questions: tuple[str, ...]
    answer: str
    audience: str = "public"
    cooldown: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    platforms: tuple[str, ...] = ()
    button: Button | None = None

    def valid_at(self, now: datetime) -> bool:
        """Say whether the entry is answered at `now`."""
        begun = self.valid_from is None or self.valid_from <= now
        return begun and (self.valid_until is None or now < self.valid_until)

    def asked_as(self, questions: Sequence[str]) -> "Entry":
        """Return the entry with these questions."""
        return replace(self, questions=tuple(questions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq:
    """The entries of a file, in its order, and the facts that its answers name.

    `notes` says what can be used but hardly helps, one line each.
    """

    entries: tuple[Entry, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
