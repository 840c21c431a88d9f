"""The sales floor: the part of the sale that one transaction works on.

What a batch needs is locked and loaded once, in sorted order; claims are decided in memory one
after the other, exactly as if each were alone; what changed is written in bulk. The database's
CHECK constraints stand behind every number written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from handlers.claims.allocation import RepeatKind, allocate, settle_repeat
from handlers.claims.hold_times import hold_end, idle_dues, next_warning
from handlers.claims.records import Entry, ItemRow, Member, Note, Outcome, Rule, Standing, Stock
from handlers.claims.rules import SaleRules
from handlers.events import StockFell, StockRose
from handlers.snapshot import ShowView
from handlers.work import Work
from storage.errors import StorageUnavailable
from storage.repositories import sale as rows
from storage.schema import sale
from storage.schema.states import (
    ClaimState,
    HoldSource,
    HoldState,
    ItemState,
    ReleaseState,
    WaitState,
)

__all__ = ["Floor"]

_UPDATE_STOCK = (
    update(sale.variants)
    .where(
        sale.variants.c.id == bindparam("b_id"),
        sale.variants.c.on_hand == bindparam("b_on_hand"),
        sale.variants.c.reserved == bindparam("b_reserved"),
        sale.variants.c.last_place == bindparam("b_last_place"),
    )
    .values(
        {
            name: bindparam(f"n_{name}")
            for name in (
                "on_hand",
                "reserved",
                "short",
                "waiting_entries",
                "waiting_units",
                "last_place",
            )
        }
    )
)
_SETTLE_CLAIM = (
    update(sale.claims)
    .where(sale.claims.c.id == bindparam("b_id"))
    .values(
        {
            name: bindparam(f"n_{name}")
            for name in (
                "state",
                "variant_id",
                "variant",
                "place",
                "gone_before",
                "waiting_before",
                "rule",
                "price_minor",
                "currency",
                "quantity",
                "refused",
            )
        }
    )
)
_KEEP_RELEASE = (
    update(sale.releases)
    .where(sale.releases.c.id == bindparam("b_id"))
    .values(state=ReleaseState.KEPT)
)

_VOID_CLAIM = (
    update(sale.claims).where(sale.claims.c.id == bindparam("b_id")).values(state=ClaimState.VOID)
)


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
        self._pending_ahead: dict[int, int] = {}
        self._releasing: dict[tuple[int, int], dict[str, Any]] = {}
        self._claims: list[dict[str, Any]] = []
        self._settled: list[dict[str, Any]] = []
        self._holds: list[dict[str, Any]] = []
        self._waits: list[dict[str, Any]] = []
        self._releases: list[dict[str, Any]] = []
        self._kept: list[dict[str, Any]] = []
        self._voided: list[dict[str, Any]] = []

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
        if fresh:
            await self._load_items(fresh)
        new_customers = customers - self._customers
        self._customers |= new_customers
        if new_customers:
            await self._load_standings(new_customers)

    async def _load_items(self, fresh: Sequence[int]) -> None:
        for row in await rows.lock_items(self.work.tx, fresh):
            self.items[row.id] = ItemRow(
                row.id, row.code, row.title, row.state, row.limit_each, row.hold_minutes
            )
        for row in await rows.lock_variants(self.work.tx, fresh):
            item = self.items[row.item_id]
            item.variants.append(row.id)
            stock = Stock(
                row.id,
                row.item_id,
                row.name,
                item.code,
                row.price_minor,
                row.currency,
                row.on_hand,
                row.reserved,
                row.short,
                row.waiting_entries,
                row.waiting_units,
                row.last_place,
            )
            stock.loaded = stock.numbers()
            self.stock[row.id] = stock
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
            )
        if repeat.units == 0:
            note = Note.KEPT if kept else Note(repeat.kind.value)
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
        paused = (item.state == ItemState.PAUSED or self.show.paused) and not staff
        note = Note.MORE if more else Note.NONE
        if not more and not standing.unpaid and self.others(customer_id, stock):
            note = Note.ADDED
        if paused:
            return self._wait_for_the_pause(entry, stock, wanted, room)
        split = allocate(
            wanted,
            free=stock.free,
            waiting_ahead=0 if staff else stock.waiting_entries,
            stopped=item.state == ItemState.STOPPED and not staff,
            room=room,
        )
        taken = split.granted + split.waiting
        if taken:
            stock.last_place += 1
        claim = self._claim(entry, stock, split.refused, self._rule(stock, item, split, staff))
        claim |= {
            "state": ClaimState.ENTERED if taken else ClaimState.VOID,
            "quantity": taken or wanted,
            "place": stock.last_place if taken else None,
        }
        self._put_claim(claim)
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
        self._put_claim(claim)
        if pending:
            self.standing(entry.member.customer_id, stock.id).pending += pending
            self._pending_ahead[stock.id] = self._pending_ahead.get(stock.id, 0) + 1
        return Outcome(
            label=stock.label,
            variant_id=stock.id,
            note=Note.PENDING if pending else Note.NONE,
            position=self._pending_ahead.get(stock.id, 0),
            pending=pending,
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
        claim: dict[str, Any] = {
            "show_id": self.show.id,
            "item_id": item_id,
            "variant_id": None,
            "customer_id": entry.member.customer_id,
            "identity_id": entry.member.identity_id,
            "message_key": entry.key,
            "sent_at": entry.sent_at,
            "refused": 0,
            "gone_before": None,
            "waiting_before": None,
            "rule": Rule.SIZE_ASKED,
            "code": item.code,
            "title": item.title,
            "variant": narrowed,
            "price_minor": None,
            "currency": None,
            "state": ClaimState.ASKED,
            "quantity": entry.quantity if known is None or entry.counted else known["quantity"],
            "place": None,
        }
        self._claims.append(claim)
        self.asked[entry.member.customer_id, item_id] = {
            "claim": claim,
            "quantity": claim["quantity"],
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
            self._voided.append({"b_id": asked["id"]})
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
        row = {
            "show_id": self.show.id,
            "variant_id": entry.variant_id,
            "customer_id": entry.member.customer_id,
            "identity_id": entry.member.identity_id,
            "quantity": quantity,
            "channel": entry.channel,
            "message_key": entry.key,
            "asked_at": entry.sent_at,
            "due_at": entry.sent_at + timedelta(seconds=self.rules.release_delay_seconds),
            "state": ReleaseState.WAITING,
        }
        self.keep(entry.member.customer_id, entry.variant_id)
        self._releases.append(row)
        self._releasing[entry.member.customer_id, entry.variant_id] = row

    def keep(self, customer_id: int, variant_id: int) -> bool:
        """Take back a release that has not come due. Returns whether there was one."""
        release = self._releasing.pop((customer_id, variant_id), None)
        if release is None:
            return False
        if "id" in release:
            self._kept.append({"b_id": release["id"]})
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
        item = self.items[stock.item_id]
        price_minor, currency = entry.price or (stock.price_minor, stock.currency)
        return {
            "id": entry.claim_id,
            "show_id": self.show.id,
            "item_id": stock.item_id,
            "variant_id": stock.id,
            "customer_id": entry.member.customer_id,
            "identity_id": entry.member.identity_id,
            "message_key": entry.key,
            "sent_at": entry.sent_at,
            "refused": refused + entry.refused,
            "gone_before": stock.reserved,
            "waiting_before": stock.waiting_entries,
            "rule": rule,
            "code": item.code,
            "title": item.title,
            "variant": stock.name,
            "price_minor": price_minor,
            "currency": currency,
        }

    def _put_claim(self, claim: dict[str, Any]) -> None:
        if claim["id"] is None:
            self._claims.append(claim)
        else:
            self._settled.append(claim)

    def _hold(self, claim: dict[str, Any], stock: Stock, units: int, source: HoldSource) -> None:
        before = stock.left
        stock.reserved += units
        self.standing(claim["customer_id"], stock.id).held += units
        self._holds.append(self.hold_row(claim, stock, units, source, self.work.at))
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
        end = hold_end(
            self.rules,
            show,
            item_minutes=self.items[stock.item_id].hold_minutes,
            at=at,
            promoted=source in (HoldSource.PROMOTION, HoldSource.OFFER),
            timezone=self.work.house.timezone,
        )
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

    def _wait(self, claim: dict[str, Any], stock: Stock, units: int, at: datetime) -> None:
        stock.waiting_entries += 1
        stock.waiting_units += units
        self.standing(claim["customer_id"], stock.id).waiting += units
        self._waits.append(
            {
                "claim": claim,
                "show_id": self.show.id,
                "variant_id": stock.id,
                "customer_id": claim["customer_id"],
                "quantity": units,
                "place": stock.last_place,
                "state": WaitState.WAITING,
                "entered_at": at,
            }
        )

    def add_hold(self, row: dict[str, Any], stock: Stock) -> None:
        """Count a hold made outside `enter` (a promotion) and write it with the rest."""
        before = stock.left
        stock.reserved += row["quantity"]
        if row["show_id"] == self.show.id:
            self.standing(row["customer_id"], stock.id).held += row["quantity"]
        self._holds.append(row)
        self.moved(stock, before)

    async def restaged(self, stock: Stock) -> None:
        """What is left now is what the lamps measure against from here on."""
        await self.work.tx.run(
            update(sale.variants)
            .where(sale.variants.c.id == stock.id)
            .values(staged_units=stock.left)
        )

    def moved(self, stock: Stock, before: int) -> None:
        """Tell followers where more or less is left than `before`."""
        if stock.left == before:
            return
        event = StockRose if stock.left > before else StockFell
        self.work.emit(
            event(
                item_id=stock.item_id,
                variant_id=stock.id,
                label=stock.label,
                before=before,
                after=stock.left,
            )
        )

    # --- writing ---------------------------------------------------------------------------------

    async def flush(self) -> None:
        """Write everything decided so far."""
        tx = self.work.tx
        if self._claims:
            last = max(claim["sent_at"] for claim in self._claims)
            await rows.stir(tx, self.show.id, *idle_dues(self.rules, last))
        await self._flush_claims()
        if self._settled:
            await tx.run(_SETTLE_CLAIM, [_settling(claim) for claim in self._settled])
            self._settled.clear()
        for table, pending in ((sale.holds, self._holds), (sale.waitlist, self._waits)):
            if pending:
                for row in pending:
                    row["claim_id"] = row.pop("claim")["id"]
                await tx.insert(table, pending)
                pending.clear()
        if self._releases:
            ids = await tx.insert_ids(sale.releases, self._releases)
            for row, row_id in zip(self._releases, ids, strict=True):
                row["id"] = row_id
            self._releases.clear()
        for statement, changed in ((_KEEP_RELEASE, self._kept), (_VOID_CLAIM, self._voided)):
            if changed:
                await tx.run(statement, changed)
                changed.clear()
        await self._flush_stock()

    async def _flush_claims(self) -> None:
        if not self._claims:
            return
        ids = await rows.reserve_ids(self.work.tx, sale.claims, len(self._claims))
        for claim, claim_id in zip(self._claims, ids, strict=True):
            claim["id"] = claim_id
        await self.work.tx.insert(sale.claims, self._claims)
        for asked in self.asked.values():
            if "claim" in asked:
                asked["id"] = asked.pop("claim")["id"]
        self._claims.clear()

    async def _flush_stock(self) -> None:
        changed = []
        for stock in sorted(self.stock.values(), key=lambda stock: stock.id):
            numbers = stock.numbers()
            if numbers == stock.loaded:
                continue
            changed.append(
                {
                    "b_id": stock.id,
                    "b_on_hand": stock.loaded[0],
                    "b_reserved": stock.loaded[1],
                    "b_last_place": stock.loaded[5],
                    "n_on_hand": numbers[0],
                    "n_reserved": numbers[1],
                    "n_short": numbers[2],
                    "n_waiting_entries": numbers[3],
                    "n_waiting_units": numbers[4],
                    "n_last_place": numbers[5],
                }
            )
            stock.loaded = numbers
        if changed:
            count = await self.work.tx.run(_UPDATE_STOCK, changed)
            if 0 <= count != len(changed):
                raise StorageUnavailable("The stock moved under its lock.", reason="conflict")


def _settling(claim: dict[str, Any]) -> dict[str, Any]:
    return {
        "b_id": claim["id"],
        **{
            f"n_{name}": claim[name]
            for name in (
                "state",
                "variant_id",
                "variant",
                "place",
                "gone_before",
                "waiting_before",
                "rule",
                "price_minor",
                "currency",
                "quantity",
                "refused",
            )
        },
    }
