"""Posts deliveries: to channels, to people, as answers; once, however often they are tried."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import discord
from discord.http import handle_message_parameters
from discord.webhook.async_ import async_context

from bot.platforms.base import Outgoing, PersonUnreachable, PostDelayed, PostFailed
from bot.platforms.discord.dressing import allowed, text_of, view
from handlers.messages import Reach

__all__ = ["Poster", "Reactions", "trouble"]

_CLOSED_TO_US = 50007
_REMEMBERED = 500


@contextmanager
def trouble() -> Iterator[None]:
    """Say what Discord's errors mean for a delivery."""
    try:
        yield
    except discord.RateLimited as error:
        raise PostDelayed("Discord asks to wait", retry_after=error.retry_after) from error
    except discord.HTTPException as error:
        if error.code == _CLOSED_TO_US:
            raise PersonUnreachable("this person takes no direct messages") from error
        if error.status == 429 or error.status >= 500:
            raise PostDelayed(f"Discord answered {error.status}") from error
        raise PostFailed(f"Discord refused it: {error.text or error.status}") from error
    except aiohttp.ClientError as error:
        raise PostDelayed(f"Discord could not be reached: {type(error).__name__}") from error


class Poster:
    """Posts with one client. `salt` keeps two installations' deliveries apart."""

    def __init__(self, salt: str) -> None:
        self._salt = salt
        #: Which delivery stands in the place of an answer: later parts follow it.
        self._answered: OrderedDict[str, int] = OrderedDict()

    async def post(self, client: discord.Client, outgoing: Outgoing) -> str | None:
        """Post or edit, and return the id of the message. Raises as `Platform.post`."""
        with trouble():
            if outgoing.address.reach is Reach.REPLY:
                return await self._answer(client, outgoing)
            place = await self._place(client, outgoing)
            content = text_of(outgoing.text)
            mentioned = allowed(outgoing.mentions)
            shown = view(outgoing.buttons)
            if outgoing.replaces is not None:
                message = place.get_partial_message(int(outgoing.replaces))
                await message.edit(content=content, view=shown, allowed_mentions=mentioned)
                return outgoing.replaces
            more: dict[str, Any] = {} if shown is None else {"view": shown}
            sent = await place.send(
                content,
                nonce=f"{self._salt}-{outgoing.id}"[:25],
                allowed_mentions=mentioned,
                suppress_embeds=True,
                **more,
            )
            return str(sent.id)

    async def _place(
        self, client: discord.Client, outgoing: Outgoing
    ) -> discord.PartialMessageable | discord.DMChannel:
        target = int(outgoing.address.target)
        if outgoing.address.reach is Reach.PERSON:
            return await client.create_dm(discord.Object(target))
        return client.get_partial_messageable(target)

    async def _answer(self, client: discord.Client, outgoing: Outgoing) -> str | None:
        """Fill in the place that the acknowledgement left: the same however often it is tried."""
        application, _, token = outgoing.address.target.partition(":")
        if not token:
            raise PostFailed("there is nothing to answer")
        hook = discord.Webhook.partial(int(application), token, client=client)
        # Else the SDK takes it for a channel's, which has no private messages.
        hook.type = discord.WebhookType.application
        first = self._answered.setdefault(token, outgoing.id)
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)
        content, shown = text_of(outgoing.text), view(outgoing.buttons)
        mentioned = allowed(outgoing.mentions)
        if first == outgoing.id:
            # The SDK offers this on an interaction alone, which a restart does not leave us.
            with handle_message_parameters(
                content, view=shown, allowed_mentions=mentioned
            ) as filled:
                sent = await async_context.get().edit_original_interaction_response(
                    int(application), token, session=hook.session, payload=filled.payload
                )
            return str(sent["id"])
        more: dict[str, Any] = {} if shown is None else {"view": shown}
        followed = await hook.send(
            content, ephemeral=outgoing.private, wait=True, allowed_mentions=mentioned, **more
        )
        return str(followed.id)


class Reactions:
    """Puts signs on lines, slowly; the text says the same, so in a rush some are left out."""

    def __init__(self, *, seconds: float = 0.35, most: int = 50) -> None:
        self._waiting: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue(most)
        self._seconds = seconds

    def put(self, channel_id: int, message_id: int, emoji: str) -> None:
        """Put a sign on a line when there is time."""
        if not self._waiting.full():
            self._waiting.put_nowait((channel_id, message_id, emoji))

    async def run(self, client: Callable[[], discord.Client]) -> None:
        """Put one after the other, with whatever client there is by then."""
        while True:
            channel_id, message_id, emoji = await self._waiting.get()
            line = client().get_partial_messageable(channel_id).get_partial_message(message_id)
            try:
                await line.add_reaction(emoji)
            except (discord.DiscordException, aiohttp.ClientError, OSError):
                # The line is gone, or may not be reacted to: the post says it all.
                continue
            await asyncio.sleep(self._seconds)
