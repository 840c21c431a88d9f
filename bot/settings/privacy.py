"""What is private, how it is sealed, and how long it is kept."""

from base64 import urlsafe_b64decode
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from handlers.setting_values import ListOf
from storage.sealing import Sealer

__all__ = ["Privacy"]

_KEY_BYTES = 32


def _key(secret: SecretStr) -> SecretStr:
    """A key as `andon setup` makes it. What stands there is never in the error."""
    plain = secret.get_secret_value().strip()
    try:
        raw = urlsafe_b64decode(plain)
    except ValueError:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise ValueError("is no key; `andon setup` makes one: 32 random bytes as URL-safe base64")
    return SecretStr(plain)


Key = Annotated[SecretStr, AfterValidator(_key)]


class Privacy(BaseModel):
    """How addresses, contacts and letters are kept."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )

    keys: ListOf[Key] = Field(
        (),
        description="Keys that seal addresses, contacts and letters where they are kept, the "
        "newest first; each opens what it sealed. Keep a copy where the database is not.",
    )
    keep_days: int | None = Field(
        None,
        ge=30,
        le=3_660,
        description="So many days after a customer's last order was delivered or closed, "
        "addresses and contacts are erased, and letters so long after their conversation ended; "
        "without it they are kept until somebody asks.",
    )

    def sealer(self) -> Sealer:
        """What seals with these keys."""
        return Sealer([one.get_secret_value() for one in self.keys])
