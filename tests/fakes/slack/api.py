"""The fake Slack's Web API: what is common to all methods."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.faults import ApiError, Call, Fault, Hold
from tests.fakes.slack.world import Channel, Json, World

__all__ = [
    "Api",
    "Handler",
    "Method",
    "answer",
    "check_scope",
    "page",
    "place",
    "required",
    "true",
]

Handler = Callable[[Json], Json]
#: Arguments that come as JSON inside a form, or as JSON inside JSON.
_STRUCTURED = ("attachments", "blocks", "channels", "files", "metadata", "view")
_KINDS = {"channel": "channels", "group": "groups", "im": "im"}


@dataclass(frozen=True, slots=True)
class Method:
    """What answers a method, which scope it needs, and whether it takes the app's token."""

    handler: Handler
    scope: str | None = None
    of_app: bool = False


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer as Slack gives it: JSON, or plain text."""
    if isinstance(body, str):
        return web.Response(text=body, status=status, headers=headers)
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


def required(args: Json, *names: str) -> None:
    """Raise `ApiError` unless all of these arguments are there."""
    missing = [one for one in names if args.get(one) in (None, "")]
    if missing:
        messages = [f"[ERROR] missing required field: {one}" for one in missing]
        raise ApiError("invalid_arguments", response_metadata={"messages": messages})


def true(value: Any) -> bool:
    """Whether an argument says yes, in any of the ways that clients write it."""
    return str(value).lower() in ("true", "1")


def place(
    world: World, args: Json, *, key: str = "channel", verb: str = "", member: bool = False
) -> Channel:
    """The channel that an argument names. Raises `ApiError`.

    `verb` is the second half of a scope, as in `channels:history`; with `member` the bot has to be
    in it. A private channel without the bot is none.
    """
    channel = world.channels.get(str(args.get(key) or ""))
    inside = channel is not None and world.bot.id in channel.members
    if channel is None or (channel.private and not inside):
        raise ApiError("channel_not_found")
    if verb:
        check_scope(world, f"{_KINDS[channel.kind]}:{verb}")
    if member and not inside:
        raise ApiError("not_in_channel")
    return channel


def check_scope(world: World, scope: str) -> None:
    """Raise `ApiError` unless the bot was given this scope."""
    if scope not in world.scopes:
        provided = ",".join(sorted(world.scopes))
        raise ApiError("missing_scope", needed=scope, provided=provided)


def page(args: Json, found: list[Any], *, usual: int, most: int = 1000) -> tuple[list[Any], Json]:
    """One page of what was found, and what tells of the next. Raises `ApiError`."""
    limit = min(int(args.get("limit") or usual), most)
    cursor = str(args.get("cursor") or "from:0")
    start = cursor.removeprefix("from:")
    if not (cursor.startswith("from:") and start.isdecimal()):
        raise ApiError("invalid_cursor")
    if limit < 1:
        raise ApiError("invalid_limit")
    end = int(start) + limit
    following = f"from:{end}" if end < len(found) else ""
    return found[int(start) : end], {"response_metadata": {"next_cursor": following}}


class Api:
    """Takes calls, remembers them, and fails as planned."""

    def __init__(
        self, world: World, changes: Changes, tokens: Callable[[], tuple[str, str]]
    ) -> None:
        self.methods: dict[str, Method] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []
        self.revoked: set[str] = set()
        self.trouble = 0
        self._world = world
        self._changes = changes
        self._tokens = tokens

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call of a method, from its token to its answer."""
        name = request.match_info["method"]
        args, token = await _arguments(request)
        return await self.run(request, name, args, lambda: self._answered(name, args, token))

    async def run(
        self,
        request: web.Request,
        name: str,
        args: Json,
        work: Callable[[], Json | str],
    ) -> web.StreamResponse:
        """Do some work for a request, under its name in `calls`, unless a fault comes first."""
        if await self._held(name, after_effect=False):
            return answer({"ok": False, "error": "service_unavailable"}, 503)
        fault = next((one for one in self.faults if one.fits(name, args)), None)
        if self.trouble:
            fault = Fault(method=name, status=self.trouble, error="service_unavailable")
        body: Json | str = {}
        status, headers, error = 200, self._headers(name), None
        if fault is not None:
            fault.use()
        if fault is None or fault.after_effect:
            try:
                body = work()
            except ApiError as refused:
                body = {"ok": False, "error": refused.error, **refused.more}
                status, error = refused.status, refused.error
                headers |= refused.headers
        if fault is not None:
            body = {"ok": False, "error": fault.error}
            status, error = fault.status, fault.error
            headers |= fault.headers
            if fault.cut and request.transport is not None:
                request.transport.abort()
        await self._held(name, after_effect=True)
        self.calls.append(Call(method=name, args=args, status=status, error=error))
        self._changes.tell()
        return answer(body, status, headers)

    async def _held(self, name: str, *, after_effect: bool) -> bool:
        """Wait as long as a hold wants it; whether the call is not to be carried out."""
        dropped = False
        for hold in [one for one in self.holds if one.fits(name)]:
            if hold.after_effect is after_effect:
                hold.waiting += 1
                self._changes.tell()
                await hold.wait()
                dropped = dropped or hold.dropped
        return dropped

    def _answered(self, name: str, args: Json, token: str) -> Json:
        method = self.methods.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        self._check_token(token, method)
        if method.scope is not None:
            check_scope(self._world, method.scope)
        return {"ok": True, **method.handler(args)}

    def _check_token(self, token: str, method: Method) -> None:
        bot, app = self._tokens()
        if not token:
            raise ApiError("not_authed")
        if token in self.revoked:
            raise ApiError("account_inactive")
        if token not in (bot, app):
            raise ApiError("invalid_auth")
        if (token == app) != method.of_app:
            raise ApiError("not_allowed_token_type")

    def _headers(self, name: str) -> dict[str, str]:
        method = self.methods.get(name)
        needed = {"x-accepted-oauth-scopes": method.scope} if method and method.scope else {}
        return {"x-oauth-scopes": ",".join(sorted(self._world.scopes)), **needed}


async def _arguments(request: web.Request) -> tuple[Json, str]:
    """What a method was called with: from the query, a form or JSON; and the token."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= json.loads(await request.read() or b"{}")
    else:
        args |= dict(await request.post())
    for key in _STRUCTURED:
        value = args.get(key)
        if isinstance(value, str) and value[:1] in ("[", "{"):
            try:
                args[key] = json.loads(value)
            except ValueError:
                # Left as it is: the method refuses it in its own words.
                continue
    header = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return args, header or str(args.pop("token", ""))
