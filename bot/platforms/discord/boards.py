"""The show's own message: posted and pinned once, then edited where it stands."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from hashlib import sha256

import discord

from bot.platforms.base import BoardPost
from bot.platforms.discord.dressing import view
from bot.platforms.discord.posting import trouble

__all__ = ["Boards"]

#: The last sign is the installation's: a new database must not take over the boards of an old one.
_FOOTER = re.compile(r"Andon · show (\d+) · (\w+)")
#: Without the right to pin, a board is found among so many of the last messages.
_LOOKED_BACK = 50


class Boards:
    """Knows which message is whose board; after a restart it finds them again.

    `salt` keeps two installations' boards apart.
    """

    def __init__(self, salt: str, at_home: Callable[[], bool] = lambda: True) -> None:
        self._at_home = at_home
        self._sign = sha256(salt.encode()).hexdigest()[:5]
        self._message_of: dict[tuple[int, int], int] = {}
        #: The last board of a place and show that somebody deleted.
        self._gone: dict[tuple[int, int], int] = {}
        self._looked: set[int] = set()

    async def show(self, client: discord.Client, channel_id: int, board: BoardPost) -> None:
        """Post and pin, or edit. Raises `PostFailed` or `PostDelayed`."""
        with trouble(self._at_home):
            place = client.get_partial_messageable(channel_id)
            if channel_id not in self._looked:
                await self._look(client, place)
            known = self._message_of.get((channel_id, board.show))
            if known is not None and await self._edit(place, known, board):
                return
            if not board.final:
                await self._post(place, board)

    def gone(self, channel_id: int, message_ids: tuple[int, ...]) -> bool:
        """Whether one of these messages, which were deleted, was a board."""
        boards = [
            key
            for key, id in self._message_of.items()
            if key[0] == channel_id and id in message_ids
        ]
        for key in boards:
            self._gone[key] = self._message_of.pop(key)
        return bool(boards)

    async def _look(self, client: discord.Client, place: discord.PartialMessageable) -> None:
        # Where the history may not be read, there is none to be found.
        with suppress(discord.Forbidden):
            async for message in _where_boards_are(place):
                footers = [embed.footer.text or "" for embed in message.embeds]
                found = next(filter(None, map(_FOOTER.fullmatch, footers)), None)
                ours = client.user is not None and message.author.id == client.user.id
                if found and ours and found[2] == self._sign:
                    self._message_of.setdefault((place.id, int(found[1])), message.id)
        self._looked.add(place.id)

    async def _edit(self, place: discord.PartialMessageable, id: int, board: BoardPost) -> bool:
        """Edit it; False where somebody deleted it."""
        try:
            message = place.get_partial_message(id)
            await message.edit(embed=self._embed(board), view=view(board.buttons))
        except discord.NotFound:
            self.gone(place.id, (id,))
            return False
        return True

    async def _post(self, place: discord.PartialMessageable, board: BoardPost) -> None:
        key = (place.id, board.show)
        shown = view(board.buttons) or discord.utils.MISSING
        # Under the nonce of a board that was deleted Discord would post none.
        nonce = f"{self._sign}{board.show}-{place.id % 10**6}-{self._gone.get(key, 0) % 10**8}"
        sent = await place.send(embed=self._embed(board), view=shown, nonce=nonce[:25])
        earlier = [key for key in self._message_of if key[0] == place.id]
        self._message_of[key] = sent.id
        try:
            await sent.pin()
            for old in earlier:
                await place.get_partial_message(self._message_of.pop(old)).unpin()
        except (discord.Forbidden, discord.NotFound):
            # It stands in the channel all the same; `andon check` names the missing right.
            return

    def _embed(self, board: BoardPost) -> discord.Embed:
        return discord.Embed(title=board.title[:256], description=board.text).set_footer(
            text=f"Andon · show {board.show} · {self._sign}"
        )


async def _where_boards_are(place: discord.PartialMessageable) -> AsyncIterator[discord.Message]:
    async for pinned in place.pins():
        yield pinned
    async for message in place.history(limit=_LOOKED_BACK):
        yield message
