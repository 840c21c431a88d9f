"""Our own capabilities, looked for once in a run and not once in a test."""

from functools import cache

from handlers.capability import Capability
from handlers.registry import find_capabilities

__all__ = ["ours"]


@cache
def ours() -> tuple[Capability, ...]:
    """Every capability of ours; they are inert, so all tests can have the same."""
    return find_capabilities()
