"""Every table, in two halves: the sale, and the traffic of words."""

from storage.schema import sale, states, traffic
from storage.schema.types import Instant, metadata

__all__ = ["Instant", "metadata", "sale", "states", "traffic"]
