"""What time, or a wish to be forgotten, does to letters, to pictures and to their cards."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from handlers.support.card import say_card
from handlers.support.threads import REPLY, again_card, late_key
from handlers.team.alerts import rename_in_alerts
from handlers.work import Work
from storage.schema.support import customer_pictures, support_messages, support_threads
from storage.schema.traffic import deliveries, outbox
from storage.unit_of_work import Transaction, padded

__all__ = ["erase_old_letters", "forget_cards", "forget_conversations"]

_thread, _said, _picture = support_threads.c, support_messages.c, customer_pictures.c
_AT_ONCE = 128
_NOTHING = b""


async def erase_old_letters(tx: Transaction, before: datetime) -> int:
    """Erase what was said in conversations that were over before `before`; returns how many."""
    kept = select(_said.id).where(_said.thread_id == _thread.id, _said.content != _NOTHING)
    rows = await tx.all(
        select(_thread.id)
        .where(_thread.closed_at < before, kept.exists())
        .order_by(_thread.id)
        .limit(_AT_ONCE)
    )
    await _forget_letters(tx, [row.id for row in rows])
    return len(rows)


async def forget_conversations(work: Work, customer_id: int, name: str) -> None:
    """Erase all that a customer and the team wrote to each other; the cards say `name` instead."""
    tx = work.tx
    mine = _thread.customer_id == customer_id
    ids = [row.id for row in await tx.all(select(_thread.id).where(mine).order_by(_thread.id))]
    await _forget_letters(tx, ids)
    theirs = _said.thread_id.in_(padded(ids)) & _said.theirs.is_(True)
    await tx.run(update(support_messages).where(theirs).values(name=name))
    await tx.run(update(support_threads).where(mine).values(name=name))
    await tx.run(
        update(customer_pictures)
        .where(_picture.customer_id == customer_id, _picture.content.is_not(None))
        .values(content=None, key_name=None, forgotten_at=work.at, forget_due=None)
    )
    for id in ids:
        await rename_in_alerts(work, late_key(id), name)
        await say_card(work, await tx.first(select(support_threads).where(_thread.id == id)))


async def _forget_letters(tx: Transaction, thread_ids: Sequence[int]) -> None:
    if not thread_ids:
        return
    mine = _said.thread_id.in_(padded(thread_ids))
    said = await tx.all(select(_said.id, _said.thread_id, _said.at, _said.theirs).where(mine))
    await tx.run(
        update(support_messages).where(mine).values(content=_NOTHING, key_name=None, pictures=[])
    )
    shown = [
        again_card(one.thread_id, one.at) if one.theirs else f"{REPLY}{one.id}" for one in said
    ]
    await forget_cards(tx, [*(f"support:{id}" for id in thread_ids), *shown])


async def forget_cards(tx: Transaction, cards: Sequence[str]) -> None:
    """Cut the words out of all that these cards have said so far."""
    words = {"text": ""}
    for start in range(0, len(cards), _AT_ONCE):
        some = padded(cards[start : start + _AT_ONCE])
        waits = outbox.c.delivery_id.is_(None) & outbox.c.card.in_(some)
        await tx.run(update(outbox).where(waits).values({outbox.c["values"]: words}))
        known = deliveries.c.card.in_(some)
        ids = [row.id for row in await tx.all(select(deliveries.c.id).where(known))]
        await tx.run(update(deliveries).where(known).values(rendered=words))
        for at in range(0, len(ids), _AT_ONCE):
            told = outbox.c.delivery_id.in_(padded(ids[at : at + _AT_ONCE]))
            await tx.run(update(outbox).where(told).values({outbox.c["values"]: words}))
