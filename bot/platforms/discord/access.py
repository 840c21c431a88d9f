"""What the bot needs on Discord: permissions by kind of channel, intents, and the invite link.

Each is exactly what Andon uses; a test holds the link to the sum of the permissions. Where the
Developer Portal must be changed, `check`, `setup` and the start say so in the same words.
"""

import discord
from discord.utils import oauth_url

__all__ = [
    "ANSWERS_ELSEWHERE",
    "INTENT_OFF",
    "LOGIN_REFUSED",
    "STREAM",
    "TEAM",
    "invite_link",
    "missing",
    "needed_intents",
    "needed_permissions",
]

#: To read and answer; what a channel of the team takes.
TEAM = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "read_message_history",
)
#: Besides: ✅ on a claim, and the show's board, which is pinned.
STREAM = (*TEAM, "add_reactions", "manage_messages", "pin_messages")

LOGIN_REFUSED = (
    "Discord does not know this token; press Reset Token on the page Bot of your application and "
    "copy the new one."
)
INTENT_OFF = (
    "The bot may not read messages: at discord.com/developers/applications open your application, "
    "page Bot, and switch on Message Content Intent."
)
ANSWERS_ELSEWHERE = (
    "Commands and buttons go to a web address instead of Andon; on the page General Information of "
    "the application clear Interactions Endpoint URL."
)

#: Where Discord's settings do not call a flag by its name.
_SHOWN = {"send_messages_in_threads": "Send Messages in Threads"}


def needed_permissions() -> discord.Permissions:
    """What the invite asks for: all that any channel needs, and nothing for the whole server."""
    return discord.Permissions(**dict.fromkeys((*TEAM, *STREAM), True))


def needed_intents() -> discord.Intents:
    """What the bot must be told: servers, messages with their text (privileged), DMs, AutoMod."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.message_content = True
    # What the server's own AutoMod holds back; Discord tells it to who may manage the server.
    intents.auto_moderation_execution = True
    return intents


def missing(has: discord.Permissions, needed: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `needed` that are not in `has`, in the words of Discord's settings."""
    if has.administrator:
        return ()
    return tuple(_shown(name) for name in needed if not getattr(has, name))


def _shown(flag: str) -> str:
    return _SHOWN.get(flag) or flag.replace("_", " ").title()


def invite_link(application_id: int, guild_id: int | None = None) -> str:
    """The address at which an owner lets the bot into a server; `guild_id` is chosen already."""
    return oauth_url(
        application_id,
        permissions=needed_permissions(),
        guild=discord.utils.MISSING if guild_id is None else discord.Object(guild_id),
        scopes=("bot", "applications.commands"),
    )
