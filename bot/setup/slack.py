"""The chapter about Slack: the app, its two tokens, the team's channels and roles."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from pydantic import SecretStr

from bot.checks.slack import channel_problem, lacks_sentence, reading_along, role_problem
from bot.platforms.looking import CannotLook, WrongToken
from bot.platforms.slack.manifest import link
from bot.platforms.slack.seen import Look, SeenChannel
from bot.platforms.slack.tokens import WHERE_APP, WHERE_BOT
from bot.settings import Channels, Roles, Settings, Slack
from bot.setup.asking import Choice, NotThat, Voice, ask_for, choose
from bot.setup.interview import Learned
from bot.setup.looking import looked, until
from bot.setup.team import ask_audiences, ask_roles, show

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
    if seen is not None:
        voice.say(f"Logged in as {seen.bot}, in {seen.team}.")
        again = partial(look, here)
        seen = until(voice, seen, lambda one: not one.lacks, lacks_sentence, again)
    here = _app_token(voice, here, look)
    if here.app_token is not None:
        learned["slack", "app_token"] = here.app_token.get_secret_value()
    elif known.web.stage:
        voice.say("The local stage closes with this: without that token it is not for you alone.")
        learned["web", "stage"] = False
    if seen is None:
        return learned
    seen = until(
        voice,
        seen,
        lambda one: any(channel.inside for channel in one.channels),
        lambda one: (
            f"The bot is in no channel yet. In each channel of the team type /invite @{one.bot}; a "
            "private one shows itself only then."
        ),
        partial(look, here),
    )
    anew = partial(_anew, here, seen, look)
    return (
        learned
        | _channels(voice, seen, here.channels, anew)
        | _roles(voice, seen, here.roles, anew)
    )


def _anew(here: Slack, seen: Look, look: Looking) -> Look:
    """What is there by now; a name may be missing because the bot was not invited yet."""
    try:
        return look(here)
    except CannotLook:
        return seen


# --- tokens -------------------------------------------------------------------------------------


def _bot_token(voice: Voice, known: Slack, look: Looking) -> tuple[Slack, Look | None]:
    """Slack with a bot's token that works or was not tried, and what was seen with it."""
    offered = known.bot_token
    while True:
        empty = "Enter keeps the one that is set" if offered else "Enter leaves Slack off"
        typed: SecretStr | str | None = ask_for(
            voice,
            f"Token of the bot (xoxb-), not shown as you type ({empty}, {_NEW} makes an app)",
            _bot_or_new,
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
            alone = here.model_copy(update={"app_token": None})
            return here, looked(voice, partial(look, alone))
        except WrongToken as wrong:
            voice.say(_unnamed(str(wrong)))
            offered = None


def _bot_or_new(answer: str) -> SecretStr | str | None:
    return _NEW if answer.casefold() == _NEW else _token(answer)


def _token(answer: str) -> SecretStr | None:
    """The token that was typed, None where nothing was. Raises `NotThat`."""
    if not answer.isprintable() or " " in answer:
        raise NotThat("There is a space or a line break in it; copy it anew.")
    return SecretStr(answer) if answer else None


def _unnamed(problem: str) -> str:
    """A sentence without the names of settings: whoever answers a question has not met them."""
    told = problem.replace("which belongs into slack.app_token", "which is asked for next")
    if told.startswith("slack.app_token"):
        told = f"That{told.removeprefix('slack.app_token')}"
    return told.replace("slack.app_token", "it").replace("slack.bot_token", "that of the bot")


def _app_token(voice: Voice, known: Slack, look: Looking) -> Slack:
    """Slack with a token of the app that opens a socket, was not tried, or is none."""
    voice.say(f"Now the other token, which lets Andon hear: {WHERE_APP}.")
    offered = known.app_token
    while True:
        empty = "Enter keeps the one that is set" if offered else "Enter leaves it for later"
        typed: SecretStr | None = ask_for(
            voice,
            f"Token of the app (xapp-), not shown as you type ({empty})",
            _token,
            hidden=True,
        )
        here = known.model_copy(update={"app_token": typed or offered})
        if here.app_token is None:
            if here.signing_secret is None:
                voice.say("Without it nothing that people type in Slack is heard.")
            return here
        seen = looked(voice, partial(look, here))
        if seen is None:
            voice.say("It was not tried; `andon check` does.")
            return here
        if seen.app_problem is None:
            voice.say("Taken: it opens a connection.")
            return here
        voice.say(_unnamed(seen.app_problem))
        offered = None


# --- who and where ------------------------------------------------------------------------------


def _channels(voice: Voice, seen: Look, known: Channels[str], anew: Callable[[], Look]) -> Learned:
    choices = _of_channels(seen)
    if not choices:
        voice.say("There is no channel to choose; make some, and run `andon setup` again.")
        return {}
    _list(voice, f"The channels of {seen.team}; a private one once the bot is in it:", choices)

    def pick(question: str, before: tuple[str, ...]) -> tuple[str, ...]:
        return choose(
            voice,
            question,
            choices,
            before=before,
            again=lambda: _of_channels(anew()),
            private=_invite(seen),
        )

    def warn(chosen: tuple[str, ...], audience: str) -> None:
        _warn(voice, seen if all(map(seen.channel, chosen)) else anew(), chosen, audience)

    return ask_audiences(voice, "slack", known, pick, warn)


def _of_channels(seen: Look) -> list[Choice[str]]:
    return [
        Choice(
            id=one.id,
            name=f"#{one.name}",
            under=None if one.inside else f"first type /invite @{seen.bot} there",
        )
        for one in seen.channels
        if not one.archived
    ]


def _invite(seen: Look) -> str:
    return f"A private channel is there once you type /invite @{seen.bot} in it; then its name."


def _warn(voice: Voice, seen: Look, chosen: Sequence[str], audience: str) -> None:
    """Say at once what `andon check` would find, and who could read along."""
    for one in chosen:
        for said in (
            channel_problem(seen, one, "That"),
            reading_along(seen, one, audience, named=False),
        ):
            if said is not None:
                voice.say(said)


def _roles(voice: Voice, seen: Look, known: Roles[str], anew: Callable[[], Look]) -> Learned:
    choices = _of_team(seen)
    if not choices:
        return {}
    _list(voice, "Who is in the team: channels, user groups, people.", choices)

    def pick(question: str, before: tuple[str, ...]) -> tuple[str, ...]:
        return choose(
            voice,
            question,
            choices,
            before=before,
            refuse=partial(_refused, seen),
            again=lambda: _of_team(anew()),
            private=_invite(seen),
        )

    return ask_roles("slack", known, pick, question="{role}: who {what}")


def _of_team(seen: Look) -> list[Choice[str]]:
    return [
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


def _refused(seen: Look, choice: Choice[str]) -> str | None:
    # One that was read anew is not in `seen`; `andon check` looks at it.
    known = {one.id for one in _of_team(seen)}
    return role_problem(seen, choice.id, "That") if choice.id in known else None


def _rooms(seen: Look) -> list[SeenChannel]:
    """Channels that can stand for a role: those whose members the bot hears come and go."""
    return [one for one in seen.channels if one.inside and not (one.archived or one.everybody)]


def _list(voice: Voice, title: str, choices: list[Choice[str]]) -> None:
    show(voice, title, choices[:_SHOWN])
    if len(choices) > _SHOWN:
        voice.say(f"      and {len(choices) - _SHOWN} more, to be typed by name")
