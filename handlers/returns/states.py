"""The states of a return, of each of its units, and of the money for it, and their moves.

What came in (`Reception`), what the shop thinks of it (`Acceptance`) and what is given back
(`Reimbursement`) are apart: any of the three can be done, or fail, alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeVar

from storage.return_states import (
    Acceptance,
    Grade,
    Place,
    Reception,
    Reimbursement,
    ReturnState,
)

__all__ = [
    "Acceptance",
    "Grade",
    "Place",
    "Reception",
    "Refused",
    "Reimbursement",
    "ReturnState",
    "may_pay_for",
    "may_restock",
    "move",
    "received_so_far",
    "usual_place",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A move that is not drawn: from where, to where, and where one may go; `key` says it."""

    now: str
    to: str
    may: tuple[str, ...]

    @property
    def code(self) -> str:
        """`ALREADY_THERE` for a repeated press, else `NO_SUCH_MOVE`."""
        return "ALREADY_THERE" if self.now == self.to else "NO_SUCH_MOVE"

    @property
    def key(self) -> str:
        """The key of the sentence."""
        return "returns.state." + ("already" if self.now == self.to else "no_move")


_RETURN = ReturnState
#: Declined and expired are left by a person who overrides; late parcels do arrive.
_RETURNS: Mapping[Enum, tuple[ReturnState, ...]] = {
    _RETURN.REQUESTED: (
        _RETURN.APPROVED,
        _RETURN.DECLINED,
        _RETURN.CANCELLED,
        _RETURN.EXPIRED,
    ),
    _RETURN.APPROVED: (
        _RETURN.IN_TRANSIT,
        _RETURN.PARTLY_RECEIVED,
        _RETURN.RECEIVED,
        _RETURN.CLOSED,
        _RETURN.CANCELLED,
        _RETURN.EXPIRED,
    ),
    _RETURN.DECLINED: (_RETURN.APPROVED,),
    _RETURN.IN_TRANSIT: (_RETURN.PARTLY_RECEIVED, _RETURN.RECEIVED, _RETURN.CLOSED),
    _RETURN.PARTLY_RECEIVED: (_RETURN.RECEIVED, _RETURN.CLOSED),
    _RETURN.RECEIVED: (_RETURN.CLOSED,),
    _RETURN.EXPIRED: (_RETURN.APPROVED,),
}

_HERE = Reception
#: A unit given up can still turn up; a wrong one can be followed by the right one.
_RECEPTIONS: Mapping[Enum, tuple[Reception, ...]] = {
    _HERE.AWAITING: (
        _HERE.NOT_NEEDED,
        _HERE.IN_TRANSIT,
        _HERE.RECEIVED,
        _HERE.WRONG_ITEM,
        _HERE.NEVER_CAME,
    ),
    _HERE.NOT_NEEDED: (_HERE.AWAITING,),
    _HERE.IN_TRANSIT: (_HERE.RECEIVED, _HERE.LOST, _HERE.WRONG_ITEM, _HERE.NEVER_CAME),
    _HERE.RECEIVED: (_HERE.WRONG_ITEM,),
    _HERE.LOST: (_HERE.RECEIVED, _HERE.WRONG_ITEM),
    _HERE.WRONG_ITEM: (_HERE.AWAITING, _HERE.RECEIVED),
    _HERE.NEVER_CAME: (_HERE.IN_TRANSIT, _HERE.RECEIVED, _HERE.WRONG_ITEM),
}

#: An accepted unit stays so: money may have gone back for it.
_ACCEPTANCES: Mapping[Enum, tuple[Acceptance, ...]] = {
    Acceptance.PENDING: (Acceptance.ACCEPTED, Acceptance.REJECTED, Acceptance.PERSON),
    Acceptance.PERSON: (Acceptance.ACCEPTED, Acceptance.REJECTED),
    Acceptance.REJECTED: (Acceptance.PERSON,),
}

#: What seemed to fail may have been paid after all, and what was paid may come back.
_REIMBURSEMENTS: Mapping[Enum, tuple[Reimbursement, ...]] = {
    Reimbursement.PREPARED: (Reimbursement.PAID, Reimbursement.FAILED),
    Reimbursement.FAILED: (Reimbursement.PREPARED, Reimbursement.PAID),
    Reimbursement.PAID: (Reimbursement.FAILED,),
}

_MOVES: Mapping[type[StrEnum], Mapping[Enum, tuple[StrEnum, ...]]] = {
    ReturnState: _RETURNS,
    Reception: _RECEPTIONS,
    Acceptance: _ACCEPTANCES,
    Reimbursement: _REIMBURSEMENTS,
}

State = TypeVar("State", ReturnState, Reception, Acceptance, Reimbursement)


def move(now: State, to: State) -> State | Refused:
    """Return `to` if it may follow `now`, else the refusal with what may.

    Raises `TypeError` for states of two kinds, which are a bug and no refusal.
    """
    if type(now) is not type(to):
        raise TypeError(f"{now!r} and {to!r} are states of two kinds")
    may = _MOVES[type(now)].get(now, ())
    return to if to in may else Refused(now=now, to=to, may=tuple(may))


def received_so_far(receptions: Collection[Reception]) -> ReturnState | None:
    """Return what the units make of an approved return; None as long as none is on its way.

    What is lost, never came or need not come is not waited for.
    """
    wanted = [one for one in receptions if one is not Reception.NOT_NEEDED]
    open_ = [one for one in wanted if one in (Reception.AWAITING, Reception.IN_TRANSIT)]
    arrived = (Reception.RECEIVED, Reception.WRONG_ITEM)
    if any(one in arrived for one in wanted):
        return ReturnState.PARTLY_RECEIVED if open_ else ReturnState.RECEIVED
    return ReturnState.IN_TRANSIT if Reception.IN_TRANSIT in wanted else None


def may_pay_for(reception: Reception, acceptance: Acceptance) -> bool:
    """Say whether money may go back for a unit: accepted, and here, lost on the way or not wanted.

    A unit that was sent and lost is the carrier's or the shop's loss once a person accepts it.
    """
    settled = (Reception.RECEIVED, Reception.NOT_NEEDED, Reception.LOST)
    return acceptance is Acceptance.ACCEPTED and reception in settled


def may_restock(reception: Reception, place: Place) -> bool:
    """Say whether a unit raises stock: it is here, and inspection put it back to stock."""
    return reception is Reception.RECEIVED and place is Place.STOCK


def usual_place(grade: Grade) -> Place:
    """Return where a unit of this grade goes unless the one who inspects it says otherwise."""
    return {
        Grade.A: Place.STOCK,
        Grade.B: Place.HOLD,
        Grade.C: Place.REFURBISH,
        Grade.D: Place.SCRAP,
    }[grade]
