"""How what was said becomes posts: outbox messages in, merged and rendered posts out.

Pure: the relay calls this outside any transaction and stores what comes back before sending it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from handlers.messages import Button, Form

__all__ = ["Rendered", "Spoken", "Voice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An outbox message as stored: its kind says how it reads, `values` what it tells of."""

    id: int
    kind: str
    values: Mapping[str, Any]
    card: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One post: the ids of the outbox messages in it, and what is shown.

    Each id of the input is a member of at least one post; a message too long for one post is in
    several. `card` names the card that this post is a new state of.
    """

    members: tuple[int, ...]
    kind: str
    text: str
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    mentions: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    card: str | None = None
    private: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict)


class Voice(Protocol):
    """Renders and merges; built from the capabilities' kinds and the shop's copy."""

    def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
        """Merge what waits at one address, in order, into as few posts as fit."""
