"""What the host capability offers: the acts of the host's page, by pedal, presenter or touch."""

from handlers.capability import Capability
from handlers.host import pressing

__all__ = ["CAPABILITY"]

CAPABILITY = Capability(
    name="host",
    summary="Gives the host a page: what is on stage, what is left, what to say, what is next.",
    presses=pressing.PRESSES,
)
