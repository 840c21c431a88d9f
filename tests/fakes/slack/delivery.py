"""What Slack tells an app, until the app has acknowledged it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.world import Json

__all__ = ["Attempt", "Deliveries", "Envelope", "HttpAnswer", "Way"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What the app answered over HTTP. A status of 0: nobody was there, or it took too long."""

    status: int
    body: str = ""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One delivery. `number` is 0 for the first, `reason` why there was another."""

    number: int
    reason: str
    at: float
    connection: Any = None
    answer: HttpAnswer | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Envelope:
    """One thing that Slack tells. `answer` is what came with the acknowledgement.

    `delay` is how many seconds the acknowledgement took since the last delivery; `lost` whether
    Slack has given up.
    """

    id: str
    kind: str
    payload: Json
    accepts_answer: bool
    attempts: list[Attempt] = field(default_factory=list)
    acked: bool = False
    lost: bool = False
    answer: Json | None = None
    delay: float | None = None
    settled: Callable[["Envelope"], None] | None = None

    @property
    def done(self) -> bool:
        """Whether nothing will come of it any more."""
        return self.acked or self.lost


class Way(Protocol):
    """How envelopes get to the app."""

    def carry(self, envelope: Envelope, attempt: Attempt) -> bool:
        """Set out with it; False if nobody is there to take it."""
        ...


class Deliveries:
    """All envelopes. What is not acknowledged within `ack_within` s goes out again, three times.

    Slack waits longer before the second and third; here they follow at once.
    """

    def __init__(self, changes: Changes, *, ack_within: float, retries: int = 3) -> None:
        self.ack_within = ack_within
        self.retries = retries
        self.way: Way | None = None
        self.by_id: dict[str, Envelope] = {}
        self.strange_acks: list[str] = []
        self._changes = changes
        self._waiting: list[tuple[Envelope, str]] = []
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def envelopes(self) -> list[Envelope]:
        """All, in the order they were sent."""
        return list(self.by_id.values())

    def send(
        self,
        kind: str,
        payload: Json,
        *,
        accepts_answer: bool = False,
        settled: Callable[[Envelope], None] | None = None,
    ) -> Envelope:
        """Tell the app something; as soon as it is there, if it is not."""
        envelope = Envelope(
            id=f"envelope-{len(self.by_id) + 1}",
            kind=kind,
            payload=payload,
            accepts_answer=accepts_answer,
            settled=settled,
        )
        self.by_id[envelope.id] = envelope
        self._set_out(envelope, "")
        return envelope

    def _set_out(self, envelope: Envelope, reason: str) -> None:
        loop = asyncio.get_running_loop()
        attempt = Attempt(number=len(envelope.attempts), reason=reason, at=loop.time())
        if self.way is None or not self.way.carry(envelope, attempt):
            self._waiting.append((envelope, reason))
            return
        envelope.attempts.append(attempt)
        self._stop_timer(envelope)
        self._timers[envelope.id] = loop.call_later(
            self.ack_within, self.failed, envelope, attempt, "timeout"
        )
        self._changes.tell()

    def there(self) -> None:
        """Somebody is there now: what waits goes out."""
        waiting, self._waiting = self._waiting, []
        for envelope, reason in waiting:
            if not envelope.done:
                self._set_out(envelope, reason)

    def acknowledged(self, envelope_id: str, answer: Json | None) -> None:
        """The app has acknowledged something, with an answer or without."""
        envelope = self.by_id.get(envelope_id)
        if envelope is None:
            self.strange_acks.append(envelope_id)
        elif not envelope.done:
            self._stop_timer(envelope)
            envelope.acked = True
            envelope.answer = answer
            if envelope.attempts:
                now = asyncio.get_running_loop().time()
                envelope.delay = now - envelope.attempts[-1].at
            if envelope.settled is not None:
                envelope.settled(envelope)
        self._changes.tell()

    def failed(
        self, envelope: Envelope, attempt: Attempt, reason: str, *, again: bool = True
    ) -> None:
        """A delivery came to nothing: another one, unless there were enough."""
        if envelope.done or attempt is not envelope.attempts[-1]:
            return
        self._stop_timer(envelope)
        if again and attempt.number < self.retries:
            self._set_out(envelope, reason)
        else:
            envelope.lost = True
            if envelope.settled is not None:
                envelope.settled(envelope)
        self._changes.tell()

    def broken(self, connection: object) -> None:
        """A connection is gone: what was told through it and not acknowledged goes out again."""
        for envelope in list(self.by_id.values()):
            if not envelope.done and envelope.attempts:
                last = envelope.attempts[-1]
                if last.connection is connection:
                    self.failed(envelope, last, "connection_closed")

    def _stop_timer(self, envelope: Envelope) -> None:
        timer = self._timers.pop(envelope.id, None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        """Deliver nothing any more."""
        self.way = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
