"""The manifest asks for what the code uses: every scope, every event, and none besides."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack import manifest as made
from docs import generate
from tests.architecture.test_hygiene import ROOT
from tests.unit.test_docs import blocks

CHANNELS = {"channels:read", "groups:read"}
HISTORY = {"channels:history", "groups:history", "im:history"}
#: What a method of the Web API needs, by its name in the SDK; as Slack's reference has it.
METHODS: dict[str, set[str]] = {
    "auth_test": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": HISTORY,
    "conversations_info": CHANNELS,
    "conversations_list": CHANNELS,
    "conversations_members": CHANNELS,
    "conversations_open": {"im:write"},
    "conversations_replies": HISTORY,
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_upload_v2": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
#: Those of the app's own token.
OF_APP = {"apps_connections_open": {"connections:write"}}
#: What an event needs.
EVENTS: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_archive": {"channels:read"},
    "channel_deleted": {"channels:read"},
    "channel_left": {"channels:read"},
    "channel_unarchive": {"channels:read"},
    "group_archive": {"groups:read"},
    "group_deleted": {"groups:read"},
    "group_left": {"groups:read"},
    "group_unarchive": {"groups:read"},
    "member_joined_channel": CHANNELS,
    "member_left_channel": CHANNELS,
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "subteam_members_changed": {"usergroups:read"},
    "subteam_updated": {"usergroups:read"},
    "tokens_revoked": set(),
}
#: Taken without their names: whatever else happens makes the platform look at its roles again.
ANY_CHANGE = {"subteam_members_changed", "subteam_updated"}
#: What Slack calls an event, where the names to subscribe by are others.
CALLED = {"message": ("message.im", "message.channels", "message.groups")}

#: What a field of an event needs, where what it names is fetched.
FIELDS = {"url_private_download": {"files:read"}}

FOLDER = ROOT / "bot" / "platforms" / "slack"


def trees(folder: Path = FOLDER) -> Iterator[ast.AST]:
    """The source of the platform, but for the manifest itself."""
    for file in sorted(folder.glob("*.py")):
        if file.name != "manifest.py":
            yield ast.parse(file.read_text(encoding="utf-8"))


def methods(tree: ast.AST) -> Iterator[str]:
    """Methods of the Web API that a source calls."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if "_" in name and not name.startswith("_"):
                if callable(getattr(AsyncWebClient, name, None)) and name != "api_call":
                    yield name
            case ast.Call(
                func=ast.Attribute(attr="api_call"), args=[ast.Constant(value=str(name))]
            ):
                yield name.replace(".", "_")


def events(tree: ast.AST) -> Iterator[str]:
    """Events that a source names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from EVENTS.keys() & {*CALLED.get(node.value, (node.value,))}


def fields() -> set[str]:
    """Fields of events that name what is fetched, as far as a source reads them."""
    said = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {str(one.value) for one in said} & FIELDS.keys()


def used() -> set[str]:
    return {name for tree in trees() for name in methods(tree)}


def test_every_method_that_is_called_is_in_the_table() -> None:
    assert used() - METHODS.keys() - OF_APP.keys() == set(), "look its scopes up, and add it"


def test_every_scope_is_asked_for_that_something_needs_and_no_other() -> None:
    needed = set().union(*(METHODS[name] for name in used() if name in METHODS))
    needed |= set().union(*(EVENTS[name] for name in made.EVENTS))
    needed |= set().union(*(FIELDS[name] for name in fields()))
    assert needed | {"commands"} == set(made.SCOPES)


def test_the_token_of_the_app_opens_the_socket_and_no_more() -> None:
    needed = set().union(*(OF_APP[name] for name in used() & OF_APP.keys()))
    assert needed == {made.APP_SCOPE}


def test_every_event_is_subscribed_that_the_code_takes_and_no_other() -> None:
    taken = {name for tree in trees() for name in events(tree)}
    assert taken | ANY_CHANGE == set(made.EVENTS)
    assert set(made.EVENTS) <= EVENTS.keys()


def test_what_is_called_is_found() -> None:
    tree = ast.parse("await self._client.pins_add(channel=c)\nclient.api_call('chat.delete')")
    assert set(methods(tree)) == {"pins_add", "chat_delete"}
    found = set(events(ast.parse("match kind:\n    case 'message': pass")))
    assert found == {"message.im", "message.channels", "message.groups"}


# --- as it is written -----------------------------------------------------------------------------


def test_socket_mode_needs_no_address() -> None:
    one = made.manifest()
    assert one["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(one)
    assert one["settings"]["event_subscriptions"]["bot_events"] == list(made.EVENTS)
    assert one["oauth_config"] == {"scopes": {"bot": list(made.SCOPES)}}


def test_http_mode_sends_everything_to_one_address() -> None:
    one = made.manifest(url="https://shop.example/")
    there = "https://shop.example/slack/events"
    settings = one["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == there
    assert settings["interactivity"]["request_url"] == there
    assert [command["url"] for command in one["features"]["slash_commands"]] == [there]


def test_what_people_see_is_switched_on_and_the_rest_is_off() -> None:
    one = made.manifest("Bell")
    home, settings = one["features"]["app_home"], one["settings"]
    assert home["home_tab_enabled"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]
    assert settings["interactivity"]["is_enabled"]
    assert not settings["org_deploy_enabled"]
    assert not settings["token_rotation_enabled"]
    names = one["display_information"]["name"], one["features"]["bot_user"]["display_name"]
    assert names == ("Bell", "Bell")


def test_it_fits_into_slacks_fields() -> None:
    one = made.manifest()
    (command,) = one["features"]["slash_commands"]
    assert command["command"] == made.COMMAND
    assert command["should_escape"]
    assert len(one["display_information"]["name"]) <= 35
    assert len(one["display_information"]["description"]) <= 140
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


def test_the_link_carries_the_manifest() -> None:
    parts = urlsplit(made.link())
    query = parse_qs(parts.query, strict_parsing=True)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "api.slack.com", "/apps")
    assert query["new_app"] == ["1"]
    assert json.loads(query["manifest_json"][0]) == made.manifest()
    assert not {" ", "\n", '"'} & set(made.link())


def test_the_page_about_slack_shows_what_is_in_the_code() -> None:
    whole, by_http = map(json.loads, blocks(generate.pages()["slack.md"], "json"))
    assert whole == made.manifest()
    merged = json.loads(json.dumps(whole))
    put(merged, by_http)
    assert merged == made.manifest(url="https://andon.example")


def put(tree: dict[str, Any], changes: dict[str, Any]) -> None:
    """Change a manifest as somebody would who reads the page."""
    for name, value in changes.items():
        if isinstance(value, dict) and name in tree:
            put(tree[name], value)
        else:
            tree[name] = value


def test_a_page_without_a_place_for_the_manifest_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the manifest"):
        generate.slack_page("# Slack")
