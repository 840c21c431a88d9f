"""What customers and the team wrote about somebody: sealed where it is kept, opened to be shown."""

from handlers.work import House
from storage.sealing import Locked

__all__ = ["shown_text"]


def shown_text(house: House, kept: str) -> str:
    """A kept text as it was written, or a sentence that says why it cannot be read."""
    try:
        return house.sealer.open_text(kept)
    except Locked:
        return house.wording.say("private.locked")
