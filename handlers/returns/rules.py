"""What a shop sets for returns, as its handlers use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handlers.returns.policy import Policy
from handlers.returns.reasons import Reasons, starter

__all__ = ["ReturnDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDesk:
    """The policy of the day, the reasons that may be given, and how the team works on returns.

    The team decides and inspects within `decide_within`. A customer sends within `send_within`,
    is reminded `remind_before` that ends, and pays the difference of an exchange within
    `pay_within`. `address` is where it goes, as one writes it on a parcel.

    Flags: `many` returns in `many_within`, and a value above `high_value` (minor units; None:
    never). After `defects` returns of one SKU of a show that say that it is faulty its playbook
    is offered, and it is paused if `defect_pauses`.
    """

    policy: Policy = field(default_factory=Policy)
    reasons: Reasons = field(default_factory=starter)
    address: str = ""
    decide_within: timedelta = timedelta(hours=24)
    send_within: timedelta = timedelta(days=14)
    remind_before: timedelta = timedelta(days=4)
    pay_within: timedelta = timedelta(days=7)
    many: int = 4
    many_within: timedelta = timedelta(days=90)
    high_value: int | None = None
    defects: int = 3
    defect_pauses: bool = False

    def policy_of(self, stored: Mapping[str, Any] | None) -> Policy:
        """Return what was promised with an order; today's where nothing was copied onto it."""
        return self.policy if stored is None else Policy.model_validate(stored)
