"""Another shop system tells of payments: signed by a secret of both, in a form of our own.

The signature is the HMAC-SHA256, in hex, of the timestamp, a dot and the body as it was sent; a
timestamp of more than five minutes ago, or ahead, is refused. See docs/payments.md.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from bot.payments.base import Forged
from handlers.money import Money, is_currency
from handlers.payments.model import Notice, NoticeKind

__all__ = ["NotReadable", "ShopSystem", "Told", "sign"]

_TOLERANCE_SECONDS = 300
_STAMP = re.compile(r"[0-9]{1,12}")
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]


class NotReadable(ValueError):
    """It is signed, but says nothing that can be used; `args[0]` says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice, and the order that it names, where it names one."""

    notice: Notice
    order: str


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    event: Name
    state: Literal["paid", "declined", "expired", "disputed", "refunded"]
    order: str = Field("", max_length=40)
    payment: str = Field("", max_length=120)
    amount: str = Field("", max_length=20)
    currency: str = Field("", max_length=3)

    @model_validator(mode="after")
    def _whole(self) -> "_Body":
        if not (self.order or self.payment):
            raise ValueError("order or payment is missing")
        if self.state in ("paid", "refunded") and not (self.amount and self.currency):
            raise ValueError("amount and currency are missing")
        return self


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of `body` at `timestamp`, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class ShopSystem:
    """Reads what another shop system tells; `now` is the clock on the wall."""

    def __init__(self, secret: SecretStr, now: Callable[[], datetime]) -> None:
        self._secret, self._now = secret, now

    def read(self, body: bytes, timestamp: str, signature: str) -> Told:
        """The notice in a call. Raises `Forged` or `NotReadable`."""
        if _STAMP.fullmatch(timestamp) is None:
            raise Forged("the timestamp is missing")
        expected = sign(self._secret.get_secret_value(), timestamp, body)
        if not hmac.compare_digest(expected.encode(), signature.strip().lower().encode()):
            raise Forged("it is not signed with the secret")
        if abs(self._now().timestamp() - int(timestamp)) > _TOLERANCE_SECONDS:
            raise Forged("its timestamp is too old, or ahead")
        try:
            said = _Body.model_validate_json(body)
            return Told(notice=self._notice(said), order=said.order)
        except ValidationError as error:
            raise NotReadable(_problem(error)) from None

    def _notice(self, said: _Body) -> Notice:
        amount = None
        if said.amount:
            currency = said.currency.upper()
            if not is_currency(currency):
                raise NotReadable("currency: is no currency; write its three letters")
            try:
                amount = Money.parse(said.amount, currency)
            except ValueError:
                raise NotReadable("amount: write it like 48.00") from None
            if said.state == "paid" and not amount.minor:
                raise NotReadable("amount: is nothing; what costs nothing needs no payment")
        return Notice(
            key=f"hook:{said.event}",
            kind=NoticeKind(said.state),
            at=self._now(),
            payment=said.payment,
            # Their name of the payment; one that has none is known by its event.
            checkout=said.payment or said.event,
            amount=amount,
        )


def _problem(error: ValidationError) -> str:
    # The place and the rule, never what stood there.
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])
