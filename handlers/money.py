"""Money: integer minor units and an ISO 4217 currency, never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision, list_currencies

__all__ = ["Money", "is_currency"]

# Plain digits only: Decimal itself also reads `1_000`, `1e5` and the digits of every script.
AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]+)?")


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 currency in capitals, such as `USD`."""
    return code in list_currencies("en")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents, yen) of one currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read `48.00` as a number of minor units of `currency`.

        Raises `ValueError` for anything but a plain non-negative amount with no more decimals
        than the currency has.
        """
        plain = text.strip()
        if AMOUNT.fullmatch(plain) is None:
            example = cls(48 * 10 ** get_currency_precision(currency), currency).plain()
            raise ValueError(f"{text!r} is not an amount; write it like {example}")
        scaled = Decimal(plain).scaleb(get_currency_precision(currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{text!r} has more decimals than {currency} knows")
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def plain(self) -> str:
        """The amount as a catalogue writes it: `48.00`."""
        return f"{self.amount:.{get_currency_precision(self.currency)}f}"

    def shown(self, locale: str = "en_US") -> str:
        """The amount as a person of `locale` reads it: `$48.00`."""
        return format_currency(self.amount, self.currency, locale=locale)
