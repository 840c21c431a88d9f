"""Hands domain events to those who follow them, in the transaction that they happened in.

A follower that is not `required` fails alone: what it did is taken back, the event is kept and
tried again later, and the sale goes on.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import select, update

from handlers.capability import Follower
from handlers.events import Event, restore
from handlers.team.alerts import raise_alert, settle_alert
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import RetryState

__all__ = ["Attempt", "Following"]

_log = structlog.get_logger(__name__)
_RETRY_AFTER = timedelta(minutes=1)
_MOST_ATTEMPTS = 8
#: What followers set off is followed too; past this depth they set each other off for ever.
_DEEPEST = 8

#: Awaits what it is given and returns the bug that it ended with, if it did.
Attempt = Callable[[Callable[[], Awaitable[None]]], Awaitable[Exception | None]]


class Following:
    """The followers of all capabilities. `attempt` belongs to the edge that may catch a bug."""

    def __init__(self, followers: Sequence[Follower], attempt: Attempt) -> None:
        self._followers = followers
        self._attempt = attempt

    async def tell(self, work: Work) -> None:
        """Hand on what happened, and what followers made happen of it."""
        for _ in range(_DEEPEST):
            await work.close()
            events, work.events = work.events, []
            if not events:
                return
            for follower in self._followers:
                mine = [event for event in events if isinstance(event, follower.events)]
                if mine:
                    await self._follow(work, follower, mine)
        if work.events:
            raise RecursionError(f"{type(work.events[0]).__name__} follows from itself")

    async def _follow(self, work: Work, follower: Follower, events: Sequence[Event]) -> None:
        if follower.required:
            await follower.run(work, events)
            return
        if await self._tried(work, follower, events) is None:
            return
        # One savepoint for all of them failed: find out which, at the price of one each.
        for event in events:
            error = await self._tried(work, follower, [event])
            if error is not None:
                await self._keep(work, follower, event, error)

    async def _tried(
        self, work: Work, follower: Follower, events: Sequence[Event]
    ) -> Exception | None:
        """What the follower raised, if it did: it alone is taken back, and the sale goes on."""
        await work.close()
        mark = work.mark()

        async def follow() -> None:
            async with work.tx.savepoint():
                await follower.run(work, events)
                await work.close()

        error = await self._attempt(follow)
        if error is not None:
            work.back_to(mark)
        return error

    async def _keep(self, work: Work, follower: Follower, event: Event, error: Exception) -> None:
        reference = uuid4().hex[:8]
        kind = type(event).__name__
        _log.error("a follower failed", reference=reference, follower=follower.name, exc_info=error)
        await work.tx.insert(
            traffic.failed_events,
            [
                {
                    "follower": follower.name,
                    "event": kind,
                    "values": event.values(),
                    "reference": reference,
                    "attempts": 1,
                    "at": work.at,
                    "retry_due": work.at + _RETRY_AFTER,
                    "state": RetryState.WAITING,
                }
            ],
        )
        told = {"follower": follower.name, "event": kind, "reference": reference}
        key = _key(follower.name, kind)
        await raise_alert(work, key=key, kind="bug.follower", values=told)

    async def retry(self, work: Work, due: datetime) -> None:
        """Try again what failed; later and later, until a person has to look."""
        failed = traffic.failed_events.c
        followers: Mapping[str, Follower] = {one.name: one for one in self._followers}
        for row in await work.tx.all(
            select(traffic.failed_events).where(failed.retry_due <= due).order_by(failed.id)
        ):
            follower = followers.get(row.follower)
            error: Exception | None = None
            if follower is not None:
                error = await self._tried(work, follower, [restore(row.event, row.values)])
            attempts = row.attempts + 1
            again = error is not None and attempts < _MOST_ATTEMPTS
            await work.tx.run(
                update(traffic.failed_events)
                .where(failed.id == row.id)
                .values(
                    attempts=attempts,
                    retry_due=due + _RETRY_AFTER * 2 ** (attempts - 1) if again else None,
                    state=RetryState.DONE if error is None else RetryState.WAITING,
                )
            )
            if error is None:
                await self._settle(work, row)
            elif not again:
                await self._give_up(work, row, attempts)

    async def _settle(self, work: Work, row: Any) -> None:
        """The alert is over once nothing of its kind waits for another try."""
        failed = traffic.failed_events.c
        others = await work.tx.scalar(
            select(failed.id)
            .where(
                failed.follower == row.follower,
                failed.event == row.event,
                failed.state == RetryState.WAITING,
            )
            .limit(1)
        )
        if others is None:
            outcome = work.house.wording.say("bug.follower_done")
            await settle_alert(work, _key(row.follower, row.event), outcome)

    async def _give_up(self, work: Work, row: Any, attempts: int) -> None:
        await raise_alert(
            work,
            key=f"{_key(row.follower, row.event)}:gave up",
            kind="bug.follower_gave_up",
            values={
                "follower": row.follower,
                "event": row.event,
                "reference": row.reference,
                "attempts": attempts,
            },
        )


def _key(follower: str, event: str) -> str:
    return f"follower:{follower}:{event}"
