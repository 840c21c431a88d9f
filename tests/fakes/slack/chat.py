"""Messages as they come, change and go, each with the events that tell the app of it."""

from dataclasses import replace
from typing import Any

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.delivery import Deliveries
from tests.fakes.slack.payloads import event_body, message_event, message_payload
from tests.fakes.slack.world import Channel, Json, Message, World

__all__ = ["Chat"]

_MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Chat:
    """Whatever is said goes through here."""

    def __init__(self, world: World, deliveries: Deliveries, changes: Changes) -> None:
        self._world = world
        self._deliveries = deliveries
        self._changes = changes

    def tell(self, event: Json, subscription: str | None = None) -> None:
        """Send an event, if the app subscribes to it."""
        if (subscription or event["type"]) in self._world.events:
            self._deliveries.send("events_api", event_body(self._world, event))
        self._changes.tell()

    def put(self, message: Message) -> Message:
        """Someone says something."""
        self._world.put(message)
        if message.only_for is None:
            event = message_event(self._world, message)
            self._tell_of_message(message.channel_id, event)
            where = self._world.channels[message.channel_id]
            mention = f"<@{self._world.bot.id}>"
            mentioned = where.user is None and not message.bot and mention in message.text
            if mentioned and self.heard(where):
                self.tell(_mention(event))
        self._changes.tell()
        return message

    def edit(self, message: Message, **changed: Any) -> Message:
        """A message reads otherwise now."""
        before = message_payload(self._world, message)
        message = self._world.put(replace(message, **changed))
        if message.only_for is None:
            now = message_payload(self._world, message)
            more = {"message": now, "previous_message": before}
            self._tell_of_change(message, "message_changed", more)
        self._changes.tell()
        return message

    def delete(self, message: Message) -> None:
        """A message goes."""
        before = message_payload(self._world, message)
        self._world.remove(message)
        if message.only_for is None:
            more = {"deleted_ts": message.ts, "previous_message": before}
            self._tell_of_change(message, "message_deleted", more)
        self._changes.tell()

    def heard(self, channel: Channel) -> bool:
        """Whether the bot is there to hear what is said."""
        return self._world.bot.id in channel.members

    def _tell_of_change(self, message: Message, subtype: str, more: Json) -> None:
        ts = self._world.make_ts()
        where = self._world.channels[message.channel_id]
        event = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": where.id,
            "channel_type": where.kind,
            "ts": ts,
            "event_ts": ts,
        }
        self._tell_of_message(where.id, event | more)

    def _tell_of_message(self, channel_id: str, event: Json) -> None:
        where = self._world.channels[channel_id]
        if self.heard(where):
            self.tell(event, _MESSAGE_EVENTS[where.kind])


def _mention(event: Json) -> Json:
    kept = ("user", "text", "ts", "team", "channel", "event_ts", "thread_ts", "parent_user_id")
    return {"type": "app_mention"} | {key: event[key] for key in kept if key in event}
