"""How customers pay: what a shop may set, and which ways it offers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from storage.order_states import PaymentWay

__all__ = ["PaymentRules", "Ways"]


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is no address; it starts with https://")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]


class PaymentRules(BaseModel):
    """Every rule of paying that can be set; times and counts carry their unit in the name."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )

    instructions: str | None = Field(
        None,
        max_length=1_000,
        description="How to pay by transfer or in cash; its customer reads it with the order's "
        "number and the exact amount.",
    )
    return_url: WebAddress = Field(
        "https://discord.com/app",
        description="Where Stripe's page leads once it is paid; a page of the shop is better.",
    )
    hook_url: WebAddress | None = Field(
        None,
        description="Where customers pay in another shop system; {order} stands for the order's "
        "number.",
    )
    hold_minutes: int = Field(
        35,
        ge=31,
        le=24 * 60,
        description="So long at least what is being paid stays held, counted from the press.",
    )
    poll_seconds: int = Field(
        20, ge=5, le=600, description="How often an open payment page is looked at."
    )
    uncertain_many: int = Field(
        3, ge=1, le=100, description="So many payments without an answer are trouble."
    )
    uncertain_minutes: int = Field(5, ge=1, le=120, description="Within so many minutes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways to pay that are set up, the best first, and the rules for all of them."""

    rules: PaymentRules = field(default_factory=PaymentRules)
    offered: tuple[PaymentWay, ...] = (PaymentWay.MANUAL,)

    @property
    def hold(self) -> timedelta:
        """So long at least what is being paid stays held."""
        return timedelta(minutes=self.rules.hold_minutes)
