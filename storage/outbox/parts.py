"""What stands for sending and what is still to be merged, and what an error may say of it."""

from sqlalchemy import literal_column

from storage.schema.states import DeliveryState
from storage.schema.traffic import deliveries, outbox

__all__ = ["NOT_MERGED", "READY", "kind_of"]

# A literal, not a parameter: SQLite uses a partial index only where it sees its condition.
READY = deliveries.c.state == literal_column(f"'{DeliveryState.READY}'")
NOT_MERGED = outbox.c.delivery_id.is_(None)


def kind_of(address: str) -> str:
    """What an error may say of an address: its target may be a secret."""
    return "|".join(address.split("|", 2)[:2])
