"""What people do: they talk, edit, delete, and come and go; channels with them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.mrkdwn import typed
from tests.fakes.slack.world import Channel, File, Group, Json, Message, User, World

__all__ = ["People"]


class People:
    """Everyone but the bot. People and channels go by their names, or as the values they are."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World
        self.changes: Changes
        self._chat: Chat

    # --- who and where ----------------------------------------------------------------------

    def person(self, name: str | User, **more: Any) -> User:
        """The person of this name, who joins the team if new; `more` are fields of `User`."""
        known = self.world.users.get(name.id) if isinstance(name, User) else None
        known = known or self.world.user_named(str(name))
        if known is None:
            return self.world.add_user(str(name), **more)
        if more:
            known = self.world.users[known.id] = replace(known, **more)
        return known

    def channel(
        self,
        name: str | Channel,
        *,
        private: bool = False,
        members: Iterable[str | User] | None = None,
        bot: bool = True,
    ) -> Channel:
        """The channel of this name, made if new, with the bot in it.

        In a new public one is everybody, in a new private one nobody, unless `members` are given.
        """
        if isinstance(name, Channel):
            return self.world.channels[name.id]
        known = self.world.channels.get(name) or self.world.channel_named(name)
        if known is not None:
            return known
        if members is None:
            people = set() if private else set(self.world.users)
        else:
            people = {self.person(one).id for one in members}
        people = people | {self.world.bot.id} if bot else people - {self.world.bot.id}
        return self.world.add_channel(name, private=private, members=people)

    def direct(self, name: str | User) -> Channel:
        """The direct channel of the bot with someone."""
        return self.world.direct_with(self.person(name).id)

    def group(self, handle: str, *members: str | User) -> Group:
        """A user group with these people."""
        people = tuple(self.person(one).id for one in members)
        known = next((one for one in self.world.groups.values() if one.handle == handle), None)
        number = known.id if known else self.world.make_id("S")
        self.world.groups[number] = Group(id=number, handle=handle, members=people)
        return self.world.groups[number]

    # --- talk -------------------------------------------------------------------------------

    def says(
        self,
        author: str | User,
        channel: str | Channel,
        text: str,
        *,
        thread: Message | str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Message:
        """Someone types something: `@Andon` and `#alerts` become mentions, `&` is escaped.

        `files` are what they send with it, by name.
        """
        user, where = self.person(author), self.channel(channel)
        if user.id not in where.members:
            where = self.world.put_channel(replace(where, members=where.members | {user.id}))
        message = Message(
            channel_id=where.id,
            ts=self.world.make_ts(),
            user=user.id,
            text=typed(self.world, text),
            thread_ts=thread.thread_ts or thread.ts if isinstance(thread, Message) else thread,
            subtype="file_share" if files else None,
            files=tuple(self._file(*one) for one in (files or {}).items()),
        )
        return self._chat.put(message)

    def dm(
        self, author: str | User, text: str, *, files: Mapping[str, bytes] | None = None
    ) -> Message:
        """Someone writes to the bot alone."""
        return self.says(author, self.direct(author), text, files=files)

    def _file(self, name: str, content: bytes) -> File:
        file = File(id=self.world.make_id("F"), name=name, title=name, content=content)
        self.world.files[file.id] = file
        return file

    def edits(self, message: Message, text: str) -> Message:
        """Someone edits what they said."""
        now = self.world.logs[message.channel_id][message.ts]
        text = typed(self.world, text)
        return self._chat.edit(now, text=text, edited=self.world.make_ts())

    def deletes(self, message: Message) -> None:
        """Someone deletes a message."""
        self._chat.delete(self.world.logs[message.channel_id][message.ts])

    def reacts(self, name: str | User, message: Message, emoji: str) -> Message:
        """Someone puts a reaction under a message."""
        now = self.world.logs[message.channel_id][message.ts]
        mine = (emoji, self.person(name).id)
        return self.world.put(replace(now, reactions=(*now.reactions, mine)))

    def opens_home(self, name: str | User, tab: str = "home") -> None:
        """Someone opens the bot's Home (or its `messages`)."""
        user = self.person(name)
        self._chat.tell(
            {
                "type": "app_home_opened",
                "user": user.id,
                "channel": self.direct(user).id,
                "tab": tab,
                "event_ts": self.world.make_ts(),
            }
        )

    # --- channels ---------------------------------------------------------------------------

    def joins(self, name: str | User, channel: str | Channel) -> None:
        """Someone joins a channel."""
        user, where = self.person(name), self.channel(channel)
        self.world.put_channel(replace(where, members=where.members | {user.id}))
        self._moved("member_joined_channel", user, where)

    def leaves(self, name: str | User, channel: str | Channel) -> None:
        """Someone leaves a channel."""
        user, where = self.person(name), self.channel(channel)
        self.world.put_channel(replace(where, members=where.members - {user.id}))
        self._moved("member_left_channel", user, where)

    def invites_bot(self, channel: str | Channel) -> None:
        """The bot is invited to a channel."""
        self.joins(self.world.bot, channel)

    def removes_bot(self, channel: str | Channel, by: str | User = "Admin") -> None:
        """The bot is removed from a channel."""
        where = self.channel(channel)
        self.leaves(self.world.bot, where)
        self._happened("left", where, actor_id=self.person(by).id)

    def archives(self, channel: str | Channel, by: str | User = "Admin") -> None:
        """A channel is archived."""
        where = self.world.put_channel(replace(self.channel(channel), archived=True))
        self._happened("archive", where, user=self.person(by).id)

    def unarchives(self, channel: str | Channel, by: str | User = "Admin") -> None:
        """A channel is used again."""
        where = self.world.put_channel(replace(self.channel(channel), archived=False))
        self._happened("unarchive", where, user=self.person(by).id)

    def renames(self, channel: str | Channel, name: str) -> Channel:
        """A channel gets another name."""
        where = self.world.put_channel(replace(self.channel(channel), name=name))
        ts = self.world.make_ts()
        known = {"id": where.id, "name": name, "created": self.world.seconds()}
        self._chat.tell({"type": f"{where.kind}_rename", "channel": known, "event_ts": ts})
        return where

    def deletes_channel(self, channel: str | Channel, by: str | User = "Admin") -> None:
        """A channel is deleted with all that was said in it."""
        where = self.channel(channel)
        actor = self.person(by)
        del self.world.channels[where.id], self.world.logs[where.id]
        self._happened("deleted", where, actor_id=actor.id)

    def _happened(self, what: str, where: Channel, **more: str) -> None:
        event: Json = {
            "type": f"{where.kind}_{what}",
            "channel": where.id,
            "event_ts": self.world.make_ts(),
        }
        self._chat.tell(event | more)

    def _moved(self, what: str, user: User, where: Channel) -> None:
        self._chat.tell(
            {
                "type": what,
                "user": user.id,
                "channel": where.id,
                "channel_type": "G" if where.private else "C",
                "team": self.world.team_id,
                "event_ts": self.world.make_ts(),
            }
        )
