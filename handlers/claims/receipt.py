"""`/why CODE` and the menu *Why?*: what was decided, in which order, by which rule."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.edits import claims_of
from handlers.claims.ended import end_of, label_of, units_before
from handlers.claims.holding_off import is_wish
from handlers.claims.lines import read_again, stored
from handlers.claims.private import customer_of, elsewhere
from handlers.claims.records import Rule
from handlers.command_line import Invocation
from handlers.messages import Answer, Press
from handlers.snapshot import ItemView
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = ["why", "why_line"]

_MOST = 5


async def why(work: Work, command: Invocation) -> Answer:
    """The viewer's own receipt for the claims of one item."""
    if (answer := await elsewhere(work, command.person)) is not None:
        return answer
    item: ItemView = command.options["code"]
    customer_id = await customer_of(work, command.person)
    rows = [] if customer_id is None else await _receipts(work, customer_id, item.id)
    if not rows:
        return Answer(text=work.house.wording.say("why.none", code=item.code))
    return Answer(text="\n\n".join([await _receipt(work, row) for row in rows]))


async def _receipts(work: Work, customer_id: int, item_id: int) -> Sequence[Any]:
    claims = sale.claims.c
    return await work.tx.all(
        select(sale.claims)
        .where(claims.customer_id == customer_id, claims.item_id == item_id)
        .order_by(claims.id.desc())
        .limit(_MOST)
    )


async def _receipt(work: Work, row: Any) -> str:
    say, item = work.house.wording.say, label_of(row)
    sent = row.sent_at.astimezone(work.house.timezone)
    # What the limit refused outright never became a claim of that many.
    taken = row.place is not None or row.state != ClaimState.VOID
    lines = [
        say(
            "why.head",
            item=item,
            quantity=row.quantity + (row.refused if taken else 0),
            sent=f"{sent:%H:%M:%S}.{sent.microsecond // 1000:03d}",
        )
    ]
    if row.place is not None:
        lines.append(
            say(
                "why.place",
                place=row.place,
                item=item,
                gone=max(0, row.gone_before - await units_before(work, row)),
                waiting=row.waiting_before,
            )
        )
        later = await _sent_later(work, row)
        if later:
            lines.append(say("why.late", later=later))
    lines.append(say(f"why.rule.{row.rule}"))
    if row.refused and row.rule != Rule.LIMIT:
        lines.append(say(f"why.rule.{Rule.LIMIT}"))
    if row.state == ClaimState.ENTERED and not await _is_wish(work, row.id):
        held = await _live_units(work, sale.holds, row.id, ("held", "paid"))
        waiting = await _live_units(work, sale.waitlist, row.id, ("waiting",))
        lines.append(
            say("why.now", held=held, waiting=waiting, refused=row.refused)
            if held + waiting
            else say("why.ended", how=say(await end_of(work, row)))
        )
    return "\n".join(lines)


async def _is_wish(work: Work, claim_id: int) -> bool:
    found = select(sale.claims.c.id).where(sale.claims.c.id == claim_id, *is_wish())
    return await work.tx.scalar(found) is not None


async def _sent_later(work: Work, row: Any) -> int:
    """Claims of the same line that stand before this one though they were sent after it."""
    claims = sale.claims.c
    count: int = await work.tx.scalar(
        select(func.count()).where(
            claims.variant_id == row.variant_id,
            claims.show_id == row.show_id,
            claims.place < row.place,
            claims.sent_at > row.sent_at,
        )
    )
    return count


async def _live_units(work: Work, table: Any, claim_id: int, states: Sequence[str]) -> int:
    units: int = await work.tx.scalar(
        select(func.coalesce(func.sum(table.c.quantity), 0)).where(
            table.c.claim_id == claim_id, table.c.state.in_(states)
        )
    )
    return units


def _bare(why: str) -> str:
    """Why a line reads as it does, without the word for what it is."""
    for word in ("talk: ", "claims ", "releases "):
        why = why.removeprefix(word)
    return why


async def why_line(work: Work, press: Press) -> Answer:
    """The menu *Why?*: how a line was read and what came of it, for moderators."""
    say = work.house.wording.say
    sentence = await stored(work, press.message or "")
    if sentence is None:
        return Answer(text=say("why.line.unknown"))
    _, reading = read_again(work, sentence, work.snapshot.lexicon)
    lines = [say(f"why.line.{reading.kind.value}", text=sentence.text, why=_bare(reading.why))]
    for row in await claims_of(work, sentence.key):
        lines.append(
            say(
                "why.line.became",
                item=label_of(row),
                quantity=row.quantity,
                place=row.place or "–",
                held=row.held,
                waiting=row.waiting,
            )
        )
    return Answer(text="\n".join(lines))
