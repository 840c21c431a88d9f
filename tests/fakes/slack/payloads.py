"""What the fake Slack remembers, as it stands in answers and events."""

import json
from collections.abc import Iterable
from typing import Any

from tests.fakes.slack.limits import elements_of
from tests.fakes.slack.world import Channel, File, Group, Json, Message, User, View, World

__all__ = [
    "actor_payload",
    "channel_payload",
    "event_body",
    "file_payload",
    "group_payload",
    "message_event",
    "message_payload",
    "named",
    "user_payload",
    "view_payload",
]


def named(world: World, blocks: Iterable[Json] | None) -> tuple[Json, ...]:
    """A copy of blocks in which everything has an id, as Slack gives one to what has none."""
    copy: list[Json] = json.loads(json.dumps(list(blocks or ())))
    for block in copy:
        block.setdefault("block_id", world.make_id("b"))
    for _, element in elements_of(copy):
        element.setdefault("action_id", world.make_id("a"))
    return tuple(copy)


def user_payload(world: World, user: User) -> Json:
    """Someone, as `users.info` tells."""
    profile: Json = {
        "real_name": user.name,
        "real_name_normalized": user.name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "team": world.team_id,
    }
    if user.email and "users:read.email" in world.scopes:
        profile["email"] = user.email
    if user.bot:
        profile |= {"api_app_id": world.app_id, "bot_id": world.bot_id}
    return {
        "id": user.id,
        "team_id": world.team_id,
        "name": user.handle,
        "real_name": user.name,
        "deleted": user.deleted,
        "is_bot": user.bot,
        "is_admin": user.admin,
        "is_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_app_user": False,
        "tz": user.tz,
        "profile": profile,
    }


def actor_payload(world: World, user: User) -> Json:
    """Someone, as the one who did something."""
    return {
        "id": user.id,
        "username": user.handle,
        "name": user.handle,
        "team_id": world.team_id,
    }


def channel_payload(world: World, channel: Channel) -> Json:
    """A channel, as `conversations.info` tells."""
    common: Json = {
        "id": channel.id,
        "is_archived": channel.archived,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "channel",
        "context_team_id": world.team_id,
    }
    if channel.user is not None:
        return common | {"user": channel.user, "is_open": True}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": world.bot.id in channel.members,
        "num_members": len(channel.members),
    }


def group_payload(world: World, group: Group, *, users: bool) -> Json:
    """A user group, with its people if asked for."""
    found: Json = {
        "id": group.id,
        "team_id": world.team_id,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "user_count": len(group.members),
        "date_delete": 0,
    }
    return found | ({"users": list(group.members)} if users else {})


def file_payload(file: File, url: str = "") -> Json:
    """A file, without what is in it; under `url` the files are fetched."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": len(file.content),
        "url_private_download": f"{url}/files-pri/{file.id}",
    }


def message_payload(world: World, message: Message, *, metadata: bool = True) -> Json:
    """A message, as history tells."""
    found: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": world.team_id,
    }
    if message.subtype is not None:
        found["subtype"] = message.subtype
    if message.bot:
        found |= {
            "bot_id": world.bot_id,
            "app_id": world.app_id,
            "bot_profile": {"id": world.bot_id, "app_id": world.app_id, "name": world.bot.name},
        }
    if message.blocks:
        found["blocks"] = list(message.blocks)
    if message.attachments:
        found["attachments"] = list(message.attachments)
    if message.edited is not None:
        found["edited"] = {"user": message.user, "ts": message.edited}
    if message.files:
        found["files"] = [file_payload(one, world.files_url) for one in message.files]
    if metadata and message.metadata is not None:
        found["metadata"] = message.metadata
    return found | _thread(world, message) | _reactions(message)


def _thread(world: World, message: Message) -> Json:
    if message.is_reply:
        parent = world.logs[message.channel_id].get(str(message.thread_ts))
        of = {"parent_user_id": parent.user} if parent else {}
        return {"thread_ts": message.thread_ts, **of}
    if message.only_for or not (below := world.replies(message.channel_id, message.ts)):
        return {}
    people = list(dict.fromkeys(one.user for one in below))
    return {
        "thread_ts": message.ts,
        "reply_count": len(below),
        "reply_users": people,
        "reply_users_count": len(people),
        "latest_reply": below[-1].ts,
    }


def _reactions(message: Message) -> Json:
    names = list(dict.fromkeys(name for name, _ in message.reactions))
    if not names:
        return {}
    users = {name: [who for what, who in message.reactions if what == name] for name in names}
    return {
        "reactions": [
            {"name": name, "users": who, "count": len(who)} for name, who in users.items()
        ]
    }


def message_event(world: World, message: Message) -> Json:
    """A message, as the event of it tells."""
    where = world.channels[message.channel_id]
    return message_payload(world, message) | {
        "channel": where.id,
        "channel_type": where.kind,
        "event_ts": message.ts,
    }


def event_body(world: World, event: Json) -> Json:
    """An event with all that is around it."""
    by = {"enterprise_id": None, "team_id": world.team_id, "user_id": world.bot.id}
    return {
        "token": "verification",
        "team_id": world.team_id,
        "context_team_id": world.team_id,
        "context_enterprise_id": None,
        "api_app_id": world.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": world.make_id("Ev"),
        "event_time": world.seconds(),
        "authorizations": [by | {"is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": "4-fake",
    }


def view_payload(world: World, view: View, state: Json | None = None) -> Json:
    """A modal or an App Home, with what stands in its fields."""
    sent = view.payload
    found: Json = {
        "id": view.id,
        "team_id": world.team_id,
        "type": view.kind,
        "blocks": list(view.blocks),
        "private_metadata": view.private_metadata,
        "callback_id": view.callback_id,
        "external_id": str(sent.get("external_id") or ""),
        "state": {"values": state or {}},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": world.app_id,
        "app_installed_team_id": world.team_id,
        "bot_id": world.bot_id,
    }
    more: tuple[tuple[str, Any], ...] = (
        ("title", None),
        ("submit", None),
        ("close", None),
        ("clear_on_close", False),
        ("notify_on_close", False),
    )
    return found | {key: sent.get(key, default) for key, default in more}
