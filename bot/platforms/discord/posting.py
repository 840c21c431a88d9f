"""Posts deliveries: to channels, to people, as answers; once, however often they are tried."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import discord
import structlog
from discord.http import handle_message_parameters
from discord.webhook.async_ import async_context

from bot.platforms.base import Outgoing, PersonUnreachable, PlaceGone, PostDelayed, PostFailed
from bot.platforms.discord.dressing import allowed, text_of, view
from bot.platforms.discord.pictures import files_of, fitting, left_out
from handlers.messages import Reach

__all__ = ["Poster", "Reactions", "trouble"]

_CLOSED_TO_US = 50007
_NO_ACCESS, _MAY_NOT, _NO_CHANNEL, _UNKNOWN_MESSAGE = 50001, 50013, 10003, 10008
_ANSWER_CLOSED = 50027
_TOO_LARGE = 40005
_REMEMBERED = 5000
#: The message says no more than that the bot is thinking.
_LOADING = 1 << 7
_NO_REACTION = (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError)


@contextmanager
def trouble(at_home: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Say what Discord's errors mean for a delivery.

    While the bot is not `at_home`, on the server of the settings, what it may not do there waits.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise PostDelayed("Discord asks to wait", retry_after=error.retry_after) from error
    except discord.HTTPException as error:
        if error.code == _CLOSED_TO_US:
            raise PersonUnreachable("this person takes no direct messages") from error
        if error.status == 401 and error.code != _ANSWER_CLOSED:
            # The bot as a whole is out: its token was reset.
            raise PostDelayed("Discord does not know the bot's token any more") from error
        if error.code == _NO_ACCESS and not at_home():
            raise PostDelayed("the bot is not on the Discord server") from error
        if error.code in (_NO_ACCESS, _MAY_NOT, _NO_CHANNEL):
            raise PlaceGone(f"Discord's channel takes no posts: {error.text}") from error
        if error.status == 429 or error.status >= 500:
            raise PostDelayed(f"Discord answered {error.status}") from error
        raise PostFailed(f"Discord refused it: {error.text or error.status}") from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise PostDelayed(f"Discord could not be reached: {type(error).__name__}") from error


class Poster:
    """Posts with one client. `salt` keeps two installations' deliveries apart."""

    def __init__(self, salt: str, at_home: Callable[[], bool] = lambda: True) -> None:
        self._salt = salt
        self._at_home = at_home
        #: Which delivery stands in the place of an answer: later parts follow it. None where the
        #: place was left here and is still empty. It only spares the asking.
        self._answered: OrderedDict[str, int | None] = OrderedDict()

    def acknowledged(self, reply_to: str) -> None:
        """An interaction was acknowledged here, which leaves the place for its answer."""
        self._note(reply_to.partition(":")[2], None)

    def _note(self, token: str, delivery: int | None) -> None:
        self._answered[token] = delivery
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)

    async def post(self, client: discord.Client, outgoing: Outgoing) -> str | None:
        """Post or edit, and return the id of the message. Raises as `Platform.post`."""
        with trouble(self._at_home):
            fits = fitting(outgoing)
            try:
                return await self._post(client, fits)
            except discord.HTTPException as error:
                # A server may take less than Discord says.
                if not fits.pictures or (error.status != 413 and error.code != _TOO_LARGE):
                    raise
            return await self._post(client, left_out(fits, fits.pictures))

    async def _post(self, client: discord.Client, outgoing: Outgoing) -> str | None:
        if outgoing.address.reach is Reach.REPLY:
            return await self._answer(client, outgoing)
        place = await self._place(client, outgoing)
        content = text_of(outgoing.text)
        mentioned = allowed(outgoing.mentions)
        shown = view(outgoing.buttons)
        if outgoing.replaces is not None and outgoing.replaces.isdecimal():
            message = place.get_partial_message(int(outgoing.replaces))
            try:
                await message.edit(
                    content=content,
                    view=shown,
                    allowed_mentions=mentioned,
                    attachments=files_of(outgoing),
                )
            except discord.NotFound as error:
                # Somebody deleted it, or it stands in another channel: it is said anew.
                if error.code != _UNKNOWN_MESSAGE:
                    raise
            else:
                return outgoing.replaces
        more: dict[str, Any] = {} if shown is None else {"view": shown}
        sent = await place.send(
            content,
            nonce=f"{self._salt}-{outgoing.id}"[:25],
            allowed_mentions=mentioned,
            suppress_embeds=True,
            files=files_of(outgoing),
            **more,
        )
        return str(sent.id)

    async def _place(
        self, client: discord.Client, outgoing: Outgoing
    ) -> discord.PartialMessageable | discord.DMChannel:
        if not outgoing.address.target.isdecimal():
            raise PostFailed(f"Discord has no place {outgoing.address.target!r}")
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
        content, shown = text_of(outgoing.text), view(outgoing.buttons)
        mentioned = allowed(outgoing.mentions)
        if token in self._answered:
            first = self._answered[token] or outgoing.id
        else:
            first = outgoing.id if await self._is_open(hook, token, content) else 0
        self._note(token, first)
        if first == outgoing.id:
            # The SDK offers this on an interaction alone, which a restart does not leave us.
            with handle_message_parameters(
                content, view=shown, allowed_mentions=mentioned, attachments=files_of(outgoing)
            ) as filled:
                sent = await async_context.get().edit_original_interaction_response(
                    int(application),
                    token,
                    session=hook.session,
                    payload=filled.payload,
                    multipart=filled.multipart,
                    files=filled.files,
                )
            return str(sent["id"])
        more: dict[str, Any] = {} if shown is None else {"view": shown}
        # Webhooks take no nonce: one that arrived and was answered with an error is there twice.
        followed = await hook.send(
            content,
            ephemeral=outgoing.private,
            wait=True,
            allowed_mentions=mentioned,
            files=files_of(outgoing),
            **more,
        )
        return str(followed.id)

    async def _is_open(self, hook: discord.Webhook, token: str, content: str) -> bool:
        """Whether the place of an answer is still empty, or holds this very answer.

        Asked where an earlier run of this process, or another one, left the place.
        """
        try:
            there = await async_context.get().get_original_interaction_response(
                hook.id, token, session=hook.session
            )
        except discord.NotFound:
            return False
        return bool(there.get("flags", 0) & _LOADING) or there["content"] == content.strip()


