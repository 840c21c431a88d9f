"""The gate: what of an order a person must decide. Everything else flows on by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from handlers.orders.addresses import AddressFault, AddressProblem
from handlers.orders.coupons import MISUSED, CouponRefused
from handlers.orders.states import UNPAID
from handlers.people import Role
from storage.order_states import OrderState

__all__ = [
    "KINDS",
    "ExceptionCode",
    "ExceptionKind",
    "GateRules",
    "OrderFacts",
    "exceptions_for",
    "keeps_back",
]


class ExceptionCode(StrEnum):
    """What can be wrong with an order; also the kind of the exception that is opened."""

    ADDRESS_INCOMPLETE = "order_address_incomplete"
    ADDRESS_MISMATCH = "order_address_mismatch"
    PAYMENT_DECLINED = "order_payment_declined"
    PAYMENT_DISPUTED = "order_payment_disputed"
    AMOUNT_DIFFERS = "order_amount_differs"
    CURRENCY_DIFFERS = "order_currency_differs"
    STOCK_SHORT = "order_stock_short"
    LIKELY_DUPLICATE = "order_likely_duplicate"
    HIGH_VALUE = "order_high_value"
    TOO_MANY_UNPAID = "order_too_many_unpaid"
    COUPON_MISUSE = "order_coupon_misuse"
    CANCEL_PAID = "order_cancel_paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionKind:
    """Who decides, within what time, and whether the order leaves the house meanwhile.

    `card` is what the team reads, `told` what the customer hears: keys of the copy file.
    """

    code: ExceptionCode
    owner: Role
    within: timedelta
    keeps_back: bool = True

    @property
    def card(self) -> str:
        """The key of the team's sentence."""
        return f"exception.{self.code.value}"

    @property
    def told(self) -> str:
        """The key of the customer's sentence."""
        return f"told.{self.code.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """What the shop calls unusual. None for `high_value` (minor units) looks at no value."""

    high_value: int | None = None
    most_unpaid: int = 5
    declines: int = 1
    coupon_tries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as the gate sees it: numbers and codes, no name and no address.

    `received` is what came in beside `credit` and is still here, in `received_currency`;
    `taken_back` is what others paid back unasked. `unpaid_orders` are the
    customer's over all shows, this one among them. `short_units` of it are paid and not there.
    """

    state: OrderState
    total: int
    currency: str
    credit: int = 0
    received: int = 0
    received_currency: str | None = None
    taken_back: int = 0
    declined: int = 0
    disputed: bool = False
    address: Sequence[AddressProblem] = ()
    short_units: int = 0
    twins: int = 0
    unpaid_orders: int = 0
    coupons_refused: Sequence[CouponRefused] = ()
    cancel_wished: bool = False


_Code, _State = ExceptionCode, OrderState

KINDS: Mapping[ExceptionCode, ExceptionKind] = MappingProxyType(
    {
        code: ExceptionKind(
            code=code, owner=owner, within=timedelta(hours=hours), keeps_back=keeps_back
        )
        for code, owner, hours, keeps_back in (
            (_Code.ADDRESS_INCOMPLETE, Role.SUPPORT, 24, True),
            (_Code.ADDRESS_MISMATCH, Role.SUPPORT, 24, True),
            (_Code.PAYMENT_DECLINED, Role.SUPPORT, 12, False),
            (_Code.PAYMENT_DISPUTED, Role.OWNER, 4, True),
            (_Code.AMOUNT_DIFFERS, Role.SUPPORT, 4, True),
            (_Code.CURRENCY_DIFFERS, Role.SUPPORT, 4, True),
            (_Code.STOCK_SHORT, Role.PRODUCER, 2, True),
            (_Code.LIKELY_DUPLICATE, Role.SUPPORT, 24, False),
            (_Code.HIGH_VALUE, Role.OWNER, 4, True),
            (_Code.TOO_MANY_UNPAID, Role.SUPPORT, 24, False),
            (_Code.COUPON_MISUSE, Role.SUPPORT, 24, False),
            (_Code.CANCEL_PAID, Role.SUPPORT, 2, True),
        )
    }
)

#: Paid, and still in the house.
_HERE = frozenset({_State.PAID, _State.PACKING, _State.PACKED})
_CHECKED_OUT = _HERE | {_State.AWAITING_PAYMENT}
#: A form that does not fit is one thing, a field that is missing another.
_INCOMPLETE = frozenset({AddressFault.MISSING, AddressFault.NO_HOUSE_NUMBER})


def exceptions_for(facts: OrderFacts, rules: GateRules) -> tuple[ExceptionCode, ...]:
    """What a person must decide about an order with these facts, in the order of the codes.

    What is settled since is no longer named: the caller opens what is new and closes the rest.
    """
    found = {*_address(facts), *_money(facts, rules), *_customer(facts, rules)}
    if facts.short_units and facts.state in _CHECKED_OUT:
        found.add(_Code.STOCK_SHORT)
    if facts.cancel_wished and facts.state in _HERE:
        found.add(_Code.CANCEL_PAID)
    return tuple(code for code in ExceptionCode if code in found)


def keeps_back(codes: Sequence[ExceptionCode]) -> bool:
    """Whether an order with these open exceptions is under review: neither packed nor sent."""
    return any(KINDS[code].keeps_back for code in codes)


def _address(facts: OrderFacts) -> set[ExceptionCode]:
    # Until it is paid, the form itself asks its customer for what is missing.
    if facts.state not in _HERE:
        return set()
    incomplete = {problem.fault in _INCOMPLETE for problem in facts.address}
    both = {True: _Code.ADDRESS_INCOMPLETE, False: _Code.ADDRESS_MISMATCH}
    return {both[one] for one in incomplete}


def _money(facts: OrderFacts, rules: GateRules) -> set[ExceptionCode]:
    found = set()
    if facts.disputed:
        found.add(_Code.PAYMENT_DISPUTED)
    if facts.state is _State.AWAITING_PAYMENT and facts.declined >= rules.declines:
        found.add(_Code.PAYMENT_DECLINED)
    if facts.received and facts.received_currency != facts.currency:
        found.add(_Code.CURRENCY_DIFFERS)
    elif _differs(facts):
        found.add(_Code.AMOUNT_DIFFERS)
    high = rules.high_value is not None and facts.total >= rules.high_value
    if high and facts.state in _HERE:
        found.add(_Code.HIGH_VALUE)
    return found


def _differs(facts: OrderFacts) -> bool:
    # Nothing yet is no other amount, but what went away again is.
    moved = bool(facts.received or facts.taken_back)
    return moved and facts.received + facts.credit != facts.total


def _customer(facts: OrderFacts, rules: GateRules) -> set[ExceptionCode]:
    found = set()
    if facts.twins and facts.state in _CHECKED_OUT:
        found.add(_Code.LIKELY_DUPLICATE)
    if facts.state in UNPAID and facts.unpaid_orders > rules.most_unpaid:
        found.add(_Code.TOO_MANY_UNPAID)
    misused = [why for why in facts.coupons_refused if why in MISUSED]
    if len(misused) >= rules.coupon_tries:
        found.add(_Code.COUPON_MISUSE)
    return found
