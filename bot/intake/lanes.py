"""A lane: the chat of one stream, in order, one transaction after another, by one owner."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.intake.acts import Acts
from bot.intake.batches import Batches, Conflict, Done
from bot.intake.desk import Act, History, Incoming
from bot.intake.gaps import Gaps
from bot.intake.owning import Ownership
from bot.intake.queue import Queue
from bot.intake.waiting import channel_of
from bot.intake.writer import Writer
from handlers.messages import Channel
from storage.leases import Lease, LeaseLost
from storage.unit_of_work import Transaction

__all__ = ["Lane"]


@dataclass(slots=True, kw_only=True)
class _Missed:
    """What is being read back: lines still to handle, their claims, the first one by channel."""

    left: int = 0
    claims: int = 0
    since: dict[Channel, datetime] = field(default_factory=dict)


class Lane:
    """Takes in the channels of one stream while it has their lease; stands by while it has not."""

    def __init__(
        self,
        name: str,
        channels: Sequence[Channel],
        writer: Writer,
        *,
        acts: Acts,
        history_of: Callable[[str], History],
        owner: str,
        on_conflict: Conflict,
        others_clear: Callable[["Lane", datetime], bool],
        on_lease: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.channels = tuple(channels)
        self.queue = Queue(bound=writer.settings.queue_max, in_order=writer.in_order)
        self.ended = False
        #: Set while there is nothing to do.
        self.idle = asyncio.Event()
        self._woken = asyncio.Event()
        self._room = asyncio.Event()
        self._settings = writer.settings
        self._writer = writer
        self._acts = acts
        self._others_clear = others_clear
        self._stream = Ownership(name, writer, owner, woken=self._woken, changed=on_lease)
        self._batches = Batches(writer, on_conflict)
        self._gaps = Gaps(writer, self.queue, history_of, stopping=self._must_leave)
        self._missed = _Missed()
        self._horizon: datetime | None = None
        self._ticked: tuple[datetime | None, int] = (None, 0)
        self._stopping = False
        self._failures = 0
        self._mark_all()

    @property
    def lease(self) -> Lease | None:
        """The lease of its stream, while it has that."""
        return self._stream.lease

    # --- from outside -----------------------------------------------------------------------

    def put(self, message: Incoming) -> None:
        """Stand `message` in line; in a full line it becomes a gap."""
        if not self.queue.put(message, self._writer.clock.now()):
            self._writer.figures.dropped += 1
        self.wake()

    def gap(self, channel: Channel) -> None:
        """Lines of `channel` are missing."""
        self.queue.open_gap(channel, self._writer.clock.now())
        self.wake()

    def tick(self, now: datetime) -> None:
        """What is due up to `now` may be done, where nothing said before it waits."""
        self._horizon = now if self._horizon is None else max(now, self._horizon)
        self.wake()

    def stop(self) -> None:
        """Finish what is in line, and end."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """There may be something to do."""
        self.idle.clear()
        self._woken.set()

    def clear_until(self, due: datetime) -> bool:
        """Whether nothing said before `due` waits here, or may be missing."""
        oldest = self.queue.oldest
        return self.lease is None or (not self.queue.broken and (oldest is None or oldest >= due))

    async def room(self) -> None:
        """Return once there is room in the line."""
        while self.queue.full and not self.ended:
            self._room.clear()
            await self._room.wait()

    async def renew(self) -> None:
        """Keep the lease, if a third of it is over."""
        await self._stream.renew()

    async def run(self) -> None:
        """Take in, until stopped and all in line is finished."""
        try:
            while True:
                self._woken.clear()
                if await self._guarded_step():
                    continue
                if self._stopping:
                    return
                if not self._woken.is_set():
                    self.idle.set()
                    await self._woken.wait()
        finally:
            self.ended = True
            self.idle.set()
            self._room.set()
            await self._stream.give_up()

    # --- step by step -----------------------------------------------------------------------

    async def _guarded_step(self) -> bool:
        """One step; whether it did anything. A bug that is in no message does not end the lane."""
        try:
            worked = await self._step()
        except LeaseLost:
            if self._writer.in_order:
                raise
            self._stand_back()
            return True
        except Exception as error:
            if self._writer.in_order:
                raise
            self._failures += 1
            reference = self._writer.report(error, "a lane failed and goes on", lane=self.name)
            if self._failures == 1:
                self._writer.alert_bug(reference, "Chat cannot be taken in; I keep trying.")
            await self._writer.patience.pause(self._failures)
            return True
        self._failures = 0
        return worked

    async def _step(self) -> bool:
        lease = await self._stream.have(lambda: self._stopping)
        if lease is None:
            return False
        self.queue.settle()
        front, due = self.queue.front, self._writer.deadline.at
        overdue = due is not None and front is not None and due <= front.at
        if self.queue.broken and (front is None or overdue):
            return await self._close_gaps(lease)
        if due is not None and (overdue or (front is None and self._may_tick(due))):
            await self._tick(due, lease)
        elif front is None:
            return False
        elif isinstance(front.message, Act):
            self._writer.move_clock(front.at)
            await self._acts.handle(front.message, lease=lease)
            self._drop(1)
        else:
            await self._handle(due, lease)
        return True

    def _may_tick(self, due: datetime) -> bool:
        reached = self._horizon is not None and due <= self._horizon
        return reached and self._others_clear(self, due)

    async def _handle(self, due: datetime | None, lease: Lease) -> None:
        entries = self.queue.first(self._batches.size, due)
        done = await self._batches.handle(entries, lease)
        self._drop(done.count)
        if entries[0].missed:
            await self._count_missed(done, lease)

    def _drop(self, count: int) -> None:
        self.queue.drop(count)
        if not self.queue.full:
            self._room.set()

    async def _tick(self, due: datetime, lease: Lease) -> None:
        writer = self._writer
        ticked, times = self._ticked
        self._ticked = (due, times + 1 if due == ticked else 1)

        async def work(tx: Transaction) -> None:
            at = writer.deadline.at
            if at is not None and at <= due:
                await writer.desk.tick(tx, due)
                writer.figures.ticks += 1

        try:
            if self._ticked[1] > self._settings.ticks_for_one_instant:
                raise RuntimeError(f"what was due at {due.isoformat()} never gets done")
            writer.move_clock(due)
            await writer.settled(partial(writer.once, work, lease=lease))
        except LeaseLost:
            raise
        except Exception as error:
            reference = writer.report(error, "a tick failed", due=due.isoformat())
            seconds = self._settings.tick_retry_seconds
            writer.deadline.put_off(due, seconds)
            self._ticked = (None, 0)
            writer.alert_bug(
                reference,
                f"What was due at {due:%H:%M:%S} UTC failed and changed nothing; chat goes on, and "
                f"it is tried again in {seconds:.0f} s.",
            )

    # --- gaps -------------------------------------------------------------------------------

    def _must_leave(self) -> bool:
        return self._stopping or self._stream.taken_away

    async def _close_gaps(self, lease: Lease) -> bool:
        missing = await self._gaps.close(lease)
        if missing is None:
            return self._stream.taken_away
        self._missed.left += missing
        return True

    async def _count_missed(self, done: Done, lease: Lease) -> None:
        missed = self._missed
        missed.left -= done.count
        missed.claims += done.claims
        for entry in done.fresh:
            channel = channel_of(entry.message)
            if channel is not None:
                missed.since[channel] = min(entry.at, missed.since.get(channel, entry.at))
        if missed.left > 0:
            return
        self._missed = _Missed()
        try:
            tell = partial(self._tell_back, missed)
            await self._writer.settled(partial(self._writer.once, tell, lease=lease))
        except LeaseLost:
            raise
        except Exception as error:
            self._writer.report(error, "the chat could not be told that lines were read back")

    async def _tell_back(self, missed: _Missed, tx: Transaction) -> None:
        now = self._writer.clock.now()
        for channel, since in sorted(missed.since.items()):
            away = now - since
            if away.total_seconds() >= self._settings.away_seconds:
                await self._writer.desk.came_back(
                    tx, channel, away=away, claims=missed.claims, now=now
                )

    def _stand_back(self) -> None:
        """Forget what is in line: the new owner has it from history, and so have we later on."""
        self._stream.forget()
        self._missed = _Missed()
        self.queue.clear()
        self._mark_all()

    def _mark_all(self) -> None:
        if not self._writer.in_order:
            for channel in self.channels:
                self.queue.open_gap(channel, self._writer.clock.now())
