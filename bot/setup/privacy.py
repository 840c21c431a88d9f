"""The chapter about what is private: a key is made, and nobody need type or read it."""

from bot.settings import Settings
from bot.setup.asking import Voice
from bot.setup.interview import Learned

__all__ = ["make_key"]


def make_key(voice: Voice, known: Settings) -> Learned:
    """Make the key that seals addresses, unless there is one."""
    if known.privacy.keys:
        return {}
    from storage.sealing import new_key

    voice.say(
        "A key that seals addresses and contacts was made (privacy.keys). Keep a copy of it where "
        "the database is not: without it they cannot be read again."
    )
    return {("privacy", "keys"): (new_key(),)}
