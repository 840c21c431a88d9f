"""The line before one lane: what is ready in its order, and what waits behind a gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.intake.desk import Incoming
from bot.intake.waiting import Waiting, channel_of, instant_of, is_heard
from handlers.messages import Channel, ChatMessage
from storage.repositories.messages import native_order

__all__ = ["Gap", "Queue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Lines may be missing before `noticed`; `number` grows with each gap of the lane."""

    noticed: datetime
    number: int


class Queue:
    """What waits in a lane. Nothing here blocks or fails.

    `ready` may be handled. While a gap is open everything new is `held` behind it, because a
    cursor that moved past the gap would lose what is missing. Both are bounded: what does not fit
    is dropped and makes a gap of its own, for history has it.
    """

    def __init__(self, *, bound: int, in_order: bool = False) -> None:
        self._bound = bound
        self._in_order = in_order
        self._ready: list[Waiting] = []
        self._new: list[Waiting] = []
        self._held: list[Waiting] = []
        self._live: dict[str, ChatMessage] = {}
        self._gaps: dict[Channel, Gap] = {}
        self._count = 0
        self._latest: datetime | None = None

    def __len__(self) -> int:
        return len(self._ready) + len(self._new) + len(self._held)

    @property
    def gaps(self) -> dict[Channel, Gap]:
        """The open gaps."""
        return dict(self._gaps)

    @property
    def broken(self) -> bool:
        """Whether a gap is open."""
        return bool(self._gaps)

    @property
    def full(self) -> bool:
        """Whether the next line would be dropped."""
        return len(self._ready) + len(self._new) >= self._bound

    @property
    def oldest(self) -> datetime | None:
        """When the first of those that wait was said."""
        ends = [line[0].at for line in (self._ready, self._new, self._held) if line]
        return min(ends, default=None)

    @property
    def front(self) -> Waiting | None:
        """The first that is ready, after `settle`."""
        return self._ready[0] if self._ready else None

    def put(self, message: Incoming, now: datetime) -> bool:
        """Stand `message` in line; False where it did not fit and left a gap."""
        if self._gaps:
            return self._hold(message, now)
        if len(self._ready) + len(self._new) >= self._bound:
            self.open_gap(channel_of(message), now)
            return False
        self._new.append(self._place(message, missed=False))
        return True

    def open_gap(self, channel: Channel | None, now: datetime) -> None:
        """Note that lines of `channel` are missing before what comes from now on.

        Chat of it that waits behind an earlier gap no longer ends the reading of history, for the
        new gap lies after it.
        """
        if channel is None:
            return
        self._count += 1
        self._gaps[channel] = Gap(noticed=now, number=self._count)
        self._live = {key: line for key, line in self._live.items() if line.channel != channel}

    def meets(self, key: str, noticed: datetime) -> bool:
        """Whether `key` arrived live, said after the gap was noticed: history need go no further.

        What a platform merely delivers again after a reconnect was said before.
        """
        line = self._live.get(key)
        return line is not None and line.sent_at >= noticed

    def close_gaps(self, found: Iterable[Incoming]) -> int:
        """Close every gap with what history gave; how many lines of it are new here."""
        lines = (self._ready, self._new, self._held)
        here = {entry.message.key for line in lines for entry in line}
        missing = {message.key: message for message in found if message.key not in here}
        self._new += [self._place(message, missed=True) for message in missing.values()]
        self._new += self._held
        self._drop_held()
        self._gaps.clear()
        return len(missing)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._ready.clear()
        self._new.clear()
        self._drop_held()

    def settle(self) -> None:
        """Stand what came lately among what is ready."""
        if not self._new:
            return
        if not self._in_order:
            self._new.sort()
        late = bool(self._ready) and self._new[0] < self._ready[-1]
        self._ready += self._new
        self._new.clear()
        if late and not self._in_order:
            self._ready.sort()

    def first(self, most: int, before: datetime | None) -> Sequence[Waiting]:
        """Up to `most` of the front, said before `before`, all read back or none; they stay.

        One that is not chat (in a rehearsal) stands alone.
        """
        taken: list[Waiting] = []
        for entry in self._ready[:most]:
            if before is not None and entry.at >= before:
                break
            if taken and (entry.missed != taken[0].missed or not is_heard(entry.message)):
                break
            taken.append(entry)
            if not is_heard(entry.message):
                break
        return taken

    def drop(self, count: int) -> None:
        """Take away the first `count` that are ready: they were handled."""
        del self._ready[:count]

    def _hold(self, message: Incoming, now: datetime) -> bool:
        if len(self._held) >= self._bound:
            for channel in {channel_of(message), *(channel_of(e.message) for e in self._held)}:
                self.open_gap(channel, now)
            self._drop_held()
            return False
        entry = self._place(message, missed=False)
        self._held.append(entry)
        if isinstance(message, ChatMessage):
            self._live[message.key] = message
        return True

    def _drop_held(self) -> None:
        self._held = []
        self._live = {}

    def _place(self, message: Incoming, *, missed: bool) -> Waiting:
        at = instant_of(message)
        self._count += 1
        if self._in_order:
            # A rehearsal's clock never goes back, so a line out of order counts as said now.
            at = self._latest = at if self._latest is None else max(at, self._latest)
            return Waiting(at, "", (0, ""), self._count, message, missed)
        channel = channel_of(message)
        platform = channel.platform if channel else ""
        native = native_order(message.native_id if is_heard(message) else "")
        return Waiting(at, platform, native, self._count, message, missed)
