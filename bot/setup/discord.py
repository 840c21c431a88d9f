"""The chapter about Discord: the token, the server, its channels and its roles."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from pydantic import SecretStr

from bot.checks.discord import channel_problem, reading_along
from bot.platforms.discord.access import ANSWERS_ELSEWHERE, INTENT_OFF
from bot.platforms.discord.looking import Look, SeenServer
from bot.platforms.looking import WrongToken
from bot.settings import Discord, Roles, Settings
from bot.setup.asking import Choice, Voice, ask_for, choose
from bot.setup.interview import Learned
from bot.setup.looking import looked, until
from bot.setup.shop import accepted
from bot.setup.team import ask_audiences, ask_roles, show

__all__ = ["ask_discord"]

#: Looks at Discord with the token and the server that it is given. Raises `CannotLook`.
Looking: TypeAlias = Callable[[Discord], Look]


def ask_discord(voice: Voice, known: Settings, *, look: Looking) -> Learned:
    """Ask for a token and try it at once; with it, ask for the rest by name."""
    voice.say(
        "\nDiscord. At discord.com/developers/applications: New Application; page Bot: switch on "
        "Message Content Intent, Save Changes; then Reset Token, Copy."
    )
    here, seen = _token(voice, known.discord, look)
    if here.token is None:
        return {}
    learned: Learned = {("discord", "token"): here.token.get_secret_value()}
    if known.web.stage:
        voice.say(
            "The local stage closes with this (web.stage = false): anyone there could be anyone."
        )
        learned["web", "stage"] = False
    if seen is None:
        return learned
    voice.say(f"Logged in as {seen.bot}.")
    if seen.answers_elsewhere:
        voice.say(ANSWERS_ELSEWHERE)
    again = partial(look, here)
    seen = until(voice, seen, lambda one: one.reads_messages, lambda _: INTENT_OFF, again)
    server = _server(voice, seen, here, look)
    if server is not None:
        learned["discord", "guild_id"] = server.id
        learned |= _channels(voice, server, here)
        learned |= _roles(voice, server, here.roles)
    return learned


def _token(voice: Voice, known: Discord, look: Looking) -> tuple[Discord, Look | None]:
    """Discord with a token that works or was not tried, and what was seen with it."""
    offered = known.token
    while True:
        empty = "Enter keeps the one that is set" if offered else "Enter leaves Discord off"
        typed: SecretStr | None = ask_for(
            voice,
            f"Token of the bot, not shown as you type ({empty})",
            lambda answer: accepted(("discord", "token"), answer) if answer else None,
            hidden=True,
        )
        token = typed or offered
        here = known.model_copy(update={"token": token, "guild_id": None})
        if token is None:
            return here, None
        try:
            return here, looked(voice, partial(look, here))
        except WrongToken as wrong:
            voice.say(str(wrong))
            offered = None


def _server(voice: Voice, seen: Look, here: Discord, look: Looking) -> SeenServer | None:
    def invite(one: Look) -> str:
        return f"The bot is in no server yet. Open this link and choose yours:\n  {one.invite()}"

    seen = until(voice, seen, lambda one: bool(one.servers), invite, partial(look, here))
    if len(seen.servers) > 1:
        servers = [Choice(id=one, name=name) for one, name in seen.servers]
        show(voice, "The bot is in these servers:", servers)
        (chosen,) = choose(voice, "In which of them is the show", servers, needed=True, single=True)
        there = here.model_copy(update={"guild_id": chosen})
        seen = until(
            voice,
            seen,
            lambda one: one.server is not None,
            lambda _: "Andon looks at its channels and roles.",
            partial(look, there),
        )
    if seen.server is not None:
        voice.say(f"It is in {seen.server.name}.")
    return seen.server


def _channels(voice: Voice, server: SeenServer, known: Discord) -> Learned:
    choices = [
        Choice(id=one.id, name=f"#{one.name}", under=one.category)
        for one in server.channels
        if one.written_in
    ]
    if not choices:
        voice.say("The server has no text channel; make some, and run `andon setup` again.")
        return {}
    show(voice, "Its channels:", choices)
    stream = choose(
        voice,
        "Where do viewers claim? Numbers, with commas between several",
        choices,
        before=known.stream_channel_ids,
        needed=True,
    )
    learned: Learned = {("discord", "stream_channel_ids"): stream}
    _warn(voice, server, stream, for_stream=True)

    def pick(question: str, before: tuple[int, ...]) -> tuple[int, ...]:
        return choose(voice, question, choices, before=before, refuse=read_along)

    def read_along(one: Choice[int]) -> str | None:
        if one.id not in stream:
            return None
        return f"{one.name} is a stream channel: viewers would read along. Choose another."

    def warn(chosen: tuple[int, ...], _audience: str) -> None:
        _warn(voice, server, chosen, for_stream=False)

    return learned | ask_audiences(voice, "discord", known.channels, pick, warn)


def _warn(voice: Voice, server: SeenServer, ids: tuple[int, ...], *, for_stream: bool) -> None:
    """Say at once what `andon check` would find, and who could read along."""
    for one in ids:
        problem = channel_problem(server, one, "It", for_stream=for_stream)
        if problem is not None:
            voice.say(problem)
        note = None if for_stream else reading_along(server, one)
        if note is not None:
            voice.say(note)


def _roles(voice: Voice, server: SeenServer, known: Roles[int]) -> Learned:
    choices = [Choice(id=one.id, name=f"@{one.name}") for one in server.roles if one.given]
    if not choices:
        voice.say(
            "The server has no roles for people yet: make one for moderators (Server Settings, "
            "Roles), give it to them, and run `andon setup` again."
        )
        return {}
    show(voice, "Its roles:", choices)

    def pick(question: str, before: tuple[int, ...]) -> tuple[int, ...]:
        return choose(voice, question, choices, before=before)

    return ask_roles("discord", known, pick)
