"""Looking at a workspace with the real SDK: by `look`, `andon check` and `andon setup`."""

import asyncio
import logging
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner, Result

from bot.checks.slack import check_slack
from bot.cli import andon
from bot.platforms.looking import CannotLook, WrongToken
from bot.platforms.slack.looking import look
from bot.platforms.slack.manifest import EVENTS, SCOPES
from bot.settings import Settings, Slack, load_settings
from tests.fakes.slack import FakeSlack


@pytest.fixture
async def server() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        server.world.scopes = set(SCOPES)
        server.world.events = set(EVENTS)
        server.channel("mods", private=True, members=["Mo"])
        server.person("Ana")
        server.group("packers", "Ana")
        yield server


def shop(server: FakeSlack, **changed: object) -> Settings:
    """The settings of a shop that is ready."""
    ready = {
        "bot_token": server.token,
        "app_token": server.app_token,
        "channels": {"alerts": (server.channel("alerts").id,)},
        "roles": {
            "moderator": (server.channel("mods").id, server.person("Ana").id),
            "packer": (server.group("packers", "Ana").id,),
        },
        "api_url": server.api_url,
    }
    given = {name: value for name, value in {**ready, **changed}.items() if value is not None}
    return load_settings(environ={}, slack=given)


def of(server: FakeSlack, **changed: object) -> Slack:
    return shop(server, **changed).slack


async def problems(settings: Settings, seconds: float = 10) -> list[str]:
    found = await check_slack(settings, seconds=seconds)
    return [one.sentence for one in found if not one.fine]


# --- what is seen -------------------------------------------------------------------------------


async def test_a_look_sees_bot_team_channels_people_and_groups(server: FakeSlack) -> None:
    server.channel("street", bot=False)
    seen = await look(of(server))
    assert (seen.bot, seen.team) == ("Andon", "The Shop")
    assert (seen.lacks, seen.app_problem, dict(seen.unreadable)) == ((), None, {})
    assert [(one.name, one.private, one.inside) for one in seen.channels] == [
        ("alerts", False, True),
        ("general", False, True),
        ("mods", True, True),
        ("street", False, False),
    ]
    assert [one.name for one in seen.people] == ["Ana", "Mo"]
    assert [one.handle for one in seen.groups or ()] == ["packers"]


async def test_a_look_changes_nothing_and_opens_no_socket(server: FakeSlack) -> None:
    await look(of(server))
    assert {one.method for one in server.calls()} == {
        "apps.connections.open",
        "auth.test",
        "conversations.list",
        "conversations.members",
        "usergroups.list",
        "users.list",
    }
    assert server.socket.opened == 0


async def test_a_shop_that_is_ready_has_no_problem(server: FakeSlack) -> None:
    first, *others = await check_slack(shop(server))
    assert (first.fine, first.sentence) == (True, "Logged in as Andon, in The Shop.")
    # The shop's channel of alerts is a public one, which is its own affair.
    assert [one.sentence.partition(" (")[0] for one in others if one.fine] == [
        "Everyone in The Shop can read #alerts"
    ]
    assert all(one.fine for one in others)


async def test_a_channel_that_removed_the_bot_is_named(server: FakeSlack) -> None:
    server.removes_bot("alerts")
    assert await problems(shop(server)) == [
        "slack.channels.alerts names #alerts, which the bot is not in, so it cannot write there; "
        "type /invite @Andon in it."
    ]


async def test_a_private_channel_without_the_bot_looks_like_none(server: FakeSlack) -> None:
    hidden = server.channel("hidden", private=True, bot=False)
    (said,) = await problems(shop(server, channels={"alerts": (hidden.id,)}))
    assert said.startswith(f"slack.channels.alerts names {hidden.id}, which is not there for the ")
    assert "shows itself after /invite @Andon" in said


async def test_an_archived_and_a_deleted_channel_are_named(server: FakeSlack) -> None:
    old, gone = server.channel("old"), server.channel("gone")
    server.archives("old")
    server.deletes_channel("gone")
    said = await problems(shop(server, channels={"alerts": (old.id, gone.id)}))
    assert [sentence.partition(";")[0].partition(":")[0] for sentence in said] == [
        "slack.channels.alerts names #old, which is archived",
        f"slack.channels.alerts names {gone.id}, which is not there for the bot",
    ]


async def test_a_plan_without_user_groups_is_explained(server: FakeSlack) -> None:
    server.world.paid_plan = False
    (said,) = await problems(shop(server))
    assert said.startswith("slack.roles.packer names the user group ")
    assert "need a paid plan of Slack; name people or a channel instead" in said


async def test_a_deactivated_account_is_no_role(server: FakeSlack) -> None:
    server.person("Ana", deleted=True)
    assert await problems(shop(server)) == [
        "slack.roles.moderator names Ana, whose account is deactivated; take them out."
    ]


async def test_scopes_that_lack_are_named_and_what_they_show_is_left_out(
    server: FakeSlack,
) -> None:
    server.world.scopes -= {"users:read", "groups:read", "usergroups:read"}
    (said,) = await problems(shop(server))
    assert said.startswith("The bot lacks groups:read, usergroups:read, users:read; ")


async def test_a_large_workspace_is_read_page_by_page(server: FakeSlack) -> None:
    for number in range(1000):
        server.world.add_channel(f"room-{number}", private=False, members=())
    seen = await look(of(server))
    assert len(seen.channels) == 1003
    assert len(server.calls("conversations.list")) == 2


# --- tokens -------------------------------------------------------------------------------------


