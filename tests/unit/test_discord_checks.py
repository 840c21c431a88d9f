"""What `andon check` says of Discord and the team, by what was seen and what is set."""

from dataclasses import replace
from typing import Any

import pytest

from bot.checks.discord import check_discord, judge
from bot.checks.team import NOBODY_SETTLES, check_team
from bot.platforms.discord.access import INTENT_OFF, STREAM, TEAM, invite_link, needed_permissions
from bot.platforms.discord.looking import Look, SeenChannel, SeenRole, SeenServer
from bot.settings import Discord, Settings, load_settings

LIVE, TEAM_ROOM, NEWS, SHELF, MODS, STRANGER = 11, 12, 13, 14, 21, 99
GUILD = 5


def channel(number: int, name: str, **how: Any) -> SeenChannel:
    seen = SeenChannel(
        id=number,
        name=name,
        category=None,
        written_in=True,
        open_to_all=False,
        stream_lacks=(),
        team_lacks=(),
    )
    return replace(seen, **how)


SERVER = SeenServer(
    id=GUILD,
    name="Linen",
    channels=(
        channel(LIVE, "live"),
        channel(TEAM_ROOM, "team"),
        channel(NEWS, "news", stream_lacks=("Pin Messages",), team_lacks=("Embed Links",)),
        channel(SHELF, "shelf", written_in=False),
    ),
    roles=(
        SeenRole(id=MODS, name="Mods", given=True),
        SeenRole(id=GUILD, name="@everyone", given=False),
    ),
)
LOOK = Look(
    bot="Andon",
    application_id=7,
    reads_messages=True,
    answers_elsewhere=False,
    needs_code=False,
    servers=((GUILD, "Linen"),),
    server=SERVER,
)
READY: dict[str, Any] = {
    "token": "t",
    "guild_id": GUILD,
    "stream_channel_ids": (LIVE,),
    "channels": {"alerts": (TEAM_ROOM,)},
    "roles": {"moderator": (MODS,)},
}


def settings(**discord: Any) -> Settings:
    return load_settings(environ={}, discord={**READY, **discord})


def problems(seen: Look = LOOK, **discord: Any) -> list[str]:
    found = judge(settings(**discord).discord, seen)
    return [one.sentence for one in found if not one.fine]


def test_a_bot_that_is_ready_is_told_by_name_and_place() -> None:
    (found,) = judge(settings().discord, LOOK)
    assert (found.fine, found.about) == (True, "Discord")
    assert found.sentence == "Logged in as Andon, in Linen."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"stream_channel_ids": ()},
            "No stream channel is set, so no claim is heard; set discord.stream_channel_ids "
            "(`andon setup` lists them by name).",
        ),
        (
            {"stream_channel_ids": (STRANGER,)},
            "discord.stream_channel_ids names 99, which is no channel of Linen; `andon setup` "
            "lists them by name.",
        ),
        (
            {"channels": {"alerts": (SHELF,)}},
            "discord.channels.alerts names shelf, a category or forum; choose a channel in it.",
        ),
        (
            {"stream_channel_ids": (NEWS,)},
            "In #news the bot lacks Pin Messages; edit the channel, Permissions, add the bot, and "
            "allow it.",
        ),
        (
            {"channels": {"alerts": (TEAM_ROOM,), "packing": (NEWS,), "returns": (NEWS,)}},
            "In #news the bot lacks Embed Links; edit the channel, Permissions, add the bot, and "
            "allow it.",
        ),
        (
            {"channels": {"alerts": (LIVE,)}},
            "#live is a stream channel and also discord.channels.alerts, so viewers would read "
            "what is for the team; choose another.",
        ),
        (
            {"roles": {"moderator": (STRANGER,)}},
            "discord.roles.moderator names 99, which is no role of Linen; `andon setup` lists them "
            "by name.",
        ),
        (
            {"roles": {"moderator": (MODS,), "owner": (GUILD,)}},
            "discord.roles.owner is @everyone, so each viewer would be one; choose another role.",
        ),
    ],
)
def test_each_wrong_setting_is_named_with_its_way_out(changed: dict[str, Any], said: str) -> None:
    assert problems(**changed) == [said]


def test_everything_wrong_is_said_at_once() -> None:
    changed = {
        "stream_channel_ids": (STRANGER, NEWS),
        "channels": {"alerts": (98,)},
        "roles": {"moderator": (97,)},
    }
    assert len(problems(replace(LOOK, reads_messages=False), **changed)) == 5


def test_the_switches_of_the_developer_portal_are_named() -> None:
    assert problems(replace(LOOK, reads_messages=False)) == [INTENT_OFF]
    (said,) = problems(replace(LOOK, answers_elsewhere=True))
    assert "Interactions Endpoint URL" in said
    assert problems(replace(LOOK, needs_code=True)) == []
    said, _ = problems(replace(LOOK, needs_code=True, server=None, servers=()))
    assert "Requires OAuth2 Code Grant" in said