class Reactions:
    """Puts signs on lines, slowly; the text says the same, so in a rush some are left out."""

    def __init__(self, *, seconds: float = 0.35, rest: float = 60.0, most: int = 50) -> None:
        self._waiting: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue(most)
        self._seconds = seconds
        self._rest = rest
        self._log = structlog.get_logger("andon.discord")

    def put(self, channel_id: int, message_id: int, emoji: str) -> None:
        """Put a sign on a line when there is time."""
        if not self._waiting.full():
            self._waiting.put_nowait((channel_id, message_id, emoji))

    async def run(self, client: Callable[[], discord.Client]) -> None:
        """Put one after the other, with whatever client there is by then."""
        while True:
            channel_id, message_id, emoji = await self._waiting.get()
            seconds = self._seconds
            try:
                line = client().get_partial_messageable(channel_id).get_partial_message(message_id)
                await line.add_reaction(emoji)
            except discord.Forbidden:
                # Not allowed, and the next would not be either; refusals are counted.
                self._drop_all()
                seconds = self._rest
            except _NO_REACTION as error:
                # The line is gone, or Discord is: the post says it all.
                self._log.info("a reaction was left out", error=type(error).__name__)
            await asyncio.sleep(seconds)

    def _drop_all(self) -> None:
        while not self._waiting.empty():
            self._waiting.get_nowait()
