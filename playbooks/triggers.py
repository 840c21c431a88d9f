"""What starts a playbook: an event of the sale, words in a team channel, the clock, a person.

Only an event may start a run by itself, and only where the playbook says `automatic: true`;
everything else is a suggestion to the team.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from playbooks.durations import Duration
from playbooks.fields import Condition, Line, Name, Record, Value, fits

__all__ = ["EventTrigger", "HandTrigger", "ScheduleTrigger", "Trigger", "WordsTrigger", "kind_of"]


class EventTrigger(Record):
    """Something happened in the sale."""

    event: Name
    """The name of a domain event, such as `ItemSoldOut`."""
    where: Mapping[Name, Condition] = Field(default_factory=dict)
    """What its fields must be, each by its name."""
    takes: Mapping[Name, Name] = Field(default_factory=dict)
    """Variables that come from a field of another name, as `variable: field`."""
    automatic: bool = False
    """Whether the run starts by itself; otherwise the team is asked."""

    def matches(self, event: str, fields: Mapping[str, object]) -> bool:
        """Whether this event, with these fields, is what is waited for."""
        return event == self.event and fits(self.where, fields)

    def brings(self, fields: Mapping[str, object]) -> dict[str, Value]:
        """The variables that a run gets of this event: its plain fields, and what it `takes`."""
        plain = {name: one for name, one in fields.items() if isinstance(one, bool | int | str)}
        taken = {name: plain[field] for name, field in self.takes.items() if field in plain}
        return {**plain, **taken}


class WordsTrigger(Record):
    """Somebody said it in a team channel. It is a suggestion, never more."""

    words: tuple[Line, ...] = Field(min_length=1)
    """Words or phrases; each counts only as whole words, in any case."""
    cooldown: Duration = timedelta(minutes=30)
    """After a suggestion, so long there is no other."""

    def heard_in(self, text: str) -> str | None:
        """The first of the words that `text` says, or None."""
        said = _folded(text)
        return next((one for one in self.words if _as_words(_folded(one)).search(said)), None)


class ScheduleTrigger(Record):
    """The clock of the show. The team is asked; nothing starts by itself."""

    before: Literal["start", "end"] | None = None
    """So long before the show's `start` or `end`."""
    after: Literal["start", "end"] | None = None
    """So long after the show's `start` or `end`."""
    schedule: Duration
    """How long before or after."""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.before is None) == (self.after is None):
            raise ValueError("needs either before or after, with start or end, as in before: start")
        return self

    def falls_at(self, *, starts: datetime | None, ends: datetime | None) -> datetime | None:
        """When it is time, for a show that starts and ends then; None where that is not known."""
        moment = starts if (self.before or self.after) == "start" else ends
        if moment is None:
            return None
        return moment - self.schedule if self.before else moment + self.schedule


class HandTrigger(Record):
    """A person starts it, and is asked for the variables."""

    hand: Literal[True]
    """Always `true`."""


def kind_of(value: Any) -> str | None:
    """Which trigger this is: the first of its own fields that it has."""
    kinds = ("event", "words", "schedule", "hand")
    if isinstance(value, Mapping):
        return next((kind for kind in kinds if kind in value), None)
    return next((kind for kind in kinds if hasattr(value, kind)), None)


Trigger = Annotated[
    Annotated[EventTrigger, Tag("event")]
    | Annotated[WordsTrigger, Tag("words")]
    | Annotated[ScheduleTrigger, Tag("schedule")]
    | Annotated[HandTrigger, Tag("hand")],
    Discriminator(
        kind_of,
        custom_error_type="kind",
        custom_error_message="is no trigger; write event:, words:, schedule: or hand: true",
    ),
]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _as_words(phrase: str) -> re.Pattern[str]:
    """The phrase as whole words, however much space is between them."""
    words = r"\s+".join(re.escape(word) for word in phrase.split())
    return re.compile(rf"(?<!\w){words}(?!\w)")
