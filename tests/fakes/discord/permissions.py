"""What a member may do where, by Discord's rules for roles and overwrites."""

from tests.fakes.discord.world import Channel, ChannelKind, World

__all__ = [
    "ADD_REACTIONS",
    "ADMINISTRATOR",
    "BOT",
    "EVERYONE",
    "MANAGE_CHANNELS",
    "MANAGE_GUILD",
    "MANAGE_MESSAGES",
    "MANAGE_ROLES",
    "MODERATE_MEMBERS",
    "PIN_MESSAGES",
    "READ_HISTORY",
    "SEND_IN_THREADS",
    "SEND_MESSAGES",
    "VIEW_CHANNEL",
    "permissions_of",
]

ADMINISTRATOR = 1 << 3
ADD_REACTIONS = 1 << 6
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
READ_HISTORY = 1 << 16
MANAGE_ROLES = 1 << 28
USE_COMMANDS = 1 << 31
SEND_IN_THREADS = 1 << 38
MODERATE_MEMBERS = 1 << 40
PIN_MESSAGES = 1 << 51
ALL = (1 << 52) - 1

EVERYONE = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | READ_HISTORY
    | ADD_REACTIONS
    | EMBED_LINKS
    | USE_COMMANDS
    | SEND_IN_THREADS
)
BOT = EVERYONE | MANAGE_CHANNELS | MANAGE_MESSAGES | MODERATE_MEMBERS | PIN_MESSAGES


def permissions_of(world: World, user_id: int, channel: Channel | None = None) -> int:
    """The permissions of a member in a channel, or in the server as a whole."""
    if channel is not None and channel.kind is ChannelKind.DIRECT:
        return EVERYONE
    member = world.members[user_id]
    if user_id == world.owner.id:
        return ALL
    held = {world.guild_id, *member.roles}
    granted = 0
    for role_id in held:
        granted |= world.roles[role_id].permissions
    if granted & ADMINISTRATOR:
        return ALL
    place = channel
    if place is not None and place.parent_id is not None:
        place = world.channels[place.parent_id]
    if place is None:
        return granted
    everyone = [one for one in place.overwrites if one.target == world.guild_id]
    roles = [one for one in place.overwrites if one.target in held - {world.guild_id}]
    own = [one for one in place.overwrites if one.target == user_id]
    for group in (everyone, roles, own):
        denied = allowed = 0
        for one in group:
            denied |= one.deny
            allowed |= one.allow
        granted = granted & ~denied | allowed
    return granted
