"""Who may not claim, and who holds nothing before it is paid: decided here, and told in private.

A claim of one who pays first reserves nothing. It stands in an order, and the units are granted as
the money lands, if they are still there and nobody waits for them.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from handlers.claims.records import Member, Rule, Stock
from handlers.messages import Address, Button, Reach
from handlers.speech import button_values
from handlers.work import Work
from storage.schema import orders, sale
from storage.schema.states import ClaimState

if TYPE_CHECKING:
    from handlers.claims.floor import Floor

__all__ = ["HeldOff", "drop_wishes", "is_wish", "load_wishes", "said_of", "wish_instead"]

#: Somebody who types on and on is mentioned once.
_AGAIN = timedelta(minutes=5)
_MY_CLAIMS = Button(id="claims.mine:", label="My claims")
_claim, _line = sale.claims.c, orders.order_lines.c


def is_wish() -> tuple[Any, ...]:
    """The claims that wait to be paid with nothing set aside for them."""
    held = select(sale.holds.c.id).where(sale.holds.c.claim_id == _claim.id)
    return (
        _claim.rule == Rule.PAY_FIRST,
        _claim.state == ClaimState.ENTERED,
        ~held.exists(),
    )


class HeldOff:
    """Whom one transaction tells that they must pay first, or cannot claim: each once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._told: dict[int, datetime] = {}

    @classmethod
    def of(cls, work: Work) -> "HeldOff":
        """Those of this transaction."""
        found: HeldOff | None = work.parts.get(cls)
        if found is None:
            found = work.parts[cls] = cls(work)
            work.closers.append(found.flush)
        return found

    def tell(self, member: Member) -> None:
        """Tell one of them: by DM who wished so, else by a mention that says only where to look."""
        work, at = self._work, self._work.at
        before = self._told.get(member.customer_id, member.told_at)
        if before is not None and before <= at < before + _AGAIN:
            return
        self._told[member.customer_id] = member.told_at = at
        buttons = button_values((_MY_CLAIMS,))
        if member.tells_by_dm:
            to = Address(member.platform, Reach.PERSON, member.person)
            work.say(to, said_of(blocked=member.blocked), buttons)
            return
        who = work.house.who(member.platform, member.person, member.name)
        work.say(work.house.stream_of(member.platform), "claims.private_news", {"who": who})

    async def flush(self) -> None:
        """Note when they were told."""
        told, self._told = self._told, {}
        customers = sale.customers.c
        for customer_id, at in sorted(told.items()):
            await self._work.tx.run(
                update(sale.customers).where(customers.id == customer_id).values(told_at=at)
            )


def said_of(*, blocked: bool) -> str:
    """The sentence that says it."""
    return "claims.you_are_blocked" if blocked else "claims.you_pay_first"


async def load_wishes(floor: "Floor", customers: set[int]) -> None:
    """Count what these customers have claimed and must pay first."""
    for row in await floor.work.tx.all(
        select(_claim.customer_id, _claim.variant_id, _claim.quantity).where(
            _claim.customer_id.in_(sorted(customers)),
            _claim.show_id == floor.show.id,
            *is_wish(),
        )
    ):
        floor.standing(row.customer_id, row.variant_id).wished += row.quantity


async def drop_wishes(
    floor: "Floor", customer_id: int, variant_id: int, most: int, claim_id: int | None
) -> int:
    """Take back at most so many units that were to be paid first, newest first."""
    standing = floor.standing(customer_id, variant_id)
    if not standing.wished or most <= 0:
        return 0
    query = (
        select(sale.claims)
        .where(
            _claim.customer_id == customer_id,
            _claim.variant_id == variant_id,
            _claim.show_id == floor.show.id,
            *is_wish(),
        )
        .order_by(_claim.id.desc())
    )
    gone, tx = 0, floor.work.tx
    for row in await tx.all(query if claim_id is None else query.where(_claim.id == claim_id)):
        units = min(row.quantity, most - gone)
        if units <= 0:
            break
        left = row.quantity - units
        values: dict[str, Any] = {"quantity": left} if left else {"state": ClaimState.VOID}
        await tx.run(update(sale.claims).where(_claim.id == row.id).values(**values))
        await _follow(floor, row.id, left)
        gone += units
    standing.wished -= gone
    return gone


async def _follow(floor: "Floor", claim_id: int, left: int) -> None:
    """The line of such a claim keeps step, and its order is priced anew."""
    changed: dict[str, Any] = {"quantity": left} if left else {"ended_at": floor.work.at}
    prices = ("discount_minor", "tax_included_minor", "tax_added_minor", "total_minor")
    rows = await floor.work.tx.all(
        update(orders.order_lines)
        .where(_line.claim_id == claim_id, _line.ended_at.is_(None))
        .values(**changed, **dict.fromkeys(prices))
        .returning(_line.order_id)
    )
    for row in rows:
        await floor.work.tx.run(
            update(orders.orders).where(orders.orders.c.id == row.order_id).values(priced_at=None)
        )


async def wish_instead(floor: "Floor", stock: Stock, row: Any, units: int, at: datetime) -> None:
    """Whose turn came, and who has to pay first since they waited, may order these units now.

    `row` is their entry, out of the line already, with who they are.
    """
    work, tx = floor.work, floor.work.tx
    show = work.snapshot.timeline.of(row.show_id) or floor.show
    values = {
        "rule": Rule.PAY_FIRST,
        "state": ClaimState.ENTERED,
        "quantity": units,
        "lapse_due": floor.ends(stock, at, show=show, promoted=True),
    }
    held = await tx.scalar(select(func.count()).where(sale.holds.c.claim_id == row.claim_id))
    if held:
        # That claim is the one of the units that they hold.
        (claim,) = await tx.all(select(sale.claims).where(_claim.id == row.claim_id))
        copied = {one.name: claim._mapping[one.name] for one in sale.claims.c if one.name != "id"}
        await tx.insert(sale.claims, [copied | {"place": None, "refused": 0} | values])
    else:
        await tx.run(update(sale.claims).where(_claim.id == row.claim_id).values(**values))
    if row.show_id == floor.show.id:
        floor.standing(row.customer_id, stock.id).wished += units
    HeldOff.of(work).tell(
        Member(
            row.customer_id,
            row.identity_id,
            row.platform,
            row.person,
            row.name,
            row.tells_by_dm,
            pay_first=True,
            told_at=row.told_at,
        )
    )
