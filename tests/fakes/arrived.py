"""A shop whose parcels have arrived: customers want to send things back, or complain.

async with ArrivedShop(storage) as shop:
    number = await shop.delivered("Ana", "claim D1 M")
    assert "What is the matter?" in await shop.returns("Ana", number)
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from handlers.messages import Button, Picture
from handlers.orders.numbers import OrderNumber
from storage.engine import Storage
from storage.order_states import OrderState, ParcelState
from storage.schema import orders
from storage.schema.parcels import parcel_lines, parcels
from storage.schema.returns import return_events, return_units, returns
from tests.fakes.packing import PackingShop

__all__ = ["PHOTO", "ArrivedShop", "arrive"]

PHOTO = Picture.of(b"\xff\xd8\xff\xe0 a cracked mug", name="mug", mime="image/jpeg", alt="A photo")
_order, _line, _parcel, _part = (
    orders.orders.c,
    orders.order_lines.c,
    parcels.c,
    parcel_lines.c,
)


async def arrive(storage: Storage, order_id: int, now: datetime, *, delivered: bool = True) -> None:
    """What was bought has left the house, and is there if `delivered`."""
    async with storage.write() as tx:
        inside = (
            select(_part.parcel_id)
            .join(orders.order_lines, _line.id == _part.line_id)
            .where(_line.order_id == order_id)
        )
        state = ParcelState.DELIVERED if delivered else ParcelState.HANDED_OFF
        there: dict[str, datetime | None] = {"delivered_at": now if delivered else None}
        await tx.run(
            update(parcels)
            .where(_parcel.id.in_(inside))
            .values(state=state, handed_off_at=now, **there)
        )
        stands = OrderState.DELIVERED if delivered else OrderState.HANDED_OFF
        await tx.run(update(orders.orders).where(_order.id == order_id).values(state=stands))


class ArrivedShop(PackingShop):
    """Also what customers do whose parcels have come."""

    async def delivered(self, name: str, *claims: str) -> str:
        """Somebody buys, and it is with them; returns the number of the order."""
        number = await self.sells(name, *claims)
        await self.arrives(number)
        return number

    async def arrives(self, number: str, *, delivered: bool = True) -> None:
        """What was bought has left the house, and is there if `delivered`.

        Packed by nobody: what packers do is told elsewhere, and takes its time.
        """
        order_id, now = await self.order_id(number), self.clock.now()
        await arrive(self.storage, order_id, now, delivered=delivered)

    async def returns(self, name: str, words: str = "") -> str:
        """`/return …` by a customer; returns the answer."""
        return await self.command(f"/return {words}".strip(), name, role="viewer")

    async def taps(self, name: str, *labels: str) -> str:
        """A customer presses one button after the other, each under the newest answer to them."""
        text = ""
        for label in labels:
            [button] = [one for one in self.choices(name) if one.label == label]
            text = (await self.presses_id(name, button.id)).text
        return text

    def choices(self, name: str) -> Sequence[Button]:
        """The buttons under the newest answer to somebody."""
        who = name.lower()
        return next(
            post.buttons
            for post in reversed(self.paper.posts)
            if post.address.target == who or post.address.target.startswith(f"{who}:")
        )

    def labels(self, name: str) -> list[str]:
        """What these buttons say."""
        return [one.label for one in self.choices(name)]

    async def order_id(self, number: str) -> int:
        """The row id of an order."""
        named = OrderNumber.parse(number)
        assert named is not None
        [row] = await self.rows(
            select(_order.id).where(_order.show_id == named.show, _order.serial == named.serial)
        )
        return int(row.id)

    async def asked(self) -> Sequence[Any]:
        """Every return, the oldest first."""
        return await self.rows(select(returns).order_by(returns.c.id))

    async def units(self) -> Sequence[Any]:
        """Every unit of a return."""
        return await self.rows(select(return_units).order_by(return_units.c.id))

    async def photos(self) -> list[str]:
        """The ids of the photos that came with returns."""
        found = await self.rows(
            select(return_events.c.why)
            .where(return_events.c.kind == "photo")
            .order_by(return_events.c.id)
        )
        return [row.why for row in found]
