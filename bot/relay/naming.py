"""How an address is named to people and in the log: what answers an interaction is a secret token.

Whoever has that token can speak in the bot's name while it lives, so it stands in no sentence, no
trouble, no log line and no error that is kept.
"""

import traceback
from dataclasses import replace
from urllib.parse import quote

from handlers.messages import Address, Reach

__all__ = ["named", "post_to", "safe_traceback", "shown", "without_secrets"]

#: A part of an answer's target that is shorter is an id or the word "https", and no secret.
_SHORT = 16
_HIDDEN = "…"


def named(address: Address) -> str:
    """The place as people would call it."""
    match address.reach:
        case Reach.REPLY:
            return "an answer"
        case Reach.PERSON:
            return "someone's direct messages"
        case Reach.ACT:
            return f"what is done in the channel {address.target}"
        case _:
            return f"the {address.reach} {address.target}"


def post_to(address: Address) -> str:
    """The beginning of a sentence about a post to that place."""
    if address.reach is Reach.ACT:
        return "An act of moderation"
    return "An answer" if address.reach is Reach.REPLY else f"A post to {named(address)}"


def shown(address: Address) -> Address:
    """The address as it may be shown: of an answer only that it is one."""
    return replace(address, target="") if address.reach is Reach.REPLY else address


def without_secrets(text: str, address: Address) -> str:
    """`text` without what is secret in `address`, also where a platform quotes only part of it."""
    if address.reach is not Reach.REPLY or not address.target:
        return text
    parts = [part for part in address.target.split(":") if len(part) >= _SHORT]
    for secret in (address.target, *parts):
        text = text.replace(secret, _HIDDEN).replace(quote(secret, safe=""), _HIDDEN)
    return text


def safe_traceback(error: BaseException, address: Address) -> str:
    """The traceback of `error`, without what is secret in `address`."""
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return without_secrets("".join(lines), address)
