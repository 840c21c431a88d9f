"""A line that was edited or deleted after it had been a claim.

An edit never gains an earlier place: what it adds stands where it is made. What cannot be had any
more leaves the old claim as it was. A line that is edited alone in its batch (see `Batch`), so
these functions may ask the database.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, case, func, select

from handlers.claims.early import EarlyClaims
from handlers.claims.floor import Floor
from handlers.claims.freeing import give_back
from handlers.claims.holding_off import is_wish
from handlers.claims.judging import is_open, narrowed, origin, variant_of
from handlers.claims.reading import Kind, Wish
from handlers.claims.records import Entry, Member, Note, Outcome, public
from handlers.claims.rules import Repeats
from handlers.claims.telling import promote_and_tell
from handlers.hearing import Line
from handlers.messages import MessageDeleted, MessageEdited
from handlers.snapshot import ItemView
from handlers.work import Work
from storage.repositories.sale import HELD, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState, ItemState

__all__ = ["claims_of", "deleted", "edited"]


async def claims_of(work: Work, key: str) -> Sequence[Any]:
    """The claims made by a line, with who made them and the units of each that still live."""
    held = (
        select(func.coalesce(func.sum(sale.holds.c.quantity), 0))
        .where(sale.holds.c.claim_id == sale.claims.c.id, HELD)
        .scalar_subquery()
    )
    waiting = (
        select(func.coalesce(func.sum(sale.waitlist.c.quantity), 0))
        .where(sale.waitlist.c.claim_id == sale.claims.c.id, WAITING)
        .scalar_subquery()
    )
    # What is to be paid first lives though nothing is set aside for it.
    wished = case((and_(*is_wish()), sale.claims.c.quantity), else_=0)
    return await work.tx.all(
        select(
            sale.claims,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
            held.label("held"),
            waiting.label("waiting"),
            wished.label("wished"),
        )
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(
            sale.claims.c.message_key == key,
            sale.claims.c.state.in_((ClaimState.ENTERED, ClaimState.PENDING, ClaimState.ASKED)),
        )
        .order_by(sale.claims.c.id)
    )


async def edited(
    work: Work, line: Line, message: MessageEdited
) -> Sequence[Mapping[str, Any]] | None:
    """What an edit comes to; None where there was no claim before, or is none now.

    Then it is heard like any line: what it releases is released, anything else changes nothing.
    """
    if line.show is None or line.reading.kind is not Kind.CLAIM:
        return None
    earlier = [row for row in await claims_of(work, message.of) if _lives(row)]
    if not earlier:
        return None
    wishes = line.reading.items
    items = [work.snapshot.catalogue.items[wish.code] for wish in wishes]
    closed = [item for item in items if not is_open(line.show, item.code, line.at, work.rules)]
    for item in closed:
        EarlyClaims.of(work).remember(line, line.show, item)
    if closed:
        return []
    floor = Floor.of(work, line.show)
    await floor.load(
        {*(row.item_id for row in earlier), *(item.id for item in items)},
        {(line.person.platform, line.person.id): line.person.name},
    )
    member = floor.members[line.person.platform, line.person.id]
    return await _Edit(floor, line, member, earlier).outcomes()


def _lives(row: Any) -> bool:
    """Whether something of a claim is still there: units, or the question which size."""
    return bool(row.state != ClaimState.ENTERED or row.held + row.waiting + row.wished)


class _Edit:
    """One edit: the old claims by variant, the new wishes, and what is done about each."""

    def __init__(self, floor: Floor, line: Line, member: Member, earlier: Sequence[Any]) -> None:
        self._floor = floor
        self._line = line
        self._member = member
        self._old: dict[int, int] = {}
        self._asked = [row.item_id for row in earlier if row.state == ClaimState.ASKED]
        for row in earlier:
            if row.variant_id is not None:
                pending = row.quantity if row.state == ClaimState.PENDING else 0
                units = row.held + row.waiting + row.wished + pending
                self._old[row.variant_id] = self._old.get(row.variant_id, 0) + units

    async def outcomes(self) -> list[Mapping[str, Any]]:
        """Do it, and say what became of each wish."""
        items = self._floor.work.snapshot.catalogue.items
        wishes = [(items[wish.code], wish) for wish in self._line.reading.items]
        gone = [(item, wish) for item, wish in wishes if not self._to_be_had(item, wish)]
        if gone:
            return [self._gone(item, wish).values() for item, wish in gone]
        for item_id in self._asked:
            self._floor.forget_asked(self._member.customer_id, item_id)
        wanted = {variant_of(item, wish) for item, wish in wishes}
        told: list[Mapping[str, Any]] = []
        for variant in [variant for variant in self._old if variant not in wanted]:
            told.append(await self._lower(variant, self._old[variant]))
        for item, wish in wishes:
            variant_id = variant_of(item, wish)
            if variant_id is None:
                entry = self._entry(0, wish.quantity or 1, counted=wish.counted)
                self._floor.ask_size(entry, item.id, narrowed(wish.fitting))
            else:
                told += await self._change(variant_id, wish.quantity or 1, counted=wish.counted)
        for variant in sorted({*self._old, *filter(None, wanted)}):
            await promote_and_tell(self._floor, variant, at=self._line.at)
        return told

    def _to_be_had(self, item: ItemView, wish: Wish) -> bool:
        """Whether what an edit newly names can be granted now; what it only changes always may."""
        variant_id = variant_of(item, wish)
        fitting = (
            [variant_id]
            if variant_id
            else [
                variant.id
                for variant in item.variants.values()
                if not wish.fitting or variant.name in wish.fitting
            ]
        )
        return any(self._old.get(one) or self._free(one, wish.quantity or 1) for one in fitting)

    def _free(self, variant_id: int, units: int) -> bool:
        stock = self._floor.stock[variant_id]
        on_sale = self._floor.items[stock.item_id].state == ItemState.ON_SALE
        paused = self._floor.show.paused
        return on_sale and not paused and not stock.waiting_entries and stock.free >= units

    def _gone(self, item: ItemView, wish: Wish) -> Outcome:
        variant_id = variant_of(item, wish) or next(iter(item.variants.values())).id
        return Outcome(label=item.label(wish.variant), variant_id=variant_id, note=Note.EDIT_GONE)

    async def _change(
        self, variant: int, asked: int, *, counted: bool
    ) -> Sequence[Mapping[str, Any]]:
        """Bring the units of this line to what it asks for now."""
        old, repeats = self._old.get(variant, 0), self._floor.rules.repeats
        beside = self._floor.standing(self._member.customer_id, variant).unpaid - old
        if beside and repeats is not Repeats.ADD and (not counted or repeats is Repeats.IGNORE):
            return ()
        in_all = repeats in (Repeats.RAISE, Repeats.SET)
        units = max(0, asked - beside) if in_all else asked
        if units == old:
            return ()
        if units < old:
            return (await self._lower(variant, old - units),)
        entry = self._entry(variant, units - old, counted=True)
        return (self._floor.admit(entry, units - old, more=bool(old)).values(),)

    async def _lower(self, variant: int, units: int) -> Mapping[str, Any]:
        customer_id = self._member.customer_id
        await give_back(self._floor, customer_id, variant, units, at=self._line.at)
        left = self._floor.standing(customer_id, variant).unpaid
        label = self._floor.stock[variant].label
        return Outcome(label=label, variant_id=variant, note=Note.LOWERED, have=left).values()

    def _entry(self, variant: int, units: int, *, counted: bool) -> Entry:
        return Entry(
            member=self._member,
            variant_id=variant,
            quantity=units,
            counted=counted,
            sent_at=self._line.at,
            key=origin(self._line),
            channel=self._line.message.channel.id,
        )


async def deleted(work: Work, line: Line, message: MessageDeleted) -> bool:
    """A deleted line keeps its claims, unless the shop set `release_on_delete`."""
    if not work.rules.release_on_delete:
        return False
    earlier = await claims_of(work, message.of)
    outcomes = public(
        [outcome for row in earlier for outcome in await _taken_back(work, line, row)]
    )
    if outcomes:
        who = {"id": earlier[0].person, "name": earlier[0].name}
        told = {"who": who, "line": "", "outcomes": outcomes}
        work.say(message.channel, "claims.outcome", told)
    return bool(earlier)


async def _taken_back(work: Work, line: Line, row: Any) -> Sequence[Mapping[str, Any]]:
    """Let go what lives of a claim, after the delay in which its viewer may keep it."""
    show = next((one for one in work.snapshot.timeline.shows if one.id == row.show_id), None)
    if show is None or not _lives(row):
        return ()
    floor = Floor.of(work, show)
    await floor.load([row.item_id], {(row.platform, row.person): row.name})
    member = floor.members[row.platform, row.person]
    if row.variant_id is None:
        floor.forget_asked(member.customer_id, row.item_id)
        return ()
    standing = floor.standing(member.customer_id, row.variant_id)
    living = row.held + row.waiting + row.wished
    units = row.quantity if row.state == ClaimState.PENDING else living
    entry = Entry(
        member=member,
        variant_id=row.variant_id,
        quantity=1,
        counted=False,
        sent_at=line.at,
        key=line.message.key,
        channel=line.message.channel.id,
    )
    floor.ask_release(entry, units)
    label = floor.stock[row.variant_id].label
    left = Outcome(
        label=label,
        variant_id=row.variant_id,
        note=Note.RELEASING,
        have=standing.unpaid - units,
        **standing.going(units),
    )
    return (left.values(),)
