"""The intake: hands what platforms hear to the lane of its channel, and acts to the gate."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from random import Random, SystemRandom
from typing import TypeVar

from bot.clock import Clock, SystemClock
from bot.intake.acts import Acts
from bot.intake.batches import Conflict
from bot.intake.desk import Desk, History, Incoming
from bot.intake.lanes import Lane
from bot.intake.settings import IntakeSettings
from bot.intake.waiting import channel_of, is_heard, legible
from bot.intake.writer import Writer
from handlers.capability import Option
from handlers.completing import Choice
from handlers.hearing import Heard
from handlers.messages import (
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
from storage.engine import Storage
from storage.errors import StorageError
from storage.unit_of_work import Transaction

__all__ = ["Intake"]

T = TypeVar("T")


class Intake:
    """What comes in: one lane per stream, in order, in batches, each batch one transaction.

    It is the `Ears` of every platform. `streams` names the channels of each stream; lines of other
    channels are ignored. `clock` is the time of the sale, `wall` that of leases and of waiting;
    they differ in a rehearsal. `in_order` makes it a rehearsal: one lane that keeps the order in
    which it is fed, commands among the chat, and no gaps.
    """

    def __init__(
        self,
        storage: Storage,
        desk: Desk,
        streams: Mapping[str, Sequence[Channel]],
        *,
        platforms: Mapping[str, History],
        clock: Clock,
        owner: str,
        new_reference: Callable[[], str],
        wall: Clock | None = None,
        settings: IntakeSettings | None = None,
        random: Random | None = None,
        in_order: bool = False,
        alert_directly: Callable[[str], None] = lambda _: None,
        on_commit: Callable[[], object] = lambda: None,
        on_conflict: Conflict = lambda _message, _earlier: None,
    ) -> None:
        self._clock = clock
        self._alert = alert_directly
        self._writer = Writer(
            storage,
            desk,
            settings or IntakeSettings(),
            clock=clock,
            wall=wall or (SystemClock() if in_order else clock),
            random=random or SystemRandom(),
            in_order=in_order,
            new_reference=new_reference,
            alert_directly=alert_directly,
            on_commit=on_commit,
        )
        self.figures = self._writer.figures
        self._acts = Acts(self._writer, on_conflict)
        self._lanes = [
            Lane(
                name,
                channels,
                self._writer,
                acts=self._acts,
                history_of=platforms.__getitem__,
                owner=owner,
                on_conflict=on_conflict,
                others_clear=self._others_clear,
                on_lease=self._lease_changed,
            )
            for name, channels in (_one(streams) if in_order else streams).items()
        ]
        self._lane_of = _by_channel(self._lanes)
        #: Set while `owning` is so.
        self._owned = {True: asyncio.Event(), False: asyncio.Event()}
        self._lease_changed()
        self._stopping = False
        self._running: set[asyncio.Task[None]] = set()

    # --- what platforms call ----------------------------------------------------------------

    def hear(self, message: Heard) -> None:
        """Take a line of a stream channel. Never blocks; a full lane turns it into a gap."""
        lane = self._lane_of.get(message.channel)
        # After `stop` it is left to history.
        if lane is not None and not self._stopping:
            lane.put(legible(message))

    async def act(self, act: Command | Press | FormSubmit) -> None:
        """Take a command, press or form; returns when it is committed or set aside."""
        await self._acts.take(legible(act))

    async def direct(self, message: DirectMessage) -> None:
        """Take a direct message; returns when it is committed or set aside."""
        await self._acts.take(legible(message))

    async def overhear(self, line: TeamLine) -> None:
        """Take a line of the team; returns when it is committed, or at once where none minds it."""
        line = legible(line)
        if self._writer.desk.minds(line) and not self._stopping:
            await self._acts.take(line)

    async def webhook(self, told: Webhook) -> None:
        """Take in what another system tells, its signature checked; returns when it is committed.

        Its own error is raised: whoever sent it does so again.
        """
        await self._acts.webhook(told)

    async def opening(self, act: Command | Press) -> Form | None:
        """The form that `act` opens, from one read-only query; None where it opens none.

        None too where it cannot be read now: then the act itself waits for the database, and says
        what to do.
        """
        desk, act = self._writer.desk, legible(act)
        if not desk.opens(act):
            return None
        opening = partial(desk.opening, act=act)
        return await self._read(opening, "a form could not be opened", key=act.key)

    async def checking(self, submit: FormSubmit) -> Mapping[str, str]:
        """A sentence for each field that cannot stay as it is, from one read-only query.

        None either where they cannot be looked at now: the form itself waits for the database.
        """
        desk, submit = self._writer.desk, legible(submit)
        checking = partial(desk.checking, submit=submit)
        return await self._read(checking, "a form could not be checked", key=submit.key) or {}

    async def home(self, person: Person) -> Home | None:
        """What waits for a person, from one read-only query; None where it cannot be read now."""
        desk, now = self._writer.desk, self._clock.now()
        home = partial(desk.home, person=person, now=now)
        return await self._read(home, "a person's page could not be read", key=person.id)

    async def _read(
        self, ask: Callable[[Transaction], Awaitable[T]], failed: str, *, key: str
    ) -> T | None:
        """What `ask` finds in a read transaction; None where it cannot be read now."""
        try:
            async with self._writer.storage.read() as tx:
                return await ask(tx)
        except StorageError:
            return None
        except Exception as error:
            self._writer.report(error, failed, key=key)
            return None

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """What may stand for `option` of a command whose other options so far are `given`."""
        return self._writer.desk.completing(option, typed, given)

    def alert(self, sentence: str) -> None:
        """Tell the team at once, past the database."""
        self._alert(sentence)

    async def unreachable(self, platform: str, person: str) -> None:
        """Take in that a person takes no direct messages; returns when it is committed.

        Their wish to be told so ends, and they are told in the stream, once.
        """
        await self._acts.unreachable(platform, person)

    async def owned(self, wanted: bool = True) -> None:
        """Return once every stream is taken in by this process, or with False once one is not."""
        while self.owning is not wanted:
            await self._owned[wanted].wait()

    def gap(self, channel: Channel) -> None:
        """Lines of `channel` may be missing from here on: they are read from history."""
        lane = self._lane_of.get(channel)
        if lane is not None:
            lane.gap(channel)

    # --- what the process calls -------------------------------------------------------------

    async def run(self) -> None:
        """Take in, until `stop`."""
        async with asyncio.TaskGroup() as group:
            self._running = {group.create_task(lane.run()) for lane in self._lanes}

    async def stop(self, within: float | None = None) -> None:
        """Take no more, finish what was taken in, and let `run` return.

        After `within` seconds the rest is given up: its cursor stands, so history has it.
        """
        self._stopping = True
        for lane in self._lanes:
            lane.stop()
        while under_way := self._under_way():
            _, late = await asyncio.wait(under_way, timeout=within)
            if late:
                # Between two tries; only what hangs in one is cut off in the middle.
                self._writer.patience.give_up()
                _, late = await asyncio.wait(late, timeout=within)
            for task in late:
                task.cancel()

    async def drain(self) -> None:
        """Return once nothing waits and nothing is due up to the last tick."""
        while not self._quiet():
            waits = (lane.idle.wait() for lane in self._lanes)
            await asyncio.gather(*waits, *map(asyncio.shield, self._acts.running))

    async def tick(self, now: datetime) -> None:
        """What is due up to `now` may be done; leases are renewed. Does not wait for it."""
        try:
            # Those that have something to write wait for the database themselves, and say so.
            with suppress(StorageError):
                for lane in self._lanes:
                    await lane.renew()
                await self._writer.ask_deadline()
        finally:
            for lane in self._lanes:
                lane.tick(now)

    async def feed(self, messages: Iterable[Incoming]) -> None:
        """Rehearse `messages` in this order; waits while the lane is full."""
        for message in messages:
            lane = self._lane_for(message)
            if lane is None:
                continue
            if lane.queue.full:
                await lane.room()
            if lane.ended:
                raise RuntimeError("the intake has stopped and takes nothing more")
            lane.put(legible(message))

    async def run_until(self, instant: datetime) -> None:
        """Rehearse what falls due up to `instant`, after all that was fed."""
        await self.drain()
        for lane in self._lanes:
            lane.tick(instant)
        await self.drain()
        self._writer.move_clock(instant)

    # --- how it is --------------------------------------------------------------------------

    @property
    def owning(self) -> bool:
        """Whether every stream is taken in by this process."""
        return all(lane.lease is not None for lane in self._lanes)

    def waiting(self) -> int:
        """How many lines and acts wait or are under way."""
        return sum(len(lane.queue) for lane in self._lanes) + len(self._acts.running)

    def lag_seconds(self) -> float:
        """How long ago the oldest line that waits was said."""
        oldest = min(filter(None, (lane.queue.oldest for lane in self._lanes)), default=None)
        return 0.0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds())

    def _lease_changed(self) -> None:
        owning = self.owning
        self._owned[owning].set()
        self._owned[not owning].clear()

    def _under_way(self) -> set[asyncio.Task[None]]:
        return {task for task in (*self._running, *self._acts.running) if not task.done()}

    def _quiet(self) -> bool:
        return not self._acts.running and all(lane.idle.is_set() for lane in self._lanes)

    def _others_clear(self, lane: Lane, due: datetime) -> bool:
        return all(other is lane or other.clear_until(due) for other in self._lanes)

    def _lane_for(self, message: Incoming) -> Lane | None:
        channel = channel_of(message)
        lane = self._lane_of.get(channel) if channel else None
        # Commands come from the team's channels too.
        return lane or (None if is_heard(message) else self._lanes[0])


def _one(streams: Mapping[str, Sequence[Channel]]) -> Mapping[str, Sequence[Channel]]:
    together = tuple(channel for channels in streams.values() for channel in channels)
    return {next(iter(streams), "main"): together}


def _by_channel(lanes: Iterable[Lane]) -> dict[Channel, Lane]:
    found: dict[Channel, Lane] = {}
    for lane in lanes:
        for channel in lane.channels:
            if channel in found:
                raise ValueError(f"{channel} is in two streams; a channel belongs to one")
            found[channel] = lane
    return found
