"""The methods that tell of the team: `auth`, `conversations`, `users` and `usergroups`."""

from collections.abc import Callable
from dataclasses import replace

from tests.fakes.slack.api import Method, check_scope, page, place, required, true
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.payloads import (
    channel_payload,
    group_payload,
    message_payload,
    user_payload,
)
from tests.fakes.slack.world import Channel, Json, Message, World

__all__ = ["RoomMethods"]

_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
_SCOPES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


class RoomMethods:
    """Who and what is there."""

    def __init__(self, world: World, url: Callable[[], str]) -> None:
        self._world = world
        self._url = url

    def methods(self) -> dict[str, Method]:
        """What it answers."""
        return {
            "auth.test": Method(self.test),
            "conversations.open": Method(self.open, "im:write"),
            "conversations.info": Method(self.info),
            "conversations.list": Method(self.channels),
            "conversations.members": Method(self.members),
            "conversations.history": Method(self.history),
            "conversations.replies": Method(self.replies),
            "conversations.join": Method(self.join, "channels:join"),
            "users.info": Method(self.user, "users:read"),
            "users.list": Method(self.users, "users:read"),
            "usergroups.list": Method(self.groups, "usergroups:read"),
            "usergroups.users.list": Method(self.group_users, "usergroups:read"),
        }

    def test(self, _: Json) -> Json:
        """`auth.test`."""
        world = self._world
        return {
            "url": self._url(),
            "team": "The Shop",
            "team_id": world.team_id,
            "user": world.bot.handle,
            "user_id": world.bot.id,
            "bot_id": world.bot_id,
            "is_enterprise_install": False,
        }

    def open(self, args: Json) -> Json:
        """`conversations.open` with one person."""
        if args.get("channel"):
            return {"channel": channel_payload(self._world, place(self._world, args))}
        required(args, "users")
        users = args["users"]
        wanted = users if isinstance(users, list) else str(users).split(",")
        if len(wanted) > 1:
            raise ApiError("missing_scope", needed="mpim:write", provided="im:write")
        user = self._world.users.get(wanted[0])
        if user is None:
            raise ApiError("user_not_found")
        if user.deleted:
            raise ApiError("user_disabled")
        if user.bot:
            raise ApiError("cannot_dm_bot")
        channel = self._world.direct_with(user.id)
        whole = channel_payload(self._world, channel)
        return {"channel": whole if true(args.get("return_im")) else {"id": channel.id}}

    def join(self, args: Json) -> Json:
        """`conversations.join`."""
        channel = place(self._world, args)
        if channel.archived:
            raise ApiError("is_archived")
        channel = replace(channel, members=channel.members | {self._world.bot.id})
        return {"channel": channel_payload(self._world, self._world.put_channel(channel))}

    def info(self, args: Json) -> Json:
        """`conversations.info`."""
        return {"channel": channel_payload(self._world, place(self._world, args, verb="read"))}

    def channels(self, args: Json) -> Json:
        """`conversations.list`."""
        types = [one.strip() for one in str(args.get("types") or "public_channel").split(",")]
        for one in types:
            if one not in _TYPES:
                raise ApiError("invalid_types")
            check_scope(self._world, f"{_SCOPES[one]}:read")
        kinds = {_TYPES[one] for one in types}
        found = [
            one
            for one in self._world.channels.values()
            if one.kind in kinds
            and (one.kind == "channel" or self._world.bot.id in one.members)
            and not (one.archived and true(args.get("exclude_archived")))
        ]
        some, more = page(args, found, usual=100)
        return {"channels": [channel_payload(self._world, one) for one in some]} | more

    def members(self, args: Json) -> Json:
        """`conversations.members`."""
        channel = place(self._world, args, verb="read")
        some, more = page(args, sorted(channel.members), usual=100)
        return {"members": some} | more

    def history(self, args: Json) -> Json:
        """`conversations.history`: the newest first; of threads only what was said to all."""
        channel = place(self._world, args, verb="history", member=True)
        log = self._world.log(channel.id)
        found = [one for one in log if not one.is_reply or one.broadcast]
        return self._pages(channel, args, found[::-1])

    def replies(self, args: Json) -> Json:
        """`conversations.replies`: the first message, and what stands below it."""
        channel = place(self._world, args, verb="history", member=True)
        required(args, "ts")
        first = self._world.logs[channel.id].get(str(args["ts"]))
        if first is None:
            raise ApiError("thread_not_found")
        below = self._world.replies(channel.id, first.thread_ts or first.ts)
        return self._pages(channel, args, below, above=[first])

    def _pages(
        self,
        channel: Channel,
        args: Json,
        found: list[Message],
        *,
        above: list[Message] | None = None,
    ) -> Json:
        """A page of those between `oldest` and `latest`."""
        oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "")
        inside = true(args.get("inclusive"))
        for bound in (oldest, latest or "0"):
            if not bound.replace(".", "", 1).isdecimal():
                raise ApiError("invalid_ts_oldest" if bound == oldest else "invalid_ts_latest")
        kept = [
            one
            for one in found
            if (_micros(one.ts) > _micros(oldest) or (inside and one.ts == oldest))
            and (not latest or _micros(one.ts) < _micros(latest) or (inside and one.ts == latest))
        ]
        some, more = page(args, [*(above or ()), *kept], usual=100)
        whole = true(args.get("include_all_metadata"))
        following = more["response_metadata"]["next_cursor"]
        return {
            "messages": [message_payload(self._world, one, metadata=whole) for one in some],
            "has_more": bool(following),
            "pin_count": 0,
            **(more if following else {}),
        }

    def user(self, args: Json) -> Json:
        """`users.info`."""
        user = self._world.users.get(str(args.get("user") or ""))
        if user is None:
            raise ApiError("user_not_found")
        return {"user": user_payload(self._world, user)}

    def users(self, args: Json) -> Json:
        """`users.list`."""
        some, more = page(args, list(self._world.users.values()), usual=1000)
        return {"members": [user_payload(self._world, one) for one in some]} | more

    def groups(self, args: Json) -> Json:
        """`usergroups.list`."""
        self._check_plan()
        users = true(args.get("include_users"))
        found = [
            group_payload(self._world, one, users=users) for one in self._world.groups.values()
        ]
        return {"usergroups": found}

    def group_users(self, args: Json) -> Json:
        """`usergroups.users.list`."""
        self._check_plan()
        group = self._world.groups.get(str(args.get("usergroup") or ""))
        if group is None:
            raise ApiError("no_such_subteam")
        return {"users": [*group.members]}

    def _check_plan(self) -> None:
        if not self._world.paid_plan:
            raise ApiError("plan_upgrade_required")


def _micros(ts: str) -> int:
    whole, _, part = ts.partition(".")
    return int(whole or 0) * 1_000_000 + int(part.ljust(6, "0")[:6] or 0)
