"""What a look at Slack saw; plain values, without the SDK."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Look", "SeenChannel", "SeenGroup", "SeenPerson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChannel:
    """A channel that the bot can see: any public one, and the private ones that it is in.

    `inside` is whether the bot is in it, `everybody` whether all of the workspace are, always.
    """

    id: str
    name: str
    private: bool
    archived: bool
    inside: bool
    everybody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """An account; `active` is false once it is deactivated. `app_id` is that of a bot's app."""

    id: str
    name: str
    handle: str
    active: bool = True
    bot: bool = False
    app_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGroup:
    """A user group; `active` is false once it is disabled."""

    id: str
    handle: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen.

    `lacks` are scopes that the bot's token was not given; what they would show is not seen.
    `app_problem` says what is wrong with the token of the app, if one is set. `channels` begin with
    those that the bot is in; `groups` is None where the plan of the workspace has no user groups.
    `unreadable` are channels that stand for a role and do not tell their members, with Slack's word
    for why.
    """

    bot: str
    team: str
    lacks: tuple[str, ...]
    app_problem: str | None
    channels: tuple[SeenChannel, ...]
    people: tuple[SeenPerson, ...]
    groups: tuple[SeenGroup, ...] | None
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def channel(self, channel_id: str) -> SeenChannel | None:
        """The channel with this id."""
        return next((one for one in self.channels if one.id == channel_id), None)

    def person(self, user_id: str) -> SeenPerson | None:
        """The account with this id."""
        return next((one for one in self.people if one.id == user_id), None)

    def group(self, group_id: str) -> SeenGroup | None:
        """The user group with this id."""
        return next((one for one in self.groups or () if one.id == group_id), None)
