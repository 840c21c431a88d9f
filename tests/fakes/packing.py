"""A shop whose customers have paid: parcels wait, and packers with scanners come in.

async with PackingShop(storage) as shop:
number = await shop.sells("Ana", "claim D1 M")
await shop.closes()
answer = await shop.packs("Pia", "next")
"""

from typing import Any

from sqlalchemy import func, select

from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcels
from tests.fakes.shop import Shop

__all__ = ["PackingShop"]

HOME = "{name} Cole; 12 Elm Street; 12203 Berlin; DE; {id}@example.com"


class PackingShop(Shop):
    """Also what support and packers do."""

    async def sells(self, name: str, *claims: str, address: str = HOME) -> str:
        """Somebody claims, says where they live and pays; returns the number of the order."""
        for claim in claims:
            await self.says(name, claim)
        where = address.format(name=name, id=name.lower())
        told = await self.command(f"/address {where}", name, role="viewer")
        assert "kept" in told.lower() or "🏠" in told or "address" in told.lower(), told
        number = await self._newest(name)
        told = await self.command(f"/order paid {number}", "Sue", role="support")
        assert await self.state(number) == "paid", told
        return number

    async def _newest(self, name: str) -> str:
        async with self.storage.read() as tx:
            row = await tx.first(
                select(orders.orders)
                .join(
                    sale.identities,
                    sale.identities.c.customer_id == orders.orders.c.customer_id,
                )
                .where(sale.identities.c.person == name.lower())
                .order_by(orders.orders.c.id.desc())
                .limit(1)
            )
        assert row is not None
        return f"S{row.show_id}-{row.serial:04d}"

    async def closes(self) -> None:
        """The show ends, and what is paid waits to be packed."""
        await self.command("/show end")
        await self.passes(seconds=90)

    async def packs(self, name: str, words: str, *, role: str = "packer") -> str:
        """`/pack …` by a packer; returns the answer."""
        return await self.command(f"/pack {words}", name, role=role)

    async def state(self, number: str) -> str:
        """Where an order stands."""
        show, serial = number.removeprefix("S").split("-")
        kept = orders.orders.c
        return str(
            await self._scalar(
                select(kept.state).where(kept.show_id == int(show), kept.serial == int(serial))
            )
        )

    async def parcels(self) -> list[Any]:
        """Every parcel, the oldest first, with the units that are in its box."""
        packed = (
            select(func.sum(parcel_lines.c.packed))
            .where(parcel_lines.c.parcel_id == parcels.c.id)
            .scalar_subquery()
        )
        async with self.storage.read() as tx:
            return list(
                await tx.all(select(parcels, packed.label("packed")).order_by(parcels.c.id))
            )

    async def counts(self, sku: str) -> tuple[int, int]:
        """What is on hand of a SKU, and how much of that is reserved."""
        async with self.storage.read() as tx:
            row = await tx.first(select(sale.variants).where(sale.variants.c.sku == sku))
        assert row is not None
        return row.on_hand, row.reserved

    async def _scalar(self, query: Any) -> Any:
        async with self.storage.read() as tx:
            return await tx.scalar(query)
