"""The show's own message: painted in each stream channel when it reads differently.

It is no delivery of the outbox: only its newest reading counts, so nothing is kept to be sent, and
a change that is overtaken by the next one is never painted. A start paints what is so then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from bot.clock import Clock
from bot.platforms.base import BoardPost, PostDelayed, PostFailed, ShowsBoard
from bot.relay.parts import pause
from handlers.board_words import board_words
from handlers.dispatch import Dispatcher
from handlers.looking import look
from handlers.messages import Channel
from storage.engine import Storage
from storage.errors import StorageError
from storage.schema.states import ShowState

__all__ = ["LosesBoards", "ReadBoard", "ShowBoards", "board_of"]

#: Seconds between two edits of one message, at the least.
PACE = 2.0
#: Seconds between two looks, at the least: most changes of a sale are none of the board.
_LOOK = 0.5
#: How often a process that does not take in the stream asks whether it does now.
_ASK = 1.0
_LONGEST_DELAY = 30.0
_POST_WITHIN = 30.0
#: A start leaves the message of a show alone that ended longer ago.
_STAYS = timedelta(days=1)


class ReadBoard(Protocol):
    """Reads the board as it is now, of the newest show or of `show_id`; None if there is none."""

    def __call__(self, show_id: int | None = None) -> Awaitable[BoardPost | None]:
        """Read it. Raises `StorageError`."""


@runtime_checkable
class LosesBoards(Protocol):
    """A platform that hears of it where somebody deletes a board."""

    def when_a_board_is_gone(self, tell: Callable[[], None]) -> None:
        """Call `tell` each time."""


async def board_of(
    storage: Storage, dispatcher: Dispatcher, now: datetime, show_id: int | None = None
) -> BoardPost | None:
    """The board of the newest show, or of `show_id`; never from the writer.

    None before the first show, and for a newest show that ended more than a day ago. A show that
    is asked for by its id always has one: if its start was taken back, one that says so. Raises
    `StorageError`.
    """
    house = dispatcher.house
    await dispatcher.refresh()
    async with storage.read() as tx:
        seen = await look(
            tx,
            dispatcher.snapshot,
            locale=house.locale,
            amber=house.rules.amber_percent,
            pause=house.rules.pause_percent,
            show_id=show_id,
        )
    if show_id is None:
        gone = seen.ended_at is not None and now - seen.ended_at > _STAYS
        if seen.show_id is None or seen.state == ShowState.STAGED or gone:
            return None
    words = board_words(seen, house.wording, claimable=house.rules.claimable)
    return BoardPost(
        show=show_id or seen.show_id or 0,
        title=words.title,
        text=words.text,
        buttons=words.buttons,
        final=words.final,
    )


class ShowBoards:
    """Keeps the show's message in each of `places` as `read` says.

    At most one edit in `pace` seconds and place: the first change at once, the last one always.
    Only while `owning`, which tells whether this process takes in the stream. Whatever goes wrong
    is logged and tried again later; `alert` is told once a run and place of what does not get well
    by itself.
    """

    def __init__(
        self,
        read: ReadBoard,
        places: Sequence[tuple[ShowsBoard, Channel]],
        clock: Clock,
        *,
        new_reference: Callable[[], str],
        alert: Callable[[str], None],
        owning: Callable[[], bool] = lambda: True,
        pace: float = PACE,
    ) -> None:
        self._stopping = asyncio.Event()
        self._running: list[asyncio.Future[None]] = []
        self._places = [
            _Place(
                platform,
                channel,
                read=read,
                clock=clock,
                new_reference=new_reference,
                alert=alert,
                owning=owning,
                pace=pace,
                stopping=self._stopping,
            )
            for platform, channel in places
        ]
        for platform, _ in places:
            if isinstance(platform, LosesBoards):
                platform.when_a_board_is_gone(self.repaint)

    def changed(self) -> None:
        """Something on the board may have changed. Cheap; call it after every commit."""
        for place in self._places:
            place.dirty.set()

    def repaint(self) -> None:
        """Show the board again even if it reads the same: its message may not be what it was."""
        for place in self._places:
            place.forget()
        self.changed()

    async def run(self) -> None:
        """Paint what is so now, then each change, until `stop`."""
        self._running = [asyncio.ensure_future(place.run()) for place in self._places]
        ends = await asyncio.gather(self._stopping.wait(), *self._running, return_exceptions=True)
        for error in ends:
            if isinstance(error, Exception):
                raise error

    async def stop(self, within: float = 5.0) -> None:
        """Begin nothing more; an edit under way has `within` seconds, then it is given up."""
        self._stopping.set()
        self.changed()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within)
            for place in late:
                place.cancel()


class _Place:
    """One channel's board, and when it may be looked at again."""

    def __init__(
        self,
        platform: ShowsBoard,
        channel: Channel,
        *,
        read: ReadBoard,
        clock: Clock,
        new_reference: Callable[[], str],
        alert: Callable[[str], None],
        owning: Callable[[], bool],
        pace: float,
        stopping: asyncio.Event,
    ) -> None:
        self.dirty = asyncio.Event()
        self.dirty.set()
        self._platform = platform
        self._channel = channel
        self._read = read
        self._clock = clock
        self._new_reference = new_reference
        self._alert = alert
        self._owning = owning
        self._pace = pace
        self._stopping = stopping
        self._shown: BoardPost | None = None
        #: The newest show whose last board was shown: nothing follows it.
        self._ended = 0
        self._forgotten = 0
        self._failures = 0
        self._alerted = False
        self._free_at = clock.now()
        self._log = structlog.get_logger("andon.board").bind(channel=channel.id)

    def forget(self) -> None:
        """Whatever stands there may be something else by now."""
        self._shown, self._ended = None, 0
        self._forgotten += 1

    async def run(self) -> None:
        while True:
            await self.dirty.wait()
            left = (self._free_at - self._clock.now()).total_seconds()
            if left > 0 and not self._stopping.is_set():
                await pause(self._clock, left, self._stopping)
            if self._stopping.is_set():
                return
            if self._owning():
                await self._look()
            else:
                self.forget()
                self._free_in(_ASK)

    async def _look(self) -> None:
        """Paint if there is something to paint; whatever happens, go on after it."""
        self.dirty.clear()
        # In a task of its own, so that a bug in it ends that task and nothing else.
        painting = asyncio.ensure_future(self._paint())
        try:
            await asyncio.wait([painting])
        finally:
            painting.cancel()
        # What a platform cancels by itself, as it hangs up, is no cancelling of ours.
        error = PostDelayed("it was cut off") if painting.cancelled() else painting.exception()
        if error is not None:
            self._failed(error)
            return
        self._failures = 0
        self._free_in(self._pace if painting.result() else _LOOK)

    async def _paint(self) -> bool:
        """Whether the message was changed."""
        board = await self._due()
        if board is None or board == self._shown or (board.final and board.show <= self._ended):
            return False
        forgotten = self._forgotten
        async with asyncio.timeout(_POST_WITHIN):
            await self._platform.show_board(self._channel, board)
        if forgotten != self._forgotten:
            # It may be gone again: what made it forgotten made it dirty too.
            return True
        self._shown = board
        # A show whose end was taken back ends once more.
        self._ended = board.show if board.final else min(self._ended, board.show - 1)
        return True

    async def _due(self) -> BoardPost | None:
        """The newest show's board; but first the last one of the show before it."""
        board, shown = await self._read(), self._shown
        if shown is None or shown.final or (board is not None and board.show == shown.show):
            return board
        last = await self._read(shown.show)
        if last is not None and last.final:
            # The newest comes right after it.
            self.dirty.set()
        return last

    def _failed(self, error: BaseException) -> None:
        """Leave the place alone: longer each time, so that what is broken is not hammered."""
        seconds = min(_LONGEST_DELAY, self._pace * 2.0 ** min(self._failures, 30))
        self._failures += 1
        if isinstance(error, PostDelayed | OSError | StorageError):
            self._log.warning("the board was not shown", why=repr(error), failures=self._failures)
            self._free_in(max(seconds, getattr(error, "retry_after", None) or 0.0))
            self.dirty.set()
            return
        # Trying the same again does not help: it is tried at the next change.
        self._free_in(seconds)
        reference = self._new_reference()
        self._log.error("the board cannot be shown", reference=reference, exc_info=error)
        if not self._alerted:
            self._alerted = True
            why = f" ({str(error).rstrip('.')})" if isinstance(error, PostFailed) else ""
            self._alert(
                f"The show's own message cannot be brought up to date{why}. It is tried again "
                f"when something changes. Reference {reference}."
            )

    def _free_in(self, seconds: float) -> None:
        self._free_at = self._clock.now() + timedelta(seconds=seconds)