async def test_a_wrong_token_is_said_and_never_shown(
    server: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WrongToken) as wrong:
        await look(of(server, bot_token="xoxb-somebodys-secret"))
    assert "copy the Bot User OAuth Token" in str(wrong.value)
    assert "somebodys" not in str(wrong.value) + caplog.text
    assert wrong.value.__suppress_context__


async def test_a_token_of_another_kind_is_named_without_asking_slack(server: FakeSlack) -> None:
    with pytest.raises(WrongToken, match="the token of the app"):
        await look(of(server, bot_token=server.app_token))
    with pytest.raises(WrongToken, match="the token of a person"):
        await look(of(server, bot_token="xoxp-1"))
    assert server.calls() == []


async def test_a_revoked_token_is_a_wrong_one(server: FakeSlack) -> None:
    server.revoke(server.token)
    with pytest.raises(WrongToken):
        await look(of(server))


async def test_a_token_of_the_app_that_opens_no_socket_is_said_beside_the_rest(
    server: FakeSlack,
) -> None:
    said = await problems(shop(server, app_token="xapp-somebodys", channels={"alerts": ("C9",)}))
    assert [sentence.partition(" ")[0] for sentence in said] == ["Slack", "slack.channels.alerts"]
    assert "somebodys" not in " ".join(said)
    said = await problems(shop(server, app_token=server.token))
    assert [sentence.partition(";")[0] for sentence in said] == [
        "slack.app_token is the token of the bot"
    ]
    server.fail("apps.connections.open", status=200, error="missing_scope")
    said = await problems(shop(server))
    assert "lacks the scope connections:write" in said[0]


# --- out of reach -------------------------------------------------------------------------------


async def test_nobody_there_is_a_problem_with_a_way_out() -> None:
    away = load_settings(
        environ={},
        slack={"bot_token": "xoxb-1", "app_token": "xapp-1", "api_url": "http://127.0.0.1:9/api"},
    )
    assert await problems(away) == [
        "http://127.0.0.1:9/api cannot be reached; check slack.api_url, or take it out to use "
        "Slack's own."
    ]


async def test_silence_is_a_problem_after_a_while(server: FakeSlack) -> None:
    server.hold("auth.test")
    assert await problems(shop(server), seconds=0.05) == [
        "Slack did not answer within 0.05 seconds; look at slack-status.com, and try again."
    ]


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (500, "internal_error", "Slack refused to say more (internal_error)"),
        (200, "team_access_not_granted", "Slack refused to say more (team_access_not_granted)"),
        (429, "ratelimited", "Slack asks to wait (429)"),
    ],
)
async def test_a_refusal_is_a_problem(
    server: FakeSlack, status: int, error: str, said: str
) -> None:
    server.fail("users.list", status=status, error=error)
    assert [one.startswith(said) for one in await problems(shop(server))] == [True]


async def test_another_server_is_not_taken_for_slack(server: FakeSlack) -> None:
    elsewhere = of(server, api_url=f"{server.url}/nothing/")
    with pytest.raises(CannotLook, match=r"is not Slack; check slack\.api_url"):
        await look(elsewhere)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("<h1>Hello</h1>", "text/html"), ("{broken", "application/json"), ("[1]", "application/json")],
)
async def test_a_page_of_somebody_else_is_not_slack(body: str, content_type: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=content_type)

    stranger = web.Application()
    stranger.router.add_post("/{method}", answer)
    async with TestServer(stranger) as there:
        slack = Slack.model_validate({"bot_token": "xoxb-1", "api_url": str(there.make_url("/"))})
        with pytest.raises(CannotLook, match="is not Slack"):
            await look(slack)


# --- the commands -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FakeSlack) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANDON_SLACK__API_URL", server.api_url)
    monkeypatch.setenv("ANDON_WEB__PORT", "0")
    return tmp_path


async def typed(command: str, *answers: str) -> Result:
    """Run a command on a thread of its own, as it has a loop of its own."""
    said = "".join(f"{answer}\n" for answer in answers)
    return await asyncio.to_thread(CliRunner().invoke, andon, [command], input=said)


async def test_from_nothing_to_a_team_that_is_ready(folder: Path, server: FakeSlack) -> None:
    said = await typed(
        "setup",
        *("Linen", "lisbon", "eur", ""),
        *("new", "xoxb-wrong", server.token),
        *(server.token, server.app_token),
        *("#alerts", ""),
        *("mods, ana", "", "", "packers", "", ""),
    )
    assert said.exit_code == 0, said.output
    assert "https://api.slack.com/apps?new_app=1&manifest_json=%7B" in said.output
    assert "Slack does not know this token of a bot" in said.output
    assert "is the token of the bot" in said.output
    assert "Logged in as Andon, in The Shop." in said.output
    assert server.token not in said.output
    assert server.app_token not in said.output
    file = folder / "andon.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_settings(file, {}).slack == of(server, api_url=None)
    checked = await typed("check")
    assert "✓ Slack: Logged in as Andon, in The Shop." in checked.output
    # What is left is not Slack's: a stream to claim in, and who settles exceptions.
    assert "✗ Slack" not in checked.output


async def test_a_second_time_enter_keeps_everything(folder: Path, server: FakeSlack) -> None:
    first = ("Linen", "", "", "", server.token, server.app_token, "1", "", "1", *[""] * 5)
    assert (await typed("setup", *first)).exit_code == 0
    before = (folder / "andon.toml").read_text("utf-8")
    again = await typed("setup", *[""] * 18)
    assert again.exit_code == 0, again.output
    assert "andon.toml says so already; nothing was changed." in again.output
    assert (folder / "andon.toml").read_text("utf-8") == before
