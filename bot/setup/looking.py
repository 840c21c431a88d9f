"""Looking at a platform between two questions, and again, until it is as it should be."""

from collections.abc import Callable
from typing import TypeVar

from bot.platforms.looking import CannotLook, WrongToken
from bot.setup.asking import Voice

__all__ = ["looked", "until"]

Look = TypeVar("Look")

SKIP = "skip"
AGAIN = "Enter looks again, skip leaves it for later"


def looked(voice: Voice, look: Callable[[], Look]) -> Look | None:
    """What is seen, None if it was left for later. Raises `WrongToken`."""
    while True:
        try:
            return look()
        except WrongToken:
            raise
        except CannotLook as away:
            voice.say(str(away))
        if _skipped(voice):
            return None


def until(
    voice: Voice,
    seen: Look,
    good: Callable[[Look], bool],
    wrong: Callable[[Look], str],
    look: Callable[[], Look],
) -> Look:
    """Look until it is `good`, saying what is `wrong`, or until it is left for later."""
    while not good(seen):
        voice.say(wrong(seen))
        if _skipped(voice):
            break
        try:
            seen = look()
        except CannotLook as away:
            voice.say(str(away))
    return seen


def _skipped(voice: Voice) -> bool:
    """Ask whether to look again; true if it is left for later."""
    return voice.ask(AGAIN).casefold() == SKIP
