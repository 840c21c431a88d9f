"""What Discord's messages are to Andon: lines, edits and direct messages. Pure."""

import re
from datetime import datetime
from functools import partial

import discord

from bot.pictures_in import Sent, Taken
from bot.platforms.discord.people import NAME
from handlers.messages import (
    Channel,
    ChatMessage,
    DirectMessage,
    MessageDeleted,
    MessageEdited,
    TeamLine,
)
from handlers.people import Person

__all__ = ["attached", "deleted", "direct", "edited", "key_of", "line", "spoken", "team_line"]

_EMOJI = re.compile(r"<a?:\w{1,32}:\d{1,20}>")
_SPOKEN = (discord.MessageType.default, discord.MessageType.reply)


def key_of(message_id: int) -> str:
    """The key of a line, the same each time Discord delivers it."""
    return f"{NAME}:{message_id}"


def spoken(message: discord.Message) -> bool:
    """Whether somebody wrote this; the rest are notes of Discord's own."""
    return message.type in _SPOKEN


def line(message: discord.Message, channel: Channel, person: Person) -> ChatMessage:
    """A message of a stream channel, or of a thread under it."""
    return ChatMessage(
        key=key_of(message.id),
        channel=channel,
        native_id=str(message.id),
        person=person,
        text=_text(message),
        sent_at=message.created_at,
        quotes=_quotes(message),
        reply=_replies(message),
        edited_at=message.edited_at,
    )


def edited(
    message: discord.Message, at: datetime, channel: Channel, person: Person
) -> MessageEdited:
    """A message of the stream that now reads otherwise."""
    return MessageEdited(
        key=f"{key_of(message.id)}@{at.isoformat()}",
        of=key_of(message.id),
        channel=channel,
        native_id=str(message.id),
        person=person,
        text=_text(message),
        sent_at=message.created_at,
        edited_at=at,
        quotes=_quotes(message),
        reply=_replies(message),
    )


def deleted(message_id: int, channel: Channel, at: datetime) -> MessageDeleted:
    """A message of the stream that is gone; Discord does not say since when."""
    return MessageDeleted(
        key=f"{key_of(message_id)}@deleted",
        of=key_of(message_id),
        channel=channel,
        native_id=str(message_id),
        deleted_at=at,
    )


def direct(message: discord.Message, person: Person, taken: Taken) -> DirectMessage:
    """A message written to the bot alone, with what was taken of its attachments."""
    return DirectMessage(
        key=key_of(message.id),
        person=person,
        text=_text(message),
        sent_at=message.created_at,
        pictures=taken.pictures,
        not_taken=taken.not_taken,
    )


def attached(message: discord.Message) -> list[Sent]:
    """What came with a message, to be fetched from where Discord keeps it."""
    return [Sent(size=one.size, fetch=partial(_fetch, one)) for one in message.attachments]


async def _fetch(one: discord.Attachment) -> bytes:
    try:
        return await one.read()
    except discord.HTTPException as error:
        raise ConnectionError(error.text) from error


def team_line(message: discord.Message, channel: Channel, person: Person) -> TeamLine | None:
    """A line that a person typed in a channel of the team; None for any other message there."""
    if not spoken(message) or _quotes(message) or not message.content.strip():
        return None
    return TeamLine(
        key=key_of(message.id),
        channel=channel,
        person=person,
        text=_text(message),
        sent_at=message.created_at,
        thread=_answered(message),
    )


def _answered(message: discord.Message) -> str:
    """The post that a message of the team answers, or that its thread began with."""
    if isinstance(message.channel, discord.Thread):
        return str(message.channel.id)
    reference = message.reference
    return "" if reference is None else str(reference.message_id or "")


def _forwarded(message: discord.Message) -> bool:
    reference = message.reference
    return reference is not None and reference.type is discord.MessageReferenceType.forward


def _quotes(message: discord.Message) -> bool:
    return _forwarded(message) or message.author.bot or message.webhook_id is not None


def _replies(message: discord.Message) -> bool:
    return message.reference is not None and not _forwarded(message)


def _text(message: discord.Message) -> str:
    # A server's own emoji have names, which may be anything.
    return _EMOJI.sub(" ", message.content) if "<" in message.content else message.content
