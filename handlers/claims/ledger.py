"""The ledger: what one transaction has decided about claims, until it is written in bulk."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, update

from handlers.claims.records import Stock
from storage.errors import StorageUnavailable
from storage.repositories import sale as rows
from storage.schema import sale
from storage.schema.states import ClaimState, ReleaseState
from storage.unit_of_work import Transaction

__all__ = ["Ledger"]

_COUNTED = (
    "on_hand",
    "reserved",
    "short",
    "waiting_entries",
    "waiting_units",
    "last_place",
    "staged_units",
    "lamp",
)
_SETTLED = (
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
    "lapse_due",
)
#: Guarded by what was loaded: the fence behind the lock.
_UPDATE_STOCK = (
    update(sale.variants)
    .where(
        sale.variants.c.id == bindparam("b_id"),
        *(
            sale.variants.c[name] == bindparam(f"b_{name}")
            for name in ("on_hand", "reserved", "last_place")
        ),
    )
    .values({name: bindparam(f"n_{name}") for name in _COUNTED})
)
_SETTLE_CLAIM = (
    update(sale.claims)
    .where(sale.claims.c.id == bindparam("b_id"))
    .values({name: bindparam(f"n_{name}") for name in _SETTLED})
)
_VOID_CLAIM = (
    update(sale.claims).where(sale.claims.c.id == bindparam("b_id")).values(state=ClaimState.VOID)
)
_KEEP_RELEASE = (
    update(sale.releases)
    .where(sale.releases.c.id == bindparam("b_id"))
    .values(state=ReleaseState.KEPT)
)


class Ledger:
    """Rows decided and not yet written. A hold or a waitlist entry carries its claim's row."""

    def __init__(self) -> None:
        self.claims: list[dict[str, Any]] = []
        self.settled: list[dict[str, Any]] = []
        self.holds: list[dict[str, Any]] = []
        self.waits: list[dict[str, Any]] = []
        self.releases: list[dict[str, Any]] = []
        self._kept: list[dict[str, Any]] = []
        self._voided: list[dict[str, Any]] = []

    def put_claim(self, claim: dict[str, Any]) -> None:
        """Note a claim: a new one, or one made earlier whose turn has come."""
        (self.claims if claim["id"] is None else self.settled).append(claim)

    def keep_release(self, release_id: int) -> None:
        """Note that a stored release was taken back."""
        self._kept.append({"b_id": release_id})

    def void_claim(self, claim_id: int) -> None:
        """Note that a stored claim is void."""
        self._voided.append({"b_id": claim_id})

    async def write(self, tx: Transaction, stock: Iterable[Stock]) -> None:
        """Write what was noted, claims first, and every number that moved."""
        await self._write_claims(tx)
        for table, noted in ((sale.holds, self.holds), (sale.waitlist, self.waits)):
            if noted:
                for row in noted:
                    row["claim_id"] = row.pop("claim")["id"]
                await tx.insert(table, noted)
                noted.clear()
        if self.releases:
            ids = await tx.insert_ids(sale.releases, self.releases)
            for row, row_id in zip(self.releases, ids, strict=True):
                row["id"] = row_id
            self.releases.clear()
        for statement, changed in ((_KEEP_RELEASE, self._kept), (_VOID_CLAIM, self._voided)):
            if changed:
                await tx.run(statement, changed)
                changed.clear()
        await _write_stock(tx, stock)

    async def _write_claims(self, tx: Transaction) -> None:
        if self.claims:
            ids = await rows.reserve_ids(tx, sale.claims, len(self.claims))
            for claim, claim_id in zip(self.claims, ids, strict=True):
                claim["id"] = claim_id
            await tx.insert(sale.claims, self.claims)
            self.claims.clear()
        if self.settled:
            await tx.run(
                _SETTLE_CLAIM,
                [
                    {"b_id": claim["id"], **{f"n_{name}": claim[name] for name in _SETTLED}}
                    for claim in self.settled
                ],
            )
            self.settled.clear()


async def _write_stock(tx: Transaction, stock: Iterable[Stock]) -> None:
    changed = []
    for one in sorted(stock, key=lambda one: one.id):
        before, after = one.loaded, one.numbers()
        if after != before:
            changed.append(
                {
                    "b_id": one.id,
                    "b_on_hand": before[0],
                    "b_reserved": before[1],
                    "b_last_place": before[5],
                    **{f"n_{name}": number for name, number in zip(_COUNTED, after, strict=True)},
                }
            )
            one.loaded = after
    if changed:
        count = await tx.run(_UPDATE_STOCK, changed)
        if 0 <= count != len(changed):
            raise StorageUnavailable("The stock moved under its lock.", reason="conflict")
