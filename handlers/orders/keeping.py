"""Addresses at rest: each a row of its own, sealed with the shop's key.

They are shown whole only to who needs them, else masked. One whose key is missing stays as it is:
nothing else of its order waits for that.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from handlers.orders.addresses import AddressProblem, read_address, written
from handlers.orders.likeness import door_key, likely_twins
from handlers.orders.model import Address
from handlers.work import Work
from storage.schema import orders
from storage.sealing import Locked, Sealer

__all__ = [
    "is_locked",
    "keep_address",
    "last_address",
    "masked",
    "open_address",
    "sealed_address",
    "shown_address",
    "twins_of",
]

_kept = orders.postal_addresses.c
_MOST_NEIGHBOURS = 50


def open_address(row: Any, sealer: Sealer) -> Address | None:
    """The address in a row; None where it was forgotten, or where its key is missing."""
    if row.forgotten_at is not None:
        return None
    try:
        return read_address(sealer.open(row.content, row.key_name).decode())
    except Locked:
        return None


def is_locked(row: Any, sealer: Sealer) -> bool:
    """Whether an address is there that cannot be read, because its key is not in the settings."""
    return row.forgotten_at is None and open_address(row, sealer) is None


def sealed_address(address: Address, sealer: Sealer) -> dict[str, Any]:
    """What is stored of an address: sealed, with a keyed hash by which its door is found again."""
    sealed = sealer.seal(written(address))
    return {
        "content": sealed.content.decode(),
        "key_name": sealed.key_name,
        "door": sealer.mark(door_key(address)),
    }


async def keep_address(
    work: Work, customer_id: int, address: Address, problems: Sequence[AddressProblem]
) -> int:
    """Keep an address of a customer and return its id; the same one again is not kept twice."""
    before = await last_address(work, customer_id)
    if before is not None and open_address(before, work.house.sealer) == address:
        return int(before.id)
    (address_id,) = await work.tx.insert_ids(
        orders.postal_addresses,
        [
            {
                "customer_id": customer_id,
                "country": address.country,
                **sealed_address(address, work.house.sealer),
                "problems": [{"field": one.field, "fault": one.fault.value} for one in problems],
                "kept_at": work.at,
            }
        ],
    )
    return address_id


async def last_address(work: Work, customer_id: int) -> Any:
    """The newest address row of a customer, None if there is none."""
    return await work.tx.first(
        select(orders.postal_addresses)
        .where(_kept.customer_id == customer_id, _kept.forgotten_at.is_(None))
        .order_by(_kept.id.desc())
        .limit(1)
    )


async def twins_of(work: Work, customer_id: int, address: Address) -> int:
    """How many other customers are likely this one, by door, name and contact."""
    rows = await work.tx.all(
        select(orders.postal_addresses)
        .where(
            _kept.door == work.house.sealer.mark(door_key(address)),
            _kept.customer_id != customer_id,
            _kept.forgotten_at.is_(None),
        )
        .order_by(_kept.id.desc())
        .limit(_MOST_NEIGHBOURS)
    )
    others = [(row.customer_id, open_address(row, work.house.sealer)) for row in rows]
    known = [(one, address) for one, address in others if address is not None]
    return len(likely_twins(address, customer_id, known))


def masked(address: Address) -> str:
    """Enough for its owner to know it by: initials, the street's first letters, city, country."""
    initials = " ".join(f"{word[0]}." for word in address.name.split())
    street = f"{address.line1[:3]}…"
    return ", ".join(part for part in (initials, street, address.city, address.country) if part)


def shown_address(address: Address) -> list[str]:
    """The whole address as lines, for support and packers."""
    fields = asdict(address)
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    lines = [fields["name"], fields["line1"], fields["line2"], town, fields["country"]]
    return [line for line in (*lines, fields["email"], fields["phone"]) if line]
