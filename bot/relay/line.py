"""One address: what waits there is merged, stored, and only then sent, in order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.platforms.base import (
    Outgoing,
    PersonUnreachable,
    PlaceGone,
    Platform,
    PostDelayed,
    PostFailed,
)
from bot.relay.kept import outgoing
from bot.relay.merging import Merged, Merging
from bot.relay.naming import named, post_to, without_secrets
from bot.relay.parts import Parts, Trouble, TroubleKind, pause
from handlers.messages import Address, Reach
from handlers.sealed_values import opened_values, sealed_values
from handlers.speech import pictures_from
from storage import outbox
from storage.errors import StorageUnavailable
from storage.repositories import pictures
from storage.unit_of_work import Transaction

__all__ = ["Line"]

_ROWS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    post: Outgoing
    native_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    why: str
    trouble: Trouble | None = None
    unreachable: bool = False


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
        self._merging = Merging(parts, self._to)
        self._fence: int | None = None
        #: A delivery that another process may have been sending as it died.
        self._inherited: int | None = None

    async def run(self) -> None:
        """Send. Raises `LeaseLost`, `StorageError`, and whatever a bug raises."""
        while not self._parts.stopping.is_set():
            await self._paced()
            rows = await self._gather()
            if rows is None:
                break
            for row in rows:
                if not await self._turn(row):
                    break
                await self._deliver(row, last=row is rows[-1])
                if self._fence is None:
                    return
        await self._release()

    async def _paced(self) -> None:
        place = self._parts.place_of(self._to)
        if not isinstance(place, str) and (wait := self._parts.pace.wait(place[0])) > 0:
            if wait > self._patience:
                await self._release()
            await pause(self._parts.clock, wait, self._parts.stopping)

    @property
    def _patience(self) -> float:
        """Seconds for which a turn may be waited for with a lease that must outlast the post."""
        settings = self._parts.settings
        return (settings.lease_seconds - settings.post_seconds) / 2

    async def _turn(self, row: Any) -> bool:
        """Have the next turn at the place; False, without a lease, where that takes too long."""
        waited = 0.0
        while not self._parts.stopping.is_set():
            place = self._parts.place_of(self._to)
            if isinstance(place, str) or self._is_late(row):
                return True
            target, platform = place
            wait = self._parts.pace.take(target, platform.pace_seconds)
            if wait <= 0:
                return True
            waited += wait
            if waited > self._patience:
                await self._release()
                return False
            await pause(self._parts.clock, wait, self._parts.stopping)
        return False

    # --- gathering: lease, merge, store ---------------------------------------------------------

    async def _gather(self) -> Sequence[Any] | None:
        """Deliveries to send now, stored and leased; None if there is nothing to do here.

        None of them where what waits is not worth a post yet.
        """
        self._parts.seen_again.discard(self._address)
        merged = await self._look()
        if merged is None:
            return None
        if not await self._worth_it(merged):
            return ()
        try:
            async with self._parts.storage.write(urgent=self._urgent) as tx:
                taken_over = await self._is_taken_over(tx, merged)
                fence = await self._lease(tx)
                if fence is None:
                    return None
                await outbox.store_deliveries(tx, self._address, self._sealed(merged.new))
                rows = await outbox.ready(tx, self._address, _ROWS_AT_ONCE)
                if taken_over and rows:
                    self._inherited = rows[0].id
        except outbox.AlreadyMerged:
            # Another process was quicker between our look and our lease; look again later.
            return None
        self._fence = fence
        self._parts.left.discard(self._address)
        for trouble in merged.troubles:
            await self._parts.tell(trouble)
        return rows

    def _sealed(self, new: Sequence[outbox.NewDelivery]) -> Sequence[outbox.NewDelivery]:
        sealer = self._parts.sealer
        return [
            replace(one, rendered=sealed_values(self._address, one.rendered, sealer)) for one in new
        ]

    async def _look(self) -> Merged | None:
        """What waits, merged; no deliveries where some are stored already. None if nothing is."""
        settings = self._parts.settings
        limit = settings.merged_at_most
        while True:
            async with self._parts.storage.read() as tx:
                stored = await outbox.ready(tx, self._address, 1)
                said = () if stored else await outbox.waiting(tx, self._address, limit)
            if stored:
                return Merged(new=())
            if not said:
                return None
            merged = self._merging.merge(said)
            more = len(said) == limit < settings.merged_in_a_rush
            if merged.share is None or not more:
                return merged
            # One post says all of that, so it may as well say all the rest.
            limit = min(4 * limit, settings.merged_in_a_rush)

    async def _worth_it(self, merged: Merged) -> bool:
        """Whether to send now; if not, it has waited a moment for more."""
        place = self._parts.place_of(self._to)
        if merged.share is None or isinstance(place, str):
            return True
        waiting = sum(len(each.members) for each in merged.new)
        if self._parts.pace.worth_it(place[0], waiting=waiting, share=merged.share):
            return True
        seconds = self._parts.settings.rush.look_seconds
        await pause(self._parts.clock, seconds, self._parts.stopping)
        return False

    async def _is_taken_over(self, tx: Transaction, merged: Merged) -> bool:
        """Whether the lease is one that another process did not give back.

        That may have posted what is stored first, and died before it was marked.
        """
        if self._fence is not None or merged.new:
            return False
        if self._address in self._parts.left:
            return True
        return await outbox.is_left(tx, self._address, self._parts.owner)

    async def _lease(self, tx: Transaction) -> int | None:
        now, seconds = self._parts.clock.now(), self._parts.settings.lease_seconds
        if self._fence is None:
            return await outbox.lease_address(tx, self._address, self._parts.owner, now, seconds)
        await outbox.keep_address(tx, self._address, self._parts.owner, self._fence, now, seconds)
        return self._fence

    # --- delivering: send outside any transaction, then mark ------------------------------------

    async def _deliver(self, row: Any, *, last: bool) -> None:
        """Send one delivery and mark it; without a fence afterwards, the line ends."""
        outcome = await self._send(row)
        await self._mark_for_sure(row, outcome, last)
        self._count(outcome)
        if isinstance(outcome, _Sent):
            self._parts.on_posted(outcome.post, outcome.native_id)
        if isinstance(outcome, _Failed):
            if outcome.trouble is not None:
                await self._parts.tell(outcome.trouble)
            if outcome.unreachable:
                await self._parts.unreachable(self._to)

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
        if self._is_late(row):
            return _Failed(why="expired")
        place = self._parts.place_of(self._to)
        if isinstance(place, str):
            sentence = f"{post_to(self._to)} was not sent: {place}."
            trouble = self._merging.trouble(TroubleKind.NO_CHANNEL, sentence, row.id)
            return _Failed(why=place, trouble=trouble)
        target, platform = place
        replaces = await self._replaces(row)
        shown = opened_values(row.rendered, self._parts.sealer)
        contents = await self._contents(shown)
        post = outgoing(
            row, shown, target, replaces, inherited=row.id == self._inherited, contents=contents
        )
        async with self._parts.turns:
            outcome = await self._post(platform, post, row)
        rest = outcome.retry_after if isinstance(outcome, _Delayed) else None
        # Others may be about to post to the same place.
        self._parts.pace.posted(target, max(platform.pace_seconds, rest or 0))
        return outcome

    def _is_late(self, row: Any) -> bool:
        expires_at: datetime | None = row.expires_at
        return expires_at is not None and expires_at <= self._parts.clock.now()

    async def _post(
        self, platform: Platform, post: Outgoing, row: Any
    ) -> _Sent | _Failed | _Delayed:
        try:
            async with asyncio.timeout(self._parts.settings.post_seconds):
                native_id = await platform.post(post)
        except PostFailed as error:
            return self._refused(error, post, row)
        except PostDelayed as error:
            return _Delayed(why=self._safe(str(error)), retry_after=error.retry_after)
        except OSError as error:
            # Network errors and the time-out above are of this class.
            return _Delayed(why=self._safe(f"{type(error).__name__}: {error}"))
        except Exception as bug:
            return self._after_bug(bug, row)
        return _Sent(post=post, native_id=native_id)

    def _refused(self, error: PostFailed, post: Outgoing, row: Any) -> _Failed | _Delayed:
        why = self._safe(str(error))
        if isinstance(error, PersonUnreachable) and self._to.reach is Reach.PERSON:
            # Nothing that the team could mend.
            return _Failed(why=why, unreachable=True)
        if isinstance(error, PlaceGone) and self._goes_elsewhere(post):
            return _Delayed(why=why, retry_after=0)
        sentence = f"{post_to(post.address)} was refused: {why}"
        trouble = self._merging.trouble(TroubleKind.REFUSED, sentence, row.id)
        return _Failed(why=why, trouble=trouble)

    def _goes_elsewhere(self, post: Outgoing) -> bool:
        """Whether what was posted to an audience is by now read somewhere else."""
        place = self._parts.place_of(self._to)
        return not isinstance(place, str) and place[0] != post.address

    def _after_bug(self, bug: Exception, row: Any) -> _Failed | _Delayed:
        reference = self._parts.bug(f"posting delivery {row.id} failed", bug, self._to)
        if row.attempts + 1 < self._parts.settings.attempts_with_a_bug:
            return _Delayed(why=f"bug {reference}")
        sentence = f"{post_to(self._to)} failed {row.attempts + 1} times; it was given up."
        trouble = self._merging.trouble(TroubleKind.BUG, sentence, row.id, reference)
        return _Failed(why=f"bug {reference}", trouble=trouble)

    def _safe(self, why: str) -> str:
        return without_secrets(why, self._to)

    async def _replaces(self, row: Any) -> str | None:
        if row.card is None:
            return None
        async with self._parts.storage.read() as tx:
            return await outbox.earlier_post(tx, self._address, row.card)

    async def _contents(self, shown: Mapping[str, Any]) -> Mapping[str, bytes]:
        """What its pictures hold, by their ids."""
        ids = [one.id for one in pictures_from(shown)]
        if not ids:
            return {}
        async with self._parts.storage.read() as tx:
            return await pictures.contents(tx, ids, self._parts.sealer.open)

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
                    parts.log.info("address held", address=named(self._to), why=why)
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
            self._fence = None
