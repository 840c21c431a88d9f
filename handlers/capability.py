"""What a capability is: an inert value that says what one room of `handlers/` offers.

Nothing here runs. The registry collects capabilities, the dispatcher calls what they name, and
command trees, help and `docs/commands.md` are made from the same tables.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Select

from handlers.messages import (
    Answer,
    Button,
    DirectMessage,
    Field,
    Form,
    FormSubmit,
    Press,
    TeamLine,
    Visibility,
    Webhook,
)
from handlers.people import EVERYONE, Person, Role

if TYPE_CHECKING:
    from handlers.claims.rules import SaleRules
    from handlers.command_line import Invocation
    from handlers.events import Event
    from handlers.hearing import Line
    from handlers.speech import Rendered, Spoken
    from handlers.wording import Wording
    from handlers.work import House, Work

__all__ = [
    "Capability",
    "CommandSpec",
    "Deadline",
    "DirectHearing",
    "DirectTurn",
    "Follower",
    "FormSpec",
    "Hearer",
    "MenuSpec",
    "Option",
    "OptionKind",
    "Overhearing",
    "Phase",
    "PressSpec",
    "Role",
    "Telling",
    "UndoSpec",
    "Undone",
    "WaitingThing",
    "Waits",
    "WebhookSpec",
]


class Phase(StrEnum):
    """When a capability hears chat; the first that takes a line ends its way."""

    GUARD = "guard"
    SALE = "sale"
    ANSWER = "answer"


class DirectTurn(StrEnum):
    """When a capability hears a direct message, in this order; the first that takes it answers."""

    #: The wish for a person goes before all else, also in the middle of a form.
    PERSON = "person"
    #: A form of questions that is under way.
    FORM = "form"
    #: A word that means something else while somebody of the team is talking with its writer.
    TALK = "talk"
    #: The few words that stand for something.
    WORD = "word"
    #: A conversation with the team that is open.
    THREAD = "thread"
    #: What its writer wants, in any words.
    WISH = "wish"
    #: What is always asked.
    QUESTION = "question"
    #: What nobody has understood.
    REST = "rest"


class OptionKind(StrEnum):
    """What an option takes; `TEXT…` is a rest.

    `ITEM` and `VARIANT` complete from the catalogue; `PLAYBOOK`, `RUN` (a number) and `STEP` from
    the playbooks and what is open of them.
    """

    WORD = "word"
    TEXT = "text"
    INTEGER = "integer"
    AMOUNT = "amount"
    ITEM = "item"
    VARIANT = "variant"
    PERSON = "person"
    PLAYBOOK = "playbook"
    RUN = "run"
    STEP = "step"

    @property
    def completes(self) -> bool:
        """Whether something can be offered while it is typed."""
        return self in (self.ITEM, self.VARIANT, self.PLAYBOOK, self.RUN, self.STEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command. `TEXT` takes the rest of the line and stands last."""

    name: str
    kind: OptionKind
    summary: str
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A slash command: one or two words, who may, who sees the answer, what runs.

    Where `opens` returns a form, that is the first response and nothing runs; it may only read.
    One that `lists` only reads, and a long answer of it is shown a page at a time.
    One that is read `beside` the sale only reads too, and for so long that chat must not wait for
    it: it runs in a read transaction of its own.
    """

    name: str
    summary: str
    run: "Callable[[Work, Invocation], Awaitable[Answer]]"
    options: tuple[Option, ...] = ()
    roles: frozenset[Role] = EVERYONE
    visibility: Visibility = Visibility.PRIVATE
    opens: "Callable[[Work, Invocation], Awaitable[Form | None]] | None" = None
    lists: bool = False
    beside: bool = False

    @property
    def signature(self) -> str:
        """The command as help shows it: `/stage CODE [VARIANT]`."""
        words = [f"/{self.name}"]
        for option in self.options:
            shown = "|".join(option.choices) if option.choices else option.name.upper()
            if option.kind is OptionKind.TEXT:
                shown += "…"
            words.append(shown if option.required else f"[{shown}]")
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressSpec:
    """A button whose id starts with `name` and a colon; its arguments follow, parted by colons.

    `takes` names their kinds, `INTEGER` (a row's id or a count) or `WORD`; the last `may_lack` of
    them may be missing. A button that brings others is not one of ours: `run` never sees it.
    `opens` is that of a command. `label` is what it is called to those who may not press it.
    """

    name: str
    run: "Callable[[Work, Press, Sequence[str]], Awaitable[Answer]]"
    takes: tuple[OptionKind, ...] = ()
    may_lack: int = 0
    roles: frozenset[Role] = EVERYONE
    visibility: Visibility = Visibility.PRIVATE
    opens: "Callable[[Work, Press, Sequence[str]], Awaitable[Form | None]] | None" = None
    label: str = ""

    def fits(self, arguments: Sequence[str]) -> bool:
        """Whether these are arguments that a button of ours may bring."""
        most = len(self.takes)
        return most - self.may_lack <= len(arguments) <= most and all(
            _is_number(given) if kind is OptionKind.INTEGER else bool(given)
            for kind, given in zip(self.takes, arguments, strict=False)
        )


def _is_number(given: str) -> bool:
    # Longer ones would not fit into a column.
    return given.isascii() and given.isdecimal() and len(given) <= 15


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSpec:
    """An entry of a message's menu, pressed as button `menu.<name>` with the message's key.

    `opens` is that of a command.
    """

    name: str
    label: str
    run: "Callable[[Work, Press], Awaitable[Answer]]"
    roles: frozenset[Role]
    opens: "Callable[[Work, Press], Awaitable[Form | None]] | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSpec:
    """A form whose id starts with `name` and a colon. Its answer is words, never another form.

    `fields` are its questions as far as they are always the same: what each takes is checked before
    `run` sees it. `check` looks at the rest; it only reads, and returns a sentence for each field
    that cannot stay as it is. `label` is that of a button.
    """

    name: str
    run: "Callable[[Work, FormSubmit, Sequence[str]], Awaitable[Answer]]"
    fields: tuple[Field, ...] = ()
    check: "Callable[[Work, FormSubmit, Sequence[str]], Awaitable[Mapping[str, str]]] | None" = None
    roles: frozenset[Role] = EVERYONE
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Follows domain events in the transaction that they happened in.

    A `required` follower (stock, money) fails the message with it; any other is rolled back alone,
    kept and tried again.
    """

    name: str
    events: "tuple[type[Event], ...]"
    run: "Callable[[Work, Sequence[Event]], Awaitable[None]]"
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something that comes due: when it is next, and what happens then.

    `due` selects one instant or null. `run` does what is due at or before that instant, all of it
    or a bounded part: it is called again as long as something is due.
    """

    name: str
    due: Select[Any]
    run: "Callable[[Work, datetime], Awaitable[None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What to tell the one who asked; `done` is false where the act had to stay.

    `past` where it can never be taken back any more: the next `/undo` goes to the act before it.
    """

    text: str
    done: bool = True
    past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoSpec:
    """Takes back an act of this name."""

    action: str
    run: "Callable[[Work, Mapping[str, Any]], Awaitable[Undone]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How outbox messages of some kinds read.

    `merge` turns messages of these kinds that wait at one address, in order, into as few posts as
    fit into `max_characters`.
    """

    kinds: tuple[str, ...]
    merge: "Callable[[Wording, SaleRules, Sequence[Spoken], int], Sequence[Rendered]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingThing:
    """One thing that waits for a person: what it is, until when, and what can be done about it."""

    title: str
    detail: str = ""
    due: datetime | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Tells what waits for a person, the nearest first where deadlines are equal. Only reads."""

    name: str
    run: "Callable[[Work, Person], Awaitable[Sequence[WaitingThing]]]"


class Hearer(Protocol):
    """Hears chat in one phase. `prepare` loads what a batch needs, once; `hear` only decides."""

    phase: Phase

    async def prepare(self, work: "Work", lines: "Sequence[Line]") -> None:
        """Lock and load, in sorted order, what these lines may need."""

    async def hear(self, work: "Work", line: "Line") -> bool:
        """Decide about one line; True ends its way. I/O only for a line that stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectHearing:
    """Hears what people write to the bot alone: `run` answers, or leaves it to the next with None.

    An answer without words is none that is said. Whoever takes a message with pictures keeps them,
    or they are gone.
    """

    turn: DirectTurn
    run: "Callable[[Work, DirectMessage], Awaitable[Answer | None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhearing:
    """Hears what is typed in the team's channels.

    `minds` says by the line alone whether it is worth a transaction; `run` then handles it. With
    `threads` so is whatever is typed in answer to a post.
    """

    minds: "Callable[[House, str], bool]"
    run: "Callable[[Work, TeamLine], Awaitable[None]]"
    threads: bool = False

    def heeds(self, house: "House", line: TeamLine) -> bool:
        """Whether this line is worth a transaction."""
        return (self.threads and bool(line.thread)) or self.minds(house, line.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSpec:
    """Takes in what other systems tell, by `source`; its signature was checked before.

    The same may come any number of times: `run` sees to it that it counts once.
    """

    source: str
    run: "Callable[[Work, Webhook], Awaitable[None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that Andon can do. What it says stands in `copy.yaml` beside it."""

    name: str
    summary: str
    commands: tuple[CommandSpec, ...] = ()
    presses: tuple[PressSpec, ...] = ()
    menus: tuple[MenuSpec, ...] = ()
    forms: tuple[FormSpec, ...] = ()
    hearers: tuple[Hearer, ...] = ()
    directs: tuple[DirectHearing, ...] = ()
    overhears: tuple[Overhearing, ...] = ()
    followers: tuple[Follower, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    undoes: tuple[UndoSpec, ...] = ()
    tellings: tuple[Telling, ...] = ()
    waits: tuple[Waits, ...] = ()
    webhooks: tuple[WebhookSpec, ...] = ()
