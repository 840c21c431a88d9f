"""What a process remembers of moderation between transactions: the rules in force, and the chat.

All of it can be built anew from the database, and is where somebody else has moved on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from handlers.messages import Channel
from handlers.moderation.judging import Guard
from handlers.moderation.model import Rule
from handlers.moderation.rules import Mode, ModerationRules
from handlers.moderation.state import State
from handlers.snapshot import Snapshot

__all__ = ["DRY", "OFF", "ON", "Memory", "Policy", "Remembered", "Setting", "settings_of"]


class Setting(str):
    """How a rule is set: `on` acts, `dry` only says what it would do, `off` does not look."""

    __slots__ = ()


ON: Final = Setting("on")
DRY: Final = Setting("dry")
OFF: Final = Setting("off")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules in force, at the version of what the team set by command.

    `acting` rules act. Where there are none everything is simulated, strikes and all; else the
    others only note, without strikes.
    """

    version: int
    guard: Guard
    settings: Mapping[Rule, Setting]

    @property
    def acting(self) -> frozenset[Rule]:
        """The rules that act."""
        return frozenset(rule for rule, setting in self.settings.items() if setting == ON)


def settings_of(
    rules: ModerationRules, switched: Mapping[str, str] | None = None
) -> Mapping[Rule, Setting]:
    """How each rule is set: by command, else by the settings."""
    found: dict[Rule, Setting] = {}
    for rule in Rule:
        if switched and rule.value in switched:
            found[rule] = Setting(switched[rule.value])
        elif rule in rules.off:
            found[rule] = OFF
        elif rules.mode is Mode.ACT and rule not in rules.note_only:
            found[rule] = ON
        else:
            found[rule] = DRY
    return found


@dataclass(slots=True, kw_only=True)
class Remembered:
    """The memory of one channel, and the cursor of the channel that it belongs to."""

    state: State
    reached: tuple[datetime, str] | None


@dataclass(slots=True)
class Memory:
    """The rules of the settings, and what follows from them and the database."""

    rules: ModerationRules = field(default_factory=ModerationRules)
    policy: Policy | None = None
    channels: dict[Channel, Remembered] = field(default_factory=dict)
    #: How often the memory of a channel was built anew.
    rebuilt: int = 0
    #: Expressions that were reported as switched off.
    reported: set[str] = field(default_factory=set)
    #: When the newest lines of a channel were sent, and its cursor by then.
    paces: dict[Channel, tuple[tuple[float, ...], tuple[datetime, str] | None]] = field(
        default_factory=dict
    )
    _words: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)

    @property
    def off(self) -> bool:
        """Whether nothing is looked at."""
        return self.rules.mode is Mode.OFF

    def words_of(self, snapshot: Snapshot, code: str | None) -> frozenset[str]:
        """The words of what is on stage: its code and title."""
        item = snapshot.catalogue.items.get(code) if code is not None else None
        if item is None:
            return frozenset()
        key = (snapshot.catalogue.version, item.code)
        if key not in self._words:
            words = frozenset(_WORD.findall(f"{item.code} {item.title}".casefold()))
            self._words = {**self._words, key: words} if len(self._words) < 200 else {key: words}
        return self._words[key]
