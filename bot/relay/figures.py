"""What the relay counted, for health and metrics."""

from dataclasses import dataclass

__all__ = ["Figures"]


@dataclass(slots=True, kw_only=True)
class Figures:
    """Counts since the start of the process: tries to post by how they ended, and bugs."""

    sent: int = 0
    delayed: int = 0
    failed: int = 0
    bugs: int = 0
