"""Slack: the tokens, how it reaches Andon, and each channel and role of the settings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.checks.finding import Finding
from bot.platforms.looking import CannotLook
from bot.settings import Channels, Roles, Settings, Slack, Web

if TYPE_CHECKING:
    from bot.platforms.slack.seen import Look, SeenChannel

__all__ = [
    "channel_problem",
    "check_slack",
    "judge",
    "lacks_sentence",
    "reading_along",
    "role_problem",
]

#: Audiences whose cards carry names and orders, the first of a channel is named.
_PRIVATE_BETTER = ("alerts", "exceptions", "returns", "packing", "support")
_LISTED = "`andon setup` lists them by name"


async def check_slack(settings: Settings, *, seconds: float = 10) -> list[Finding]:
    """Look at Slack over its Web API; out of reach, it is a problem like others."""
    slack = settings.slack
    if not slack.configured:
        return [_off(slack)]
    # Here, so that a shop without Slack does not wait for its SDK.
    from bot.platforms.slack.looking import look

    ways = list(_ways(slack, settings.web))
    try:
        seen = await look(slack, seconds=seconds)
    except CannotLook as error:
        return [_problem(str(error)), *ways]
    return [*judge(slack, seen), *ways]


def _off(slack: Slack) -> Finding:
    named = any(getattr(slack.channels, name) for name in Channels.model_fields)
    if named or slack.app_token or slack.signing_secret:
        return _problem(
            "Channels or an app are set but no token of the bot, so nothing connects; set "
            "slack.bot_token (`andon setup` asks for it), or take [slack] out."
        )
    return _note("Off, no token.")


def _problem(sentence: str) -> Finding:
    return Finding(about="Slack", sentence=sentence)


def _note(sentence: str) -> Finding:
    return Finding(about="Slack", sentence=sentence, fine=True)


def _ways(slack: Slack, web: Web) -> Iterator[Finding]:
    """How Slack brings what people type and press."""
    if slack.app_token and slack.signing_secret:
        yield _note(
            "slack.app_token and slack.signing_secret are both set; Socket Mode, with the token, "
            "is used."
        )
    elif slack.signing_secret:
        yield _note(
            "HTTP mode: Slack must reach https://your-address/slack/events, and Andon listens on "
            f"{web.host} port {web.port}, without https: a proxy or tunnel has to forward there. "
            "Socket Mode (slack.app_token) needs none."
        )
    elif not slack.app_token:
        yield _problem(
            "Neither slack.app_token nor slack.signing_secret is set, so Andon hears nothing from "
            "Slack; set slack.app_token (`andon setup` asks for it)."
        )


def judge(slack: Slack, seen: "Look") -> list[Finding]:
    """Hold the settings against what was seen."""
    sentences: list[str] = []
    if seen.lacks:
        sentences.append(lacks_sentence(seen))
    if seen.app_problem is not None:
        sentences.append(seen.app_problem)
    sentences += _channels(slack, seen)
    sentences += _roles(slack, seen)
    return [
        _note(f"Logged in as {seen.bot}, in {seen.team}."),
        *map(_note, _notes(slack, seen)),
        *map(_problem, sentences),
    ]


def lacks_sentence(seen: "Look") -> str:
    """Which scopes the bot was not given, and how it gets them."""
    return (
        f"The bot lacks {', '.join(seen.lacks)}; at api.slack.com/apps open your app, page App "
        "Manifest, paste the one of docs/slack.md, save, and on the page Install App press "
        "Reinstall."
    )


# --- channels -----------------------------------------------------------------------------------


def _channels(slack: Slack, seen: "Look") -> Iterator[str]:
    named: dict[str, str] = {}
    for audience in Channels.model_fields:
        for one in getattr(slack.channels, audience):
            named.setdefault(one, f"slack.channels.{audience}")
    for channel_id, setting in named.items():
        problem = channel_problem(seen, channel_id, setting)
        if problem is not None:
            yield problem


def channel_problem(seen: "Look", channel_id: str, setting: str) -> str | None:
    """What keeps the bot from writing into a channel that `setting` names, if anything."""
    channel = seen.channel(channel_id)
    if channel is None:
        return _not_seen(seen, channel_id, setting)
    if channel.archived:
        return _archived(channel, setting)
    if not channel.inside:
        return (
            f"{setting} names #{channel.name}, which the bot is not in, so it cannot write there; "
            f"type /invite @{seen.bot} in it."
        )
    return None


def _not_seen(seen: "Look", channel_id: str, setting: str) -> str | None:
    if not channel_id.startswith(("C", "G")):
        return f"{setting} names {channel_id}, which is no id of a channel; {_LISTED}."
    if {"channels:read", "groups:read"} & {*seen.lacks}:
        # What lacks is said already, and would show it.
        return None
    return (
        f"{setting} names {channel_id}, which is not there for the bot: a private channel shows "
        f"itself after /invite @{seen.bot}, else choose another ({_LISTED})."
    )


def _archived(channel: "SeenChannel", setting: str) -> str:
    return (
        f"{setting} names #{channel.name}, which is archived; unarchive it, or choose another "
        f"({_LISTED})."
    )


def reading_along(
    seen: "Look", channel_id: str, audience: str, *, named: bool = True
) -> str | None:
    """Who else reads what is for `audience`, where that is more people than should.

    `named` is whether the setting is named.
    """
    channel = seen.channel(channel_id)
    if audience not in _PRIVATE_BETTER or channel is None or channel.private:
        return None
    setting = f" (slack.channels.{audience})" if named else ""
    return (
        f"Everyone in {seen.team} can read #{channel.name}{setting}, and its cards carry names and "
        "orders: a private channel is better."
    )


def _notes(slack: Slack, seen: "Look") -> Iterator[str]:
    named: dict[str, str] = {}
    for audience in _PRIVATE_BETTER:
        for one in getattr(slack.channels, audience):
            named.setdefault(one, audience)
    for one, audience in named.items():
        note = reading_along(seen, one, audience)
        if note is not None:
            yield note
    for name in Roles.model_fields:
        for one in getattr(slack.roles, name):
            channel = seen.channel(one)
            if channel is not None and not (channel.private or channel.everybody):
                yield (
                    f"Whoever joins #{channel.name} is {name} from then on (slack.roles.{name}), "
                    "and everyone can: a private channel is better."
                )


# --- roles --------------------------------------------------------------------------------------


def _roles(slack: Slack, seen: "Look") -> Iterator[str]:
    for name in Roles.model_fields:
        for one in getattr(slack.roles, name):
            problem = role_problem(seen, one, f"slack.roles.{name}")
            if problem is not None:
                yield problem


def role_problem(seen: "Look", one: str, setting: str) -> str | None:
    """Why nobody, or everybody, has the role for which `setting` names a user, channel or group."""
    if one.startswith(("U", "W")):
        return _person_problem(seen, one, setting)
    if one.startswith("S"):
        return _group_problem(seen, one, setting)
    channel = seen.channel(one)
    if channel is None:
        if one.startswith(("C", "G")):
            return _not_seen(seen, one, setting)
        return f"{setting} names {one}, which is no id of a user, channel or user group; {_LISTED}."
    if channel.archived:
        return _archived(channel, setting)
    if channel.everybody:
        return (
            f"{setting} names #{channel.name}, which everyone in {seen.team} is in, so each would "
            "be one; choose a channel of those who are meant."
        )
    if one in seen.unreadable:
        return (
            f"{setting} names #{channel.name}, and Slack does not tell who is in it "
            f"({seen.unreadable[one]}); type /invite @{seen.bot} in it."
        )
    return None


def _person_problem(seen: "Look", one: str, setting: str) -> str | None:
    person = seen.person(one)
    if person is None:
        if "users:read" in seen.lacks:
            return None
        return f"{setting} names {one}, who is not in {seen.team}; {_LISTED}."
    if not person.active:
        return f"{setting} names {person.name}, whose account is deactivated; take them out."
    if person.bot:
        return f"{setting} names {person.name}, a bot; choose people."
    return None


def _group_problem(seen: "Look", one: str, setting: str) -> str | None:
    if seen.groups is None:
        return (
            f"{setting} names the user group {one}, and user groups need a paid plan of Slack; "
            "name people or a channel instead."
        )
    group = seen.group(one)
    if group is None:
        if "usergroups:read" in seen.lacks:
            return None
        return f"{setting} names {one}, which is no user group of {seen.team}; {_LISTED}."
    if not group.active:
        return f"{setting} names @{group.handle}, a user group that is disabled; enable it."
    return None
