"""What moderation sees, what a rule finds, and what is decided."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handlers.claims.reading import Kind

__all__ = ["Action", "Finding", "Rule", "Seen", "Verdict"]


class Action(StrEnum):
    """What is done about a line, mildest first. There is no ban."""

    NONE = "none"
    NOTE = "note"
    WARN = "warn"
    DELETE = "delete"
    TIMEOUT = "timeout"
    REVIEW = "review"


class Rule(StrEnum):
    """The rules by name, as settings and the log call them."""

    LINK = "link"
    RISKY_LINK = "risky_link"
    HIDDEN_LINK = "hidden_link"
    LOOK_ALIKE_LINK = "look_alike_link"
    INVITE = "invite"
    SCAM = "scam"
    IMPOSTOR = "impostor"
    IMPOSTOR_NAME = "impostor_name"
    NEW_ACCOUNT = "new_account"
    BLOCKED_PHRASE = "blocked_phrase"
    MENTIONS = "mentions"
    EVERYONE = "everyone"
    REPEATED = "repeated"
    RAID = "raid"
    FLOOD = "flood"
    CAPS = "caps"
    SYMBOLS = "symbols"
    ZALGO = "zalgo"
    CLAIM_ABUSE = "claim_abuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line of chat, or one edit of it, as moderation sees it.

    `at` is when it was sent, `key` tells it from other lines (an edit has the key of its line);
    `kind` is how the claim grammar read it. `joined` is when the account was made, None if the
    platform does not say. `exempt` people are never touched; `permitted` ones may post links.
    `staged` are words of what is on stage: its code, aliases and title.
    """

    at: datetime
    author: str
    name: str
    text: str
    key: str = ""
    kind: Kind = Kind.NONE
    joined: datetime | None = None
    exempt: bool = False
    permitted: bool = False
    edited: bool = False
    staged: frozenset[str] = field(default_factory=frozenset)

    @property
    def sells(self) -> bool:
        """Whether the line is a claim, a release, or nearly one."""
        return self.kind is not Kind.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule found in a line, in words for the log."""

    rule: Rule
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done about a line, by which rule, and why in words for the log."""

    action: Action = Action.NONE
    rule: Rule | None = None
    why: str = ""

    @property
    def acts(self) -> bool:
        """Whether this does more than leave a note."""
        return self.action not in (Action.NONE, Action.NOTE)
