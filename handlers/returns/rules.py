"""What a shop sets for returns, as its handlers use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.returns.policy import Policy
from handlers.returns.reasons import Reasons, starter

__all__ = ["ReturnDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDesk:
    """The policy of the day and the reasons that may be given."""

    policy: Policy = field(default_factory=Policy)
    reasons: Reasons = field(default_factory=starter)

    def policy_of(self, stored: Mapping[str, Any] | None) -> Policy:
        """Return what was promised with an order; today's where nothing was copied onto it."""
        return self.policy if stored is None else Policy.model_validate(stored)
