"""What the intake counted, for health and metrics."""

from dataclasses import dataclass

__all__ = ["Figures"]


@dataclass(slots=True, kw_only=True)
class Figures:
    """Counts since the start of the process."""

    messages: int = 0
    duplicates: int = 0
    batches: int = 0
    acts: int = 0
    ticks: int = 0
    set_aside: int = 0
    #: Lines that did not fit into a full lane, and gaps closed: read back, or lost.
    dropped: int = 0
    read_back: int = 0
    lost: int = 0
