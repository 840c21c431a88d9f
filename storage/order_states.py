"""The states and kinds that the rows of orders, payments and parcels may be in."""

from enum import StrEnum

__all__ = [
    "CreditKind",
    "DiscountKind",
    "OrderState",
    "ParcelState",
    "PaymentState",
    "PaymentWay",
]


class OrderState(StrEnum):
    """`open → awaiting_payment → paid → packing → packed → handed_off → delivered`, or an end."""

    OPEN = "open"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PACKING = "packing"
    PACKED = "packed"
    HANDED_OFF = "handed_off"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ParcelState(StrEnum):
    """Gathers paid orders, waits to be packed, is packed, and leaves; parked while stuck."""

    GATHERING = "gathering"
    READY = "ready"
    PACKING = "packing"
    PARKED = "parked"
    PACKED = "packed"
    HANDED_OFF = "handed_off"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class DiscountKind(StrEnum):
    """What a discount takes off: millionths, minor units, or the shipping."""

    PERCENT = "percent"
    AMOUNT = "amount"
    FREE_SHIPPING = "free_shipping"


class PaymentWay(StrEnum):
    """How money comes in: marked by the team, Stripe, or another shop system's webhook."""

    MANUAL = "manual"
    STRIPE = "stripe"
    HOOK = "hook"


class PaymentState(StrEnum):
    """An attempt to pay: asked of the provider, open there, and how it ended."""

    PREPARED = "prepared"
    OPEN = "open"
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DISPUTED = "disputed"


class CreditKind(StrEnum):
    """Why store credit went up or down."""

    GRANTED = "granted"
    RETURNED = "returned"
    SPENT = "spent"
    GIVEN_BACK = "given_back"
    WITHDRAWN = "withdrawn"
