"""One transaction of the intake: fenced, patient, with the next deadline known at its end."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import TypeVar

import structlog

from bot.clock import Clock, ManualClock
from bot.intake.deadline import Deadline
from bot.intake.desk import Desk, Incoming
from bot.intake.figures import Figures
from bot.intake.patience import Patience
from bot.intake.settings import IntakeSettings
from bot.intake.waiting import reached, row_of
from handlers.snapshot import SnapshotStale
from storage import leases
from storage.engine import Storage
from storage.leases import Lease, LeaseLost
from storage.repositories import messages
from storage.unit_of_work import Transaction

__all__ = ["Crossed", "Writer"]

Result = TypeVar("Result")


class Crossed(Exception):
    """`due` lies before the end of the batch, so the batch is too long; nothing was written.

    `early` if it was due before the batch was handled, not because of it.
    """

    def __init__(self, due: datetime, *, early: bool) -> None:
        super().__init__(due)
        self.due = due
        self.early = early


class Writer:
    """Writes for the lanes and the acts of one intake; what these share is here.

    `clock` is the time of the sale, `wall` that of leases and of waiting.
    """

    def __init__(
        self,
        storage: Storage,
        desk: Desk,
        settings: IntakeSettings,
        *,
        clock: Clock,
        wall: Clock,
        random: Random,
        in_order: bool,
        new_reference: Callable[[], str],
        alert_directly: Callable[[str], None],
        on_commit: Callable[[], object],
    ) -> None:
        self.storage = storage
        self.desk = desk
        self.settings = settings
        self.clock = clock
        self.wall = wall
        self.in_order = in_order
        self.deadline = Deadline(wall)
        self.patience = Patience(settings, wall=wall, random=random, alert_directly=alert_directly)
        self.figures = Figures()
        self._new_reference = new_reference
        self._alert = alert_directly
        self._on_commit = on_commit
        self._log = structlog.get_logger("andon.intake")

    async def once(
        self,
        work: Callable[[Transaction], Awaitable[Result]],
        *,
        lease: Lease | None = None,
        urgent: bool = False,
        last: datetime | None = None,
        alone: bool = True,
    ) -> Result:
        """Do `work` in one transaction.

        `last` is when the last line of a batch was said: nothing may be due by then, before the
        work, and if the batch is more than one line, because of it. Raises `Crossed` then, and
        `LeaseLost` if `lease` is no longer ours.
        """
        async with self.storage.write(urgent=urgent) as tx:
            if lease is not None:
                await leases.check(tx, lease)
            if last is not None:
                await self._nothing_due(tx, last)
            result = await work(tx)
            due = await self.desk.next_deadline(tx)
            if last is not None and not alone:
                self._nothing_crossed(due, last)
            tx.on_commit(partial(self.deadline.learn, due))
        self._on_commit()
        return result

    async def settled(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """What `attempt` returns once the memory takes it and the snapshot is the newest."""

        async def newest() -> Result:
            stale = 0
            while True:
                try:
                    return await attempt()
                except SnapshotStale:
                    stale += 1
                    if stale > 4 * self.settings.rereads:
                        raise
                    await self.desk.refresh()
                    if stale % self.settings.rereads == 0:
                        await self.patience.pause(stale // self.settings.rereads)

        return await self.patience.until_done(newest)

    async def _nothing_due(self, tx: Transaction, last: datetime) -> None:
        if tx.dialect == "postgresql":
            # Another process may have committed a nearer one.
            self.deadline.learn(await self.desk.next_deadline(tx))
        due = self.deadline.at
        if due is not None and due <= last:
            raise Crossed(due, early=True)

    def _nothing_crossed(self, due: datetime | None, last: datetime) -> None:
        due = self.deadline.counting(due)
        if due is not None and due <= last:
            raise Crossed(due, early=False)

    async def remember(self, tx: Transaction, taken: Sequence[Incoming]) -> None:
        """Note the keys of `taken`, and how far it takes the cursors."""
        await messages.remember(tx, [row_of(message) for message in taken])
        if cursors := reached(taken):
            await messages.advance(tx, {(c.platform, c.id): at for c, at in cursors.items()})

    async def ask_deadline(self) -> None:
        """Look up the next deadline, unless a commit brings it first."""
        looks = self.deadline.looks
        async with self.storage.read() as tx:
            due = await self.desk.next_deadline(tx)
        if looks == self.deadline.looks:
            self.deadline.learn(due)

    async def set_aside(
        self, message: Incoming, error: Exception, *, lease: Lease | None, urgent: bool = False
    ) -> None:
        """Put away a message whose own error kept it from being handled."""
        reference = self.report(error, "a message was set aside", key=message.key)
        self.figures.set_aside += 1

        async def answer(tx: Transaction) -> None:
            said = f"{type(error).__name__}: {error}"[:500]
            now = self.clock.now()
            await self.desk.set_aside(tx, message, reference=reference, error=said, now=now)
            await self.remember(tx, [message])

        try:
            await self.settled(partial(self.once, answer, lease=lease, urgent=urgent))
        except LeaseLost:
            raise
        except Exception as second:
            self.report(second, "it could not even be answered", reference=reference)
            self._alert(
                f"A message could not be handled or answered; it is skipped. Reference {reference}."
            )
            await self._skip(message, lease)

    async def _skip(self, message: Incoming, lease: Lease | None) -> None:
        async def attempt() -> None:
            async with self.storage.write() as tx:
                if lease is not None:
                    await leases.check(tx, lease)
                await self.remember(tx, [message])

        try:
            await self.patience.until_done(attempt)
        except LeaseLost:
            raise
        except Exception as error:
            self.report(error, "it could not even be skipped for good")

    def report(self, error: Exception, what: str, **details: object) -> str:
        """Log `error` with its traceback under a new reference, and return that."""
        reference = self._new_reference()
        self._log.error(what, **{"reference": reference, **details}, exc_info=error)
        return reference

    def alert_bug(self, reference: str, what: str) -> None:
        """Tell people of a bug that is in no message."""
        self._alert(f"{what} Reference {reference}.")

    def move_clock(self, at: datetime) -> None:
        """In a rehearsal time is what the log says."""
        if self.in_order and isinstance(self.clock, ManualClock):
            self.clock.move_to(at)
