"""One address: what waits there is merged, stored, and only then sent, in order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.platforms.base import Outgoing, Platform, PostDelayed, PostFailed
from bot.relay.kept import kept, outgoing, unsaid
from bot.relay.parts import Parts, Trouble, TroubleKind, pause
from handlers.messages import Address, Reach
from handlers.speech import Spoken
from storage import outbox
from storage.errors import StorageUnavailable
from storage.unit_of_work import Transaction

__all__ = ["Line"]

# What a post may hold where nobody can say, because it goes nowhere.
_ANY_LENGTH = 2000
_ROWS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    post: Outgoing
    native_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    why: str
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delayed:
    why: str
    retry_after: float | None = None


class Line:
    """Sends what waits at one address until nothing does, or until the address must rest."""

    def __init__(self, parts: Parts, address: str) -> None:
        self._parts = parts
        self._address = address
        self._to = Address.parse(address)
        self._urgent = self._to.reach is Reach.REPLY
        self._fence: int | None = None

    async def run(self) -> None:
        """Send. Raises `LeaseLost`, `StorageError`, and whatever a bug raises."""
        while not self._parts.stopping.is_set():
            await self._paced()
            rows = await self._gather()
            if rows is None:
                break
            for row in rows:
                await self._paced()
                if self._parts.stopping.is_set():
                    break
                await self._deliver(row, last=row is rows[-1])
                if self._fence is None:
                    return
        await self._release()

    async def _paced(self) -> None:
        place = self._parts.place_of(self._to)
        if not isinstance(place, str) and (wait := self._parts.pace.wait(place[0])) > 0:
            await pause(self._parts.clock, wait, self._parts.stopping)

    # --- gathering: lease, merge, store ---------------------------------------------------------

    async def _gather(self) -> Sequence[Any] | None:
        """Deliveries to send now, stored and leased; None if there is nothing to do here."""
        storage, limit = self._parts.storage, self._parts.settings.merged_at_most
        self._parts.seen_again.discard(self._address)
        async with storage.read() as tx:
            stored = await outbox.ready(tx, self._address, 1)
            said = () if stored else await outbox.waiting(tx, self._address, limit)
        if not stored and not said:
            return None
        new, troubles = self._merge(said)
        try:
            async with storage.write(urgent=self._urgent) as tx:
                fence = await self._lease(tx)
                if fence is None:
                    return None
                await outbox.store_deliveries(tx, self._address, new)
                rows = await outbox.ready(tx, self._address, _ROWS_AT_ONCE)
        except outbox.AlreadyMerged:
            # Another process was quicker between our look and our lease; look again later.
            return None
        self._fence = fence
        for trouble in troubles:
            await self._parts.tell(trouble)
        return rows

    async def _lease(self, tx: Transaction) -> int | None:
        now, seconds = self._parts.clock.now(), self._parts.settings.lease_seconds
        if self._fence is None:
            return await outbox.lease_address(tx, self._address, self._parts.owner, now, seconds)
        await outbox.keep_address(tx, self._address, self._parts.owner, self._fence, now, seconds)
        return self._fence

    def _merge(self, said: Sequence[Any]) -> tuple[list[outbox.NewDelivery], list[Trouble]]:
        now = self._parts.clock.now()
        late = [row for row in said if row.expires_at is not None and row.expires_at <= now]
        rows = [row for row in said if row.expires_at is None or row.expires_at > now]
        new = [unsaid(late, "expired")] if late else []
        troubles: list[Trouble] = []
        place = self._parts.place_of(self._to)
        if isinstance(place, str):
            new += self._render(rows, _ANY_LENGTH, troubles, error=place)
            if rows:
                troubles.append(self._trouble(TroubleKind.NO_CHANNEL, f"Not sent: {place}."))
        else:
            new += self._render(rows, place[1].max_characters, troubles)
        return new, troubles

    def _render(
        self, rows: Sequence[Any], length: int, troubles: list[Trouble], error: str | None = None
    ) -> list[outbox.NewDelivery]:
        if not rows:
            return []
        by_id = {row.id: row for row in rows}
        spoken = [
            Spoken(id=row.id, kind=row.kind, values=row.values, card=row.card) for row in rows
        ]
        try:
            posts = self._parts.voice.render(spoken, max_characters=length)
            new = [kept(post, by_id, error) for post in posts]
            missing = by_id.keys() - {id for post in posts for id in post.members}
            if missing:
                raise LookupError(f"not rendered: outbox messages {sorted(missing)}")
        except Exception as bug:
            if len(rows) > 1:
                # The others must not suffer for the one that cannot be said.
                return [
                    each for row in rows for each in self._render([row], length, troubles, error)
                ]
            reference = self._parts.bug("a message could not be rendered", bug)
            sentence = f"A message of kind {rows[0].kind} could not be put into words."
            troubles.append(self._trouble(TroubleKind.BUG, sentence, reference=reference))
            return [unsaid(rows, f"bug {reference}")]
        return new

    # --- delivering: send outside any transaction, then mark ------------------------------------

    async def _deliver(self, row: Any, *, last: bool) -> None:
        """Send one delivery and mark it; without a fence afterwards, the line ends."""
        outcome = await self._send(row)
        await self._mark_for_sure(row, outcome, last)
        self._count(outcome)
        if isinstance(outcome, _Sent):
            self._parts.on_posted(outcome.post, outcome.native_id)
        if isinstance(outcome, _Failed) and outcome.trouble is not None:
            await self._parts.tell(outcome.trouble)

    def _count(self, outcome: _Sent | _Failed | _Delayed) -> None:
        figures = self._parts.figures
        match outcome:
            case _Sent():
                figures.sent += 1
            case _Failed():
                figures.failed += 1
            case _Delayed():
                figures.delayed += 1

    async def _send(self, row: Any) -> _Sent | _Failed | _Delayed:
        if row.expires_at is not None and row.expires_at <= self._parts.clock.now():
            return _Failed(why="expired")
        place = self._parts.place_of(self._to)
        if isinstance(place, str):
            trouble = self._trouble(TroubleKind.NO_CHANNEL, f"Not sent: {place}.", row.id)
            return _Failed(why=place, trouble=trouble)
        target, platform = place
        post = outgoing(row, target, await self._replaces(row))
        async with self._parts.turns:
            outcome = await self._post(platform, post, row)
        self._parts.pace.posted(target, platform.pace_seconds)
        return outcome

    async def _post(
        self, platform: Platform, post: Outgoing, row: Any
    ) -> _Sent | _Failed | _Delayed:
        try:
            async with asyncio.timeout(self._parts.settings.post_seconds):
                native_id = await platform.post(post)
        except PostFailed as error:
            sentence = f"A post to {post.address.target} was refused: {error}"
            return _Failed(
                why=str(error), trouble=self._trouble(TroubleKind.REFUSED, sentence, row.id)
            )
        except PostDelayed as error:
            return _Delayed(why=str(error), retry_after=error.retry_after)
        except OSError as error:
            # Network errors and the time-out above are of this class.
            return _Delayed(why=f"{type(error).__name__}: {error}")
        except Exception as bug:
            return self._after_bug(bug, row)
        return _Sent(post=post, native_id=native_id)

    def _after_bug(self, bug: Exception, row: Any) -> _Failed | _Delayed:
        reference = self._parts.bug(f"posting delivery {row.id} failed", bug)
        if row.attempts + 1 < self._parts.settings.attempts_with_a_bug:
            return _Delayed(why=f"bug {reference}")
        sentence = f"A post to {self._to.target} failed {row.attempts + 1} times; it was given up."
        trouble = self._trouble(TroubleKind.BUG, sentence, row.id, reference)
        return _Failed(why=f"bug {reference}", trouble=trouble)

    async def _replaces(self, row: Any) -> str | None:
        if row.card is None:
            return None
        async with self._parts.storage.read() as tx:
            return await outbox.earlier_post(tx, self._address, row.card)

    async def _mark_for_sure(
        self, row: Any, outcome: _Sent | _Failed | _Delayed, last: bool
    ) -> None:
        # What was posted must not be forgotten because the database is busy for a moment.
        for failures in range(10):
            try:
                await self._mark(row, outcome, last)
            except StorageUnavailable as error:
                if failures == 9 or self._parts.stopping.is_set():
                    raise
                self._parts.log.warning("marking waits", delivery=row.id, error=str(error))
                await pause(self._parts.clock, self._parts.delay(failures), self._parts.stopping)
            else:
                return

    async def _mark(self, row: Any, outcome: _Sent | _Failed | _Delayed, last: bool) -> None:
        parts, fence, now = self._parts, self._fence, self._parts.clock.now()
        assert fence is not None  # noqa: S101 - leased before anything was sent
        seconds = parts.settings.lease_seconds
        async with parts.storage.write(urgent=self._urgent) as tx:
            failures = await outbox.keep_address(
                tx, self._address, parts.owner, fence, now, seconds
            )
            match outcome:
                case _Sent(native_id=native_id):
                    await outbox.mark_sent(tx, row.id, native_id, now)
                    if failures:
                        await outbox.works_again(tx, self._address)
                case _Failed(why=why):
                    await outbox.mark_failed(tx, row.id, why)
                case _Delayed(why=why, retry_after=retry_after):
                    await outbox.count_attempt(tx, row.id, why)
                    until = now + timedelta(seconds=parts.delay(failures, retry_after))
                    await outbox.hold_address(tx, self._address, parts.owner, fence, until)
                    parts.log.info("address held", address=self._to.reach.value, why=why)
            self._parts.seen_again.discard(self._address)
            ends = isinstance(outcome, _Delayed) or (
                last and not await outbox.anything(tx, self._address)
            )
            if ends and not isinstance(outcome, _Delayed):
                await self._let_go(tx, fence)
        if ends:
            self._fence = None

    async def _let_go(self, tx: Transaction, fence: int) -> None:
        # An answer's address is never used again.
        await outbox.release_address(
            tx, self._address, self._parts.owner, fence, forget=self._urgent
        )

    async def _release(self) -> None:
        if self._fence is not None:
            async with self._parts.storage.write(urgent=self._urgent) as tx:
                await self._let_go(tx, self._fence)

    def _trouble(
        self,
        kind: TroubleKind,
        sentence: str,
        delivery: int | None = None,
        reference: str | None = None,
    ) -> Trouble:
        return Trouble(
            kind=kind, sentence=sentence, address=self._to, delivery=delivery, reference=reference
        )
