"""Saying, editing and deleting: what changes in the world, and who is told of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.fakes.discord.changes import Changes
from tests.fakes.discord.gateway import Gateway, Intent
from tests.fakes.discord.payloads import member_payload, message_payload
from tests.fakes.discord.permissions import VIEW_CHANNEL, permissions_of
from tests.fakes.discord.world import ChannelKind, Json, Message, World

__all__ = ["Chat"]


class Chat:
    """Everything said in the world, with its events."""

    def __init__(self, world: World, gateway: Gateway, changes: Changes) -> None:
        self.world = world
        self._gateway = gateway
        self._changes = changes

    def put(self, message: Message) -> Message:
        """Say it."""
        self.world.logs[message.channel_id].put(message)
        self._tell("MESSAGE_CREATE", message.channel_id, self._payload(message), message)
        return message

    def edit(self, message: Message, **changes: Any) -> Message:
        """Change it; a new text is an edit with a time."""
        if "content" in changes:
            changes.setdefault("edited_at", self.world.now())
        edited = replace(message, **changes)
        self.world.logs[message.channel_id].put(edited)
        self._tell("MESSAGE_UPDATE", message.channel_id, self._payload(edited), edited)
        return edited

    def delete(self, message: Message) -> None:
        """Take it back."""
        self.world.logs[message.channel_id].remove(message.id)
        data = {"id": str(message.id)} | self._where(message.channel_id)
        self._tell("MESSAGE_DELETE", message.channel_id, data)

    def delete_many(self, messages: Sequence[Message]) -> None:
        """Take many of one channel back at once."""
        channel_id = messages[0].channel_id
        for message in messages:
            self.world.logs[channel_id].remove(message.id)
        data = {"ids": [str(one.id) for one in messages]} | self._where(channel_id)
        self._tell("MESSAGE_DELETE_BULK", channel_id, data)

    def react(self, message: Message, emoji: str, user_id: int, *, add: bool = True) -> None:
        """Put a reaction on it, or take it off."""
        own = (emoji, user_id)
        if (own in message.reactions) == add:
            return
        kept = tuple(one for one in message.reactions if one != own)
        changed = replace(message, reactions=(*kept, own) if add else kept)
        self.world.logs[message.channel_id].put(changed)
        data = {
            "user_id": str(user_id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        } | self._where(message.channel_id)
        direct = "guild_id" not in data
        if add and not direct:
            data["member"] = member_payload(self.world.members[user_id])
        event = "MESSAGE_REACTION_ADD" if add else "MESSAGE_REACTION_REMOVE"
        intent = Intent.DIRECT_REACTIONS if direct else Intent.GUILD_REACTIONS
        self._gateway.tell(event, data, intent)
        self._changes.tell()

    def _payload(self, message: Message) -> Json:
        return message_payload(self.world, message, live=True)

    def _where(self, channel_id: int) -> Json:
        where = {"channel_id": str(channel_id)}
        if self.world.channels[channel_id].kind is not ChannelKind.DIRECT:
            where["guild_id"] = str(self.world.guild_id)
        return where

    def _tell(
        self, event: str, channel_id: int, data: Json, message: Message | None = None
    ) -> None:
        channel = self.world.channels[channel_id]
        direct = channel.kind is ChannelKind.DIRECT
        there = direct or (self.world.present and self.world.available)
        if there and permissions_of(self.world, self.world.bot.id, channel) & VIEW_CHANNEL:
            intent = Intent.DIRECT_MESSAGES if direct else Intent.GUILD_MESSAGES
            bare = None
            if message is not None and not direct and message.author != self.world.bot:
                bare = data | {"content": "", "embeds": [], "components": []}
            self._gateway.tell(event, data, intent, bare=bare)
        self._changes.tell()