def test_a_bot_outside_is_given_its_way_in() -> None:
    away = replace(LOOK, server=None, servers=())
    (said,) = problems(away, guild_id=None)
    assert said == f"The bot is in no server yet; invite it: {invite_link(7)}"
    (said,) = problems(away)
    assert said == f"The bot is not in the server 5; invite it: {invite_link(7, 5)}"
    (said,) = problems(replace(away, servers=((6, "Other"),)))
    assert "; correct discord.guild_id (Other is 6), or invite it: " in said
    (said,) = problems(replace(away, servers=((6, "Other"), (5, "Linen"))), guild_id=None)
    assert said == "The bot is in 2 servers; set discord.guild_id (Other is 6, Linen is 5)."


def test_the_invite_asks_for_what_a_channel_needs_and_no_more() -> None:
    link = invite_link(7, 5)
    assert link.startswith("https://discord.com/oauth2/authorize?client_id=7&")
    assert "scope=bot+applications.commands" in link
    assert f"permissions={needed_permissions().value}" in link
    assert link.endswith("guild_id=5")
    granted = {name for name, has in needed_permissions() if has}
    # discord.py counts `read_messages` as another name of the first.
    assert {one.replace("read_messages", "view_channel") for one in granted} == {*TEAM, *STREAM}
    assert not needed_permissions().administrator


# --- without Discord ----------------------------------------------------------------------------


async def test_without_a_token_discord_is_off() -> None:
    (found,) = await check_discord(Discord())
    assert (found.fine, found.sentence) == (True, "Off, no token.")


async def test_channels_without_a_token_are_a_problem() -> None:
    (found,) = await check_discord(Discord(stream_channel_ids=(LIVE,)))
    assert not found.fine
    assert "set discord.token" in found.sentence


# --- the team -----------------------------------------------------------------------------------


def team(**given: Any) -> list[str]:
    return [one.sentence for one in check_team(load_settings(environ={}, **given))]


def test_a_shop_on_the_local_stage_needs_no_channels() -> None:
    assert team(web={"stage": True}) == []


def test_a_shop_without_any_chat_is_told_so() -> None:
    (said,) = team()
    assert said.startswith("No chat is set up, so no claim is heard;")


@pytest.mark.parametrize("platform", ["discord", "slack"])
@pytest.mark.parametrize("role", ["support", "producer", "owner"])
def test_somebody_must_be_able_to_settle_exceptions(platform: str, role: str) -> None:
    who: Any = 1 if platform == "discord" else "U1"
    given: dict[str, Any] = {"token" if platform == "discord" else "bot_token": "t"}
    given |= {"channels": {"alerts": who if platform == "discord" else "C1"}}
    if platform == "slack":
        given["app_token"] = "a"
    lacking = {
        platform: given | {"roles": {"moderator": who, "host": who}},
        **({"web": {"stage": True}} if platform == "slack" else {}),
    }
    assert team(**lacking) == [NOBODY_SETTLES]
    assert NOBODY_SETTLES.startswith(
        "Nobody can settle exceptions: set roles for support, producer or owner"
    )
    enough = lacking | {platform: given | {"roles": {"moderator": who, role: who}}}
    assert team(**enough) == []


def test_a_team_without_a_stream_has_nowhere_to_claim() -> None:
    given = {"bot_token": "t", "app_token": "a", "channels": {"alerts": "C1"}}
    given |= {"roles": {"owner": "U1"}}
    (said,) = team(slack=given)
    assert said.startswith("Nowhere to claim: Slack is for the team")
    assert team(slack=given, web={"stage": True}) == []


def test_a_team_channel_that_everyone_reads_is_a_note() -> None:
    rooms = (channel(LIVE, "live", open_to_all=True), channel(TEAM_ROOM, "team", open_to_all=True))
    found = judge(settings().discord, replace(LOOK, server=replace(SERVER, channels=rooms)))
    assert [one.sentence for one in found if one.note] == [
        "Everyone in Linen can read #team, and the team's cards carry first names and orders: make "
        "the channel private."
    ]
    assert all(one.fine for one in found)


def test_what_would_end_a_start_is_marked() -> None:
    outside = replace(LOOK, server=None)
    deaf = replace(LOOK, reads_messages=False)
    for seen in (outside, deaf):
        assert [one.stops for one in judge(settings().discord, seen) if not one.fine] == [True]


def test_alerts_that_nobody_hears_and_nobody_who_moderates_are_problems() -> None:
    assert team(discord={"token": "t"}) == [
        "Nobody hears alerts: no channel is set; set discord.channels.alerts (`andon setup` asks).",
        "Nobody is a moderator, so nobody can run a show; set discord.roles.moderator (`andon "
        "setup` asks).",
        NOBODY_SETTLES,
    ]


@pytest.mark.parametrize("role", ["moderator", "producer", "owner"])
def test_whoever_may_moderate_is_enough(role: str) -> None:
    discord = {**READY, "roles": {role: (MODS,), "support": (MODS,)}}
    assert team(discord=discord) == []


def test_the_team_may_be_on_slack() -> None:
    slack = {
        "bot_token": "xoxb-1",
        "channels": {"alerts": ("C1",)},
        "roles": {"moderator": ("U1",), "owner": ("U1",)},
    }
    assert team(discord={"token": "t"}, slack=slack) == []
