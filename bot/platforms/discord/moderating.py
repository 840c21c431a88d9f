"""What moderation does on Discord, and what Discord's own AutoMod held back.

Each act has the same effect however often it is tried. Nobody is ever banned or kicked.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

import aiohttp
import discord
import structlog

from bot.platforms.base import Ears, PostFailed
from bot.platforms.discord.people import NAME, People
from handlers.messages import ActKind, Channel, ChatMessage, OutsideAct
from handlers.people import Person

__all__ = ["Moderating", "act", "held"]

_UNKNOWN_MESSAGE: Final = 10008
_UNKNOWN_MEMBER: Final = 10007
_MAY_NOT: Final = 50013
#: The same text by the same person under the same rule is one line for so long: Discord tells of
#: each of a rule's actions by itself.
_ONE_LINE_SECONDS: Final = 60
_MISSING: Final = {
    ActKind.DELETE: "the bot lacks Manage Messages in that channel",
    ActKind.TIMEOUT: (
        "the bot lacks Moderate Members, or the person stands above it; give the bot's role that "
        "permission, and place it above theirs"
    ),
    ActKind.SLOW: "the bot lacks Manage Channels in that channel, which its slow mode takes",
}


async def act(client: discord.Client, guild_id: int | None, done: OutsideAct, place: int) -> None:
    """Delete a line, let a person write no more or again, or make a channel slow.

    `place` is the channel or thread of the line. Raises `PostFailed`, and what `trouble` explains.
    """
    try:
        if done.kind is ActKind.DELETE:
            reason = "Andon: moderation; see the card in the team's channel"
            await client.http.delete_message(place, int(done.line), reason=reason)
        elif done.kind is ActKind.SLOW:
            await _pace(client, place, done)
        elif guild_id is None:
            raise PostFailed("the bot does not know the server")
        else:
            await _quieten(client, guild_id, done)
    except discord.NotFound as error:
        # Gone already: the author, a moderator or an earlier try was faster.
        if error.code not in (_UNKNOWN_MESSAGE, _UNKNOWN_MEMBER):
            raise
    except discord.Forbidden as error:
        if error.code != _MAY_NOT:
            raise
        why = _MISSING.get(done.kind, _MISSING[ActKind.TIMEOUT])
        raise PostFailed(f"Discord refused it: {why}") from error


async def _quieten(client: discord.Client, guild_id: int, done: OutsideAct) -> None:
    until = done.until.isoformat() if done.kind is ActKind.TIMEOUT and done.until else None
    await client.http.edit_member(
        guild_id,
        int(done.person),
        communication_disabled_until=until,
        reason="Andon: moderation; see the card in the team's channel",
    )


async def _pace(client: discord.Client, place: int, done: OutsideAct) -> None:
    """Set the slow mode of a channel; one that the team set and is slower stays."""
    # Asked for: what the client knows may be older than what was set a moment ago.
    channel = await client.http.get_channel(place)
    set_ = channel.get("rate_limit_per_user")
    now = set_ if isinstance(set_, int) else 0
    if now >= done.seconds if done.seconds else now != done.was:
        return
    reason = "Andon: a flood; see the card in the team's channel"
    await client.http.edit_channel(place, reason=reason, rate_limit_per_user=done.seconds)


def held(
    execution: discord.AutoModAction, channel: Channel, person: Person, now: datetime
) -> ChatMessage:
    """The line that AutoMod held back from `channel`."""
    moment = int(now.timestamp()) // _ONE_LINE_SECONDS
    about = f"{execution.user_id}:{execution.channel_id}:{moment}:{execution.content}"
    digest = hashlib.blake2b(about.encode(), digest_size=8).hexdigest()
    return ChatMessage(
        key=f"{NAME}:held:{digest}",
        channel=channel,
        native_id=str(discord.utils.time_snowflake(now)),
        person=person,
        text=execution.content,
        sent_at=now,
        # Whoever reads it by mistake must not take it for a claim.
        quotes=True,
        held=True,
    )


class Moderating:
    """Hears what AutoMod held back, one after the other."""

    def __init__(self, people: People, now: Callable[[], datetime]) -> None:
        self._people = people
        self._now = now
        self._log = structlog.get_logger("andon.discord")

    async def hear(
        self,
        ears: Ears,
        client: discord.Client,
        execution: discord.AutoModAction,
        channel: Channel,
    ) -> None:
        """Hand in a line that was held back; its author is looked up, for the event has no name.

        One that stands in the chat all the same was heard there.
        """
        if execution.message_id is not None or not execution.content:
            return
        try:
            found = await client.http.get_member(execution.guild_id, execution.user_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            self._log.warning("who wrote a held line is not known", error=type(error).__name__)
            return
        guild = client.get_guild(execution.guild_id)
        if guild is None:
            return
        member = discord.Member(data=found, guild=guild, state=client._connection)
        ears.hear(held(execution, channel, self._people.person(member), self._now()))
