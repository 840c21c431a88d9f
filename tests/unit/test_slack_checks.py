"""What `andon check` says of Slack, by what was seen and what is set."""

from dataclasses import replace
from typing import Any

import pytest

from bot.checks.finding import Finding
from bot.checks.slack import check_slack, judge
from bot.platforms.slack.manifest import SCOPES, lacking
from bot.platforms.slack.seen import Look, SeenChannel, SeenGroup, SeenPerson
from bot.platforms.slack.tokens import app_problem, wrong_kind
from bot.settings import Settings, load_settings


def channel(number: str, name: str, **how: Any) -> SeenChannel:
    seen = SeenChannel(id=number, name=name, private=True, archived=False, inside=True)
    return replace(seen, **how)


LOOK = Look(
    bot="Andon",
    team="Linen",
    lacks=(),
    app_problem=None,
    channels=(
        channel("C1", "alerts"),
        channel("C2", "mods"),
        channel("C3", "general", private=False, everybody=True),
        channel("C4", "old", archived=True),
        channel("C5", "street", private=False, inside=False),
    ),
    people=(
        SeenPerson(id="U1", name="Mo", handle="mo"),
        SeenPerson(id="U2", name="Gone", handle="gone", active=False),
        SeenPerson(id="U3", name="Helper", handle="helper", bot=True),
    ),
    groups=(
        SeenGroup(id="S1", handle="packers"),
        SeenGroup(id="S2", handle="stopped", active=False),
    ),
)
READY: dict[str, Any] = {
    "bot_token": "xoxb-1",
    "app_token": "xapp-1",
    "channels": {"alerts": ("C1",)},
    "roles": {"moderator": ("U1", "C2", "S1")},
}


def settings(**slack: Any) -> Settings:
    given = {name: value for name, value in {**READY, **slack}.items() if value is not None}
    return load_settings(environ={}, slack=given)


def problems(seen: Look = LOOK, **slack: Any) -> list[str]:
    return [one.sentence for one in judge(settings(**slack).slack, seen) if not one.fine]


def notes(seen: Look = LOOK, **slack: Any) -> list[str]:
    _, *others = [one.sentence for one in judge(settings(**slack).slack, seen) if one.fine]
    return others


def test_a_bot_that_is_ready_is_told_by_name_and_place() -> None:
    assert judge(settings().slack, LOOK) == [
        Finding(about="Slack", sentence="Logged in as Andon, in Linen.", fine=True)
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"channels": {"alerts": ("C9",)}},
            "slack.channels.alerts names C9, which is not there for the bot: a private channel "
            "shows itself after /invite @Andon, else choose another (`andon setup` lists them by "
            "name).",
        ),
        (
            {"channels": {"alerts": ("U1",)}},
            "slack.channels.alerts names U1, which is no id of a channel; `andon setup` lists them "
            "by name.",
        ),
        (
            {"channels": {"alerts": ("C4",)}},
            "slack.channels.alerts names #old, which is archived; unarchive it, or choose another "
            "(`andon setup` lists them by name).",
        ),
        (
            {"channels": {"alerts": ("C1", "C5"), "packing": ("C5",)}},
            "slack.channels.alerts names #street, which the bot is not in, so it cannot write "
            "there; type /invite @Andon in it.",
        ),
        (
            {"roles": {"host": ("U9",)}},
            "slack.roles.host names U9, who is not in Linen; `andon setup` lists them by name.",
        ),
        (
            {"roles": {"host": ("U2",)}},
            "slack.roles.host names Gone, whose account is deactivated; take them out.",
        ),
        ({"roles": {"host": ("U3",)}}, "slack.roles.host names Helper, a bot; choose people."),
        (
            {"roles": {"owner": ("C3",)}},
            "slack.roles.owner names #general, which everyone in Linen is in, so each would be "
            "one; choose a channel of those who are meant.",
        ),
        (
            {"roles": {"owner": ("C4",)}},
            "slack.roles.owner names #old, which is archived; unarchive it, or choose another "
            "(`andon setup` lists them by name).",
        ),
        (
            {"roles": {"owner": ("S9",)}},
            "slack.roles.owner names S9, which is no user group of Linen; `andon setup` lists them "
            "by name.",
        ),
        (
            {"roles": {"owner": ("S2",)}},
            "slack.roles.owner names @stopped, a user group that is disabled; enable it.",
        ),
        (
            {"roles": {"owner": ("T1",)}},
            "slack.roles.owner names T1, which is no id of a user, channel or user group; `andon "
            "setup` lists them by name.",
        ),
    ],
)
def test_each_wrong_setting_is_named_with_its_way_out(changed: dict[str, Any], said: str) -> None:
    assert problems(**changed) == [said]


def test_everything_wrong_is_said_at_once() -> None:
    wrong = {"channels": {"alerts": ("C9",), "returns": ("C4",)}, "roles": {"host": ("U9", "C8")}}
    seen = replace(LOOK, lacks=("commands",), app_problem="The token is none.")
    assert len(problems(seen, **wrong)) == 6


def test_a_plan_without_user_groups_is_explained() -> None:
    assert problems(replace(LOOK, groups=None)) == [
        "slack.roles.moderator names the user group S1, and user groups need a paid plan of Slack; "
        "name people or a channel instead."
    ]


