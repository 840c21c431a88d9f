"""Every table, by what it is about; `metadata` knows them all."""

from storage.schema import (
    customers,
    faq,
    moderation,
    orders,
    parcels,
    pictures,
    refunds,
    reports,
    returns,
    runs,
    sale,
    states,
    support,
    traffic,
)
from storage.schema.types import Instant, metadata

__all__ = [
    "Instant",
    "customers",
    "faq",
    "metadata",
    "moderation",
    "orders",
    "parcels",
    "pictures",
    "refunds",
    "reports",
    "returns",
    "runs",
    "sale",
    "states",
    "support",
    "traffic",
]
