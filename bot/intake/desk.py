"""Who handles what the intake takes in, and where it looks back: the two sides of the lanes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from handlers.capability import Option
from handlers.completing import Choice
from handlers.hearing import Batch, Heard, Taken
from handlers.messages import (
    Answer,
    Channel,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    Press,
    TeamLine,
    Webhook,
)
from handlers.people import Person
from storage.unit_of_work import Transaction

__all__ = ["Act", "Desk", "History", "Incoming"]

Act = Command | Press | FormSubmit | DirectMessage | TeamLine
Incoming = Heard | Act


class Desk(Protocol):
    """Decides. Everything with a transaction happens in that transaction, or not at all."""

    async def refresh(self) -> None:
        """Bring what chat is read against up to date, in a read transaction of its own."""

    def read(self, messages: Sequence[Heard], *, in_order: bool = False) -> Batch:
        """Read lines, before any transaction.

        `Batch.messages` is as many of them, from the first on and at least one, as may share a
        batch; the rest comes again.
        """

    async def take(self, tx: Transaction, batch: Batch, now: datetime) -> Taken:
        """Handle a batch. Raises `SnapshotStale` where it has to be read again."""

    def beside(self, act: Command | Press) -> bool:
        """Whether `act` only reads, and for so long that chat must not wait; asks no database."""

    async def looking(self, tx: Transaction, act: Command | Press) -> Answer:
        """What an act `beside` the sale answers, in a read transaction."""

    async def act(
        self,
        tx: Transaction,
        act: Command | Press | FormSubmit,
        now: datetime,
        looked: Answer | None = None,
    ) -> None:
        """Handle a command, a press or a form; `looked` is its answer where that is known."""

    def opens(self, act: Command | Press) -> bool:
        """Whether `act` is one that may open a form; asks no database."""

    async def opening(self, tx: Transaction, act: Command | Press) -> Form | None:
        """The form that `act` opens, in a read transaction; None where it opens none."""

    async def checking(self, tx: Transaction, submit: FormSubmit) -> Mapping[str, str]:
        """A sentence for each field that cannot stay as it is, in a read transaction."""

    async def home(self, tx: Transaction, person: Person, now: datetime) -> Home:
        """What waits for a person, in a read transaction."""

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """What may stand for `option` of a command; asks no database."""

    async def unreachable(self, tx: Transaction, platform: str, person: str, now: datetime) -> None:
        """Somebody takes no direct messages: end the wish for them, and say so in the stream."""

    def minds(self, line: TeamLine) -> bool:
        """Whether a line of the team is to be handled at all; asks no database."""

    async def overhear(self, tx: Transaction, line: TeamLine, now: datetime) -> None:
        """Handle a line of the team."""

    async def webhook(self, tx: Transaction, told: Webhook, now: datetime) -> None:
        """Handle what another system tells, however often it comes."""

    async def direct(self, tx: Transaction, message: DirectMessage, now: datetime) -> None:
        """Handle a direct message."""

    async def tick(self, tx: Transaction, due: datetime) -> None:
        """Do what is due at or before `due`, in order of due time; what is left comes again."""

    async def next_deadline(self, tx: Transaction) -> datetime | None:
        """When something is due next."""

    async def set_aside(
        self, tx: Transaction, message: Incoming, *, reference: str, error: str, now: datetime
    ) -> None:
        """Answer one whose own error kept it from being handled, and alert the team."""

    async def came_back(
        self, tx: Transaction, channel: Channel, *, away: timedelta, claims: int, now: datetime
    ) -> None:
        """Tell the chat that its missed lines were read back, in order."""

    async def lost(
        self,
        tx: Transaction,
        channel: Channel,
        *,
        since: datetime,
        now: datetime,
        unheard: bool = False,
    ) -> None:
        """Lines since then cannot be read: pause what was sold there, and tell the team.

        `unheard` where no line of the channel was ever taken in: without a show there is then
        nothing to tell.
        """


class History(Protocol):
    """What the intake needs of a platform."""

    def history(self, channel: Channel, after: tuple[datetime, str] | None) -> AsyncIterator[Heard]:
        """The lines of `channel` after (sent at, native id), oldest first, without our own.

        The native id is "0" where no line of the channel was taken in yet.
        """
