"""A file of tracking numbers comes in: all of its rows, or none.

`read_tracking` with `known_numbers` makes the plan that is shown first; `tracking_told` hands the
same file to the dispatcher's `webhook`, which carries it out in one transaction.
"""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from handlers.fulfilment.contents import parcel_row
from handlers.fulfilment.numbers import parcel_number, read_parcel_number
from handlers.fulfilment.sending import Sent, hand_off
from handlers.fulfilment.tracking import Shipment, TrackingPlan, read_tracking
from handlers.messages import Webhook
from handlers.people import Person, Role
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema.parcels import parcels
from storage.unit_of_work import Transaction

__all__ = ["SOURCE", "TrackingMoved", "known_numbers", "take_in", "tracking_told"]

SOURCE = "tracking"
_parcel = parcels.c
_MAY_LEAVE = (ParcelState.PACKED, ParcelState.HANDED_OFF, ParcelState.DELIVERED)
#: Who did it, in the history: the file was read by somebody at a terminal.
_FILE = Person(
    platform="file", id="tracking", name="Tracking import", roles=frozenset({Role.OWNER})
)


class TrackingMoved(Exception):
    """What the plan was made of has changed since, or some of its rows are not good."""


async def known_numbers(tx: Transaction) -> dict[str, str]:
    """The parcels that may leave or have left, each with its tracking number, "" for none."""
    rows = await tx.all(select(_parcel.id, _parcel.tracking).where(_parcel.state.in_(_MAY_LEAVE)))
    return {parcel_number(row.id): row.tracking or "" for row in rows}


def tracking_told(text: str, at: datetime) -> Webhook:
    """A file, as something that another system tells."""
    key = f"{SOURCE}:{sha256(text.encode()).hexdigest()}"
    return Webhook(key=key, source=SOURCE, body={"text": text}, received_at=at)


async def take_in(work: Work, told: Webhook) -> None:
    """Hand off every parcel of the file. Raises `TrackingMoved`, and then nothing is changed."""
    plan: TrackingPlan = read_tracking(str(told.body["text"]), await known_numbers(work.tx))
    if plan.problems:
        raise TrackingMoved(plan.problems[0].fault.value)
    for one in sorted(plan.new, key=lambda one: one.parcel):
        await _leaves(work, one)


async def _leaves(work: Work, one: Shipment) -> None:
    row = await parcel_row(work.tx, read_parcel_number(one.parcel) or 0, lock=True)
    sent = Sent(tracking=one.tracking, carrier=one.carrier or one.carrier_text[:40])
    await hand_off(work, _FILE, row, sent)
    after = await parcel_row(work.tx, row.id)
    if after.tracking != one.tracking:
        # Under review, or its number went to another parcel: no part of the file is half done.
        raise TrackingMoved(one.parcel)
