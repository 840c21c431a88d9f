"""Every table: the sale, the traffic of words, and the runs of playbooks."""

from storage.schema import runs, sale, states, traffic
from storage.schema.types import Instant, metadata

__all__ = ["Instant", "metadata", "runs", "sale", "states", "traffic"]
