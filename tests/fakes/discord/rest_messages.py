"""REST of channels: messages, reactions, pins, typing, direct channels, threads."""

from dataclasses import replace
from typing import Any

from tests.fakes.discord.changes import Changes
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.faults import ApiError, Bucket
from tests.fakes.discord.limits import check_message, check_not_empty, check_upload
from tests.fakes.discord.payloads import channel_payload, message_payload, user_payload
from tests.fakes.discord.permissions import (
    ADD_REACTIONS,
    MANAGE_CHANNELS,
    MANAGE_MESSAGES,
    MANAGE_ROLES,
    PIN_MESSAGES,
    READ_HISTORY,
    SEND_IN_THREADS,
    SEND_MESSAGES,
    VIEW_CHANNEL,
    permissions_of,
)
from tests.fakes.discord.rest import Asked, Handler
from tests.fakes.discord.world import (
    Attachment,
    Channel,
    ChannelKind,
    Json,
    Message,
    Overwrite,
    World,
)

__all__ = ["MessageRest", "shown"]

_NONCE_SECONDS = 180.0
_PINNED, _REPLY = 6, 19


class MessageRest:
    """What may be done with a channel and what was said there."""

    def __init__(self, world: World, chat: Chat, changes: Changes) -> None:
        self.bucket: Bucket | None = None
        self.typed: list[int] = []
        self._world = world
        self._chat = chat
        self._changes = changes

    def routes(self) -> list[tuple[str, str, Handler]]:
        """All ways in."""
        place = "/channels/{channel}"
        message = place + "/messages/{message}"
        emoji = message + "/reactions/{emoji}"
        return [
            # Before `messages/{message}`, which would take `pins` for an id.
            ("GET", place + "/messages/pins", self._pins),
            ("PUT", place + "/messages/pins/{message}", self._pin),
            ("DELETE", place + "/messages/pins/{message}", self._unpin),
            ("GET", place + "/pins", self._old_pins),
            ("PUT", place + "/pins/{message}", self._pin),
            ("DELETE", place + "/pins/{message}", self._unpin),
            ("POST", place + "/messages/bulk-delete", self._bulk_delete),
            ("POST", place + "/messages", self._post),
            ("GET", place + "/messages", self._list),
            ("GET", message, self._get),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("PUT", emoji + "/@me", self._react),
            ("DELETE", emoji + "/@me", self._unreact),
            ("GET", emoji, self._who_reacted),
            ("POST", place + "/typing", self._typing),
            ("GET", place, self._channel),
            ("PATCH", place, self._change_channel),
            ("PUT", place + "/permissions/{target}", self._overwrite),
            ("DELETE", place + "/permissions/{target}", self._no_overwrite),
            ("GET", place + "/threads/archived/public", self._archived),
            ("POST", "/users/@me/channels", self._direct),
        ]

    # --- who may what -----------------------------------------------------------------------

    def _at(self, asked: Asked, *needed: int) -> Channel:
        channel = self._world.channels.get(asked.id("channel"))
        if channel is None:
            raise ApiError(404, 10003, "Unknown Channel")
        allowed = permissions_of(self._world, self._world.bot.id, channel)
        away = not self._world.present and channel.kind is not ChannelKind.DIRECT
        if away or not allowed & VIEW_CHANNEL:
            raise ApiError(403, 50001, "Missing Access")
        if any(not allowed & one for one in needed):
            raise ApiError(403, 50013, "Missing Permissions")
        return channel

    def _message(self, asked: Asked, *needed: int) -> Message:
        channel = self._at(asked, *needed)
        message = self._world.logs[channel.id].get(asked.id("message"))
        if message is None:
            raise ApiError(404, 10008, "Unknown Message")
        return message

    def _payload(self, message: Message) -> Json:
        return message_payload(self._world, message)

    # --- messages ---------------------------------------------------------------------------

    async def _post(self, asked: Asked) -> Json:
        channel = self._at(asked)
        thread = channel.kind is ChannelKind.THREAD
        channel = self._at(asked, SEND_IN_THREADS if thread else SEND_MESSAGES)
        if channel.recipient and not self._world.members[channel.recipient].takes_direct:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        if self.bucket is not None:
            allowed, headers = self.bucket.take(channel.id)
            asked.headers |= headers
            if not allowed:
                raise ApiError(429, 0, "You are being rate limited.")
        body: Json = asked.body
        check_message(body)
        check_upload(body, self._world.largest_upload)
        check_not_empty(body)
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce"):
            known = self._world.remembered(channel.id, str(nonce), _NONCE_SECONDS)
            if known is not None:
                return self._payload(known)
        message = Message(
            id=self._world.ids.make(),
            channel_id=channel.id,
            author=self._world.bot,
            nonce=nonce,
            **shown(body),
        )
        if (reference := body.get("message_reference")) is not None:
            message = self._reply(message, channel, reference)
        if nonce is not None:
            self._world.nonces[channel.id, str(nonce)] = (message.id, self._world.now())
        return self._payload(self._chat.put(message))

    def _reply(self, message: Message, channel: Channel, reference: Json) -> Message:
        known = self._world.logs[channel.id].get(int(reference["message_id"]))
        if known is None and reference.get("fail_if_not_exists", True):
            raise ApiError(400, 50035, "Invalid Form Body: Unknown message")
        extra = {
            "message_reference": reference,
            "referenced_message": None if known is None else self._payload(known),
        }
        return replace(message, kind=_REPLY, extra=extra)

    async def _list(self, asked: Asked) -> list[Json]:
        channel = self._at(asked)
        allowed = permissions_of(self._world, self._world.bot.id, channel)
        if not allowed & READ_HISTORY:
            return []
        limit = asked.number("limit") or 50
        if not 1 <= limit <= 100:
            raise ApiError(400, 50035, "Invalid Form Body: limit must be 1 to 100.")
        page = self._world.logs[channel.id].page(
            limit, asked.number("after"), asked.number("before")
        )
        return [self._payload(one) for one in page]

    async def _get(self, asked: Asked) -> Json:
        return self._payload(self._message(asked, READ_HISTORY))

    async def _edit(self, asked: Asked) -> Json:
        message = self._message(asked)
        if message.author != self._world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        check_message(asked.body)
        check_upload(asked.body, self._world.largest_upload)
        return self._payload(self._chat.edit(message, **shown(asked.body)))

    async def _delete(self, asked: Asked) -> None:
        message = self._message(asked)
        if message.author != self._world.bot:
            message = self._message(asked, MANAGE_MESSAGES)
        self._chat.delete(message)

    async def _bulk_delete(self, asked: Asked) -> None:
        channel = self._at(asked, MANAGE_MESSAGES)
        log = self._world.logs[channel.id]
        found = [log.get(int(one)) for one in asked.body["messages"]]
        self._chat.delete_many([one for one in found if one is not None])

    # --- reactions, pins, typing ------------------------------------------------------------

    async def _react(self, asked: Asked) -> None:
        message = self._message(asked, READ_HISTORY, ADD_REACTIONS)
        self._chat.react(message, asked.word("emoji"), self._world.bot.id)

    async def _unreact(self, asked: Asked) -> None:
        message = self._message(asked)
        self._chat.react(message, asked.word("emoji"), self._world.bot.id, add=False)

    async def _who_reacted(self, asked: Asked) -> list[Json]:
        message, emoji = self._message(asked), asked.word("emoji")
        who = [user_id for known, user_id in message.reactions if known == emoji]
        return [user_payload(self._world.members[one].user) for one in who]

    async def _pin(self, asked: Asked) -> None:
        message = self._message(asked, PIN_MESSAGES)
        if len([one for one in self._world.logs[message.channel_id].all() if one.pinned]) >= 250:
            raise ApiError(400, 30003, "Maximum number of pins reached (250)")
        if message.pinned:
            return
        self._chat.edit(message, pinned=True)
        reference = {"message_id": str(message.id), "channel_id": str(message.channel_id)}
        self._chat.put(
            Message(
                id=self._world.ids.make(),
                channel_id=message.channel_id,
                author=self._world.bot,
                kind=_PINNED,
                extra={"message_reference": reference},
            )
        )

    async def _unpin(self, asked: Asked) -> None:
        self._chat.edit(self._message(asked, PIN_MESSAGES), pinned=False)

    def _pinned(self, asked: Asked) -> list[Message]:
        log = self._world.logs[self._at(asked, READ_HISTORY).id]
        return [one for one in reversed(log.all()) if one.pinned]

    async def _pins(self, asked: Asked) -> Json:
        at = self._world.now().isoformat()
        items = [{"pinned_at": at, "message": self._payload(one)} for one in self._pinned(asked)]
        return {"items": items, "has_more": False}

    async def _old_pins(self, asked: Asked) -> list[Json]:
        return [self._payload(one) for one in self._pinned(asked)]

    async def _typing(self, asked: Asked) -> None:
        self.typed.append(self._at(asked, SEND_MESSAGES).id)

    # --- channels ---------------------------------------------------------------------------

    async def _channel(self, asked: Asked) -> Json:
        return channel_payload(self._world, self._at(asked))

    async def _change_channel(self, asked: Asked) -> Json:
        channel = self._at(asked, MANAGE_CHANNELS)
        slow = int(asked.body.get("rate_limit_per_user") or 0)
        changed = self._world.add_channel(replace(channel, slow_seconds=slow))
        return channel_payload(self._world, changed)

    async def _archived(self, asked: Asked) -> Json:
        parent = self._at(asked, READ_HISTORY)
        found = [
            channel_payload(self._world, one)
            for one in self._world.channels.values()
            if one.parent_id == parent.id and one.archived
        ]
        return {"threads": found, "members": [], "has_more": False}

    async def _direct(self, asked: Asked) -> Json:
        user_id = int(asked.body["recipient_id"])
        if user_id not in self._world.members:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        return channel_payload(self._world, self._world.direct_with(user_id))

    async def _overwrite(self, asked: Asked) -> None:
        body = asked.body
        added = Overwrite(
            target=asked.id("target"),
            role=int(body["type"]) == 0,
            allow=int(body.get("allow") or 0),
            deny=int(body.get("deny") or 0),
        )
        self._overwritten(asked, (added,))

    async def _no_overwrite(self, asked: Asked) -> None:
        self._overwritten(asked, ())

    def _overwritten(self, asked: Asked, added: tuple[Overwrite, ...]) -> None:
        channel = self._at(asked, MANAGE_ROLES)
        kept = tuple(one for one in channel.overwrites if one.target != asked.id("target"))
        self._world.add_channel(replace(channel, overwrites=kept + added))


def shown(body: Json) -> dict[str, Any]:
    """The fields of a `Message` that this body sets."""
    fields: dict[str, Any] = {}
    if "content" in body:
        fields["content"] = body["content"] or ""
    for name in ("embeds", "components"):
        if body.get(name) is not None:
            fields[name] = tuple(body[name])
    if body.get("attachments") is not None:
        fields["attachments"] = tuple(
            Attachment(name=one["filename"], description=one["description"], content=one["content"])
            for one in body["attachments"]
        )
    if "flags" in body:
        fields["flags"] = body["flags"] or 0
    if "allowed_mentions" in body:
        fields["allowed_mentions"] = body["allowed_mentions"]
    return fields
