"""What people do: they talk, edit, delete, press, type commands and fill in forms."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tests.fakes.discord.changes import Changes
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    form_data,
    option_data,
)
from tests.fakes.discord.payloads import (
    channel_payload,
    interaction_payload,
    member_payload,
    message_payload,
    user_payload,
)
from tests.fakes.discord.rest_interactions import InteractionRest
from tests.fakes.discord.world import (
    Channel,
    ChannelKind,
    Json,
    Member,
    Message,
    Overwrite,
    Role,
    User,
    World,
)

__all__ = ["People"]

_FORWARDED, _REPLY = 1 << 14, 19
_BUTTON, _SELECT = 2, 3


class People:
    """Everyone but the bot. Members and channels go by their names, or as the values they are."""

    def __init__(self) -> None:
        self.world: World
        self.changes: Changes
        self._chat: Chat
        self._gateway: Gateway
        self._interactions: InteractionRest

    # --- who and where ----------------------------------------------------------------------

    def member(self, name: str | Member, *roles: str | Role, direct: bool | None = None) -> Member:
        """The member of this name, who joins if new; with `roles` given, they are theirs.

        `direct` is whether they take direct messages, as everyone does at first.
        """
        known = name if isinstance(name, Member) else self.world.member_named(name)
        if known is None:
            user = User(id=self.world.ids.make(), name=str(name), display_name=str(name))
            known = Member(user=user, joined_at=self.world.now())
        known = self.world.members.get(known.id, known)
        if roles:
            known = replace(known, roles=tuple(self.role(one).id for one in roles))
        if direct is not None:
            known = replace(known, takes_direct=direct)
        self.world.members[known.id] = known
        return known

    def role(self, name: str | Role, permissions: int = 0) -> Role:
        """The role of this name, made if new."""
        if isinstance(name, Role):
            return name
        for role in self.world.roles.values():
            if role.name == name:
                return role
        role = Role(id=self.world.ids.make(), name=name, permissions=permissions)
        self.world.roles[role.id] = role
        return role

    def channel(self, name: str | Channel) -> Channel:
        """The channel of this name, made if new."""
        if isinstance(name, Channel):
            return self.world.channels[name.id]
        known = self.world.channel_named(name)
        return known or self.world.add_channel(Channel(id=self.world.ids.make(), name=name))

    def thread(self, parent: str | Channel, name: str, *, archived: bool = False) -> Channel:
        """Open a thread."""
        thread = Channel(
            id=self.world.ids.make(),
            name=name,
            kind=ChannelKind.THREAD,
            parent_id=self.channel(parent).id,
            archived=archived,
        )
        self.world.add_channel(thread)
        created = channel_payload(self.world, thread) | {"newly_created": True}
        self._gateway.tell("THREAD_CREATE", created, 1)
        return thread

    def forbid(self, channel: str | Channel, permissions: int) -> None:
        """Take permissions from the bot in one channel."""
        place = self.channel(channel)
        overwrite = Overwrite(target=self.world.bot.id, role=False, deny=permissions)
        kept = tuple(one for one in place.overwrites if one.target != self.world.bot.id)
        self.world.add_channel(replace(place, overwrites=(*kept, overwrite)))
        changed = channel_payload(self.world, self.channel(place))
        self._gateway.tell("CHANNEL_UPDATE", changed, 1)

    # --- talk -------------------------------------------------------------------------------

    def says(
        self,
        author: str | Member,
        channel: str | Channel,
        text: str,
        *,
        at: datetime | None = None,
        reply_to: Message | None = None,
        forwards: Message | None = None,
    ) -> Message:
        """Someone says something, in answer to another line, or forwarding one."""
        message = Message(
            id=self.world.ids.make(at),
            channel_id=self.channel(channel).id,
            author=self.member(author).user,
            content=text,
        )
        if reply_to is not None:
            extra: Json = {
                "message_reference": _reference(reply_to, 0),
                "referenced_message": message_payload(self.world, reply_to),
            }
            message = replace(message, kind=_REPLY, extra=extra)
        elif forwards is not None:
            snapshot = {"message": message_payload(self.world, forwards)}
            extra = {
                "message_reference": _reference(forwards, 1),
                "message_snapshots": [snapshot],
            }
            message = replace(message, flags=_FORWARDED, extra=extra)
        return self._chat.put(message)

    def webhook_says(self, channel: str | Channel, text: str, name: str = "Feed") -> Message:
        """A webhook says something, under a name of its own."""
        hook = User(id=self.world.ids.make(), name=name, bot=True)
        return self._chat.put(
            Message(
                id=self.world.ids.make(),
                channel_id=self.channel(channel).id,
                author=hook,
                content=text,
                webhook_id=hook.id,
            )
        )

    def bot_says(self, channel: str | Channel, text: str, name: str = "OtherBot") -> Message:
        """Another bot says something."""
        member = self.member(name)
        if not member.user.bot:
            member = replace(member, user=replace(member.user, bot=True))
            self.world.members[member.id] = member
        return self.says(member, channel, text)

    def whispers(self, author: str | Member, text: str) -> Message:
        """Someone writes to the bot alone."""
        member = self.member(author)
        return self.says(member, self.world.direct_with(member.id), text)

    def edits(self, message: Message, text: str, *, at: datetime | None = None) -> Message:
        """Someone edits a line."""
        return self._chat.edit(message, content=text, edited_at=at or self.world.now())

    def deletes(self, *messages: Message) -> None:
        """Someone deletes a line, or many at once."""
        if len(messages) == 1:
            self._chat.delete(messages[0])
        else:
            self._chat.delete_many(messages)

    # --- acts -------------------------------------------------------------------------------

    def command(
        self,
        member: str | Member,
        name: str,
        options: Mapping[str, object] | None = None,
        *,
        channel: str | Channel = "live",
    ) -> Interaction:
        """Someone sends a slash command: `name` with its sub-commands, as `show start`.

        Raises `LookupError` if the bot did not register it so.
        """
        known = [one for one in self.world.commands if one.get("type", 1) == 1]
        data = option_data(known, name.split(), options or {})
        if people := self._named(options or {}):
            data["resolved"] = people
        return self._act(COMMAND, member, channel, data)

    def _named(self, options: Mapping[str, object]) -> Json:
        """The members whose ids are values of options, as Discord shows them beside the ids."""
        ids = [int(one) for one in map(str, options.values()) if one.isdecimal()]
        found = [self.world.members[id] for id in ids if id in self.world.members]
        if not found:
            return {}
        return {
            "users": {str(one.id): user_payload(one.user) for one in found},
            "members": {str(one.id): member_payload(one, with_user=False) for one in found},
        }

    def types(
        self,
        member: str | Member,
        name: str,
        option: str,
        text: str,
        *,
        others: Mapping[str, object] | None = None,
        channel: str | Channel = "live",
    ) -> Interaction:
        """Someone is typing an option of a command, and waits for what may complete it."""
        known = [one for one in self.world.commands if one.get("type", 1) == 1]
        data = option_data(known, name.split(), {**(others or {}), option: (text, True)})
        return self._act(AUTOCOMPLETE, member, channel, data)

    def chooses(self, member: str | Member, name: str, message: Message) -> Interaction:
        """Someone chooses an entry of a message's menu. Raises `LookupError` if there is none."""
        menus = [one for one in self.world.commands if one.get("type", 1) == 3]
        menu = next((one for one in menus if one["name"] == name), None)
        if menu is None:
            raise LookupError(f"no menu {name}; there are {[one['name'] for one in menus]}")
        shown = {str(message.id): message_payload(self.world, message)}
        data = {"id": menu["id"], "name": name, "type": 3, "guild_id": menu["guild_id"]} | {
            "target_id": str(message.id),
            "resolved": {"messages": shown},
        }
        return self._act(COMMAND, member, self.world.channels[message.channel_id], data)

    def presses(
        self,
        member: str | Member,
        message: Message,
        custom_id: str,
        values: Sequence[str] | None = None,
    ) -> Interaction:
        """Someone presses a button under a message, or picks `values` of a select.

        A custom id that is not under the message is a forged one, and is sent all the same.
        """
        data: Json = {"custom_id": custom_id, "component_type": _BUTTON, "id": 1}
        if values is not None:
            data |= {"component_type": _SELECT, "values": list(values)}
        place = self.world.channels[message.channel_id]
        return self._act(COMPONENT, member, place, data, source=message)

    def submits(
        self,
        member: str | Member,
        modal: Json | str,
        values: Mapping[str, str | Iterable[str]],
        *,
        channel: str | Channel = "live",
        source: Message | None = None,
    ) -> Interaction:
        """Someone sends a form that opened, or one made up under a custom id."""
        kept = {
            name: value if isinstance(value, str) else tuple(value)
            for name, value in values.items()
        }
        return self._act(MODAL_SUBMIT, member, channel, form_data(modal, kept), source=source)

    def _act(
        self,
        kind: int,
        who: str | Member,
        where: str | Channel,
        data: Json,
        *,
        source: Message | None = None,
    ) -> Interaction:
        member, channel = self.member(who), self.channel(where)
        number = self.world.ids.make()
        interaction = Interaction(
            id=number,
            token=f"token-of-{number}",
            kind=kind,
            member=member,
            channel=channel,
            changes=self.changes,
            now=self.world.now,
            made_at=self.world.now(),
            source=source,
        )
        self._interactions.add(interaction)
        payload = interaction_payload(self.world, member, channel) | {
            "id": str(number),
            "token": interaction.token,
            "type": kind,
            "data": json.loads(json.dumps(data)),
        }
        if source is not None:
            payload["message"] = message_payload(self.world, source)
        interaction.payload = payload
        self.delivers_again(interaction)
        return interaction

    def delivers_again(self, interaction: Interaction) -> None:
        """Deliver an act that was delivered before, as a resumed session may."""
        self._gateway.tell("INTERACTION_CREATE", interaction.payload)


def _reference(message: Message, kind: int) -> Json:
    return {
        "type": kind,
        "message_id": str(message.id),
        "channel_id": str(message.channel_id),
    }
