"""The chat that the tests of moderation watch over: Linen Lab, with Mara and Tilda."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.claims.reading import Kind
from handlers.moderation.judging import Guard
from handlers.moderation.model import Seen, Verdict
from handlers.moderation.rules import ModerationRules
from handlers.moderation.state import State
from tests.unit.grammar_shop import heard
from tests.unit.spam_lines import TEAM

__all__ = ["EIGHT", "Chat", "watching"]

EIGHT = datetime(2026, 7, 1, 20, tzinfo=UTC)


@dataclass(kw_only=True)
class Chat:
    """One channel under a guard; its clock stands until it is moved."""

    guard: Guard
    state: State = field(default_factory=State)
    at: datetime = EIGHT

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)

    def says(self, author: str, text: str, **how: Any) -> Verdict:
        """Judge a line as the claim grammar reads it in the tests' shop."""
        kind = how.pop("kind", None) or heard(text, how.pop("stage", None)).kind
        how.setdefault("name", author)
        seen = Seen(at=self.at, author=author, text=text, kind=Kind(kind), **how)
        return self.guard.judge(seen, self.state)

    def actions(self, author: str, texts: Iterable[str], **how: Any) -> list[str]:
        """What is done about lines said one after the other, a second apart."""
        done = []
        for text in texts:
            done.append(self.says(author, text, **how).action.value)
            self.later(seconds=1)
        return done


def watching(**rules: Any) -> Chat:
    """Return a chat under the default rules, but for these."""
    return Chat(guard=Guard.of(ModerationRules(**rules), TEAM))
