"""The relay: wakes when something is said, and gives each address a line of its own."""

import asyncio
import random as system_random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.platforms.base import Outgoing, Platform
from bot.relay.figures import Figures
from bot.relay.line import Line
from bot.relay.naming import named, safe_traceback
from bot.relay.pace import Pace
from bot.relay.parts import Alert, Parts, RelaySettings, Trouble, TroubleKind, pause
from handlers.messages import Address, Reach
from handlers.speech import Voice
from storage import outbox
from storage.engine import Storage
from storage.errors import StorageError, StorageRefused, StorageUnavailable
from storage.leases import LeaseLost
from storage.sealing import Sealer

__all__ = ["Relay"]


class Relay:
    """Sends what the outbox holds.

    `owner` names this process in leases: on PostgreSQL no other process may have the same name.
    `resolve` looks up where an audience is. `alert` tells the team of trouble. `on_posted` is
    called after each post, once it is marked as sent, with the platform's id of it. `unreachable`
    is called with the address of a person who takes no direct messages, once that is marked: what
    was to be said there is not said, and the team is not told. `sealer` seals what one person
    alone reads, where it is kept.
    """

    def __init__(
        self,
        storage: Storage,
        voice: Voice,
        platforms: Mapping[str, Platform],
        *,
        clock: Clock,
        owner: str,
        resolve: Callable[[Address], Address | None],
        alert: Alert,
        on_posted: Callable[[Outgoing, str | None], None] | None = None,
        unreachable: Callable[[Address], Awaitable[None]] | None = None,
        settings: RelaySettings | None = None,
        sealer: Sealer | None = None,
        random: Callable[[], float] = system_random.random,
        reference: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self.figures = Figures()
        self._alert = alert
        self._unreachable = unreachable
        self._reference = reference
        self._log = structlog.get_logger("relay")
        self._awake = asyncio.Event()
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, datetime] = {}
        self._alerted: dict[tuple[Address | None, str], datetime] = {}
        self._drainers: list[asyncio.Future[None]] = []
        self._running: asyncio.Task[None] | None = None
        self._fatal: StorageRefused | None = None
        self._begun = False
        self._more_wait = False
        settings = settings or RelaySettings()
        self._poll = settings.poll_seconds if storage.dialect == "postgresql" else None
        self._parts = Parts(
            storage=storage,
            voice=voice,
            platforms=platforms,
            clock=clock,
            owner=owner,
            resolve=resolve,
            tell=self._tell,
            on_posted=on_posted or (lambda _post, _native_id: None),
            settings=settings,
            random=random,
            unreachable=self._not_reached,
            bug=self._bug,
            pace=Pace(clock, settings.rush),
            turns=asyncio.Semaphore(settings.posts_at_once),
            stopping=asyncio.Event(),
            seen_again=set(),
            left=set(),
            figures=self.figures,
            log=self._log,
            sealer=sealer or Sealer(),
        )

    def wake(self) -> None:
        """Look at the outbox now. Commits of this `Storage` do so by themselves."""
        self._awake.set()

    async def run(self) -> None:
        """Send until `stop`. Raises `StorageRefused` if the database will not do any more."""
        if self._running is not None:
            raise RuntimeError("this relay is running already")
        self._running = asyncio.current_task()
        self._parts.stopping.clear()
        unsubscribe = self._parts.storage.on_signal(outbox.SIGNAL, self.wake)
        try:
            await self._rounds()
        finally:
            unsubscribe()
            await self._end_lines()
            self._running = None

    async def drain(self) -> None:
        """Send everything that waits, also what must wait a while, then return."""
        quiet = asyncio.get_running_loop().create_future()
        self._drainers.append(quiet)
        self.wake()
        if self._running is not None:
            await quiet
            return
        running = asyncio.create_task(self.run())
        try:
            await asyncio.wait({running, quiet}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._parts.stopping.set()
            self.wake()
            await running

    async def stop(self) -> None:
        """Finish the posts under way, mark them, and end `run`."""
        self._parts.stopping.set()
        self.wake()
        if self._running is not None:
            await asyncio.wait({self._running})

    async def _end_lines(self) -> None:
        # When stopped, each line ends by itself after its post; when cancelled, so are they.
        lines = list(self._lines.values())
        if not self._parts.stopping.is_set():
            for line in lines:
                line.cancel()
        try:
            await asyncio.gather(*lines, return_exceptions=True)
        except asyncio.CancelledError:
            for line in lines:
                line.cancel()
            raise

    async def _rounds(self) -> None:
        failures = 0
        while not self._parts.stopping.is_set():
            self._awake.clear()
            drainers, self._drainers = self._drainers, []
            seconds: float | None
            try:
                quiet, seconds = await self._round()
                failures = 0
            except StorageUnavailable as error:
                quiet, seconds = False, self._parts.delay(failures)
                failures += 1
                await self._storage_trouble(error)
                # Nothing but time helps: a wake would only make it busier.
                await pause(self._parts.clock, seconds, self._parts.stopping)
                self._awake.set()
            if quiet:
                for each in drainers:
                    each.set_result(None)
            else:
                self._drainers += drainers
            await pause(self._parts.clock, seconds, self._awake, poll=self._poll)

    async def _round(self) -> tuple[bool, float | None]:
        """Start a line where one is due; whether all is said, and seconds until the next look."""
        if self._fatal is not None:
            raise self._fatal
        await self._begin()
        storage, settings = self._parts.storage, self._parts.settings
        now = self._parts.clock.now()
        limit = settings.lines_at_once + len(self._lines)
        async with storage.read() as tx:
            found = await outbox.waiting_addresses(tx, now, limit, owner=self._parts.owner)
        self._more_wait = len(found) == limit
        self._parts.seen_again.update(each.address for each in found if each.address in self._lines)
        due = [self._start(each, now) for each in found if each.address not in self._lines]
        times = [(at - now).total_seconds() for at in due if at is not None]
        return not found and not self._lines, min(times, default=None)

    async def _begin(self) -> None:
        if not self._begun:
            # Leases end with their owner: whoever had this name, or this file, is gone.
            alone = self._parts.storage.dialect == "sqlite"
            async with self._parts.storage.write() as tx:
                left = await outbox.free_addresses(tx, None if alone else self._parts.owner)
            self._parts.left.update(left)
            self._begun = True
        try:
            await self._parts.storage.listen()
        except StorageUnavailable as error:
            self._log.warning("no notifications; polling goes on", error=str(error))

    def _start(self, waiting: outbox.Waiting, now: datetime) -> datetime | None:
        """Begin a line, or say when it may begin."""
        address = waiting.address
        not_before = max(waiting.free_at or now, self._not_before.get(address, now))
        if not_before > now:
            return not_before
        if len(self._lines) < self._parts.settings.lines_at_once:
            line = asyncio.create_task(
                self._serve(address), name=f"relay: {named(Address.parse(address))}"
            )
            self._lines[address] = line
        else:
            self._more_wait = True
        return None

    async def _serve(self, address: str) -> None:
        now = self._parts.clock.now
        try:
            await Line(self._parts, address).run()
            self._not_before.pop(address, None)
        except LeaseLost:
            self._log.info("another process sends here now")
        except StorageUnavailable as error:
            self._not_before[address] = now() + timedelta(seconds=self._parts.delay(0))
            await self._storage_trouble(error)
        except StorageRefused as error:
            self._fatal = error
        except Exception as bug:
            reference = self._bug("a line of the relay ended", bug, Address.parse(address))
            self._not_before[address] = now() + timedelta(
                seconds=self._parts.settings.longest_delay
            )
            sentence = "What is to be said at one place cannot be sent; Andon tries again."
            await self._tell(Trouble(kind=TroubleKind.BUG, sentence=sentence, reference=reference))
        finally:
            del self._lines[address]
            self._ended(address)

    def _ended(self, address: str) -> None:
        # Not a look for each line that ends: with a thousand of them that took most of the time.
        half = self._parts.settings.lines_at_once // 2
        if (
            not self._lines
            or address in self._parts.seen_again
            or address in self._not_before
            or (self._more_wait and len(self._lines) <= half)
        ):
            self.wake()
        self._parts.seen_again.discard(address)

    # --- trouble --------------------------------------------------------------------------------

    async def _storage_trouble(self, error: StorageError) -> None:
        self._log.warning("the database is not available", error=str(error))
        await self._tell(Trouble(kind=TroubleKind.STORAGE, sentence=str(error)))

    def _bug(self, what: str, error: BaseException, met_at: Address | None = None) -> str:
        reference = self._reference()
        self.figures.bugs += 1
        if met_at is None or met_at.reach is not Reach.REPLY:
            self._log.error(what, reference=reference, exc_info=error)
        else:
            traceback = safe_traceback(error, met_at)
            self._log.error(what, reference=reference, exception=traceback)
        return reference

    async def _not_reached(self, address: Address) -> None:
        if self._unreachable is None:
            return
        try:
            await self._unreachable(address)
        except Exception as error:
            self._bug("nobody could be told that someone is out of reach", error)

    async def _tell(self, trouble: Trouble) -> None:
        """Alert, but not twice the same within a while: an alert may itself be what fails."""
        now, key = self._parts.clock.now(), (trouble.address, trouble.sentence)
        again = timedelta(seconds=self._parts.settings.same_alert_after)
        last = self._alerted.get(key)
        if last is not None and now - last < again:
            return
        self._alerted = {k: at for k, at in self._alerted.items() if now - at < again}
        self._alerted[key] = now
        try:
            await self._alert(trouble)
        except Exception as error:
            self._bug("an alert could not be given", error)
