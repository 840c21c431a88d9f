"""The sales floor: the part of the sale that one transaction works on.

What a batch needs is locked and loaded once, in sorted order; claims are decided in memory one
after the other, exactly as if each were alone; what changed is written in bulk. The database's
CHECK constraints stand behind every number written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from handlers.claims.allocation import RepeatKind, allocate, settle_repeat
from handlers.claims.hold_times import hold_end, idle_dues, next_warning
from handlers.claims.holding_off import HeldOff, load_wishes
from handlers.claims.ledger import Ledger
from handlers.claims.records import Entry, ItemRow, Member, Note, Outcome, Rule, Standing, Stock
from handlers.claims.rows import asked_row, claim_row, release_row, wait_row
from handlers.claims.rules import SaleRules
from handlers.events import StockFell, StockRose
from handlers.lamps.firing import Lamp
from handlers.lamps.lighting import entries_waiting, item_lamp, light, seconds_until
from handlers.snapshot import ShowView
from handlers.work import Work
from storage.repositories import sale as rows
from storage.schema import sale
from storage.schema.states import (
    ClaimState,
    HoldSource,
    HoldState,
    ItemState,
    ReleaseState,
    ShowState,
)

__all__ = ["Floor"]


class Floor:
    """Stock, people and standings, loaded for one transaction. See the module."""

    def __init__(self, work: Work, show: ShowView) -> None:
        self.work = work
        self.show = show
        self.rules: SaleRules = work.rules
        self.items: dict[int, ItemRow] = {}
        self.stock: dict[int, Stock] = {}
        self.members: dict[tuple[str, str], Member] = {}
        self.asked: dict[tuple[int, int], dict[str, Any]] = {}
        self._standings: dict[tuple[int, int], Standing] = {}
        self._customers: set[int] = set()
        self._held_off: set[int] = set()
        self._pending_ahead: dict[int, int] = {}
        self._releasing: dict[tuple[int, int], dict[str, Any]] = {}
        self._ledger = Ledger()
        self._paused: list[ItemRow] = []

    @classmethod
    def of(cls, work: Work, show: ShowView) -> "Floor":
        """The floor of this transaction; one per show."""
        floors: dict[int, Floor] = work.parts.setdefault(cls, {})
        floor = floors.get(show.id)
        if floor is None:
            floor = floors[show.id] = cls(work, show)
            work.closers.append(floor.flush)
        return floor

    # --- loading ---------------------------------------------------------------------------------

    async def load(self, item_ids: Iterable[int], people: Mapping[tuple[str, str], str]) -> None:
        """Lock these items with their stock, and load these people (created where new)."""
        tx = self.work.tx
        fresh = sorted(set(item_ids) - self.items.keys())
        unknown = {who: name for who, name in people.items() if who not in self.members}
        customers: set[int] = set()
        if unknown:
            for member in await rows.members(tx, unknown):
                self.members[member.platform, member.person] = Member(*member)
                customers.add(member.customer_id)
                if member.pay_first or member.told_at is not None:
                    self._held_off.add(member.customer_id)
        if fresh:
            await self._load_items(fresh)
        new_customers = customers - self._customers
        self._customers |= new_customers
        if new_customers:
            await self._load_standings(new_customers)

    async def _load_items(self, fresh: Sequence[int]) -> None:
        for row in await rows.lock_items(self.work.tx, fresh):
            self.items[row.id] = ItemRow.of(row)
        for row in await rows.lock_variants(self.work.tx, fresh):
            item = self.items[row.item_id]
            item.variants.append(row.id)
            self.stock[row.id] = Stock.of(row, item.code)
        for item_id in fresh:
            for variant_id in self.items[item_id].variants:
                stock = self.stock[variant_id]
                if len(self.items[item_id].variants) > 1:
                    stock.label = f"{stock.label} / {stock.name}"
        for row in await rows.pending_counts(self.work.tx, fresh):
            self._pending_ahead[row.variant_id] = row.claims

    async def _load_standings(self, customers: set[int]) -> None:
        tx, show_id = self.work.tx, self.show.id
        for row in await rows.held_units(tx, customers, show_id):
            standing = self.standing(row.customer_id, row.variant_id)
            if row.state == HoldState.PAID:
                standing.bought += row.units
            else:
                standing.held += row.units
        for row in await rows.waiting_units(tx, customers, show_id):
            self.standing(row.customer_id, row.variant_id).waiting += row.units
        for row in await rows.unsettled_claims(tx, customers, show_id):
            if row.state == ClaimState.PENDING:
                self.standing(row.customer_id, row.variant_id).pending += row.quantity
            else:
                self.asked[row.customer_id, row.item_id] = {
                    "id": row.id,
                    "quantity": row.quantity,
                    "narrowed": row.variant,
                }
        for row in await rows.open_releases(tx, customers, show_id):
            self._releasing[row.customer_id, row.variant_id] = {"id": row.id}
        if held_off := customers & self._held_off:
            await load_wishes(self, held_off)

    # --- looking ---------------------------------------------------------------------------------

    def standing(self, customer_id: int, variant_id: int) -> Standing:
        """What this customer has of this variant in this show."""
        return self._standings.setdefault((customer_id, variant_id), Standing())

    def room(self, customer_id: int, item: ItemRow) -> int | None:
        """Units of `item` that the limit still allows this customer, None for no limit."""
        limit = self.limit(item)
        if limit is None:
            return None
        return limit - sum(self.standing(customer_id, variant).counted for variant in item.variants)

    def limit(self, item: ItemRow) -> int | None:
        """Units of `item` that one customer may have in this show."""
        return item.limit_each if item.limit_each is not None else self.rules.limit_per_item

    def others(self, customer_id: int, stock: Stock) -> bool:
        """Whether the customer has units of another variant of the same item."""
        return any(
            self.standing(customer_id, variant).unpaid
            for variant in self.items[stock.item_id].variants
            if variant != stock.id
        )

    # --- deciding --------------------------------------------------------------------------------

    def enter(self, entry: Entry) -> Outcome:
        """Decide one wish: hold units, put it on the waitlist, keep it pending, or say why not."""
        stock = self.stock[entry.variant_id]
        member = entry.member
        standing = self.standing(member.customer_id, stock.id)
        kept = self.keep(member.customer_id, stock.id)
        repeat = settle_repeat(
            self.rules.repeats, have=standing.unpaid, asked=entry.quantity, counted=entry.counted
        )
        if repeat.kind is RepeatKind.RELEASE:
            self.ask_release(entry, repeat.units)
            return Outcome(
                label=stock.label,
                variant_id=stock.id,
                note=Note.RELEASING,
                have=standing.unpaid - repeat.units,
                **standing.going(repeat.units),
            )
        if repeat.units == 0:
            note = Note.KEPT if kept else Note(repeat.kind.value)
            if note is Note.SAME and member.pay_first and standing.wished:
                note = Note.PAY_FIRST
            return Outcome(label=stock.label, variant_id=stock.id, note=note, have=standing.unpaid)
        return self.admit(entry, repeat.units, more=repeat.kind is RepeatKind.MORE)

    def admit(
        self, entry: Entry, wanted: int, *, more: bool = False, staff: bool = False
    ) -> Outcome:
        """Let `wanted` units into the line, within the limit."""
        stock = self.stock[entry.variant_id]
        item = self.items[stock.item_id]
        customer_id = entry.member.customer_id
        standing = self.standing(customer_id, stock.id)
        room = None if staff else self.room(customer_id, item)
        live = self.show.state is ShowState.LIVE
        paused = live and (item.state == ItemState.PAUSED or self.show.paused) and not staff
        note = Note.MORE if more else Note.NONE
        if not more and not standing.unpaid and self.others(customer_id, stock):
            note = Note.ADDED
        if entry.member.blocked and not staff:
            return self._refuse(entry, stock, wanted)
        if paused:
            return self._wait_for_the_pause(entry, stock, wanted, room)
        split = allocate(
            wanted,
            free=stock.free,
            waiting_ahead=0 if staff else stock.waiting_entries,
            # Nobody decides about a pause after the show: then it stops.
            stopped=item.state != ItemState.ON_SALE and not staff,
            room=room,
        )
        if entry.member.pay_first and not staff:
            return self._wish(entry, stock, split.granted, split.refused)
        taken = split.granted + split.waiting
        if taken:
            stock.last_place += 1
        claim = self._claim(entry, stock, split.refused, self._rule(stock, item, split, staff))
        claim |= {
            "state": ClaimState.ENTERED if taken else ClaimState.VOID,
            "quantity": taken or wanted,
            "place": stock.last_place if taken else None,
        }
        self._ledger.put_claim(claim)
        if split.granted:
            self._hold(claim, stock, split.granted, HoldSource.STAFF if staff else HoldSource.CLAIM)
        if split.waiting:
            self._wait(claim, stock, split.waiting, entry.sent_at)
        return Outcome(
            label=stock.label,
            variant_id=stock.id,
            note=note if taken else Note.NONE,
            granted=split.granted,
            waiting=split.waiting,
            position=stock.waiting_entries,
            refused=split.refused,
            limit=self.limit(item),
            have=standing.unpaid,
        )

    def _refuse(self, entry: Entry, stock: Stock, wanted: int) -> Outcome:
        """Nothing for one who may not claim; they hear it alone."""
        claim = self._claim(entry, stock, 0, Rule.BLOCKED)
        self._ledger.put_claim(
            claim | {"state": ClaimState.VOID, "quantity": wanted, "place": None}
        )
        HeldOff.of(self.work).tell(entry.member)
        return Outcome(label=stock.label, variant_id=stock.id, note=Note.BLOCKED)

    def _wish(self, entry: Entry, stock: Stock, units: int, refused: int) -> Outcome:
        """What one who pays first may order now; nothing is set aside, and nobody waits in line."""
        claim = self._claim(entry, stock, refused, Rule.PAY_FIRST)
        state = ClaimState.ENTERED if units else ClaimState.VOID
        wanted = units or entry.quantity
        lapses = self.ends(stock, entry.sent_at) if units else None
        known = {"state": state, "quantity": wanted, "place": None, "lapse_due": lapses}
        self._ledger.put_claim(claim | known)
        self.standing(entry.member.customer_id, stock.id).wished += units
        HeldOff.of(self.work).tell(entry.member)
        note = Note.PAY_FIRST if units else Note.GONE_FIRST
        label, id = stock.label, stock.id
        return Outcome(label=label, variant_id=id, note=note, have=units)

    def _wait_for_the_pause(
        self, entry: Entry, stock: Stock, wanted: int, room: int | None
    ) -> Outcome:
        split = allocate(wanted, free=0, waiting_ahead=0, stopped=True, room=room)
        claim = self._claim(entry, stock, split.refused, Rule.PAUSED)
        pending = split.waiting
        claim |= {
            "state": ClaimState.PENDING if pending else ClaimState.VOID,
            "quantity": pending or wanted,
            "place": None,
        }
        self._ledger.put_claim(claim)
        if pending:
            self.standing(entry.member.customer_id, stock.id).pending += pending
            self._pending_ahead[stock.id] = self._pending_ahead.get(stock.id, 0) + 1
        return Outcome(
            label=stock.label,
            variant_id=stock.id,
            note=Note.PENDING if pending else Note.NONE,
            position=self._pending_ahead.get(stock.id, 0),
            pending=pending,
            wait=seconds_until(self, self.items[stock.item_id]),
            refused=split.refused,
            limit=self.limit(self.items[stock.item_id]),
            have=stock.left,
        )

    def ask_size(self, entry: Entry, item_id: int, narrowed: str | None = None) -> None:
        """Keep a claim that names no variant until its viewer says which.

        `narrowed` is what was named of the variant; asked again, what is named later counts.
        """
        item = self.items[item_id]
        known = self.asked.get((entry.member.customer_id, item_id))
        if known is not None:
            if not entry.counted and narrowed is None:
                return
            self.forget_asked(entry.member.customer_id, item_id)
        quantity = entry.quantity if known is None or entry.counted else known["quantity"]
        claim = asked_row(self.show.id, entry, item, quantity, narrowed)
        self._ledger.put_claim(claim)
        self.asked[entry.member.customer_id, item_id] = {
            "claim": claim,
            "quantity": quantity,
            "narrowed": narrowed,
        }

    def forget_asked(self, customer_id: int, item_id: int) -> int | None:
        """Close the question which size; returns how many units it was about, None if not asked."""
        asked = self.asked.pop((customer_id, item_id), None)
        if asked is None:
            return None
        if "claim" in asked:
            asked["claim"]["state"] = ClaimState.VOID
        else:
            self._ledger.void_claim(asked["id"])
        return int(asked["quantity"])

    def answer_size(
        self, member: Member, variant_id: int, *, at: datetime, key: str, channel: str
    ) -> Outcome:
        """Claim the variant that a viewer names or taps: its place is the one of the answer."""
        asked = self.forget_asked(member.customer_id, self.stock[variant_id].item_id)
        return self.enter(
            Entry(
                member=member,
                variant_id=variant_id,
                quantity=asked or 1,
                counted=(asked or 1) > 1,
                sent_at=at,
                key=key,
                channel=channel,
            )
        )

    def ask_release(self, entry: Entry, quantity: int | None) -> None:
        """Let units go after the delay in which their viewer may keep them."""
        delay = timedelta(seconds=self.rules.release_delay_seconds)
        row = release_row(self.show.id, entry, quantity, delay)
        self.keep(entry.member.customer_id, entry.variant_id)
        self._ledger.releases.append(row)
        self._releasing[entry.member.customer_id, entry.variant_id] = row

    def keep(self, customer_id: int, variant_id: int) -> bool:
        """Take back a release that has not come due. Returns whether there was one."""
        release = self._releasing.pop((customer_id, variant_id), None)
        if release is None:
            return False
        if "id" in release:
            self._ledger.keep_release(release["id"])
        else:
            release["state"] = ReleaseState.KEPT
        return True

    # --- the rows behind a decision --------------------------------------------------------------

    def _rule(self, stock: Stock, item: ItemRow, split: Any, staff: bool) -> Rule:
        if staff:
            return Rule.STAFF
        if not split.granted and not split.waiting:
            return Rule.LIMIT
        if not split.waiting:
            return Rule.FIRST_COME
        if item.state == ItemState.STOPPED:
            return Rule.STOPPED
        return Rule.SHORT if stock.short else Rule.WAITS

    def _claim(self, entry: Entry, stock: Stock, refused: int, rule: Rule) -> dict[str, Any]:
        return claim_row(self.show.id, entry, self.items[stock.item_id], stock, refused, rule)

    def _hold(self, claim: dict[str, Any], stock: Stock, units: int, source: HoldSource) -> None:
        before = stock.left
        stock.reserved += units
        self.standing(claim["customer_id"], stock.id).held += units
        self._ledger.holds.append(self.hold_row(claim, stock, units, source, self.work.at))
        self.moved(stock, before)

    def hold_row(
        self,
        claim: dict[str, Any],
        stock: Stock,
        units: int,
        source: HoldSource,
        at: datetime,
        *,
        show: ShowView | None = None,
    ) -> dict[str, Any]:
        """A hold of `units` from `at` on; `claim` is the claim's row, new or stored.

        It belongs to `show`, if that is not the floor's: whoever waits may do so since another.
        """
        show = show or self.show
        promoted = source in (HoldSource.PROMOTION, HoldSource.OFFER)
        end = self.ends(stock, at, show=show, promoted=promoted)
        return {
            "claim": claim,
            "show_id": show.id,
            "variant_id": stock.id,
            "customer_id": claim["customer_id"],
            "quantity": units,
            "state": HoldState.HELD,
            "source": source,
            "granted_at": at,
            "expires_at": end,
            "warn_due": next_warning(self.rules, end, at),
        }

    def ends(
        self, stock: Stock, at: datetime, *, show: ShowView | None = None, promoted: bool = False
    ) -> datetime | None:
        """When what is granted at `at` ends; None while the show runs and nothing is shorter."""
        return hold_end(
            self.rules,
            show or self.show,
            item_minutes=self.items[stock.item_id].hold_minutes,
            at=at,
            promoted=promoted,
            timezone=self.work.house.timezone,
        )

    def _wait(self, claim: dict[str, Any], stock: Stock, units: int, at: datetime) -> None:
        stock.waiting_entries += 1
        stock.waiting_units += units
        self.standing(claim["customer_id"], stock.id).waiting += units
        self._ledger.waits.append(wait_row(claim, stock, units, at))

    def add_hold(self, row: dict[str, Any], stock: Stock) -> None:
        """Count a hold made outside `enter` (a promotion) and write it with the rest."""
        before = stock.left
        stock.reserved += row["quantity"]
        if row["show_id"] == self.show.id:
            self.standing(row["customer_id"], stock.id).held += row["quantity"]
        self._ledger.holds.append(row)
        self.moved(stock, before)

    def revive(self, units: int, stock: Stock) -> None:
        """Count units of a hold that ended and stands again; its row is the caller's."""
        before = stock.left
        stock.reserved += units
        self.moved(stock, before)

    def note_pause(self, item: ItemRow) -> None:
        """Write with the rest that `item` is paused for a count."""
        self._paused.append(item)

    def settling(self, variant_id: int) -> None:
        """A pending claim of this variant is about to be decided."""
        self._pending_ahead[variant_id] = max(0, self._pending_ahead.get(variant_id, 0) - 1)

    def moved(self, stock: Stock, before: int) -> None:
        """Tell followers where more or less is left than `before`."""
        if stock.left == before:
            return
        event = StockRose if stock.left > before else StockFell
        item = self.items[stock.item_id]
        lamp = item_lamp(self, item)
        self.work.emit(
            event(
                item_id=stock.item_id,
                variant_id=stock.id,
                label=stock.label,
                before=before,
                after=stock.left,
                lamp=lamp.value,
                waiting=entries_waiting(self, item) if lamp is not Lamp.GREEN else 0,
            )
        )
        light(self, stock, before)

    async def flush(self) -> None:
        """Write everything decided so far."""
        if self._ledger.claims:
            last = max(claim["sent_at"] for claim in self._ledger.claims)
            await rows.stir(self.work.tx, self.show.id, *idle_dues(self.rules, last))
        await self._ledger.write(self.work.tx, self.stock.values())
        for item in self._paused:
            await self.work.tx.run(
                update(sale.items)
                .where(sale.items.c.id == item.id)
                .values(
                    state=item.state,
                    soft_paused_at=item.soft_paused_at,
                    resume_due=item.resume_due,
                )
            )
        self._paused.clear()
        for asked in self.asked.values():
            if "claim" in asked:
                asked["id"] = asked.pop("claim")["id"]
