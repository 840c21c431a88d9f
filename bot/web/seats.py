"""Who sits at an open page, and what their page says, in frames."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.web.board import frame
from bot.web.pages import Page
from handlers.people import Person

__all__ = ["FrameReader", "Seat"]

_log = structlog.get_logger("andon")
Frame = TypeVar("Frame")


@dataclass(slots=True, eq=False)
class Seat:
    """One open page, and who sits there."""

    page: Page
    person: Person | None = None

    def refuse(self, nonce: str | None, sentence: str) -> None:
        """Say why what was asked under `nonce` is not done."""
        self.page.send(frame("refused", nonce=nonce, text=sentence))


class FrameReader(Generic[Frame]):
    """Reads the frames of pages; one that cannot be read is refused."""

    def __init__(self, frames: TypeAdapter[Frame]) -> None:
        self._frames = frames

    def read(self, text: str, seat: Seat) -> Frame | None:
        """The frame that the page of `seat` sent, None if it is refused."""
        try:
            return self._frames.validate_json(text)
        except ValidationError as error:
            _log.info("frame_not_understood", problems=error.error_count())
            seat.refuse(None, "The page and Andon do not understand each other: please reload.")
            return None
