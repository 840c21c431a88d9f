"""The chapter about Slack: the app, its two tokens, the team's channels and roles."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from pydantic import SecretStr

from bot.checks.slack import channel_problem, lacks_sentence, reading_along, role_problem
from bot.platforms.slack.looking import CannotLook, WrongToken
from bot.platforms.slack.manifest import link
from bot.platforms.slack.seen import Look, SeenChannel
from bot.platforms.slack.tokens import WHERE_APP, WHERE_BOT
from bot.settings import Channels, Roles, Settings, Slack
from bot.setup.asking import Choice, Voice, ask_for, choose
from bot.setup.interview import Learned
from bot.setup.shop import accepted
from bot.setup.team import AUDIENCES, ROLES, enter, nobody, otherwise, show, skipped

__all__ = ["ask_slack"]

#: Looks at Slack with the tokens that it is given. Raises `CannotLook`.
Looking: TypeAlias = Callable[[Slack], Look]

_NEW = "new"
#: Longer lists are not shown whole: what is not on the screen can be typed.
_SHOWN = 40


def ask_slack(voice: Voice, known: Settings, *, look: Looking) -> Learned:
    """Ask for a token and try it at once; with it, ask for the rest by name."""
    voice.say(f"\nSlack, where the team works. If there is an app already, {WHERE_BOT}.")
    here, seen = _bot_token(voice, known.slack, look)
    if here.bot_token is None:
        return {}
    learned: Learned = {("slack", "bot_token"): here.bot_token.get_secret_value()}
    if known.web.stage:
        voice.say(
            "The local stage closes with this (web.stage = false): anyone there could be anyone."
        )
        learned["web", "stage"] = False
    if seen is not None:
        voice.say(f"Logged in as {seen.bot}, in {seen.team}.")
        seen = _until(voice, seen, lambda one: not one.lacks, lacks_sentence, here, look)
    here = _app_token(voice, here, look)
    if here.app_token is not None:
        learned["slack", "app_token"] = here.app_token.get_secret_value()
    if seen is None:
        return learned
    seen = _until(
        voice,
        seen,
        lambda one: any(channel.inside for channel in one.channels),
        lambda one: (
            f"The bot is in no channel yet. In each channel of the team type /invite @{one.bot}; a "
            "private one shows itself only then."
        ),
        here,
        look,
    )
    return learned | _channels(voice, seen, here.channels) | _roles(voice, seen, here.roles)


# --- tokens -------------------------------------------------------------------------------------


def _bot_token(voice: Voice, known: Slack, look: Looking) -> tuple[Slack, Look | None]:
    """Slack with a bot's token that works or was not tried, and what was seen with it."""
    offered = known.bot_token
    while True:
        empty = "Enter keeps the one that is set" if offered else "Enter leaves Slack off"
        typed: SecretStr | str | None = ask_for(
            voice,
            f"Token of the bot (xoxb-), not shown as you type ({empty}, {_NEW} makes an app)",
            lambda answer: _token("bot_token", answer),
            hidden=True,
        )
        if isinstance(typed, str):
            voice.say(
                "Open this link, choose your workspace, Next, Create; then on the page Install App "
                f"press Install:\n  {link()}\nThen {WHERE_BOT}."
            )
            continue
        token = typed or offered
        here = known.model_copy(update={"bot_token": token})
        if token is None:
            return here, None
        try:
            return here, _looked(voice, here.model_copy(update={"app_token": None}), look)
        except WrongToken as wrong:
            voice.say(str(wrong))
            offered = None


def _token(name: str, answer: str) -> SecretStr | str | None:
    """The token that was typed, the word `new`, or None where nothing was."""
    if answer.casefold() == _NEW:
        return _NEW
    token: SecretStr | None = accepted(("slack", name), answer) if answer else None
    return token


