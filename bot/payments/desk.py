"""The errands of payments: what is due is asked of its way, outside any transaction.

    desk = PaymentDesk(storage, intake.webhook, {"stripe": way}, rules, now=clock.now)
    clockwork.every(1.0, "payments", desk.tick)

Taking an errand moves its due time on, in one guarded statement: that is its lease, in wall time.
So no two processes ask at once, and what a process that died had taken comes due by itself. If two
ever did, both would ask with the same key for the same thing. Answers go through the intake.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update

from bot.payments.asking import is_due, page_of, request_of
from bot.payments.base import PaymentRefused, PaymentUncertain, PaymentWay
from handlers.messages import Webhook
from handlers.money import Money
from handlers.payments.keeping import notice_values
from handlers.payments.model import (
    Checkout,
    CheckoutState,
    Notice,
    NoticeKind,
    RefundRequest,
    RefundState,
)
from handlers.payments.rules import PaymentRules
from storage.engine import Storage
from storage.order_states import PaymentState
from storage.schema import orders, refunds
from storage.schema.refunds import RefundStep

__all__ = ["PaymentDesk"]

#: Longer than any way is waited for; a process that died gives its errands back after so long.
_LEASE = timedelta(seconds=30)
_AT_ONCE = 16
_payment, _refund, _order = orders.payments.c, refunds.payment_refunds.c, orders.orders.c


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """One thing to ask, and the name under which it is under way."""

    name: str
    ask: Callable[[], Awaitable[None]]


class PaymentDesk:
    """Asks the ways what is due. `take` brings an answer through the intake.

    `now` is the time of the sale and of due times, `wall` that by which answers to a press go
    stale.
    """

    def __init__(
        self,
        storage: Storage,
        take: Callable[[Webhook], Awaitable[None]],
        ways: Mapping[str, PaymentWay],
        rules: PaymentRules,
        *,
        now: Callable[[], datetime],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._storage = storage
        self._take = take
        self._ways = ways
        self._rules = rules
        self._now = now
        self._wall = wall
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._count = 0

    async def tick(self, now: datetime) -> None:
        """Begin what is due.

        Raises what ended an errand since the last time, a bug or no database; the errand itself
        comes due again.
        """
        ended = self._ended()
        if self._ways and len(self._under_way) < _AT_ONCE:
            for errand in await self._due(now):
                self._under_way[errand.name] = asyncio.ensure_future(errand.ask())
        for task in ended:
            task.result()

    async def round(self) -> None:
        """Do all that is due now, and return once it is done."""
        while True:
            await self.tick(self._now())
            if not self._under_way:
                return
            await asyncio.wait(self._under_way.values())

    async def stop(self, within: float = 5.0) -> None:
        """Let what is under way end, for so long; the rest is asked again after the next start."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        self._under_way.clear()

    def _ended(self) -> list[asyncio.Task[None]]:
        over = {name: task for name, task in self._under_way.items() if task.done()}
        for name in over:
            del self._under_way[name]
        return list(over.values())

    # --- what is due ------------------------------------------------------------------------------

    async def _due(self, now: datetime) -> list[_Errand]:
        """What is due, taken; who waits for a link comes before what is only looked at."""
        room = _AT_ONCE - len(self._under_way)
        ways = sorted(self._ways)
        due_payments = (
            select(
                orders.payments,
                _order.state.label("order_state"),
                _order.priced_at,
                _order.total_minor,
                _order.credit_minor,
                _order.received_minor.label("order_received"),
            )
            .join(orders.orders, _order.id == _payment.order_id)
            .where(_payment.poll_due <= now, _payment.way.in_(ways))
            .order_by(
                case((_payment.state == PaymentState.PREPARED, 0), else_=1), _payment.poll_due
            )
            .limit(room)
        )
        due_refunds = (
            select(refunds.payment_refunds, _payment.way, _payment.charge)
            .join(orders.payments, _payment.id == _refund.payment_id)
            .where(_refund.due_at <= now, _payment.way.in_(ways))
            .order_by(_refund.due_at)
            .limit(room)
        )
        async with self._storage.read() as tx:
            payments, back = await tx.all(due_payments), await tx.all(due_refunds)
        if not payments and not back:
            return []
        async with self._storage.write() as tx:
            mine = [row for row in payments if await self._taken_payment(tx, row, now)]
            mine_back = [row for row in back if await self._taken_refund(tx, row, now)]
        return [
            *(self._of_payment(row, now) for row in mine),
            *(self._of_refund(row) for row in mine_back),
        ]

    async def _taken_payment(self, tx: Any, row: Any, now: datetime) -> bool:
        again = _LEASE
        if row.state == PaymentState.OPEN and is_due(row):
            again = timedelta(seconds=self._rules.poll_seconds)
        taking = update(orders.payments).where(
            _payment.id == row.id, _payment.poll_due == row.poll_due, _payment.state == row.state
        )
        return bool(await tx.run(taking.values(poll_due=now + again)))

    async def _taken_refund(self, tx: Any, row: Any, now: datetime) -> bool:
        taking = update(refunds.payment_refunds).where(
            _refund.id == row.id, _refund.due_at == row.due_at
        )
        return bool(await tx.run(taking.values(due_at=now + _LEASE)))

    # --- payments ---------------------------------------------------------------------------------

    def _of_payment(self, row: Any, now: datetime) -> _Errand:
        async def ask() -> None:
            try:
                await self._ask(row, self._ways[row.way], now)
            except PaymentUncertain as error:
                why = {"result": "uncertain", "why": str(error), "after": error.after}
                await self._answer(row, **why)
            except PaymentRefused as error:
                await self._answer(row, result="refused", why=str(error))

        return _Errand(name=f"payment:{row.id}", ask=ask)

    async def _ask(self, row: Any, way: PaymentWay, now: datetime) -> None:
        if row.state == PaymentState.PREPARED:
            if not is_due(row):
                await self._answer(row, result="moot")
                return
            request, since = request_of(row, self._rules.return_url, now)
            page = await way.open(request, since)
            await self._answer(row, result="opened", **page_of(page, self._wall()))
            # It may have been paid before we knew of it: then this is all there is to hear of that.
            if page.state is not CheckoutState.OPEN:
                await self._told(row, page)
            return
        wanted = row.state == PaymentState.OPEN and is_due(row)
        page = await (way.look(row.reference) if wanted else way.expire(row.reference))
        if page.state is CheckoutState.OPEN:
            if row.attempts or row.uncertain_at is not None:
                await self._answer(row, result="answered")
            return
        await self._told(row, page)

    async def _told(self, row: Any, page: Checkout) -> None:
        """What a look found, as the notice that may never come."""
        paid = page.charged if page.state is CheckoutState.PAID else None
        kind = NoticeKind.EXPIRED if paid is None else NoticeKind.PAID
        notice = Notice(
            key=f"look:{row.id}:{kind.value}",
            kind=kind,
            at=self._now(),
            payment=row.idempotency_key,
            checkout=page.id,
            charge="" if paid is None else paid.charge,
            amount=None if paid is None else paid.amount,
        )
        await self._bring("payments.notice", way=row.way, notice=notice_values(notice))
        if row.state == PaymentState.CANCELLED:
            await self._over(row)

    async def _over(self, row: Any) -> None:
        """A page that was withdrawn is ended for good: there is nothing more to ask."""
        async with self._storage.write() as tx:
            mine = (_payment.id == row.id) & (_payment.state == PaymentState.CANCELLED)
            await tx.run(update(orders.payments).where(mine).values(poll_due=None))

    # --- refunds ----------------------------------------------------------------------------------

    def _of_refund(self, row: Any) -> _Errand:
        async def ask() -> None:
            request = RefundRequest(
                key=f"{row.key}:{row.tries}",
                payment=row.key,
                charge=row.charge or "",
                amount=Money(row.amount_minor, row.currency),
            )
            named = {"refund": row.id, "tries": row.tries}
            way = self._ways[row.way]
            pending = row.state == RefundStep.PENDING and row.reference
            try:
                made = await (way.look_refund(row.reference) if pending else way.refund(request))
            except PaymentUncertain as error:
                told = {"result": "uncertain", "why": str(error), "after": error.after}
            except PaymentRefused as error:
                told = {"result": "refused", "why": str(error)}
            else:
                state = RefundState(made.state).value
                told = {"result": state, "reference": made.id, "why": made.why}
            await self._bring("payments.refund", **named, **told)

        return _Errand(name=f"refund:{row.id}", ask=ask)

    # --- answers ----------------------------------------------------------------------------------

    async def _answer(self, row: Any, **body: Any) -> None:
        await self._bring("payments.answer", payment=row.id, **body)

    async def _bring(self, source: str, **body: Any) -> None:
        self._count += 1
        key = f"{source}:{id(self)}:{self._count}"
        await self._take(Webhook(key=key, source=source, body=body, received_at=self._now()))
