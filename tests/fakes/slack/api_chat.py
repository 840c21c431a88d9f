"""The `chat.*` and `reactions.*` methods."""

import re
from dataclasses import replace
from typing import Any

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.api import Method, place, required, true
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.faults import ApiError, Bucket
from tests.fakes.slack.limits import check_files, check_message
from tests.fakes.slack.payloads import message_payload, named
from tests.fakes.slack.world import Channel, Json, Message, World

__all__ = ["ChatMethods"]

_OPTIONS = ("parse", "link_names", "mrkdwn", "unfurl_links", "unfurl_media")


class ChatMethods:
    """Posting, editing and deleting. `bucket` is the pace that is kept, if any."""

    def __init__(self, world: World, chat: Chat, changes: Changes) -> None:
        self.bucket: Bucket | None = None
        self._world = world
        self._chat = chat
        self._changes = changes

    def methods(self) -> dict[str, Method]:
        """What it answers."""
        return {
            "chat.postMessage": Method(self.post, "chat:write"),
            "chat.postEphemeral": Method(self.whisper, "chat:write"),
            "chat.update": Method(self.update, "chat:write"),
            "chat.delete": Method(self.delete, "chat:write"),
            "chat.getPermalink": Method(self.permalink),
            "reactions.add": Method(self.react, "reactions:write"),
            "reactions.remove": Method(self.unreact, "reactions:write"),
        }

    def post(self, args: Json) -> Json:
        """`chat.postMessage`."""
        where = self._writable(args, by_name=True)
        check_message(args)
        check_files(self._world, args.get("blocks"))
        self._pace(where)
        parent = self._parent(where, args)
        message = self._chat.put(
            replace(
                self._made(where, args),
                thread_ts=parent,
                broadcast=parent is not None and true(args.get("reply_broadcast")),
                metadata=args.get("metadata"),
            )
        )
        return {"channel": where.id, "ts": message.ts} | {
            "message": message_payload(self._world, message)
        }

    def whisper(self, args: Json) -> Json:
        """`chat.postEphemeral`."""
        required(args, "user")
        where = self._writable(args)
        user = self._world.users.get(args["user"])
        if user is None:
            raise ApiError("user_not_found")
        if user.id not in where.members:
            raise ApiError("user_not_in_channel")
        check_message(args)
        check_files(self._world, args.get("blocks"))
        self._pace(where)
        parent = str(args["thread_ts"]) if args.get("thread_ts") else None
        message = replace(self._made(where, args), only_for=user.id, thread_ts=parent)
        return {"message_ts": self._chat.put(message).ts}

    def update(self, args: Json) -> Json:
        """`chat.update`: blocks, attachments and metadata that are not given stay."""
        where, message = self._target(args)
        if message.user != self._world.bot.id:
            raise ApiError("cant_update_message")
        if where.archived:
            raise ApiError("is_archived")
        check_message(args, edit=True)
        check_files(self._world, args.get("blocks"))
        changed: Json = {"edited": self._world.make_ts(), "text": str(args.get("text") or "")}
        if args.get("blocks") is not None:
            changed["blocks"] = named(self._world, args.get("blocks"))
        for key, made in (("attachments", tuple), ("metadata", dict)):
            if args.get(key) is not None:
                changed[key] = made(args[key])
        changed["options"] = _options(args)
        message = self._chat.edit(message, **changed)
        shown = message_payload(self._world, message)
        return {"channel": where.id, "ts": message.ts, "text": message.text, "message": shown}

    def delete(self, args: Json) -> Json:
        """`chat.delete`."""
        where, message = self._target(args)
        if message.user != self._world.bot.id:
            raise ApiError("cant_delete_message")
        self._chat.delete(message)
        return {"channel": where.id, "ts": message.ts}

    def permalink(self, args: Json) -> Json:
        """`chat.getPermalink`."""
        where, message = self._target(args, key="message_ts")
        mark = message.ts.replace(".", "")
        link = f"https://shop.slack.com/archives/{where.id}/p{mark}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={where.id}"
        return {"channel": where.id, "permalink": link}

    def react(self, args: Json) -> Json:
        """`reactions.add`."""
        message, mine = self._reaction(args)
        if mine in message.reactions:
            raise ApiError("already_reacted")
        self._set_reactions(message, (*message.reactions, mine))
        return {}

    def unreact(self, args: Json) -> Json:
        """`reactions.remove`."""
        message, mine = self._reaction(args)
        if mine not in message.reactions:
            raise ApiError("no_reaction")
        self._set_reactions(message, tuple(one for one in message.reactions if one != mine))
        return {}

    # --- what they share --------------------------------------------------------------------

    def _made(self, where: Channel, args: Json) -> Message:
        return Message(
            channel_id=where.id,
            ts=self._world.make_ts(),
            user=self._world.bot.id,
            bot=True,
            text=str(args.get("text") or ""),
            blocks=named(self._world, args.get("blocks")),
            attachments=tuple(args.get("attachments") or ()),
            options=_options(args),
        )

    def _writable(self, args: Json, *, by_name: bool = False) -> Channel:
        wanted = str(args.get("channel") or "")
        if by_name:
            if wanted in self._world.users:
                args = args | {"channel": self._world.direct_with(wanted).id}
            elif (found := self._world.channel_named(wanted)) is not None:
                args = args | {"channel": found.id}
        channel = place(self._world, args)
        inside = self._world.bot.id in channel.members
        if not inside and not (by_name and "chat:write.public" in self._world.scopes):
            raise ApiError("not_in_channel")
        if channel.archived:
            raise ApiError("is_archived")
        return channel

    def _parent(self, where: Channel, args: Json) -> str | None:
        """The thread to answer in: a reply to a reply stands below the first message."""
        if not (ts := str(args.get("thread_ts") or "")):
            return None
        message = self._world.logs[where.id].get(ts)
        if message is None:
            raise ApiError("thread_not_found")
        return message.thread_ts or ts

    def _target(self, args: Json, *, key: str = "ts") -> tuple[Channel, Message]:
        where = place(self._world, args)
        required(args, key)
        message = self._world.logs[where.id].get(str(args[key]))
        if message is None or message.subtype == "tombstone":
            raise ApiError("message_not_found")
        return where, message

    def _reaction(self, args: Json) -> tuple[Message, tuple[str, str]]:
        required(args, "name", "timestamp")
        if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", str(args["name"])):
            raise ApiError("invalid_name")
        _, message = self._target(args, key="timestamp")
        return message, (str(args["name"]), self._world.bot.id)

    def _set_reactions(self, message: Message, reactions: tuple[tuple[str, str], ...]) -> None:
        self._world.put(replace(message, reactions=reactions))
        self._changes.tell()

    def _pace(self, where: Channel) -> None:
        if self.bucket is not None and not self.bucket.take(where.id):
            raise ApiError("ratelimited", status=429, headers={"Retry-After": "1"})


def _options(args: Json) -> Json:
    found: dict[str, Any] = {key: args[key] for key in _OPTIONS if args.get(key) is not None}
    if "link_names" in found:
        found["link_names"] = true(found["link_names"])
    return found
