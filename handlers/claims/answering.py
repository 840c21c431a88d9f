"""Answers to "which size?", typed in the chat: a line that names nothing but a variant."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from handlers.claims.floor import Floor
from handlers.claims.grammar import read_variant
from handlers.claims.judging import STAFF, narrowed, takes_part
from handlers.claims.records import Entry, Member, Note, Outcome
from handlers.hearing import Line
from handlers.messages import ChatMessage
from handlers.snapshot import ItemView
from handlers.work import Work
from storage.repositories.sale import UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = ["answer", "load_asked", "may_answer"]

_LONGEST = 32


def may_answer(line: Line) -> bool:
    """Whether a line that is no claim may still name a size."""
    message = line.message
    return (
        isinstance(message, ChatMessage)
        and not message.quotes
        and len(message.text) <= _LONGEST
        and not line.person.may(STAFF)
    )


async def load_asked(work: Work, lines: Sequence[Line]) -> None:
    """Load who was asked for a size, if one of them speaks in these lines."""
    rows = await work.tx.all(
        select(
            sale.claims.c.item_id,
            sale.claims.c.show_id,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
        )
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(sale.claims.c.state == ClaimState.ASKED, UNSETTLED)
    )
    asked: dict[tuple[int, str, str], list[Any]] = {}
    for row in rows:
        asked.setdefault((row.show_id, row.platform, row.person), []).append(row)
    for line in lines:
        if line.show is None or takes_part(line) or not may_answer(line):
            continue
        of_person = asked.get((line.show.id, line.person.platform, line.person.id), ())
        if of_person:
            who = (line.person.platform, line.person.id)
            floor = Floor.of(work, line.show)
            await floor.load([row.item_id for row in of_person], {who: line.person.name})


def answer(work: Work, line: Line) -> Mapping[str, Any] | None:
    """What comes of a line that answers a question its viewer was asked; None if it does not."""
    if line.show is None or not may_answer(line):
        return None
    floor = Floor.of(work, line.show)
    member = floor.members.get((line.person.platform, line.person.id))
    if member is None:
        return None
    for customer_id, item_id in list(floor.asked):
        item = work.snapshot.catalogue.by_id.get(item_id)
        if customer_id == member.customer_id and item is not None:
            outcome = _of_item(work, floor, member, line, item)
            if outcome is not None:
                return outcome
    return None


def _of_item(
    work: Work, floor: Floor, member: Member, line: Line, item: ItemView
) -> Mapping[str, Any] | None:
    known = floor.asked[member.customer_id, item.id]["narrowed"] or ""
    lexicon = work.snapshot.lexicon
    # What was named first counts on; but who was asked may also change their mind about it.
    fitting = read_variant(f"{known} {line.message.text}", lexicon, item.code)  # type: ignore[union-attr]
    fitting = fitting or read_variant(line.message.text, lexicon, item.code)  # type: ignore[union-attr]
    if not fitting:
        return None
    if len(fitting) == 1:
        return floor.answer_size(
            member,
            item.variants[fitting[0]].id,
            at=line.at,
            key=line.message.key,
            channel=line.message.channel.id,
        ).values()
    return _still_open(floor, member, line, item, fitting)


def _still_open(
    floor: Floor, member: Member, line: Line, item: ItemView, fitting: Sequence[str]
) -> Mapping[str, Any]:
    entry = Entry(
        member=member,
        variant_id=0,
        quantity=1,
        counted=False,
        sent_at=line.at,
        key=line.message.key,
        channel=line.message.channel.id,
    )
    floor.ask_size(entry, item.id, narrowed(fitting))
    asked = Outcome(label=item.code, variant_id=item.variants[fitting[0]].id, note=Note.WHICH)
    return {**asked.values(), "s": ", ".join(fitting)}
