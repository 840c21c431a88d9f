"""Hears claims, releases and near misses in the chat of a live show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from handlers.capability import Phase
from handlers.claims.early import EarlyClaims
from handlers.claims.edits import deleted, edited
from handlers.claims.floor import Floor
from handlers.claims.grammar import read_variant
from handlers.claims.hints import Hint, Hints
from handlers.claims.judging import STAFF, hints_for, is_open, takes_part, variant_of
from handlers.claims.reading import Kind, NearMiss, Reading, Wish
from handlers.claims.records import Entry, Member, Note, Outcome
from handlers.claims.rescues import Rescues
from handlers.hearing import Line
from handlers.messages import ChatMessage, MessageDeleted, MessageEdited
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work
from storage.repositories.sale import UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = ["Capture", "claim_for", "told"]

_LONGEST_ANSWER = 32


class Capture:
    """The claims capability's ear: for claims, releases, near misses, and which size is meant."""

    phase = Phase.SALE

    async def prepare(self, work: Work, lines: Sequence[Line]) -> None:
        """Lock the items these lines name; load their people, their hints and open rescues."""
        items: dict[ShowView, set[int]] = {}
        people: dict[ShowView, dict[tuple[str, str], str]] = {}
        hints, rescued, answering = [], [], False
        for line in lines:
            if not takes_part(line):
                answering = answering or _may_answer(line)
                continue
            for hint in hints_for(line, work.snapshot, work.rules):
                hints.append((line.message.channel, hint.subject, line.person.id))
            if line.show is None or line.person.may(STAFF):
                continue
            if line.reading.kind is Kind.NEAR_MISS:
                rescued.append((line.show.id, line.reading.unknown))
                continue
            codes = (wish.code for wish in line.reading.items)
            items.setdefault(line.show, set()).update(
                work.snapshot.catalogue.items[code].id for code in codes
            )
            who = (line.person.platform, line.person.id)
            people.setdefault(line.show, {})[who] = line.person.name
        for show, ids in items.items():
            await Floor.of(work, show).load(ids, people[show])
        if answering:
            await _load_asked(work, lines)
        if hints:
            await Hints.of(work).load(hints)
        if rescued:
            await Rescues.of(work).load(rescued)

    async def hear(self, work: Work, line: Line) -> bool:
        """Take a line if it is about claims."""
        if isinstance(line.message, MessageDeleted):
            return await deleted(work, line, line.message)
        if isinstance(line.message, MessageEdited):
            changed = await edited(work, line, line.message)
            if changed is not None:
                if changed:
                    told(work, line, changed)
                return True
        if not takes_part(line):
            return _answer_size(work, line)
        needed = list(hints_for(line, work.snapshot, work.rules))
        _hint(work, line, needed)
        if line.show is None or line.person.may(STAFF):
            return True
        if line.reading.near_miss is NearMiss.UNKNOWN_CODE:
            Rescues.of(work).gather(line)
        outcomes: list[Mapping[str, Any]] = []
        if line.reading.kind is Kind.CLAIM:
            outcomes = _claims(work, line, line.show, line.reading)
        elif line.reading.kind is Kind.CANCEL:
            outcomes = list(_releases(work, line, line.show, line.reading))
        if outcomes:
            told(work, line, outcomes)
        return True


