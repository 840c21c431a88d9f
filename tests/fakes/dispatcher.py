"""A desk that keeps a journal in the database, so that what is rolled back was never there."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from bot.intake.desk import Incoming
from bot.intake.waiting import instant_of
from handlers.capability import Option
from handlers.completing import Choice
from handlers.hearing import Batch, Heard, Taken
from handlers.messages import (
    Answer,
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    MessageDeleted,
    MessageEdited,
    Press,
    TeamLine,
    Webhook,
)
from handlers.people import Person
from handlers.snapshot import SnapshotStale
from storage.engine import Storage
from storage.schema.traffic import audit, exceptions
from storage.unit_of_work import Transaction

__all__ = ["FakeDesk", "journal"]


class FakeDesk:
    """Implements `bot.intake.Desk`.

    A line with the word `claim` counts as a claim; one with `poison` cannot be handled; `in 15:
    ring` makes `ring` due 15 seconds after it was said; an edit wants a batch of its own. Every
    effect is a row of the audit, and every deadline a row of its own: both go with a rollback.
    """

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.tries: Counter[str] = Counter()
        self.refreshed = 0
        self.stale = 0
        #: Called at the start of `take`, `act`, `looking`, `opening`, `checking`, `home`,
        #: `unreachable` and `tick`; may raise.
        self.before: Callable[[str], None] = lambda _name: None

    async def refresh(self) -> None:
        """Count."""
        self.refreshed += 1

    def read(self, messages: Sequence[Heard], *, in_order: bool = False) -> Batch:
        """End before an edit, or after it if it is the first."""
        edits = (i for i, message in enumerate(messages) if isinstance(message, MessageEdited))
        end = max(1, next(edits, len(messages)))
        return Batch(messages=tuple(messages[:end]), lines=(), versions=(0, 0))

    async def take(self, tx: Transaction, batch: Batch, now: datetime) -> Taken:
        """Write every line into the journal."""
        self.before("take")
        self.tries.update(message.key for message in batch.messages)
        if self.stale > 0:
            self.stale -= 1
            raise SnapshotStale
        await self._write(tx, [(_told(message), instant_of(message)) for message in batch.messages])
        for message in batch.messages:
            await self._judge(tx, message)
        tx.on_commit(lambda: self.batches.append(len(batch.messages)))
        return Taken(claims=sum("claim" in _text(message) for message in batch.messages))

    def beside(self, act: Command | Press) -> bool:
        """Where it asks for figures."""
        return "figures" in _text(act)

    async def looking(self, tx: Transaction, act: Command | Press) -> Answer:
        """The newest line of the journal."""
        self.before("looking")
        return Answer(text=await self._newest(tx))

    async def act(
        self,
        tx: Transaction,
        act: Command | Press | FormSubmit,
        now: datetime,
        looked: Answer | None = None,
    ) -> None:
        """Write it into the journal, with what was looked up for it."""
        self.before("act")
        told = _told(act) if looked is None else f"{_told(act)} -> {looked.text}"
        await self._write(tx, [(told, act.sent_at)])
        await self._judge(tx, act)

    def opens(self, act: Command | Press) -> bool:
        """Where it asks for one."""
        return "form" in _text(act)

    async def opening(self, tx: Transaction, act: Command | Press) -> Form | None:
        """A form whose intro is the newest line of the journal."""
        self.before("opening")
        return Form(id="f:1", title="F", fields=(), intro=await self._newest(tx))

    async def _newest(self, tx: Transaction) -> str:
        newest = await tx.scalar(select(audit.c.subject).order_by(audit.c.id.desc()).limit(1))
        return newest or ""

    async def checking(self, tx: Transaction, submit: FormSubmit) -> Mapping[str, str]:
        """A sentence for each value that says it is wrong."""
        self.before("checking")
        return {
            name: f"{name} is wrong" for name, typed in submit.values.items() if "wrong" in typed
        }

    async def home(self, tx: Transaction, person: Person, now: datetime) -> Home:
        """A page with the person's name."""
        self.before("home")
        return Home(title=person.name, sections=())

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """What was typed, once more."""
        return [Choice(value=typed, label=typed)]

    async def unreachable(self, tx: Transaction, platform: str, person: str, now: datetime) -> None:
        """Write it into the journal."""
        self.before("unreachable")
        await self._write(tx, [(f"{platform}:{person} is out of reach", now)])

    async def direct(self, tx: Transaction, message: DirectMessage, now: datetime) -> None:
        """Write it into the journal."""
        await self._write(tx, [(_told(message), message.sent_at)])
        await self._judge(tx, message)

    async def webhook(self, tx: Transaction, told: Webhook, now: datetime) -> None:
        """Write it into the journal."""
        self.before("webhook")
        await self._write(tx, [(f"{told.source} tells {told.key}", now)])

    def minds(self, line: TeamLine) -> bool:
        """Every line."""
        return True

    async def overhear(self, tx: Transaction, line: TeamLine, now: datetime) -> None:
        """Write it into the journal."""
        await self._write(tx, [(_told(line), line.sent_at)])

    async def tick(self, tx: Transaction, due: datetime) -> None:
        """Write what is due into the journal, the oldest first."""
        self.before("tick")
        rows = await tx.all(
            select(exceptions)
            .where(exceptions.c.state == "open", exceptions.c.due_at <= due)
            .order_by(exceptions.c.due_at, exceptions.c.id)
        )
        for row in rows:
            await tx.run(update(exceptions).where(exceptions.c.id == row.id), {"state": "resolved"})
            if row.subject == "poison":
                raise ValueError("this deadline is poison")
            await self._write(tx, [(f"due: {row.subject}", row.due_at)])

    async def next_deadline(self, tx: Transaction) -> datetime | None:
        """The first deadline."""
        open_ones = select(func.min(exceptions.c.due_at)).where(exceptions.c.state == "open")
        found = await tx.scalar(open_ones)
        return found if isinstance(found, datetime) else None

    async def set_aside(
        self, tx: Transaction, message: Incoming, *, reference: str, error: str, now: datetime
    ) -> None:
        """Write it into the journal."""
        if "venom" in _text(message):
            raise ValueError("not even this works")
        await self._write(tx, [(f"aside {_told(message)} [{reference}] {error}", now)])

    async def came_back(
        self, tx: Transaction, channel: Channel, *, away: timedelta, claims: int, now: datetime
    ) -> None:
        """Write it into the journal."""
        told = f"{channel.id}: away {away.total_seconds():.0f} s; {claims} claims read back"
        await self._write(tx, [(told, now)])

    async def lost(
        self,
        tx: Transaction,
        channel: Channel,
        *,
        since: datetime,
        now: datetime,
        unheard: bool = False,
    ) -> None:
        """Write it into the journal."""
        never = ", never heard" if unheard else ""
        await self._write(tx, [(f"{channel.id}: lost since {since:%H:%M:%S}{never}", now)])

    async def _judge(self, tx: Transaction, message: Incoming) -> None:
        text = _text(message)
        if "poison" in text or "venom" in text:
            raise ValueError(f"{text!r} cannot be handled")
        if text.startswith("in "):
            seconds, _, what = text.removeprefix("in ").partition(": ")
            row = {
                "kind": "deadline",
                "subject": what,
                "state": "open",
                "owner_role": "host",
                "values": {},
                "opened_at": instant_of(message),
                "due_at": instant_of(message) + timedelta(seconds=float(seconds)),
            }
            await tx.insert(exceptions, [row])

    async def _write(self, tx: Transaction, entries: Sequence[tuple[str, datetime]]) -> None:
        rows: list[dict[str, Any]] = [
            {
                "at": at,
                "platform": "fake",
                "person": "",
                "name": "",
                "action": "journal",
                "subject": entry,
                "why": "",
                "values": {},
                "undo": None,
                "undone": False,
            }
            for entry, at in entries
        ]
        await tx.insert(audit, rows)


async def journal(storage: Storage) -> list[str]:
    """What was committed, in order."""
    async with storage.read() as tx:
        rows = await tx.all(select(audit.c.subject).order_by(audit.c.id))
    return [row.subject for row in rows]


def _text(message: Incoming) -> str:
    match message:
        case Command():
            return message.line
        case Press():
            return message.button
        case FormSubmit():
            return message.form
        case MessageDeleted():
            return ""
        case ChatMessage() | MessageEdited() | DirectMessage() | TeamLine():
            return message.text


def _told(message: Incoming) -> str:
    if isinstance(message, MessageDeleted):
        return f"deleted {message.of}"
    verb = {MessageEdited: " (edited)", Command: " (command)", Press: " (press)"}
    return f"{message.person.id}{verb.get(type(message), '')}: {_text(message)}"
