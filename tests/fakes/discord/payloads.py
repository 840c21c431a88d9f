"""What the world looks like as Discord's JSON. Pure."""

from tests.fakes.discord.permissions import permissions_of
from tests.fakes.discord.world import Channel, ChannelKind, Json, Member, Message, Role, User, World

__all__ = [
    "application_payload",
    "channel_payload",
    "guild_payload",
    "interaction_payload",
    "member_payload",
    "message_payload",
    "ready_payload",
    "role_payload",
    "user_payload",
]

_ATTACHMENT_LIMIT = 10 * 1024 * 1024


def user_payload(user: User) -> Json:
    """A user."""
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": user.display_name,
        "discriminator": "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "display_name_styles": None,
        "primary_guild": None,
        "clan": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_payload(member: Member, *, with_user: bool = True) -> Json:
    """A member; the one inside a message comes without the user, who stands beside it."""
    payload: Json = {
        "roles": [str(one) for one in member.roles],
        "joined_at": member.joined_at.isoformat(),
        "nick": None,
        "avatar": None,
        "banner": None,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": member.timed_out_until,
    }
    if with_user:
        payload["user"] = user_payload(member.user)
    return payload


def role_payload(role: Role) -> Json:
    """A role."""
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel_payload(world: World, channel: Channel) -> Json:
    """A channel, a thread or a direct one."""
    if channel.kind is ChannelKind.DIRECT:
        assert channel.recipient is not None
        with_whom = world.members[channel.recipient].user
        return {
            "id": str(channel.id),
            "type": 1,
            "last_message_id": None,
            "recipients": [user_payload(with_whom)],
        }
    payload: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "guild_id": str(world.guild_id),
        "name": channel.name,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "last_message_id": None,
        "rate_limit_per_user": channel.slow_seconds,
    }
    if channel.kind is ChannelKind.THREAD:
        return payload | {
            "owner_id": str(world.owner.id),
            "message_count": 0,
            "member_count": 1,
            "thread_metadata": {
                "archived": channel.archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": world.now().isoformat(),
                "locked": False,
            },
        }
    return payload | {
        "position": 0,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [
            {
                "id": str(one.target),
                "type": 0 if one.role else 1,
                "allow": str(one.allow),
                "deny": str(one.deny),
            }
            for one in channel.overwrites
        ],
    }


def message_payload(world: World, message: Message, *, live: bool = False) -> Json:
    """A message; a `live` one of the server says where, and who in the server wrote it."""
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": message.kind,
        "content": message.content,
        "author": user_payload(message.author),
        "timestamp": message.sent_at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [
            {
                "id": str(message.id + number + 1),
                "filename": one.name,
                "description": one.description,
                "size": len(one.content),
                "url": f"https://cdn.discordapp.com/attachments/{message.id}/{one.name}",
                "proxy_url": f"https://media.discordapp.net/attachments/{message.id}/{one.name}",
            }
            for number, one in enumerate(message.attachments)
        ],
        "embeds": list(message.embeds),
        "components": list(message.components),
        "pinned": message.pinned,
        "flags": message.flags,
        **message.extra,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.webhook_id is not None:
        payload["webhook_id"] = str(message.webhook_id)
    if message.reactions:
        emojis = dict.fromkeys(emoji for emoji, _ in message.reactions)
        payload["reactions"] = [_reaction(world, message, emoji) for emoji in emojis]
    if live and world.channels[message.channel_id].kind is not ChannelKind.DIRECT:
        payload["guild_id"] = str(world.guild_id)
        payload["channel_type"] = int(world.channels[message.channel_id].kind)
        member = world.members.get(message.author.id)
        if member is not None and message.webhook_id is None:
            payload["member"] = member_payload(member, with_user=False)
    return payload


def _reaction(world: World, message: Message, emoji: str) -> Json:
    who = [one for known, one in message.reactions if known == emoji]
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "me": world.bot.id in who,
        "me_burst": False,
        "burst_colors": [],
    }


def guild_payload(world: World, *, whole: bool = False) -> Json:
    """The server; the `whole` of it as GUILD_CREATE gives it."""
    payload: Json = {
        "id": str(world.guild_id),
        "name": "The Shop",
        "icon": None,
        "owner_id": str(world.owner.id),
        "roles": [role_payload(one) for one in world.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "system_channel_flags": 0,
        "afk_timeout": 300,
    }
    if not whole:
        return payload
    seen = [
        one
        for one in world.channels.values()
        if one.kind is not ChannelKind.DIRECT
        and permissions_of(world, world.bot.id, one) & (1 << 10)
    ]
    return payload | {
        "unavailable": False,
        "large": False,
        "joined_at": world.members[world.bot.id].joined_at.isoformat(),
        "member_count": len(world.members),
        "channels": [channel_payload(world, one) for one in seen if one.parent_id is None],
        "threads": [
            channel_payload(world, one) for one in seen if one.parent_id and not one.archived
        ],
        "members": [member_payload(world.members[world.bot.id])],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application_payload(world: World, flags: int) -> Json:
    """The bot's application."""
    return {
        "id": str(world.application_id),
        "name": "Andon",
        "description": "",
        "icon": None,
        "bot_public": False,
        "bot_require_code_grant": False,
        "owner": user_payload(world.owner),
        "verify_key": "0" * 64,
        "flags": flags,
        "bot": user_payload(world.bot),
        "team": None,
        "interactions_endpoint_url": None,
    }


def ready_payload(world: World, session_id: str, resume_url: str, flags: int) -> Json:
    """READY: the server itself follows in GUILD_CREATE."""
    return {
        "v": 10,
        "user": user_payload(world.bot),
        "guilds": [{"id": str(world.guild_id), "unavailable": True}] if world.present else [],
        "session_id": session_id,
        "resume_gateway_url": resume_url,
        "session_type": "normal",
        "shard": [0, 1],
        "application": {"id": str(world.application_id), "flags": flags},
        "private_channels": [],
        "relationships": [],
    }


def interaction_payload(world: World, member: Member, channel: Channel) -> Json:
    """What every interaction says: who, where, and what the bot may do there."""
    payload: Json = {
        "application_id": str(world.application_id),
        "version": 1,
        "channel_id": str(channel.id),
        "channel": channel_payload(world, channel),
        "locale": "en-US",
        "app_permissions": str(permissions_of(world, world.bot.id, channel)),
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(world.guild_id)},
        "attachment_size_limit": _ATTACHMENT_LIMIT,
    }
    if channel.kind is ChannelKind.DIRECT:
        return payload | {"user": user_payload(member.user), "context": 1}
    seen = member_payload(member)
    seen["permissions"] = str(permissions_of(world, member.id, channel))
    return payload | {
        "guild_id": str(world.guild_id),
        "guild_locale": "en-US",
        "member": seen,
        "context": 0,
    }
