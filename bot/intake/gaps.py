"""Closing gaps: history is read from the cursor until it meets what arrived live."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from bot.intake.desk import History
from bot.intake.queue import Gap, Queue
from bot.intake.waiting import legible
from bot.intake.writer import Writer
from bot.platforms.base import Away
from handlers.hearing import Heard
from handlers.messages import Channel, ChatMessage
from storage.leases import Lease, LeaseLost
from storage.repositories import messages
from storage.unit_of_work import Transaction

__all__ = ["Gaps"]

#: The native id in the cursor of a channel of which no line was taken in yet; every id is greater.
_NO_LINE = "0"


@dataclass(slots=True, kw_only=True)
class _Reading:
    """How far the history of one channel was read: (sent at, native id), None on a first start."""

    channel: Channel
    position: tuple[datetime, str] | None
    #: Set where nothing was taken in before: what was said before the first start does not count.
    begun: datetime | None = None
    #: The number of the gap that it was read up to.
    number: int = 0
    found: list[Heard] = field(default_factory=list)
    lost: bool = False


class Gaps:
    """Closes the gaps of one lane."""

    def __init__(
        self,
        writer: Writer,
        queue: Queue,
        history_of: Callable[[str], History],
        *,
        stopping: Callable[[], bool],
    ) -> None:
        self._writer = writer
        self._queue = queue
        self._history_of = history_of
        self._stopping = stopping
        self._log = structlog.get_logger("andon.intake")

    async def close(self, lease: Lease) -> int | None:
        """Read what is missing in every channel with a gap, and stand it in line, in order.

        Returns how many lines were missing. A gap that opens meanwhile is closed too. None if a
        history failed while stopping: then it is left to the next start. Raises `LeaseLost`.
        """
        read: dict[Channel, _Reading] = {}
        while behind := self._behind(read):
            for channel, gap in behind.items():
                reading = read.get(channel) or await self._begin(channel)
                read[channel] = reading
                if not await self._read(reading, gap):
                    return None
        found = (line for reading in read.values() for line in reading.found)
        # Nothing may be awaited since the last look for gaps: nothing can have come between.
        missing = self._queue.close_gaps(found)
        self._writer.figures.read_back += missing
        await self._note(list(read.values()), lease)
        return missing

    def _behind(self, read: dict[Channel, _Reading]) -> dict[Channel, Gap]:
        return {
            channel: gap
            for channel, gap in self._queue.gaps.items()
            if channel not in read or read[channel].number != gap.number
        }

    async def _begin(self, channel: Channel) -> _Reading:
        async def attempt() -> tuple[datetime, str] | None:
            async with self._writer.storage.read() as tx:
                return await messages.cursor(tx, channel.platform, channel.id)

        position = await self._writer.patience.until_done(attempt)
        begun = position[0] if position is not None and position[1] == _NO_LINE else None
        return _Reading(channel=channel, position=position, begun=begun)

    async def _read(self, reading: _Reading, gap: Gap) -> bool:
        """Read on to the end of the gap; after too many failures without progress it is lost.

        A platform that is away is waited for, however long that takes: nothing failed yet. False if
        it was not read and there is no time to try again.
        """
        tries = away = 0
        while reading.position is not None:
            progress = len(reading.found)
            try:
                async with asyncio.timeout(self._writer.settings.history_seconds):
                    await self._read_on(reading, gap)
                break
            except Away as error:
                away += 1
                tries = 0 if len(reading.found) > progress else tries
                if away == 1:
                    self._log.info("history waits", channel=str(reading.channel), why=str(error))
            except Exception as error:
                away = 0
                tries = 1 if len(reading.found) > progress else tries + 1
                self._writer.report(
                    error, "history could not be read", channel=str(reading.channel)
                )
            if self._stopping():
                return False
            if tries >= self._writer.settings.history_tries:
                reading.lost = True
                break
            await self._writer.patience.pause(away or tries)
        reading.number = gap.number
        return True

    async def _read_on(self, reading: _Reading, gap: Gap) -> None:
        history = self._history_of(reading.channel.platform)
        begun = reading.begun
        async for message in history.history(reading.channel, reading.position):
            if self._queue.meets(message.key, gap.noticed):
                return
            if begun is not None and isinstance(message, ChatMessage) and message.sent_at < begun:
                continue
            reading.found.append(legible(message))
            if isinstance(message, ChatMessage):
                reading.position = (message.sent_at, message.native_id)

    async def _note(self, read: list[_Reading], lease: Lease) -> None:
        """Remember where a first start stands, and tell the desk what is lost."""
        first: dict[messages.ChannelLike | tuple[str, str], tuple[datetime, str]] = {
            reading.channel: (self._from_here(), _NO_LINE)
            for reading in read
            if reading.position is None
        }
        if first:
            remember = partial(messages.advance, reached=first)
            await self._writer.settled(partial(self._writer.once, remember, lease=lease))
        for reading in read:
            if reading.lost:
                await self._tell_lost(reading, lease)

    def _from_here(self) -> datetime:
        now, oldest = self._writer.clock.now(), self._queue.oldest
        return now if oldest is None else min(now, oldest)

    async def _tell_lost(self, reading: _Reading, lease: Lease) -> None:
        writer = self._writer
        writer.figures.lost += 1
        since = reading.position[0] if reading.position else writer.clock.now()

        async def tell(tx: Transaction) -> None:
            now = writer.clock.now()
            await writer.desk.lost(
                tx, reading.channel, since=since, now=now, unheard=reading.begun is not None
            )

        try:
            await writer.settled(partial(writer.once, tell, lease=lease))
        except LeaseLost:
            raise
        except Exception as error:
            reference = writer.report(error, "a lost history could not be told of")
            writer.alert_bug(
                reference,
                f"Chat since {since:%H:%M:%S} UTC could not be read back, and what was sold in it "
                "could not be paused: pause it by hand.",
            )
