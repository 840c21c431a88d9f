"""What became of claims that live no more, in their own words: for *My claims* and `/why`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select

from handlers.claims.holding_off import is_wish
from handlers.work import Work
from storage.repositories.sale import HELD, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState, HoldState

__all__ = ["end_of", "ended_lines", "label_of", "units_before"]

_MOST = 10


def label_of(row: Any) -> str:
    """`A12 / M` from a row with `code` and `variant`."""
    return f"{row.code} / {row.variant}" if row.variant else str(row.code)


async def ended_lines(work: Work, customer_id: int) -> list[str]:
    """The newest show's claims of a customer of which nothing is left, a line each."""
    claims, say = sale.claims.c, work.house.wording.say
    show = next(iter(work.snapshot.timeline.shows), None)
    if show is None:
        return []
    rows = await work.tx.all(
        select(sale.claims)
        .where(
            claims.customer_id == customer_id,
            claims.show_id == show.id,
            claims.state.in_((ClaimState.ENTERED, ClaimState.VOID)),
            ~_lives(sale.holds, HELD),
            # Those are in the cart.
            ~and_(*is_wish()),
            ~_lives(sale.waitlist, WAITING),
        )
        .order_by(claims.id.desc())
        .limit(_MOST)
    )
    return [
        say(
            "claims.mine_ended",
            item=label_of(row),
            units=max(row.quantity, row.refused),
            how=say(await end_of(work, row)),
        )
        for row in reversed(rows)
    ]


def _lives(table: Any, condition: Any) -> Any:
    return select(table.c.id).where(table.c.claim_id == sale.claims.c.id, condition).exists()


async def end_of(work: Work, row: Any) -> str:
    """The sentence that says how a claim ended of which nothing is held or waited for."""
    if row.state == ClaimState.VOID and row.refused and row.place is None:
        return "claims.end.refused"
    holds = sale.holds.c
    states: Sequence[Any] = await work.tx.all(
        select(holds.state).where(holds.claim_id == row.id).group_by(holds.state)
    )
    found = {one.state for one in states}
    if HoldState.PAID in found:
        return "claims.end.paid"
    return "claims.end.expired" if HoldState.EXPIRED in found else "claims.end.given_back"


async def units_before(work: Work, row: Any) -> int:
    """The units of its variant that a claim's own customer held when it came."""
    holds = sale.holds.c
    units: int = await work.tx.scalar(
        select(func.coalesce(func.sum(holds.quantity), 0)).where(
            holds.customer_id == row.customer_id,
            holds.variant_id == row.variant_id,
            holds.claim_id < row.id,
            holds.granted_at <= row.sent_at,
            holds.ended_at.is_(None) | (holds.ended_at > row.sent_at),
        )
    )
    return units
