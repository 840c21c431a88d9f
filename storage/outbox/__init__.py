"""What is to be said: outbox rows wait at addresses, are merged into deliveries, and are sent.

A delivery is stored as rendered before it is sent, and sent unchanged until it is marked. An
address is leased with a fence while somebody sends to it; every change of a delivery stands in a
transaction that called `keep_address` with that fence first.

addresses.py   who may send where: leases, fences, holds
deliveries.py  what is said, merged, and sent or given up
"""

from storage.outbox.addresses import (
    Waiting,
    free_addresses,
    hold_address,
    is_left,
    keep_address,
    lease_address,
    release_address,
    waiting_addresses,
    works_again,
)
from storage.outbox.deliveries import (
    SIGNAL,
    AlreadyMerged,
    Lag,
    NewDelivery,
    anything,
    count_attempt,
    earlier_post,
    lag,
    mark_failed,
    mark_sent,
    overtaken,
    put,
    ready,
    store_deliveries,
    waiting,
)

__all__ = [
    "SIGNAL",
    "AlreadyMerged",
    "Lag",
    "NewDelivery",
    "Waiting",
    "anything",
    "count_attempt",
    "earlier_post",
    "free_addresses",
    "hold_address",
    "is_left",
    "keep_address",
    "lag",
    "lease_address",
    "mark_failed",
    "mark_sent",
    "overtaken",
    "put",
    "ready",
    "release_address",
    "store_deliveries",
    "waiting",
    "waiting_addresses",
    "works_again",
]
