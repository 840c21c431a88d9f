"""The show's own message: posted and pinned once, then edited where it stands."""

import re

import discord

from bot.platforms.base import BoardPost
from bot.platforms.discord.dressing import view
from bot.platforms.discord.posting import trouble

__all__ = ["Boards"]

_FOOTER = re.compile(r"Andon · show (\d+)")


class Boards:
    """Knows which message is whose board; after a restart it finds them among the pins."""

    def __init__(self) -> None:
        self._message_of: dict[tuple[int, int], int] = {}
        self._looked: set[int] = set()

    async def show(self, client: discord.Client, channel_id: int, board: BoardPost) -> None:
        """Post and pin, or edit. Raises `PostFailed` or `PostDelayed`."""
        with trouble():
            place = client.get_partial_messageable(channel_id)
            if channel_id not in self._looked:
                await self._look(client, place)
            known = self._message_of.get((channel_id, board.show))
            if known is not None and await self._edit(place, known, board):
                return
            if not board.final:
                await self._post(place, board)

    async def _look(self, client: discord.Client, place: discord.PartialMessageable) -> None:
        async for message in place.pins():
            footers = [embed.footer.text or "" for embed in message.embeds]
            found = next(filter(None, map(_FOOTER.fullmatch, footers)), None)
            if found and client.user is not None and message.author.id == client.user.id:
                self._message_of.setdefault((place.id, int(found[1])), message.id)
        self._looked.add(place.id)

    async def _edit(self, place: discord.PartialMessageable, id: int, board: BoardPost) -> bool:
        """Edit it; False where somebody deleted it."""
        try:
            message = place.get_partial_message(id)
            await message.edit(embed=_embed(board), view=view(board.buttons))
        except discord.NotFound:
            del self._message_of[(place.id, board.show)]
            return False
        return True

    async def _post(self, place: discord.PartialMessageable, board: BoardPost) -> None:
        shown = view(board.buttons) or discord.utils.MISSING
        sent = await place.send(
            embed=_embed(board), view=shown, nonce=f"board-{place.id % 10**6}-{board.show}"[:25]
        )
        earlier = [key for key in self._message_of if key[0] == place.id]
        self._message_of[(place.id, board.show)] = sent.id
        try:
            await sent.pin()
            for key in earlier:
                await place.get_partial_message(self._message_of.pop(key)).unpin()
        except (discord.Forbidden, discord.NotFound):
            # It stands in the channel all the same; `andon check` names the missing right.
            return


def _embed(board: BoardPost) -> discord.Embed:
    return discord.Embed(title=board.title[:256], description=board.text).set_footer(
        text=f"Andon · show {board.show}"
    )
