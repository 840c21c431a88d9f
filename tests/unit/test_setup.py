"""The questions of `andon setup`, answered from a script, and the file that comes of them."""

import os
import stat
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from bot.cli import main
from bot.platforms.discord.access import INTENT_OFF
from bot.platforms.discord.looking import Look, SeenChannel, SeenRole, SeenServer
from bot.platforms.looking import CannotLook, WrongToken
from bot.platforms.slack.manifest import link
from bot.platforms.slack.seen import Look as SlackLook
from bot.platforms.slack.seen import SeenChannel as SlackChannel
from bot.platforms.slack.seen import SeenGroup, SeenPerson
from bot.settings import Discord, Settings, Slack, load_settings
from bot.settings.writing import CannotWrite, changed, save
from bot.setup import Learned, Voice, interview, to_write
from bot.setup.asking import Choice, choose
from bot.setup.discord import ask_discord
from bot.setup.shop import ask_shop
from bot.setup.slack import ask_slack


class Scripted:
    """Answers from a list; remembers what was asked and said."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        assert self._answers, f"not expected: {question}"
        self.asked.append(f"{question} (hidden)" if hidden else question)
        return self._answers.pop(0) or default

    @property
    def heard(self) -> str:
        return "\n".join(self.said)

    def finish(self) -> None:
        assert self._answers == [], "not asked for"


def channel(number: int, name: str, *, category: str | None = None) -> SeenChannel:
    return SeenChannel(
        id=number,
        name=name,
        category=category,
        written_in=True,
        open_to_all=name == "live",
        stream_lacks=(),
        team_lacks=(),
    )


LINEN = SeenServer(
    id=5,
    name="Linen",
    channels=(
        replace(channel(10, "Shows"), written_in=False),
        channel(11, "live", category="Shows"),
        channel(12, "team"),
        channel(13, "packing"),
    ),
    roles=(
        SeenRole(id=21, name="Mods", given=True),
        SeenRole(id=22, name="The crew", given=True),
        SeenRole(id=23, name="SomeBot", given=False),
        SeenRole(id=5, name="@everyone", given=False),
    ),
)
INSIDE = Look(
    bot="Andon",
    application_id=7,
    reads_messages=True,
    answers_elsewhere=False,
    needs_code=False,
    servers=((5, "Linen"),),
    server=LINEN,
)
OUTSIDE = replace(INSIDE, servers=(), server=None)


class Eyes:
    """Sees one thing after the other; the last for ever. Remembers with which settings."""

    def __init__(self, *seen: Look | CannotLook) -> None:
        self._seen = list(seen)
        self.looked: list[Discord] = []

    def __call__(self, settings: Discord) -> Look:
        self.looked.append(settings)
        seen = self._seen.pop(0) if len(self._seen) > 1 else self._seen[0]
        if isinstance(seen, CannotLook):
            raise seen
        return seen

    @property
    def tokens(self) -> list[str]:
        return [one.token.get_secret_value() for one in self.looked if one.token]


def nothing_set() -> Settings:
    return load_settings(environ={})


#: Enter at each role but the moderators.
NO_OTHERS = ("",) * 5


def asked_discord(
    eyes: Eyes, *answers: str, known: Settings | None = None
) -> tuple[Learned, Scripted]:
    voice = Scripted(*answers)
    learned = ask_discord(voice, known or nothing_set(), look=eyes)
    voice.finish()
    return learned, voice


# --- asking -------------------------------------------------------------------------------------

LIST = [
    Choice(id=11, name="#live"),
    Choice(id=12, name="#the team"),
    Choice(id=13, name="#general"),
    Choice(id=14, name="#General"),
]


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ("1", (11,)),
        ("2, 1", (12, 11)),
        ("1 2", (11, 12)),
        ("1,1", (11,)),
        ("#live", (11,)),
        ("LIVE, the team", (11, 12)),
        ("the team", (12,)),
        ("12", (12,)),
    ],
)
def test_what_is_listed_is_chosen_by_number_or_name(answer: str, ids: tuple[int, ...]) -> None:
    assert choose(Scripted(answer), "Where", LIST) == ids


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("5", "'5' is none of them; type a number from 1 to 4."),
        ("0", "'0' is none of them; type a number from 1 to 4."),
        ("1, nowhere", "'nowhere' is none of them; type a number from 1 to 4."),
        ("general", "'general' is the name of several; type the number."),
        ("", "This one is needed; type a number from 1 to 4."),
        ("1,2", "Only one can be chosen; type one number."),
    ],
)
def test_what_cannot_be_chosen_is_asked_again(answer: str, why: str) -> None:
    voice = Scripted(answer, "1")
    assert choose(voice, "Where", LIST, needed=True, single=True) == (11,)
    assert (voice.said, voice.asked) == ([why], ["Where", "Where"])


def test_enter_keeps_what_is_set_and_none_takes_it_away() -> None:
    assert choose(Scripted(""), "Where", LIST) == ()
    assert choose(Scripted(""), "Where", LIST, before=(12, 11)) == (11, 12)
    assert choose(Scripted("none"), "Where", LIST, before=(12,)) == ()
    # It may have been deleted: `andon check` speaks of that.
    assert choose(Scripted(""), "Where", LIST, before=(99,)) == (99,)


def test_the_shop_is_asked_for_what_it_is() -> None:
    voice = Scripted("x" * 81, "Linen & Thread", "Mars", "saint thomas", "lisbon", "euro", "eur")
    assert ask_shop(voice, nothing_set()) == {
        ("shop", "name"): "Linen & Thread",
        ("shop", "timezone"): "Europe/Lisbon",
        ("shop", "currency"): "EUR",
    }
    long, *others = voice.said
    assert long.endswith("it takes at most 80 characters.")
    assert [sentence.partition(",")[0] for sentence in others] == [
        "shop.timezone is 'Mars'",
        "shop.timezone is 'saint thomas'",
        "shop.currency is 'euro'",
    ]


def test_a_city_that_there_is_twice_is_asked_about() -> None:
    voice = Scripted("", "louisville", "america/louisville", "")
    assert ask_shop(voice, nothing_set())["shop", "timezone"] == "America/Louisville"
    assert "America/Kentucky/Louisville, America/Louisville" in voice.heard


# --- Discord ------------------------------------------------------------------------------------


def test_channels_and_roles_are_chosen_by_name() -> None:
    learned, voice = asked_discord(
        Eyes(INSIDE),
        "a.b.c",
        "1",
        "team",
        *("each", "", "", "", "packing", ""),
        "Mods, The crew",
        *NO_OTHERS,
    )
    assert learned == {
        ("discord", "token"): "a.b.c",
        ("discord", "guild_id"): 5,
        ("discord", "stream_channel_ids"): (11,),
        ("discord", "channels", "alerts"): (12,),
        ("discord", "channels", "packing"): (13,),
        ("discord", "roles", "moderator"): (21, 22),
    }
    assert "Logged in as Andon." in voice.said
    assert "   1  #live (Shows)" in voice.said
    assert "a.b.c" not in voice.heard
    assert voice.asked[0].endswith("(hidden)")
    assert "SomeBot" not in voice.heard
    assert "everyone" not in voice.heard


def test_one_answer_sends_all_of_the_team_to_the_channel_of_alerts() -> None:
    learned, voice = asked_discord(Eyes(INSIDE), "t", "1", "team", "no", "", "Mods", *NO_OTHERS)
    assert [key for key in learned if key[1] == "channels"] == [("discord", "channels", "alerts")]
    assert "Press Enter, or type each to be asked for each." in voice.said
    assert "Message Content Intent" in voice.said[0]


def test_without_a_token_nothing_else_is_asked() -> None:
    learned, voice = asked_discord(Eyes(INSIDE), "")
    assert (learned, len(voice.asked)) == ({}, 1)


def test_a_wrong_token_is_asked_again() -> None:
    eyes = Eyes(WrongToken("Discord does not know this token."), replace(OUTSIDE))
    learned, voice = asked_discord(eyes, "wrong", "right", "skip")
    assert eyes.tokens == ["wrong", "right"]
    assert learned == {("discord", "token"): "right"}
    assert "Discord does not know this token." in voice.said


def test_a_token_that_is_set_is_kept_with_enter_while_it_works() -> None:
    known = load_settings(environ={}, discord__token="old")
    learned, _ = asked_discord(Eyes(OUTSIDE), "", "skip", known=known)
    assert learned == {("discord", "token"): "old"}
    gone = Eyes(WrongToken("No."), OUTSIDE)
    learned, voice = asked_discord(gone, "", "new", "skip", known=known)
    assert learned == {("discord", "token"): "new"}
    assert "Enter keeps" in voice.asked[0]
    assert "Enter leaves Discord off" in voice.asked[1]


def test_a_token_with_a_space_is_not_even_tried() -> None:
    eyes = Eyes(OUTSIDE)
    _, voice = asked_discord(eyes, "to ken", "token", "skip")
    assert eyes.tokens == ["token"]
    assert "holds a space" in voice.heard
    assert "to ken" not in voice.heard


def test_discord_out_of_reach_is_tried_again_or_left_for_later() -> None:
    away = CannotLook("Discord cannot be reached.")
    learned, _ = asked_discord(Eyes(away, OUTSIDE), "t", "", "skip")
    assert learned == {("discord", "token"): "t"}
    learned, voice = asked_discord(Eyes(away), "t", "SKIP")
    assert learned == {("discord", "token"): "t"}
    assert voice.said[-1] == "Discord cannot be reached."


def test_a_bot_in_no_server_waits_for_its_invitation() -> None:
    eyes = Eyes(OUTSIDE, OUTSIDE, INSIDE)
    learned, voice = asked_discord(eyes, "t", "", "", "1", "", "", "", *NO_OTHERS)
    assert learned["discord", "guild_id"] == 5
    invitations = [line for line in voice.said if OUTSIDE.invite() in line]
    assert len(invitations) == 2


def test_one_of_several_servers_is_chosen() -> None:
    both = replace(INSIDE, servers=((4, "Home"), (5, "Linen")), server=None)
    eyes = Eyes(both, replace(both, server=LINEN))
    answers = ("t", "linen", "", "1", "", "", "", *NO_OTHERS)
    learned, voice = asked_discord(eyes, *answers)
    assert learned["discord", "guild_id"] == 5
    assert [one.guild_id for one in eyes.looked] == [None, 5]
    assert "   2  Linen" in voice.said


def test_a_switch_that_is_off_can_be_put_on_meanwhile() -> None:
    deaf = replace(OUTSIDE, reads_messages=False)
    _, voice = asked_discord(Eyes(deaf, deaf, OUTSIDE), "t", "", "", "skip")
    assert voice.said.count(INTENT_OFF) == 2
    _, voice = asked_discord(Eyes(deaf), "t", "skip", "skip")
    assert voice.said.count(INTENT_OFF) == 1


def test_the_team_is_not_sent_where_viewers_read() -> None:
    answers = ("t", "1", "live", "2", "", "", *NO_OTHERS)
    learned, voice = asked_discord(Eyes(INSIDE), *answers)
    assert learned["discord", "channels", "alerts"] == (12,)
    assert "#live is a stream channel: viewers would read along. Choose another." in voice.said


def test_a_team_channel_that_all_can_read_and_missing_rights_are_said_at_once() -> None:
    team = replace(channel(12, "team"), open_to_all=True, team_lacks=("Send Messages",))
    server = replace(LINEN, channels=(channel(11, "live"), team))
    answers = ("t", "1", "2", "", "", *NO_OTHERS)
    _, voice = asked_discord(Eyes(replace(INSIDE, server=server)), *answers)
    assert "Everyone in Linen can read #team" in voice.heard
    assert "In #team the bot lacks Send Messages" in voice.heard


def test_a_server_without_channels_or_roles_is_told_what_to_make() -> None:
    bare = replace(LINEN, channels=(), roles=())
    learned, voice = asked_discord(Eyes(replace(INSIDE, server=bare)), "t")
    assert set(learned) == {("discord", "token"), ("discord", "guild_id")}
    assert "no text channel" in voice.heard
    assert "no roles for people yet" in voice.heard


def test_the_local_stage_closes_when_discord_opens() -> None:
    known = load_settings(environ={}, web__stage=True)
    learned, voice = asked_discord(Eyes(OUTSIDE), "t", "skip", known=known)
    assert learned["web", "stage"] is False
    assert "The local stage closes" in voice.heard


def test_what_was_set_is_kept_with_enter_and_taken_away_with_none() -> None:
    known = load_settings(
        environ={},
        discord={
            "token": "t",
            "guild_id": 5,
            "stream_channel_ids": 11,
            "channels": {"alerts": 12, "packing": 13},
            "roles": {"moderator": 21, "host": 22},
        },
    )
    learned, _ = asked_discord(
        Eyes(INSIDE),
        "",
        "",
        "",
        *("each", "", "", "", "none", ""),
        "",
        "none",
        *[""] * 4,
        known=known,
    )
    assert learned["discord", "stream_channel_ids"] == (11,)
    assert learned["discord", "channels", "alerts"] == (12,)
    assert learned["discord", "channels", "packing"] is None
    assert learned["discord", "roles", "host"] is None


# --- Slack --------------------------------------------------------------------------------------

TEAM = SlackLook(
    bot="Andon",
    team="Linen",
    lacks=(),
    app_problem=None,
    channels=(
        SlackChannel(id="C2", name="team", private=True, archived=False, inside=True),
        SlackChannel(
            id="C1", name="general", private=False, archived=False, inside=True, everybody=True
        ),
        SlackChannel(id="C3", name="packing", private=False, archived=False, inside=False),
        SlackChannel(id="C4", name="old", private=False, archived=True, inside=True),
    ),
    people=(
        SeenPerson(id="U1", name="Ana Lima", handle="ana"),
        SeenPerson(id="U2", name="Gone", handle="gone", active=False),
        SeenPerson(id="U3", name="Helper", handle="helper", bot=True),
    ),
    groups=(SeenGroup(id="S1", handle="packers"),),
)
STRANGER = replace(TEAM, channels=(replace(TEAM.channels[2], name="street"),))


class SlackEyes:
    """Sees one thing after the other; the last for ever. Remembers with which tokens."""

    def __init__(self, *seen: SlackLook | CannotLook) -> None:
        self._seen = list(seen)
        self.tokens: list[tuple[str, ...]] = []

    def __call__(self, settings: Slack) -> SlackLook:
        both = (settings.bot_token, settings.app_token)
        self.tokens.append(tuple(one.get_secret_value() for one in both if one))
        seen = self._seen.pop(0) if len(self._seen) > 1 else self._seen[0]
        if isinstance(seen, CannotLook):
            raise seen
        return seen


def asked_slack(
    eyes: SlackEyes, *answers: str, known: Settings | None = None
) -> tuple[Learned, Scripted]:
    voice = Scripted(*answers)
    learned = ask_slack(voice, known or nothing_set(), look=eyes)
    voice.finish()
    return learned, voice


def test_slack_is_left_off_with_one_enter() -> None:
    eyes = SlackEyes(TEAM)
    learned, voice = asked_slack(eyes, "")
    assert (learned, len(voice.asked), eyes.tokens) == ({}, 1, [])


def test_channels_people_and_groups_of_slack_are_chosen_by_name() -> None:
    eyes = SlackEyes(TEAM)
    learned, voice = asked_slack(
        eyes,
        *("xoxb-1", "xapp-1"),
        *("team", "each", "", "", "", "packing", ""),
        *("#team, Ana Lima", "", "", "packers", "", "ana lima"),
    )
    assert learned == {
        ("slack", "bot_token"): "xoxb-1",
        ("slack", "app_token"): "xapp-1",
        ("slack", "channels", "alerts"): ("C2",),
        ("slack", "channels", "packing"): ("C3",),
        ("slack", "roles", "moderator"): ("C2", "U1"),
        ("slack", "roles", "packer"): ("S1",),
        ("slack", "roles", "owner"): ("U1",),
    }
    assert eyes.tokens == [("xoxb-1",), ("xoxb-1", "xapp-1")]
    assert "Logged in as Andon, in Linen." in voice.said
    assert "   3  #packing (first type /invite @Andon there)" in voice.said
    assert "type /invite @Andon in it" in voice.heard
    assert "Everyone in Linen can read #packing" in voice.heard
    for hidden in ("xoxb-1", "xapp-1", "Gone", "Helper", "#old"):
        assert hidden not in voice.heard
    assert [one.endswith("(hidden)") for one in voice.asked[:3]] == [True, True, False]


def test_a_channel_that_everybody_is_in_stands_for_no_role() -> None:
    answers = ("xoxb-1", "xapp-1", *[""] * 2, "general", *[""] * 6)
    _, voice = asked_slack(SlackEyes(TEAM), *answers)
    assert "'general' is none of them" in voice.heard
    assert "Moderator: who moderates" in voice.asked[4]


def test_a_private_channel_is_found_once_the_bot_was_invited() -> None:
    one = replace(TEAM.channels[0], id="C7", name="back-room")
    later = replace(TEAM, channels=(*TEAM.channels, one))
    eyes = SlackEyes(TEAM, TEAM, TEAM, later)
    learned, voice = asked_slack(eyes, "xoxb-1", "xapp-1", "back-room", "back-room", "", *[""] * 6)
    assert learned["slack", "channels", "alerts"] == ("C7",)
    assert (
        "'back-room' is none of them; type a number from 1 to 3. A private channel is there once "
        "you type /invite @Andon in it; then its name."
    ) in voice.said


def test_an_app_is_made_by_link() -> None:
    learned, voice = asked_slack(SlackEyes(TEAM), "new", "")
    assert learned == {}
    assert link() in voice.heard
    assert "page Install App" in voice.said[-1]


def test_a_wrong_token_of_slack_is_asked_again() -> None:
    eyes = SlackEyes(WrongToken("That is the token of the app."), STRANGER)
    learned, voice = asked_slack(eyes, "xapp-1", "xoxb-1", "", "skip", *[""] * 2, *[""] * 6)
    assert learned == {("slack", "bot_token"): "xoxb-1"}
    assert "That is the token of the app." in voice.said


def test_a_token_of_the_app_that_opens_nothing_is_asked_again() -> None:
    wrong = replace(TEAM, app_problem="slack.app_token is the token of the bot.")
    eyes = SlackEyes(TEAM, wrong, TEAM)
    learned, voice = asked_slack(eyes, "xoxb-1", "xoxb-1", "xapp-1", *[""] * 8)
    assert learned["slack", "app_token"] == "xapp-1"
    assert "That is the token of the bot." in voice.said
    assert "Taken: it opens a connection." in voice.said


def test_a_token_with_a_space_is_asked_again_without_the_name_of_a_setting() -> None:
    answers = ("xoxb 1", "xoxb-1", "xapp-1", *[""] * 8)
    _, voice = asked_slack(SlackEyes(TEAM), *answers)
    assert "There is a space or a line break in it; copy it anew." in voice.said
    assert "bot_token" not in voice.heard


def test_without_a_token_of_the_app_nothing_is_heard_and_that_is_said() -> None:
    _, voice = asked_slack(SlackEyes(TEAM), "xoxb-1", *[""] * 9)
    assert "Without it nothing that people type in Slack is heard." in voice.said
    http = load_settings(environ={}, slack__signing_secret="s")
    _, voice = asked_slack(SlackEyes(TEAM), "xoxb-1", *[""] * 9, known=http)
    assert "Without it" not in voice.heard


def test_tokens_of_slack_that_are_set_are_kept_with_enter() -> None:
    known = load_settings(
        environ={},
        slack={
            "bot_token": "xoxb-1",
            "app_token": "xapp-1",
            "channels": {"alerts": "C2", "packing": "C9"},
            "roles": {"moderator": "U1,S1", "host": "U1"},
        },
    )
    answers = ("", "", "", "each", "", "", "", "none", "", "", "none", *[""] * 4)
    learned, _ = asked_slack(SlackEyes(TEAM), *answers, known=known)
    assert learned == {
        ("slack", "bot_token"): "xoxb-1",
        ("slack", "app_token"): "xapp-1",
        ("slack", "channels", "alerts"): ("C2",),
        ("slack", "channels", "packing"): None,
        ("slack", "roles", "moderator"): ("S1", "U1"),
        ("slack", "roles", "host"): None,
    }


def test_a_bot_in_no_channel_waits_for_an_invitation() -> None:
    eyes = SlackEyes(STRANGER, STRANGER, STRANGER, TEAM)
    learned, voice = asked_slack(eyes, "xoxb-1", "xapp-1", "", "", "team", "", *[""] * 6)
    assert learned["slack", "channels", "alerts"] == ("C2",)
    assert voice.heard.count("type /invite @Andon; a private one shows itself only then") == 2


def test_scopes_that_lack_can_be_given_meanwhile() -> None:
    eyes = SlackEyes(replace(TEAM, lacks=("commands",)), TEAM)
    _, voice = asked_slack(eyes, "xoxb-1", "", "xapp-1", *[""] * 8)
    assert "The bot lacks commands; " in voice.heard


def test_slack_out_of_reach_is_left_for_later() -> None:
    away = SlackEyes(CannotLook("Slack cannot be reached."))
    learned, voice = asked_slack(away, "xoxb-1", "skip", "xapp-1", "skip")
    assert learned == {("slack", "bot_token"): "xoxb-1", ("slack", "app_token"): "xapp-1"}
    assert voice.said.count("Slack cannot be reached.") == 2


def test_a_large_workspace_is_not_listed_whole() -> None:
    many = [replace(TEAM.channels[0], id=f"C{n}", name=f"room-{n}") for n in range(100, 200)]
    seen = replace(TEAM, channels=tuple(many))
    learned, voice = asked_slack(SlackEyes(seen), "xoxb-1", "xapp-1", "room-199", *[""] * 7)
    assert learned["slack", "channels", "alerts"] == ("C199",)
    assert "      and 60 more, to be typed by name" in voice.said
    assert "room-150" not in voice.heard


def test_the_local_stage_stays_beside_slack_where_nothing_is_forwarded_to_it() -> None:
    known = load_settings(environ={}, web__stage=True)
    learned, voice = asked_slack(SlackEyes(TEAM), "xoxb-1", "xapp-1", *[""] * 8, known=known)
    assert ("web", "stage") not in learned
    learned, voice = asked_slack(SlackEyes(TEAM), "xoxb-1", *[""] * 9, known=known)
    assert learned["web", "stage"] is False
    assert "The local stage closes" in voice.heard


# --- what is written ----------------------------------------------------------------------------


def test_chapters_are_asked_in_turn() -> None:
    def first(_voice: Voice, _known: Settings) -> Learned:
        return {("shop", "name"): "A", ("shop", "currency"): "EUR"}

    def second(_voice: Voice, _known: Settings) -> Learned:
        return {("shop", "name"): "B"}

    learned = interview(Scripted(), nothing_set(), (first, second))
    assert learned == {("shop", "name"): "B", ("shop", "currency"): "EUR"}


def test_what_is_set_elsewhere_already_is_not_written() -> None:
    known = load_settings(environ={}, discord__token="t", shop__name="Linen")
    learned: Learned = {
        ("discord", "token"): "t",
        ("shop", "name"): "Linen",
        ("shop", "currency"): "USD",
    }
    kept = to_write(learned, known, {("discord", "token")})
    assert kept == {("shop", "name"): "Linen", ("shop", "currency"): "USD"}


FILE = """# Our shop.
database_url = "sqlite+aiosqlite:///shop.db"

