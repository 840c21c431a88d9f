"""Commands, presses, forms and direct messages: each at once, each with one effect."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

from bot.intake.batches import Conflict, stored_as
from bot.intake.desk import Act
from bot.intake.waiting import Stored
from bot.intake.writer import Writer
from handlers.messages import Answer, Command, DirectMessage, Press, TeamLine, Webhook
from storage.leases import Lease, LeaseLost
from storage.repositories import messages
from storage.unit_of_work import Transaction

__all__ = ["Acts"]


class Acts:
    """Handles acts, which overtake waiting chat at the gate."""

    def __init__(self, writer: Writer, on_conflict: Conflict) -> None:
        self._writer = writer
        self._on_conflict = on_conflict
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> list[asyncio.Task[None]]:
        """Those that have not been committed yet."""
        return list(self._running.values())

    async def take(self, act: Act) -> None:
        """Handle `act`; returns once it is committed or set aside.

        A database that is down is waited for. A caller that gives up ends nothing: what was taken
        in is finished, and the same key meanwhile joins it.
        """
        await self._to_the_end(act.key, partial(self.handle, act, urgent=True))

    async def unreachable(self, platform: str, person: str) -> None:
        """Take in that a person takes no direct messages; returns once it is committed."""
        key = f"unreachable:{platform}:{person}"
        await self._to_the_end(key, partial(self._unreachable, key, platform, person))

    async def webhook(self, told: Webhook) -> None:
        """Take in what another system tells; returns once it is committed, or raises its error."""
        await self._to_the_end(f"webhook:{told.key}", partial(self._webhook, told))

    async def _to_the_end(self, key: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        await asyncio.shield(task)

    async def _unreachable(self, key: str, platform: str, person: str) -> None:
        writer = self._writer

        async def carry_out(tx: Transaction) -> None:
            await writer.desk.unreachable(tx, platform, person, writer.clock.now())

        once = partial(writer.once, carry_out, urgent=True)
        try:
            await self._tried_twice(partial(writer.settled, once), key)
        except Exception as error:
            writer.report(error, "a person out of reach could not be told so", key=key)

    async def _webhook(self, told: Webhook) -> None:
        writer = self._writer

        async def carry_out(tx: Transaction) -> None:
            await writer.desk.webhook(tx, told, writer.clock.now())

        once = partial(writer.once, carry_out, urgent=True)
        await self._tried_twice(partial(writer.settled, once), told.key)
        writer.figures.acts += 1

    async def handle(self, act: Act, *, lease: Lease | None = None, urgent: bool = False) -> None:
        """Handle `act` in this task. Raises `LeaseLost`; its own error ends in being set aside."""
        writer = self._writer

        async def once() -> None:
            carry_out = partial(self._carry_out, act, await self._looked(act))
            await writer.once(carry_out, lease=lease, urgent=urgent)

        try:
            await self._tried_twice(partial(writer.settled, once), act.key)
        except LeaseLost:
            raise
        except Exception as error:
            await self._writer.set_aside(act, error, lease=lease, urgent=urgent)

    async def _tried_twice(self, attempt: Callable[[], Awaitable[None]], key: str) -> None:
        # What failed may have been a race with the same act in another process.
        try:
            await attempt()
        except LeaseLost:
            raise
        except Exception as error:
            self._writer.report(error, "an act failed and is tried once more", key=key)
            await attempt()

    async def _looked(self, act: Act) -> Answer | None:
        """The answer of an act that reads beside the sale: chat goes on meanwhile."""
        desk = self._writer.desk
        if not isinstance(act, Command | Press) or not desk.beside(act):
            return None
        async with self._writer.storage.read() as tx:
            return await desk.looking(tx, act)

    async def _carry_out(self, act: Act, looked: Answer | None, tx: Transaction) -> None:
        writer = self._writer
        earlier = (await messages.known(tx, [act.key])).get(act.key)
        if earlier is not None:
            writer.figures.duplicates += 1
            before = Stored(text=earlier.text, person=earlier.person, sent_at=earlier.sent_at)
            if stored_as(act) != before:
                self._on_conflict(act, before)
            return
        if isinstance(act, DirectMessage):
            await writer.desk.direct(tx, act, writer.clock.now())
        elif isinstance(act, TeamLine):
            await writer.desk.overhear(tx, act, writer.clock.now())
        else:
            await writer.desk.act(tx, act, writer.clock.now(), looked)
        await writer.remember(tx, [act])
        writer.figures.acts += 1