def _app_token(voice: Voice, known: Slack, look: Looking) -> Slack:
    """Slack with a token of the app that opens a socket, was not tried, or is none."""
    voice.say(f"Now the other token, which lets Andon hear: {WHERE_APP}.")
    offered = known.app_token
    while True:
        empty = "Enter keeps the one that is set" if offered else "Enter leaves it for later"
        typed: SecretStr | None = ask_for(
            voice,
            f"Token of the app (xapp-), not shown as you type ({empty})",
            lambda answer: accepted(("slack", "app_token"), answer) if answer else None,
            hidden=True,
        )
        here = known.model_copy(update={"app_token": typed or offered})
        if here.app_token is None:
            if here.signing_secret is None:
                voice.say("Without it nothing that people type in Slack is heard.")
            return here
        seen = _looked(voice, here, look)
        if seen is None or seen.app_problem is None:
            return here
        voice.say(seen.app_problem)
        offered = None


def _looked(voice: Voice, here: Slack, look: Looking) -> Look | None:
    """What is seen, None if it was left for later. Raises `WrongToken`."""
    while True:
        try:
            return look(here)
        except WrongToken:
            raise
        except CannotLook as away:
            voice.say(str(away))
        if skipped(voice):
            return None


def _until(
    voice: Voice,
    seen: Look,
    good: Callable[[Look], bool],
    wrong: Callable[[Look], str],
    here: Slack,
    look: Looking,
) -> Look:
    """Look until it is `good`, saying what is `wrong`, or until it is left for later."""
    while not good(seen):
        voice.say(wrong(seen))
        if skipped(voice):
            break
        try:
            seen = look(here)
        except CannotLook as away:
            voice.say(str(away))
    return seen


# --- who and where ------------------------------------------------------------------------------


def _channels(voice: Voice, seen: Look, known: Channels[str]) -> Learned:
    choices = [
        Choice(
            id=one.id,
            name=f"#{one.name}",
            under=None if one.inside else f"first type /invite @{seen.bot} there",
        )
        for one in seen.channels
        if not one.archived
    ]
    if not choices:
        voice.say("There is no channel to choose; make some, and run `andon setup` again.")
        return {}
    _list(voice, f"The channels of {seen.team}; a private one once the bot is in it:", choices)
    learned: Learned = {}
    for audience, what in AUDIENCES.items():
        before = getattr(known, audience)
        chosen = choose(
            voice,
            f"Where does the team hear {what} ({enter(before, otherwise(audience))})",
            choices,
            before=before,
        )
        if chosen or before:
            learned["slack", "channels", audience] = chosen or None
        for one in chosen:
            for said in (
                channel_problem(seen, one, f"slack.channels.{audience}"),
                reading_along(seen, one, audience),
            ):
                if said is not None:
                    voice.say(said)
    return learned


def _roles(voice: Voice, seen: Look, known: Roles[str]) -> Learned:
    choices = [
        *(Choice(id=one.id, name=f"#{one.name}", under="whoever is in it") for one in _rooms(seen)),
        *(
            Choice(id=one.id, name=f"@{one.handle}", under="a user group")
            for one in seen.groups or ()
            if one.active
        ),
        *(
            Choice(id=one.id, name=one.name, under=f"@{one.handle}")
            for one in seen.people
            if one.active and not one.bot
        ),
    ]
    if not choices:
        return {}
    _list(voice, "Who is in the team: channels, user groups, people.", choices)
    learned: Learned = {}
    for role, what in ROLES.items():
        before = getattr(known, role)
        chosen = choose(
            voice,
            f"Who {what} ({enter(before, nobody(role))})",
            choices,
            before=before,
            refuse=partial(_refused, seen, role),
        )
        if chosen or before:
            learned["slack", "roles", role] = chosen or None
    return learned


def _refused(seen: Look, role: str, choice: Choice[str]) -> str | None:
    return role_problem(seen, choice.id, f"slack.roles.{role}")


def _rooms(seen: Look) -> list[SeenChannel]:
    """Channels that can stand for a role: those whose members the bot hears come and go."""
    return [one for one in seen.channels if one.inside and not (one.archived or one.everybody)]


def _list(voice: Voice, title: str, choices: list[Choice[str]]) -> None:
    show(voice, title, choices[:_SHOWN])
    if len(choices) > _SHOWN:
        voice.say(f"      and {len(choices) - _SHOWN} more, to be typed by name")
