"""What was given towards an order: store credit after totals, payments, and what is still due."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.orders.model import Tender, Totals
from handlers.orders.spreading import spread

__all__ = ["CreditEntry", "Paid", "Settlement", "balance", "credit_tender", "settle", "tendered"]


class Paid(StrEnum):
    """How far an order is paid."""

    NOTHING = "nothing"
    PARTLY = "partly"
    WHOLE = "whole"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is still due, or what came too much: one of them is 0."""

    total: int
    credit: int
    received: int
    due: int
    over: int

    @property
    def paid(self) -> Paid:
        """How far it is paid; what costs nothing is."""
        if self.over:
            return Paid.TOO_MUCH
        if not self.due:
            return Paid.WHOLE
        return Paid.PARTLY if self.credit or self.received else Paid.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """A line of a customer's credit ledger: up or down, in one currency. Lines are only added."""

    currency: str
    minor: int


def balance(entries: Sequence[CreditEntry], currency: str) -> int:
    """The store credit that these entries leave in `currency`.

    Raises `ValueError` if it was ever below 0: then the ledger is broken.
    """
    left = 0
    for entry in entries:
        if entry.currency == currency:
            left += entry.minor
            if left < 0:
                raise ValueError("the ledger spent store credit that was not there")
    return left


def credit_tender(total: int, available: int, wanted: int | None = None) -> Tender | None:
    """The store credit that goes towards `total`: all that fits, or at most what is wanted."""
    minor = min(total, available, available if wanted is None else max(0, wanted))
    return Tender(way=Tender.CREDIT, minor=minor) if minor > 0 else None


def settle(total: int, tenders: Sequence[Tender]) -> Settlement:
    """Where an order of `total` stands after these tenders."""
    credit = sum(one.minor for one in tenders if one.way == Tender.CREDIT)
    received = sum(one.minor for one in tenders) - credit
    left = total - credit - received
    return Settlement(
        total=total, credit=credit, received=received, due=max(0, left), over=max(0, -left)
    )


def tendered(totals: Totals, tenders: Sequence[Tender]) -> tuple[tuple[int, ...], ...]:
    """What of each line each tender has paid: a row a tender, its last column the shipping.

    Rows add up to their tender, columns of a paid order to their line: so what comes back can go
    back the way it came. Raises `ValueError` for more than the order costs.
    """
    left = [*(one.total for one in totals.lines), totals.shipping_total]
    if sum(one.minor for one in tenders) > totals.total:
        raise ValueError("more was paid than the order costs")
    rows = []
    for tender in tenders:
        row = spread(tender.minor, left)
        left = [before - part for before, part in zip(left, row, strict=True)]
        rows.append(row)
    return tuple(rows)
