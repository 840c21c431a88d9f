"""What the team reads of returns: those that wait, and one with its units, sums and history."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from handlers.command_line import Invocation
from handlers.messages import Answer, Section
from handlers.money import Money
from handlers.orders.numbers import OrderNumber
from handlers.returns.card import did, facts_of
from handlers.returns.giving import label_left, payable, wish_for
from handlers.returns.policy import Wish
from handlers.returns.records import StoredReturn, find_return, load_return
from handlers.returns.states import Acceptance, Reception, ReturnState
from handlers.returns.sums import breakdown_of, shown_breakdown
from handlers.returns.telling import label_of
from handlers.times import shown_time
from handlers.work import Work
from storage.schema import orders
from storage.schema.returns import return_events, returns

__all__ = ["list_", "named", "show", "sum_lines"]

_return, _order, _event = returns.c, orders.orders.c, return_events.c
_MOST_LISTED = 100
_MOST_HISTORY = 15
#: What never comes, or is refused, gets nothing.
_NOTHING = (Reception.NEVER_CAME, Reception.WRONG_ITEM)


async def named(work: Work, typed: str, *, lock: bool = False) -> StoredReturn | Answer:
    """The return that somebody names, or what to say where there is none."""
    return_id = await find_return(work, typed)
    found = return_id and await load_return(work, return_id, lock=lock)
    return found or Answer(text=work.house.wording.say("returns.unknown", number=typed))


async def list_(work: Work, command: Invocation) -> Answer:
    """`/returns list [STATE]`: what waits for the team, the most urgent first, or one state."""
    say, state = work.house.wording.say, command.options["state"]
    query = (
        select(returns, _order.show_id, _order.serial)
        .join(orders.orders, _order.id == _return.order_id)
        .limit(_MOST_LISTED)
    )
    if state:
        query = query.where(_return.state == state).order_by(_return.id.desc())
    else:
        query = query.where(_return.due_at.is_not(None)).order_by(_return.due_at, _return.id)
    sections = [
        Section(
            text=say(
                "returns.line",
                number=row.number,
                order=str(OrderNumber(row.show_id, row.serial)),
                state=say(f"returns.is.{row.state}"),
                wish=say(f"returns.wish.{row.wish}"),
                value=Money(row.value_minor, row.currency).shown(work.house.locale),
                taken=row.taken_by,
                due=shown_time(work, row.due_at),
            )
        )
        for row in await work.tx.all(query)
    ]
    if not sections:
        return Answer(text=say("returns.none"))
    return Answer(text=say("returns.head"), sections=tuple(sections))


async def show(work: Work, command: Invocation) -> Answer:
    """`/returns show NUMBER`: its units by number, what would be given, and what happened."""
    stored = await named(work, command.options["number"])
    if isinstance(stored, Answer):
        return stored
    say = work.house.wording.say
    lines: list[str] = [say("returns.card", **await facts_of(work, stored))]
    lines += [
        say(
            "returns.unit",
            number=number,
            unit=label_of(unit),
            reception=say(f"returns.reception.{unit.reception}"),
            acceptance=say(f"returns.acceptance.{unit.acceptance}"),
            grade=(unit.grade or "").upper(),
            place=unit.place or "",
            why=unit.rejected_why,
        )
        for number, unit in enumerate(stored.units, start=1)
    ]
    lines += await sum_lines(work, stored)
    lines += [
        say(
            "returns.money",
            wish=say(f"returns.wish.{row.wish}"),
            state=say(f"returns.money.{row.state}"),
            money=_shown(work, row.money_minor, row.currency),
            credit=_shown(work, row.credit_minor, row.currency),
            error=row.error,
        )
        for row in stored.money
    ]
    lines += await _history(work, stored)
    return Answer(text="\n".join(lines))


async def sum_lines(work: Work, stored: StoredReturn) -> list[str]:
    """What would be given now; where nothing is accepted yet, what all of it would come to."""
    if stored.state in (ReturnState.DECLINED, ReturnState.CANCELLED):
        return []
    units = payable(stored)
    now = bool(units)
    if not now:
        units = [
            unit
            for unit in stored.units
            if unit.reimbursement_id is None
            and unit.acceptance != Acceptance.REJECTED
            and unit.reception not in _NOTHING
        ]
    if not units:
        return []
    wish, some = wish_for(stored, units)
    breakdown = await breakdown_of(
        work,
        stored.order,
        some,
        label=label_left(stored),
        swapped=wish is Wish.EXCHANGE,
    )
    say = work.house.wording.say
    head = say("returns.sum.now" if now else "returns.sum.all", wish=say(f"returns.wish.{wish}"))
    return [head, *shown_breakdown(work, breakdown, stored.row.currency)]


def _shown(work: Work, minor: int, currency: str) -> str:
    return Money(minor, currency).shown(work.house.locale) if minor else ""


async def _history(work: Work, stored: StoredReturn) -> list[str]:
    rows: Sequence[Any] = await work.tx.all(
        select(return_events)
        .where(_event.return_id == stored.id)
        .order_by(_event.id.desc())
        .limit(_MOST_HISTORY)
    )
    return [
        work.house.wording.say(
            "returns.event",
            at=shown_time(work, row.at),
            what=did(work, row.kind),
            who=row.who,
            # Of a photo it is the number under which it is kept.
            why="" if row.kind == "photo" else row.why,
        )
        for row in reversed(rows)
    ]
