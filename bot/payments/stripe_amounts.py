"""Amounts as Stripe writes them.

Stripe's minor unit is not always that of the currency: it has its own lists of currencies without
decimals and with three (https://docs.stripe.com/currencies, zero-decimal and three-decimal), and
writes the króna and the Ugandan shilling with two that must be zero.
"""

from babel.numbers import get_currency_precision

from handlers.money import Money

__all__ = ["from_stripe", "to_stripe"]

_NO_DECIMALS = frozenset(
    [
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
        *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_WHOLE_ONLY = frozenset(["ISK", "UGX"])


def _shift(currency: str) -> int:
    """How many decimals more Stripe writes than the currency has here."""
    decimals = 3 if currency in _THREE_DECIMALS else 2
    ours: int = get_currency_precision(currency)
    return (0 if currency in _NO_DECIMALS else decimals) - ours


def to_stripe(money: Money) -> int:
    """The amount in Stripe's minor unit. Raises `ValueError` where Stripe cannot take it."""
    shift = _shift(money.currency)
    if shift >= 0:
        amount: int = money.minor * 10**shift
    else:
        amount, rest = divmod(money.minor, 10**-shift)
        if rest:
            raise ValueError(f"Stripe takes no such fraction of {money.currency}")
    if money.currency in _THREE_DECIMALS and amount % 10:
        raise ValueError(f"Stripe takes {money.currency} only in steps of 0.010")
    if money.currency in _WHOLE_ONLY and amount % 100:
        raise ValueError(f"Stripe takes {money.currency} only without decimals")
    return amount


def from_stripe(amount: int, currency: str) -> Money:
    """An amount in Stripe's minor unit. Raises `ValueError` where the currency has no such part."""
    code = currency.upper()
    shift = _shift(code)
    if shift <= 0:
        return Money(amount * 10**-shift, code)
    minor, rest = divmod(amount, 10**shift)
    if rest:
        raise ValueError(f"{code} has no such fraction")
    return Money(minor, code)