def told(work: Work, line: Line, outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Reply to a line where it was typed."""
    work.say(
        line.message.channel,
        "claims.outcome",
        {
            "who": {"id": line.person.id, "name": line.person.name},
            "line": line.message.native_id,
            "outcomes": outcomes,
        },
    )


def _hint(work: Work, line: Line, needed: Sequence[Hint]) -> None:
    for hint in needed:
        Hints.of(work).need(line.message.channel, line.person, hint, line.at)


def _claims(work: Work, line: Line, show: ShowView, reading: Reading) -> list[Mapping[str, Any]]:
    floor = Floor.of(work, show)
    outcomes: list[Mapping[str, Any]] = []
    for wish in reading.items:
        item = work.snapshot.catalogue.items[wish.code]
        if not is_open(show, wish.code, line, work.rules):
            EarlyClaims.of(work).remember(line, show, item)
            continue
        outcome = claim_for(floor, line, item, wish)
        if outcome is None:
            continue
        values = outcome.values()
        if wish.staged and line.switched and not outcome.note:
            values |= {
                "k": Note.SWITCHED.value,
                "o": line.switched,
                "h": 0,
                "v": outcome.variant_id,
            }
        outcomes.append(values)
    return outcomes


def claim_for(floor: Floor, line: Line, item: ItemView, wish: Wish) -> Outcome | None:
    """Claim what a wish names; None where the size has to be asked first."""
    member = floor.members[line.person.platform, line.person.id]
    variant_id = variant_of(item, wish)
    entry = Entry(
        member=member,
        variant_id=variant_id or 0,
        quantity=wish.quantity or 1,
        counted=wish.counted,
        sent_at=line.at,
        key=line.message.key,
        channel=line.message.channel.id,
    )
    if variant_id is None:
        floor.ask_size(entry, item.id)
        return None
    return floor.enter(entry)


def _releases(
    work: Work, line: Line, show: ShowView, reading: Reading
) -> Iterator[Mapping[str, Any]]:
    floor = Floor.of(work, show)
    member = floor.members[line.person.platform, line.person.id]
    for wish in reading.items:
        item = work.snapshot.catalogue.items[wish.code]
        floor.forget_asked(member.customer_id, item.id)
        named = variant_of(item, wish)
        variants = [v.id for v in item.variants.values() if named is None or v.id == named]
        yield from _release_variants(floor, line, member, item, wish, variants)


def _release_variants(
    floor: Floor,
    line: Line,
    member: Member,
    item: ItemView,
    wish: Wish,
    variants: Sequence[int],
) -> Iterator[Mapping[str, Any]]:
    mine = [v for v in variants if floor.standing(member.customer_id, v).unpaid]
    if not mine:
        label = item.label(wish.variant)
        yield Outcome(label=label, variant_id=variants[0], note=Note.NOTHING).values()
        return
    for variant_id in mine:
        have = floor.standing(member.customer_id, variant_id).unpaid
        units = None if wish.quantity is None or wish.quantity >= have else wish.quantity
        entry = Entry(
            member=member,
            variant_id=variant_id,
            quantity=1,
            counted=False,
            sent_at=line.at,
            key=line.message.key,
            channel=line.message.channel.id,
        )
        floor.ask_release(entry, units)
        yield Outcome(
            label=floor.stock[variant_id].label,
            variant_id=variant_id,
            note=Note.RELEASING,
            have=0 if units is None else have - units,
        ).values()


# --- answers to "which size?" ---------------------------------------------------------------------


def _may_answer(line: Line) -> bool:
    return (
        isinstance(line.message, ChatMessage)
        and len(line.message.text) <= _LONGEST_ANSWER
        and not line.person.may(STAFF)
    )


async def _load_asked(work: Work, lines: Sequence[Line]) -> None:
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
    asked = {(row.show_id, row.platform, row.person): row for row in rows}
    for line in lines:
        if line.show is None or takes_part(line) or not _may_answer(line):
            continue
        row = asked.get((line.show.id, line.person.platform, line.person.id))
        if row is not None:
            items = [
                one.item_id
                for one in rows
                if (one.platform, one.person) == (row.platform, row.person)
            ]
            floor = Floor.of(work, line.show)
            await floor.load(items, {(row.platform, row.person): row.name})


def _answer_size(work: Work, line: Line) -> bool:
    """Take a line that names nothing but a variant of an item its viewer was asked about."""
    if line.show is None or not _may_answer(line):
        return False
    floor = Floor.of(work, line.show)
    member = floor.members.get((line.person.platform, line.person.id))
    if member is None:
        return False
    for customer_id, item_id in list(floor.asked):
        item = work.snapshot.catalogue.by_id.get(item_id)
        if customer_id != member.customer_id or item is None:
            continue
        named = read_variant(line.message.text, work.snapshot.lexicon, item.code)  # type: ignore[union-attr]
        if len(named) == 1:
            outcome = floor.answer_size(
                member,
                item.variants[named[0]].id,
                at=line.at,
                key=line.message.key,
                channel=line.message.channel.id,
            )
            told(work, line, [outcome.values()])
            return True
    return False
