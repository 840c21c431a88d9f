"""The board: every item on sale, what is left, held and waiting, and what is on stage.

Errors:

- `BoardUnavailable`: raised by a provider that cannot read right now; the last board stays.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import structlog

__all__ = [
    "Board",
    "BoardFeed",
    "BoardItem",
    "BoardUnavailable",
    "BoardVariant",
    "ItemState",
    "Lamp",
    "OnStage",
    "frame",
]


class BoardUnavailable(Exception):
    """The board cannot be read right now."""


class Lamp(StrEnum):
    """The lamp over a variant; a word always stands beside the colour."""

    GREEN = "green"
    AMBER = "amber"
    PAUSE = "pause"
    RED = "red"


class ItemState(StrEnum):
    """Whether an item takes claims."""

    ON_SALE = "on_sale"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardVariant:
    """One line of stock, in units. `name` is empty where the item has no options.

    `left` is what can still be had: `on_hand - held`, never below 0. `held` counts what is
    reserved in any way, `waiting` the units on the waitlist.
    """

    name: str
    sku: str
    on_hand: int
    left: int
    held: int
    waiting: int
    lamp: Lamp = Lamp.GREEN


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardItem:
    """What has a claim code. `price` is ready to be shown."""

    code: str
    title: str
    price: str
    state: ItemState
    variants: tuple[BoardVariant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnStage:
    """What is being shown; `variant` is None where all of the item is."""

    code: str
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All of it. `show` is None and `state` empty between shows."""

    shop: str
    show: str | None
    state: str
    on_stage: tuple[OnStage, ...] = ()
    items: tuple[BoardItem, ...] = ()


#: Seconds between two boards, at the least.
PACE = 0.25


class BoardFeed:
    """Sends the board to whoever looks at it: when something changed, and it reads differently.

    Another page of this sort has its own `kind`: the type of its frames, and their one field. What
    `read` returns is a dataclass; it raises `BoardUnavailable`.
    """

    def __init__(
        self, read: Callable[[], Awaitable[Any]], *, pace: float = PACE, kind: str = "board"
    ) -> None:
        self._read = read
        self._pace = pace
        self._kind = kind
        self._lookers: list[Callable[[str], None]] = []
        self._sent: str | None = None
        self._dirty = False
        self._refreshing: asyncio.Task[None] | None = None
        self._log = structlog.get_logger(__name__)

    def watch(self, looker: Callable[[str], None]) -> Callable[[], None]:
        """Call `looker` with each new board as a frame; the answer ends that."""
        self._lookers.append(looker)
        return lambda: self._lookers.remove(looker)

    async def frame(self) -> str:
        """The board as it is now; the last one sent where it cannot be read."""
        return await self._fresh() or self._sent or frame(self._kind, **{self._kind: None})

    def changed(self) -> None:
        """Something on the board may have changed. Cheap; call it after every commit."""
        self._dirty = True
        if self._refreshing is None and self._lookers:
            self._refreshing = asyncio.create_task(self._refresh())
            self._refreshing.add_done_callback(self._refreshed)

    async def stop(self) -> None:
        """Send nothing more."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    async def _refresh(self) -> None:
        while self._dirty and self._lookers:
            self._dirty = False
            new = await self._fresh()
            if new is not None and new != self._sent:
                self._sent = new
                for looker in tuple(self._lookers):
                    looker(new)
            await asyncio.sleep(self._pace)

    async def _fresh(self) -> str | None:
        try:
            return frame(self._kind, **{self._kind: asdict(await self._read())})
        except BoardUnavailable:
            self._dirty = True
            return None

    def _refreshed(self, task: "asyncio.Task[None]") -> None:
        """A bug in reading must not end the board: the next change tries again."""
        self._refreshing = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("board_failed", exc_info=error)


def frame(type: str, **fields: Any) -> str:
    """One message to a page, as JSON text."""
    return json.dumps({"type": type, **fields}, ensure_ascii=False, separators=(",", ":"))
