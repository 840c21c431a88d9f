"""The front of a lane, one transaction at a time, with the effect of one line at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.intake.desk import Incoming
from bot.intake.waiting import Stored, Waiting, edit_of, is_heard, row_of
from bot.intake.writer import Crossed, Writer
from handlers.hearing import Batch, Taken
from handlers.messages import ChatMessage
from storage.leases import Lease, LeaseLost
from storage.repositories import messages
from storage.unit_of_work import Transaction

__all__ = ["Batches", "Conflict", "Done"]

#: Told of a known key that now comes with other content.
Conflict = Callable[[Incoming, Stored], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many of the entries are over and done with, which of them were new, and their claims."""

    count: int
    fresh: Sequence[Waiting] = ()
    claims: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    """Entries by position: those never seen, and those seen before with what was said then."""

    fresh: list[tuple[int, Waiting]]
    doubles: list[tuple[int, Incoming, Stored]]


class Batches:
    """Handles batches for one lane.

    A batch that fails is cut in half and tried again, until the one line to blame stands alone:
    the same outcome as line by line, in a few transactions instead of hundreds. A batch that
    reaches past a deadline is cut before it. `size` grows back with each success.
    """

    def __init__(self, writer: Writer, on_conflict: Conflict) -> None:
        self._writer = writer
        self._on_conflict = on_conflict
        self._most = writer.settings.batch_max
        self.size = self._most
        self._tried: Sequence[tuple[int, Waiting]] = ()
        self._suspect: str | None = None

    async def handle(self, entries: Sequence[Waiting], lease: Lease) -> Done:
        """Handle as many of `entries`, which stand in order, as one transaction may hold.

        Raises `LeaseLost`; an error of a message ends in `Desk.set_aside`.
        """
        self._tried = list(enumerate(entries))
        try:
            done = await self._writer.settled(partial(self._attempt, entries, lease))
        except LeaseLost:
            raise
        except Exception as error:
            return await self._after_bug(error, lease)
        self.size = min(self._most, self.size * 2)
        return done

    async def _attempt(self, entries: Sequence[Waiting], lease: Lease) -> Done:
        seen = await self._sort_out(entries)
        fresh = seen.fresh
        while fresh:
            batch = self._read(fresh)
            tried = self._tried = fresh[: len(batch.messages)]
            self._writer.move_clock(tried[0][1].at)
            try:
                taken = await self._writer.once(
                    partial(self._take, batch),
                    lease=lease,
                    last=tried[-1][1].at,
                    alone=len(tried) == 1,
                )
            except Crossed as crossed:
                fresh = _before(crossed, tried)
                self.size = max(1, len(fresh))
                if not fresh:
                    return self._done(seen, tried[0][0])
                continue
            self._writer.move_clock(tried[-1][1].at)
            rest = seen.fresh[len(tried) : len(tried) + 1]
            return self._done(seen, rest[0][0] if rest else len(entries), tried, taken)
        return self._done(seen, len(entries))

    async def _sort_out(self, entries: Sequence[Waiting]) -> _Sorted:
        # Before the transaction: what a lane took in only it can add to, while it has its lease.
        async with self._writer.storage.read() as tx:
            keys = [entry.message.key for entry in entries]
            edits = filter(None, (edit_of(entry.message) for entry in entries))
            known = await messages.known(tx, [*keys, *edits])
        stored = {
            key: Stored(text=row.text, person=row.person, sent_at=row.sent_at)
            for key, row in known.items()
        }
        fresh: list[tuple[int, Waiting]] = []
        doubles: list[tuple[int, Incoming, Stored]] = []
        here: dict[str, Incoming] = {}
        for index, entry in enumerate(entries):
            message = entry.message
            if earlier := stored.get(message.key):
                doubles.append((index, message, earlier))
            elif message.key in here:
                doubles.append((index, message, stored_as(here[message.key])))
            else:
                edit = edit_of(message)
                here[message.key] = message
                taken = edit is not None and (edit in stored or edit in here)
                fresh.append((index, _noted_only(entry) if taken else entry))
        return _Sorted(fresh=fresh, doubles=doubles)

    def _read(self, fresh: Sequence[tuple[int, Waiting]]) -> Batch:
        lines = [entry.message for _, entry in fresh if is_heard(entry.message)]
        return self._writer.desk.read(lines, in_order=self._writer.in_order)

    async def _take(self, batch: Batch, tx: Transaction) -> Taken:
        taken = await self._writer.desk.take(tx, batch, self._writer.clock.now())
        await self._writer.remember(tx, batch.messages)
        return taken

    def _done(
        self,
        seen: _Sorted,
        count: int,
        tried: Sequence[tuple[int, Waiting]] = (),
        taken: Taken | None = None,
    ) -> Done:
        figures = self._writer.figures
        doubles = [double for double in seen.doubles if double[0] < count]
        figures.duplicates += len(doubles)
        figures.messages += len(tried)
        figures.batches += bool(tried)
        for _, message, earlier in doubles:
            if stored_as(message) != earlier:
                self._on_conflict(message, earlier)
        return Done(
            count=count,
            fresh=[entry for _, entry in tried],
            claims=taken.claims if taken is not None else 0,
        )

    async def _after_bug(self, error: Exception, lease: Lease) -> Done:
        index, entry = self._tried[0]
        key = entry.message.key
        if len(self._tried) > 1 or self._suspect != key:
            # Alone it gets a second try: what failed may have been a race with another process.
            self.size = max(1, len(self._tried) // 2)
            self._suspect = key if self.size == 1 else None
            return Done(count=0)
        self._suspect = None
        await self._writer.set_aside(entry.message, error, lease=lease)
        return Done(count=index + 1, fresh=[entry])


def _before(crossed: Crossed, tried: Sequence[tuple[int, Waiting]]) -> list[tuple[int, Waiting]]:
    kept = [place for place in tried if place[1].at < crossed.due]
    # What became due by the first line itself is due after it.
    return kept or list(tried[: 0 if crossed.early else 1])


def _noted_only(entry: Waiting) -> Waiting:
    """The line of an edit that was taken in before it: what it asks for was done then."""
    message = entry.message
    assert isinstance(message, ChatMessage)  # noqa: S101 - only those have an edit before them
    return entry._replace(message=replace(message, quotes=True))


def stored_as(message: Incoming) -> Stored:
    """What the memory keeps of `message`."""
    row = row_of(message)
    return Stored(text=row["text"], person=row["person"], sent_at=row["sent_at"])