[shop]  # who we are
name = "Old"
copy_file = 'words.yaml'

[discord.channels]
alerts = [3]
# the end
"""


def test_comments_and_other_settings_stay() -> None:
    after = changed(
        FILE,
        {
            ("shop", "name"): 'Linen "& Thread"',
            ("discord", "token"): "t",
            ("discord", "stream_channel_ids"): (1, 2),
            ("discord", "channels", "alerts"): None,
            ("discord", "roles", "host"): None,
        },
    )
    for kept in ("# Our shop.\n", "[shop]  # who we are\n", "copy_file = 'words.yaml'\n", "# the"):
        assert kept in after
    assert tomllib.loads(after) == {
        "database_url": "sqlite+aiosqlite:///shop.db",
        "shop": {"name": 'Linen "& Thread"', "copy_file": "words.yaml"},
        "discord": {"token": "t", "stream_channel_ids": [1, 2], "channels": {}},
    }


def test_nothing_to_change_changes_nothing() -> None:
    assert changed(FILE, {}) == FILE


@pytest.mark.parametrize("text", ["discord = {token = 'x'}\n", "[broken"])
def test_a_layout_that_cannot_be_continued_is_said(text: str) -> None:
    with pytest.raises(CannotWrite, match=r"\[discord\.channels\]"):
        changed(text, {("discord", "channels", "alerts"): (1,), ("shop", "name"): "A"})


def test_a_file_is_readable_by_its_owner_only_and_the_old_one_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "andon.toml"
    assert save(file, "a = 1\n") is None
    file.chmod(0o644)
    copy = save(file, "a = 2\n")
    assert copy == tmp_path / "andon.toml.bak"
    assert (file.read_text(), copy.read_text()) == ("a = 2\n", "a = 1\n")
    assert [stat.S_IMODE(one.stat().st_mode) for one in (file, copy)] == [0o600, 0o600]
    assert {one.name for one in tmp_path.iterdir()} == {"andon.toml", "andon.toml.bak"}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    real, link = tmp_path / "kept" / "shop.toml", tmp_path / "andon.toml"
    real.write_text("a = 1\n", encoding="utf-8")
    link.symlink_to(real)
    save(link, "a = 2\n")
    assert link.is_symlink()
    assert real.read_text() == "a = 2\n"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="nothing was changed"):
        save(tmp_path / "nowhere" / "andon.toml", "a = 1\n")


# --- the command --------------------------------------------------------------------------------

Setup = Callable[..., tuple[int, str, str]]


@pytest.fixture
def setup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Setup:
    """Run `andon setup` in an empty folder, its answers piped in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)

    def run(*answers: str, arguments: tuple[str, ...] = ()) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{one}\n" for one in answers)))
        with pytest.raises(SystemExit) as ended:
            main(["setup", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_shop_without_discord_and_slack_is_three_answers(setup: Setup, tmp_path: Path) -> None:
    code, out, err = setup("Linen", "", "EUR", "", "")
    assert (code, err) == (0, "")
    assert "Written: andon.toml. It can be read by you alone." in out
    assert out.endswith("Next: `andon check` looks at everything; `andon run` starts.\n")
    written = tomllib.loads((tmp_path / "andon.toml").read_text())
    (key,) = written.pop("privacy")["keys"]
    assert written == {"shop": {"name": "Linen", "timezone": "UTC", "currency": "EUR"}}
    # The key that seals addresses: made, never shown, and made once.
    assert load_settings(tmp_path / "andon.toml", {}).privacy.sealer().seals
    assert key not in out
    assert "was made" not in setup("", "", "", "", "")[1]


def test_the_file_may_be_another_that_is_not_there_yet(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "andon.toml").write_text('[shop]\nname = "Other"\n', encoding="utf-8")
    code, out, _ = setup("", "", "", "", "", arguments=("--config", "new.toml"))
    assert code == 0
    assert "[Our shop]" in out
    assert load_settings(tmp_path / "new.toml", {}).shop.name == "Our shop"


def test_the_old_file_is_kept_and_that_is_said(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "andon.toml").write_text(FILE.replace("copy_file", "#"), encoding="utf-8")
    _, out, _ = setup("Linen", "", "", "", "")
    assert "The file as it was before is andon.toml.bak, beside it." in out
    assert 'name = "Old"' in (tmp_path / "andon.toml.bak").read_text()
    assert "# the end" in (tmp_path / "andon.toml").read_text()


def test_answers_that_end_too_early_write_nothing(setup: Setup, tmp_path: Path) -> None:
    code, _, err = setup("Linen", "Mars")
    assert code == 1
    assert "The answers ended before the questions did, so nothing was written" in err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_writes_nothing(
    setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.setup.Script.ask", interrupt)
    code, _, err = setup()
    assert (code, err.strip()) == (130, "andon: Stopped; what was saved before is kept.")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_is_put_right_first(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "andon.toml").write_text("[shop]\nnam = 'x'\n", encoding="utf-8")
    code, out, err = setup("Linen", "", "", "", "")
    assert (code, out) == (1, "")
    assert "did you mean shop.name? Put that right first" in err


def test_a_variable_that_wins_is_named(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_SHOP__NAME", "Other")
    _, out, _ = setup("Linen", "", "", "", "")
    assert "ANDON_SHOP__NAME is set in the environment and wins over the file; unset it." in out
    _, out, _ = setup("", "", "", "", "")
    assert "wins" not in out
