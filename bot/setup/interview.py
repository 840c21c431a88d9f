"""The chapters in turn, and what of their answers is new to the settings file."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import SecretStr

from bot.settings import Settings
from bot.settings.table import Key
from bot.setup.asking import Voice

__all__ = ["Chapter", "Learned", "interview", "to_write"]

#: Settings by key, plain values as a file holds them; None is *not set*.
Learned: TypeAlias = dict[Key, Any]
#: Asks about one thing, with the settings as they are.
Chapter: TypeAlias = Callable[[Voice, Settings], Learned]


def interview(voice: Voice, known: Settings, chapters: Sequence[Chapter]) -> Learned:
    """Ask every chapter; nothing is written meanwhile."""
    learned: Learned = {}
    for chapter in chapters:
        learned |= chapter(voice, known)
    return learned


def to_write(learned: Mapping[Key, Any], known: Settings, written: Collection[Key]) -> Learned:
    """What of `learned` belongs into the file; `written` is set already, there or elsewhere.

    What is set just so already stays where it is set, such as a token in the environment.
    """
    return {
        key: value
        for key, value in learned.items()
        if key not in written or value != _now(known, key)
    }


def _now(known: Settings, key: Key) -> Any:
    value: Any = known
    for name in key:
        value = getattr(value, name)
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
