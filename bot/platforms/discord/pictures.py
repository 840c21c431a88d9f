"""Pictures on Discord: attachments of the message itself, and what is said where one is left out.

Made anew for each try: the SDK closes files once they were sent.
"""

from collections.abc import Collection
from dataclasses import replace
from io import BytesIO

import discord

from bot.platforms.base import Outgoing
from handlers.messages import Picture
from handlers.speech import split_text

__all__ = ["files_of", "fitting", "left_out"]

#: What a message may bring on a server that nobody boosts, and in direct messages.
_LARGEST = 10 * 1024 * 1024
_MOST = 10
_LONGEST_ALT = 1024
_LONGEST_NAMED = 100
_LONGEST = 2000


def files_of(outgoing: Outgoing) -> list[discord.File]:
    """The pictures of a delivery as attachments."""
    return [
        discord.File(BytesIO(one.content), one.name, description=one.alt[:_LONGEST_ALT])
        for one in outgoing.pictures
    ]


def fitting(outgoing: Outgoing) -> Outgoing:
    """The delivery with the pictures that Discord takes; the others are named in its words."""
    room, over = _LARGEST, []
    for number, one in enumerate(outgoing.pictures):
        if one.content and len(one.content) <= room and number < _MOST:
            room -= len(one.content)
        else:
            over.append(one)
    return left_out(outgoing, over) if over else outgoing


def left_out(outgoing: Outgoing, pictures: Collection[Picture]) -> Outgoing:
    """The delivery without these pictures, which its words name instead."""
    which = "; ".join(discord.utils.escape_markdown(one.alt[:_LONGEST_NAMED]) for one in pictures)
    lost = any(not one.content for one in pictures)
    why = "could not be found" if lost else "is too large for Discord"
    note = f"(A picture {why}: {which})"
    if len(pictures) > 1:
        note = f"({len(pictures)} pictures are left out: {which})"
    [note, *_] = split_text(note, 290)
    kept = tuple(one for one in outgoing.pictures if one not in pictures)
    text = f"{outgoing.text[: _LONGEST - 300]}\n{note}".strip()
    return replace(outgoing, text=text, pictures=kept)
