"""What is said to one person alone is sealed while it waits and after it was said.

A private answer may hold an address, a contact or a code: the outbox and the deliveries keep it, so
it is sealed there like what it tells of. So are the letters of customers on the cards of support.
What everybody reads is kept as it is.
"""

import json
from collections.abc import Mapping
from typing import Any

from handlers.messages import Address, Reach
from storage.sealing import Locked, Sealer

__all__ = ["opened_values", "sealed_values"]

_SEALED = "sealed"
_PRIVATE = frozenset({Reach.PERSON, Reach.REPLY})
_LETTERS = "support"


def sealed_values(address: str, values: Mapping[str, Any], sealer: Sealer) -> Mapping[str, Any]:
    """What to keep of `values` said at `address`: sealed where one person or support reads it."""
    to = Address.parse(address)
    letters = to.reach is Reach.AUDIENCE and to.target == _LETTERS
    if not sealer.seals or not (letters or to.reach in _PRIVATE):
        return values
    return {_SEALED: sealer.seal_text(json.dumps(values))}


def opened_values(values: Mapping[str, Any], sealer: Sealer) -> Mapping[str, Any]:
    """What `sealed_values` was given; no words where its key is missing."""
    kept = values.get(_SEALED)
    if not isinstance(kept, str) or len(values) != 1:
        return values
    try:
        opened: dict[str, Any] = json.loads(sealer.open_text(kept))
    except Locked:
        return {"text": ""}
    return opened
