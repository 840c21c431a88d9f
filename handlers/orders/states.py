"""What may follow what: the states of orders and parcels as tables, and one pure step through them.

An order under review keeps its state and carries an open exception: it can be paid, cancelled or
expire, and what has left can arrive, but it is neither packed nor handed off.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from storage.order_states import OrderState, ParcelState

__all__ = [
    "FINISHED",
    "ORDER_MOVES",
    "PARCEL_MOVES",
    "UNPAID",
    "OrderAct",
    "ParcelAct",
    "Refused",
    "move",
    "move_parcel",
    "order_acts_after",
]

State = TypeVar("State", OrderState, ParcelState)
Act = TypeVar("Act", bound=StrEnum)


class OrderAct(StrEnum):
    """What can happen to an order."""

    CHECK_OUT = "check_out"
    PAY = "pay"
    START_PACKING = "start_packing"
    PACK = "pack"
    HAND_OFF = "hand_off"
    DELIVER = "deliver"
    CANCEL = "cancel"
    EXPIRE = "expire"
    UNPAY = "unpay"
    REOPEN = "reopen"


class ParcelAct(StrEnum):
    """What can happen to a parcel."""

    RELEASE = "release"
    START = "start"
    GIVE_BACK = "give_back"
    PARK = "park"
    RESUME = "resume"
    PACK = "pack"
    REOPEN = "reopen"
    HAND_OFF = "hand_off"
    DELIVER = "deliver"
    CANCEL = "cancel"


class Refused(StrEnum):
    """Why a step was not taken; the state stays."""

    NOT_FROM_HERE = "not_from_here"
    ALREADY = "already"
    UNDER_REVIEW = "under_review"


_O, _A = OrderState, OrderAct
_P, _B = ParcelState, ParcelAct

ORDER_MOVES: Mapping[tuple[OrderState, OrderAct], OrderState] = MappingProxyType(
    {
        (_O.OPEN, _A.CHECK_OUT): _O.AWAITING_PAYMENT,
        (_O.AWAITING_PAYMENT, _A.PAY): _O.PAID,
        # The money was on its way when the hold ended: what is not there any more is short.
        (_O.EXPIRED, _A.PAY): _O.PAID,
        (_O.PAID, _A.START_PACKING): _O.PACKING,
        (_O.PACKING, _A.PACK): _O.PACKED,
        (_O.PACKED, _A.HAND_OFF): _O.HANDED_OFF,
        (_O.HANDED_OFF, _A.DELIVER): _O.DELIVERED,
        # What has left is sent back by a return, never cancelled.
        **{
            (state, _A.CANCEL): _O.CANCELLED
            for state in (_O.OPEN, _O.AWAITING_PAYMENT, _O.PAID, _O.PACKING, _O.PACKED)
        },
        # What is paid does not expire.
        (_O.OPEN, _A.EXPIRE): _O.EXPIRED,
        (_O.AWAITING_PAYMENT, _A.EXPIRE): _O.EXPIRED,
        # Only `/undo` goes back, and only while nothing has followed.
        (_O.PAID, _A.UNPAY): _O.AWAITING_PAYMENT,
        (_O.CANCELLED, _A.REOPEN): _O.OPEN,
    }
)

PARCEL_MOVES: Mapping[tuple[ParcelState, ParcelAct], ParcelState] = MappingProxyType(
    {
        (_P.GATHERING, _B.RELEASE): _P.READY,
        (_P.READY, _B.START): _P.PACKING,
        (_P.PACKING, _B.GIVE_BACK): _P.READY,
        (_P.READY, _B.PARK): _P.PARKED,
        (_P.PACKING, _B.PARK): _P.PARKED,
        (_P.PARKED, _B.RESUME): _P.READY,
        (_P.PACKING, _B.PACK): _P.PACKED,
        # Until it has left, a parcel can be opened again.
        (_P.PACKED, _B.REOPEN): _P.READY,
        (_P.PACKED, _B.HAND_OFF): _P.HANDED_OFF,
        (_P.HANDED_OFF, _B.DELIVER): _P.DELIVERED,
        **{
            (state, _B.CANCEL): _P.CANCELLED
            for state in (_P.GATHERING, _P.READY, _P.PACKING, _P.PARKED, _P.PACKED)
        },
    }
)

#: Orders whose units are still held, and orders that nothing happens to any more.
UNPAID = frozenset({_O.OPEN, _O.AWAITING_PAYMENT})
FINISHED = frozenset({_O.DELIVERED, _O.CANCELLED, _O.EXPIRED})

_STOPPED_BY_REVIEW = frozenset({_A.START_PACKING, _A.PACK, _A.HAND_OFF})
_KEPT_BY_REVIEW = frozenset({_B.START, _B.PACK, _B.HAND_OFF})


def move(state: OrderState, act: OrderAct, *, under_review: bool = False) -> OrderState | Refused:
    """The state of an order after `act`, or why it stays as it is."""
    return _step(ORDER_MOVES, state, act, stopped=under_review and act in _STOPPED_BY_REVIEW)


def move_parcel(
    state: ParcelState, act: ParcelAct, *, under_review: bool = False
) -> ParcelState | Refused:
    """The state of a parcel after `act`, or why it stays; one order under review keeps all here."""
    return _step(PARCEL_MOVES, state, act, stopped=under_review and act in _KEPT_BY_REVIEW)


def order_acts_after(state: OrderState, parcels: Collection[ParcelState]) -> tuple[OrderAct, ...]:
    """What happens to a paid order, in order, when the parcels that carry its units are in these.

    It is being packed once one of them is, and further once all of them are; it never goes back.
    """
    going = [one for one in parcels if one is not ParcelState.CANCELLED]
    acts = []
    while going and state in _DOORSTEP:
        act, needed = _DOORSTEP[state]
        enough = any if act is OrderAct.START_PACKING else all
        if not enough(one in needed for one in going):
            break
        acts.append(act)
        state = ORDER_MOVES[state, act]
    return tuple(acts)


_DELIVERED = frozenset({_P.DELIVERED})
_LEFT = _DELIVERED | {_P.HANDED_OFF}
_BOXED = _LEFT | {_P.PACKED}
_DOORSTEP: Mapping[OrderState, tuple[OrderAct, frozenset[ParcelState]]] = MappingProxyType(
    {
        _O.PAID: (_A.START_PACKING, _BOXED | {_P.PACKING}),
        _O.PACKING: (_A.PACK, _BOXED),
        _O.PACKED: (_A.HAND_OFF, _LEFT),
        _O.HANDED_OFF: (_A.DELIVER, _DELIVERED),
    }
)


def _step(
    moves: Mapping[tuple[State, Act], State], state: State, act: Act, *, stopped: bool
) -> State | Refused:
    after = moves.get((state, act))
    if after is not None:
        return Refused.UNDER_REVIEW if stopped else after
    leads_to = {end for (_, by), end in moves.items() if by == act}
    return Refused.ALREADY if state in leads_to else Refused.NOT_FROM_HERE
