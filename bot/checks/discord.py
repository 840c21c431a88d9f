"""Discord: the token, the intents, the server, and each channel and role of the settings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.checks.finding import Finding
from bot.platforms.looking import CannotLook, WrongToken
from bot.settings import Channels, Discord, Roles

if TYPE_CHECKING:
    from bot.platforms.discord.looking import Look, SeenServer

__all__ = ["channel_problem", "check_discord", "judge", "reading_along"]


async def check_discord(settings: Discord, *, seconds: float = 10) -> list[Finding]:
    """Look at Discord over REST; out of reach, it is a problem like others."""
    if not settings.configured:
        return [_off(settings)]
    # Here, so that a shop without Discord does not wait for its SDK.
    from bot.platforms.discord.looking import look

    try:
        seen = await look(settings, seconds=seconds)
    except CannotLook as error:
        wrong = Finding(about="Discord", sentence=str(error), stops=isinstance(error, WrongToken))
        return [wrong, *map(_problem, _no_stream(settings))]
    return judge(settings, seen)


def _off(settings: Discord) -> Finding:
    if settings.guild_id or settings.stream_channel_ids:
        return _problem(
            "Channels are set but no token, so nothing connects; set discord.token (`andon setup` "
            "asks for it), or take [discord] out."
        )
    return Finding(about="Discord", sentence="Off, no token.", fine=True)


def _problem(sentence: str) -> Finding:
    return Finding(about="Discord", sentence=sentence)


def _note(sentence: str) -> Finding:
    return Finding(about="Discord", sentence=sentence, fine=True, note=True)


def judge(settings: Discord, seen: "Look") -> list[Finding]:
    """Hold the settings against what was seen."""
    at = f", in {seen.server.name}" if seen.server else ""
    fine = Finding(about="Discord", sentence=f"Logged in as {seen.bot}{at}.", fine=True)
    found = [fine, *_deaf(seen), *map(_problem, (*_application(seen), *_no_stream(settings)))]
    if seen.server is None:
        wrong = settings.guild_id is not None
        found.append(Finding(about="Discord", sentence=_no_server(settings, seen), stops=wrong))
        return found
    found += map(_note, _notes(settings, seen.server))
    found += map(_problem, _channels(settings, seen.server))
    found += map(_problem, _roles(settings.roles, seen.server))
    return found


def _deaf(seen: "Look") -> Iterator[Finding]:
    from bot.platforms.discord.access import INTENT_OFF

    if not seen.reads_messages:
        yield Finding(about="Discord", sentence=INTENT_OFF, stops=True)


def _application(seen: "Look") -> Iterator[str]:
    from bot.platforms.discord.access import ANSWERS_ELSEWHERE

    if seen.answers_elsewhere:
        yield ANSWERS_ELSEWHERE
    if seen.needs_code and seen.server is None:
        yield (
            "No link can invite the bot; on the page Bot of the application switch off Requires "
            "OAuth2 Code Grant."
        )


def _no_stream(settings: Discord) -> Iterator[str]:
    if not settings.stream_channel_ids:
        yield (
            "No stream channel is set, so no claim is heard; set discord.stream_channel_ids "
            "(`andon setup` lists them by name)."
        )


def _no_server(settings: Discord, seen: "Look") -> str:
    named = ", ".join(f"{name} is {guild_id}" for guild_id, name in seen.servers[:5])
    if settings.guild_id is None and seen.servers:
        return f"The bot is in {len(seen.servers)} servers; set discord.guild_id ({named})."
    invite = seen.invite(settings.guild_id)
    if settings.guild_id is None:
        return f"The bot is in no server yet; invite it: {invite}"
    other = f"correct discord.guild_id ({named}), or " if named else ""
    return f"The bot is not in the server {settings.guild_id}; {other}invite it: {invite}"


def _channels(settings: Discord, server: "SeenServer") -> Iterator[str]:
    stream = dict.fromkeys(settings.stream_channel_ids, "discord.stream_channel_ids")
    team: dict[int, str] = {}
    for audience in Channels.model_fields:
        for one in getattr(settings.channels, audience):
            team.setdefault(one, f"discord.channels.{audience}")
    for channel_id, setting in (stream | team).items():
        problem = channel_problem(server, channel_id, setting, for_stream=channel_id in stream)
        if problem is not None:
            yield problem
    for channel_id in stream.keys() & team.keys():
        channel = server.channel(channel_id)
        yield (
            f"#{channel.name if channel else channel_id} is a stream channel and also "
            f"{team[channel_id]}, so viewers would read what is for the team; choose another."
        )


def _notes(settings: Discord, server: "SeenServer") -> Iterator[str]:
    """Channels of the team that more people read than should; a stream channel is a problem."""
    team = {one: None for name in Channels.model_fields for one in getattr(settings.channels, name)}
    for channel_id in team:
        note = reading_along(server, channel_id)
        if note is not None and channel_id not in settings.stream_channel_ids:
            yield note


def reading_along(server: "SeenServer", channel_id: int) -> str | None:
    """Who else reads what is for the team, where that is everyone."""
    channel = server.channel(channel_id)
    if channel is None or not channel.open_to_all:
        return None
    return (
        f"Everyone in {server.name} can read #{channel.name}, and the team's cards carry first "
        "names and orders: make the channel private."
    )


def channel_problem(
    server: "SeenServer", channel_id: int, setting: str, *, for_stream: bool
) -> str | None:
    """What keeps the bot from using a channel that `setting` names, if anything."""
    channel = server.channel(channel_id)
    if channel is None:
        return (
            f"{setting} names {channel_id}, which is no channel of {server.name}; `andon setup` "
            "lists them by name."
        )
    if not channel.written_in:
        return f"{setting} names {channel.name}, a category or forum; choose a channel in it."
    lacks = channel.stream_lacks if for_stream else channel.team_lacks
    if not lacks:
        return None
    return (
        f"In #{channel.name} the bot lacks {', '.join(lacks)}; edit the channel, Permissions, add "
        "the bot, and allow it."
    )


def _roles(roles: Roles[int], server: "SeenServer") -> Iterator[str]:
    for name in Roles.model_fields:
        for role_id in getattr(roles, name):
            if role_id == server.id:
                yield (
                    f"discord.roles.{name} is @everyone, so each viewer would be one; choose "
                    "another role."
                )
            elif server.role(role_id) is None:
                yield (
                    f"discord.roles.{name} names {role_id}, which is no role of {server.name}; "
                    "`andon setup` lists them by name."
                )
