"""A post of the local stage as the line that is heard, and where its answer goes."""

from dataclasses import dataclass

from bot.platforms.base import PostFailed
from bot.platforms.local_posts import Post
from handlers.messages import Channel, ChatMessage, MessageDeleted, MessageEdited, TeamLine
from handlers.people import Person, Role

__all__ = ["PLATFORM", "ReplyTo", "heard", "heard_deleted", "heard_edit", "line_key", "team_line"]

PLATFORM = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """What answers one command or press; the person is inside, so it survives a restart."""

    channel: str
    nonce: str
    person: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.nonce}:{self.person}"

    @classmethod
    def parse(cls, text: str) -> "ReplyTo":
        """Read what `str` wrote. Raises `PostFailed`."""
        parts = text.split(":", 2)
        if len(parts) != 3:
            raise PostFailed(f"{text!r} answers nothing on the local stage.")
        return cls(channel=parts[0], nonce=parts[1], person=parts[2])


def line_key(post: Post) -> str:
    """The key of a line, the same at every delivery."""
    return f"{PLATFORM}:{post.id}"


def heard(post: Post) -> ChatMessage:
    """A line as it reads now."""
    return ChatMessage(
        key=line_key(post),
        channel=Channel(PLATFORM, post.channel),
        native_id=str(post.id),
        person=_author(post),
        text=post.text,
        sent_at=post.at,
        edited_at=post.edited_at,
    )


def team_line(post: Post) -> TeamLine:
    """A line of a channel of the team."""
    return TeamLine(
        key=line_key(post),
        channel=Channel(PLATFORM, post.channel),
        person=_author(post),
        text=post.text,
        sent_at=post.at,
    )


def heard_edit(post: Post) -> MessageEdited:
    """The latest edit of a line; its key holds the time, so each edit is one of its own."""
    edited_at = post.edited_at or post.at
    return MessageEdited(
        key=f"{line_key(post)}@{edited_at.isoformat()}",
        of=line_key(post),
        channel=Channel(PLATFORM, post.channel),
        native_id=str(post.id),
        person=_author(post),
        text=post.text,
        sent_at=post.at,
        edited_at=edited_at,
    )


def heard_deleted(post: Post) -> MessageDeleted:
    """That a line was taken back."""
    return MessageDeleted(
        key=f"{line_key(post)}@deleted",
        of=line_key(post),
        channel=Channel(PLATFORM, post.channel),
        native_id=str(post.id),
        deleted_at=post.deleted_at or post.at,
    )


def _author(post: Post) -> Person:
    return Person(
        platform=PLATFORM,
        id=post.author,
        name=post.author_name,
        roles=frozenset({Role(post.author_role)}),
    )
