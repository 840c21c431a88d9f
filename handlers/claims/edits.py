"""A line that was edited or deleted after it had been a claim.

An edit never gains an earlier place: what it adds stands where it is made. What cannot be had any
more leaves the old claim as it was. A line that is edited alone in its batch (see `Batch`), so
these functions may ask the database.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.floor import Floor
from handlers.claims.freeing import give_back
from handlers.claims.judging import STAFF, variant_of
from handlers.claims.reading import Kind
from handlers.claims.records import Entry, Member, Note, Outcome
from handlers.claims.telling import promote_and_tell
from handlers.hearing import Line
from handlers.messages import MessageDeleted, MessageEdited
from handlers.snapshot import ShowView
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
    return await work.tx.all(
        select(
            sale.claims,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
            held.label("held"),
            waiting.label("waiting"),
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
    """What an edit of a claim comes to; None where the line was no claim before."""
    if line.show is None or line.person.may(STAFF):
        return None
    earlier = await claims_of(work, message.of)
    if not earlier:
        return None
    if line.reading.kind is not Kind.CLAIM:
        return []
    items = [work.snapshot.catalogue.items[wish.code] for wish in line.reading.items]
    floor = Floor.of(work, line.show)
    await floor.load(
        {*(row.item_id for row in earlier), *(item.id for item in items)},
        {(line.person.platform, line.person.id): line.person.name},
    )
    member = floor.members[line.person.platform, line.person.id]
    return await _Edit(floor, line, member, earlier).outcomes()


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
                units = row.held + row.waiting + pending
                self._old[row.variant_id] = self._old.get(row.variant_id, 0) + units

    async def outcomes(self) -> list[Mapping[str, Any]]:
        """Do it, and say what became of each wish."""
        work, line = self._floor.work, self._line
        told: list[Mapping[str, Any]] = []
        wanted: dict[int, tuple[int, bool]] = {}
        for wish in line.reading.items:
            item = work.snapshot.catalogue.items[wish.code]
            variant_id = variant_of(item, wish)
            if variant_id is None:
                self._floor.ask_size(self._entry(0, wish.quantity or 1), item.id)
                return told
            wanted[variant_id] = (wish.quantity or 1, wish.counted)
        gone = [variant for variant in wanted if not self._to_be_had(variant, wanted[variant][0])]
        if gone:
            return [
                Outcome(
                    label=self._floor.stock[variant].label,
                    variant_id=variant,
                    note=Note.EDIT_GONE,
                ).values()
                for variant in gone
            ]
        for item_id in self._asked:
            self._floor.forget_asked(self._member.customer_id, item_id)
        dropped = [variant for variant in self._old if variant not in wanted]
        for variant in dropped:
            await self._give_back(variant, self._old[variant])
        for variant, (units, counted) in wanted.items():
            told += await self._change(variant, units, counted)
        for variant in {*dropped, *wanted}:
            await promote_and_tell(self._floor, variant, at=line.at)
        return told

    def _to_be_had(self, variant: int, units: int) -> bool:
        """Whether what an edit newly names can be granted now; what it only changes always may."""
        if variant in self._old:
            return True
        stock = self._floor.stock[variant]
        item = self._floor.items[stock.item_id]
        open_now = item.state == ItemState.ON_SALE and not stock.waiting_entries
        return open_now and stock.free >= units

    async def _change(self, variant: int, units: int, counted: bool) -> list[Mapping[str, Any]]:
        old = self._old.get(variant, 0)
        if old and (units == old or not counted):
            return []
        if units < old:
            await self._give_back(variant, old - units)
            stock = self._floor.stock[variant]
            lower = Outcome(label=stock.label, variant_id=variant, note=Note.SAME, have=units)
            return [lower.values()]
        outcome = self._floor.admit(self._entry(variant, units - old), units - old, more=bool(old))
        return [outcome.values()]

    async def _give_back(self, variant: int, units: int) -> None:
        await give_back(self._floor, self._member.customer_id, variant, units, at=self._line.at)

    def _entry(self, variant: int, units: int) -> Entry:
        return Entry(
            member=self._member,
            variant_id=variant,
            quantity=units,
            counted=True,
            sent_at=self._line.at,
            key=self._line.message.key,
            channel=self._line.message.channel.id,
        )


async def deleted(work: Work, line: Line, message: MessageDeleted) -> bool:
    """A deleted line keeps its claims, unless the shop set `release_on_delete`."""
    if not work.rules.release_on_delete:
        return False
    earlier = await claims_of(work, message.of)
    for row in earlier:
        show = _show(work, row.show_id)
        if show is None or row.variant_id is None:
            continue
        floor = Floor.of(work, show)
        await floor.load([row.item_id], {(row.platform, row.person): row.name})
        floor.ask_release(
            Entry(
                member=floor.members[row.platform, row.person],
                variant_id=row.variant_id,
                quantity=1,
                counted=False,
                sent_at=line.at,
                key=line.message.key,
                channel=line.message.channel.id,
            ),
            None,
        )
    return bool(earlier)


def _show(work: Work, show_id: int) -> ShowView | None:
    return next((show for show in work.snapshot.timeline.shows if show.id == show_id), None)