def test_a_channel_that_keeps_its_members_to_itself_is_no_role() -> None:
    assert problems(replace(LOOK, unreadable={"C2": "fetch_members_failed"})) == [
        "slack.roles.moderator names #mods, and Slack does not tell who is in it "
        "(fetch_members_failed); type /invite @Andon in it."
    ]


def test_scopes_that_lack_are_named_once_and_explain_what_is_not_seen() -> None:
    scopes = ("channels:read", "groups:read", "usergroups:read", "users:read")
    blind = replace(LOOK, lacks=scopes, channels=(), people=(), groups=())
    (said,) = problems(blind)
    assert said.startswith(f"The bot lacks {', '.join(scopes)}; ")
    assert "page App Manifest" in said
    assert "Reinstall" in said


def test_lacking_is_what_was_not_given() -> None:
    assert lacking(frozenset(SCOPES)) == ()
    assert lacking(frozenset(SCOPES) - {"commands"} | {"more"}) == ("commands",)


def test_who_else_reads_along_is_told_but_no_problem() -> None:
    channels = {"alerts": ("C3",), "packing": ("C3",)}
    assert problems(channels=channels) == []
    assert notes(channels=channels) == [
        "Everyone in Linen can read #general (slack.channels.alerts), and its cards carry names "
        "and orders: a private channel is better."
    ]


def test_a_role_that_anyone_can_take_is_told() -> None:
    seen = replace(LOOK, channels=(channel("C1", "alerts"), channel("C5", "street", private=False)))
    assert notes(seen, roles={"packer": ("C5",)}) == [
        "Whoever joins #street is packer from then on (slack.roles.packer), and everyone can: a "
        "private channel is better."
    ]


# --- tokens -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "what"),
    [
        ("xapp-1-A1-2-x", "the token of the app"),
        ("xoxp-1", "the token of a person"),
        ("xoxe.xoxb-1", "a token that dies after twelve hours"),
        ("xoxe-1-x", "a token that dies after twelve hours"),
    ],
)
def test_each_other_kind_of_token_is_named(token: str, what: str) -> None:
    said = wrong_kind(token)
    assert said is not None
    assert said.startswith(f"That is {what}")
    assert "copy the Bot User OAuth Token (xoxb-)" in said
    assert token not in said


def test_the_token_of_a_bot_is_none_of_them() -> None:
    assert wrong_kind("xoxb-1-2-x") is None


@pytest.mark.parametrize(
    ("token", "refused", "said"),
    [
        ("xoxb-1", None, "slack.app_token is the token of the bot; "),
        ("secret", None, "slack.app_token is no token of an app; "),
        ("xapp-1-A2-3-x", None, "slack.app_token is of another app than slack.bot_token; "),
        ("xapp-1-A1-3-x", "missing_scope", "slack.app_token lacks the scope connections:write; "),
        ("xapp-1-A1-3-x", "invalid_auth", "Slack does not know slack.app_token; "),
        ("xapp-1-A1-3-x", "forbidden", "Slack opens no socket for slack.app_token (forbidden); "),
    ],
)
def test_what_is_wrong_with_the_token_of_the_app(
    token: str, refused: str | None, said: str
) -> None:
    problem = app_problem(token, refused, app_id="A1")
    assert problem is not None
    assert problem.startswith(said)
    assert token not in problem


def test_a_token_of_the_same_app_is_fine() -> None:
    assert app_problem("xapp-1-A1-3-x", None, app_id="A1") is None
    assert app_problem("xapp-1-A1-3-x", None) is None


# --- how Slack reaches Andon ----------------------------------------------------------------------

#: Nobody answers there, so what is left is what the settings say.
AWAY = {"api_url": "http://127.0.0.1:9/api/"}


async def ways(**slack: Any) -> list[tuple[bool, str]]:
    _away, *found = await check_slack(settings(**AWAY, **slack))
    return [(one.fine, one.sentence) for one in found]


async def test_neither_way_in_is_a_problem() -> None:
    assert await ways(app_token=None) == [
        (
            False,
            "Neither slack.app_token nor slack.signing_secret is set, so Andon hears nothing from "
            "Slack; set slack.app_token (`andon setup` asks for it).",
        )
    ]


async def test_of_both_ways_the_one_that_is_used_is_told() -> None:
    ((fine, said),) = await ways(signing_secret="s")
    assert fine
    assert "Socket Mode, with the token, is used" in said


async def test_http_mode_names_the_address_that_slack_must_reach() -> None:
    ((fine, said),) = await ways(app_token=None, signing_secret="s")
    assert fine
    assert "https://your-address/slack/events" in said
    assert "127.0.0.1 port 8099, without https" in said


async def test_socket_mode_needs_no_word() -> None:
    assert await ways() == []


async def test_without_a_token_slack_is_off() -> None:
    (found,) = await check_slack(load_settings(environ={}))
    assert (found.fine, found.sentence) == (True, "Off, no token.")


@pytest.mark.parametrize("given", [{"app_token": "xapp-1"}, {"channels": {"alerts": ("C1",)}}])
async def test_a_half_without_the_bots_token_is_a_problem(given: dict[str, Any]) -> None:
    (found,) = await check_slack(load_settings(environ={}, slack=given))
    assert not found.fine
    assert "set slack.bot_token" in found.sentence
