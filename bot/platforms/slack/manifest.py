"""The app as Slack is to make it: its scopes, its events, its command, and how it is reached.

Everything here is used, and nothing else is asked for: a test holds it against the code. The page
docs/slack.md shows the manifest, and `andon setup` prints it as a link.
"""

import json
from typing import Any
from urllib.parse import quote

__all__ = ["APP_SCOPE", "COMMAND", "EVENTS", "NAME", "SCOPES", "lacking", "link", "manifest"]

#: What people type, and as whom the bot speaks.
COMMAND, NAME = "/andon", "Andon"

#: What the token of the bot may do.
SCOPES = (
    # "@Andon stage A12", where that is said.
    "app_mentions:read",
    # Whether an earlier try of a post arrived, and what the team says in its own channels.
    "channels:history",
    # Channels by name, and who is in one that stands for a role.
    "channels:read",
    # Cards, answers, direct messages.
    "chat:write",
    # /andon
    "commands",
    # Pictures that people send to the bot alone.
    "files:read",
    # Pictures that go with a message.
    "files:write",
    # The same as for channels, where they are private.
    "groups:history",
    "groups:read",
    # What people write to the bot alone.
    "im:history",
    # To write to one person.
    "im:write",
    # Who is in a user group that stands for a role.
    "usergroups:read",
    # What people are called.
    "users:read",
)
#: What the token of the app may do: open the socket.
APP_SCOPE = "connections:write"

#: What Slack tells the bot of.
EVENTS = (
    # The home page is made when somebody opens it.
    "app_home_opened",
    # The same words as after the command.
    "app_mention",
    "message.im",
    # What the team says in its channels may be about something that a playbook is for.
    "message.channels",
    "message.groups",
    # Who is in a channel or a group has the role that it stands for, from then on.
    "member_joined_channel",
    "member_left_channel",
    "subteam_members_changed",
    "subteam_updated",
    # A place of the team that is gone, closed or open again.
    "channel_left",
    "group_left",
    "channel_deleted",
    "group_deleted",
    "channel_archive",
    "group_archive",
    "channel_unarchive",
    "group_unarchive",
    # Slack lets the bot in no longer.
    "app_uninstalled",
    "tokens_revoked",
)

_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="


def manifest(name: str = NAME, url: str | None = None) -> dict[str, Any]:
    """What the page App Manifest of an app takes.

    Slack is reached over Socket Mode, or reaches Andon at `url`, an https address, if it is given.
    """
    there = {} if url is None else {"url": f"{url.rstrip('/')}/slack/events"}
    asked = {"request_url": there["url"]} if there else {}
    return {
        "display_information": {
            "name": name,
            "description": "The live sale: alerts with an owner, and the show from a phone.",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND,
                    **there,
                    "description": "Run the show; help lists what you may do",
                    "usage_hint": "help | show start | stage A12 | stock show A12",
                    # People and channels come as ids: a name may be anybody's.
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**asked, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **asked},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            # A token that rotates dies after twelve hours.
            "token_rotation_enabled": False,
        },
    }


def link() -> str:
    """The address at which an app is made from the manifest."""
    return _NEW_APP + quote(json.dumps(manifest(), separators=(",", ":")), safe="")


def lacking(granted: frozenset[str]) -> tuple[str, ...]:
    """Those of `SCOPES` that a token was not given."""
    return tuple(one for one in SCOPES if one not in granted)
