"""The fake Discord's REST: what is common to all requests, and the ways to each."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.fakes.discord.changes import Changes
from tests.fakes.discord.faults import ApiError, Fault, Hold, Request

__all__ = ["Asked", "Handler", "Rest", "answer"]

PREFIX = "/api/v10"


class Asked:
    """One request as its handler sees it: ids from the path, the query, the body."""

    def __init__(self, request: web.Request, body: Any) -> None:
        self._match = request.match_info
        self.query = request.query
        self.body: Any = body
        #: Headers for the answer.
        self.headers: dict[str, str] = {}

    def id(self, name: str) -> int:
        """An id of the path. Raises `ApiError` if it is none."""
        text = self._match[name]
        if not text.isdecimal():
            raise ApiError(400, 50035, f"Invalid Form Body: {name} is not snowflake.")
        return int(text)

    def word(self, name: str) -> str:
        """A word of the path."""
        return self._match[name]

    def number(self, name: str) -> int | None:
        """A number of the query."""
        return int(self.query[name]) if name in self.query else None


Handler = Callable[[Asked], Awaitable[Any]]


def answer(
    status: int, body: Any = None, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """An answer as Discord gives it: exactly `application/json`, or nothing."""
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        content_type="application/json",
        headers=headers,
    )


class Rest:
    """Takes requests, remembers them, and fails as planned."""

    def __init__(self, changes: Changes, token: Callable[[], str]) -> None:
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []
        self.requests: list[Request] = []
        self._changes = changes
        self._token = token

    def route(self, app: web.Application, method: str, path: str, handler: Handler) -> None:
        """Let `handler` answer this method and path."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(request, handler)

        app.router.add_route(method, PREFIX + path, handle)

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """A path that nobody answers is a fault of the fake or of the bot: say so loudly."""

        async def nothing(asked: Asked) -> None:
            raise ApiError(404, 0, f"404: Not Found ({request.method} {request.path})")

        return await self._handle(request, nothing)

    async def _handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        body = await _body(request)
        for hold in [one for one in self.holds if one.fits(request.method, path)]:
            hold.waiting += 1
            self._changes.tell()
            await hold.wait()
        fault = next((one for one in self.faults if one.fits(request.method, path)), None)
        if fault is not None:
            fault.use()
        if fault is None or fault.after_effect:
            response = await self._answered(request, Asked(request, body), handler)
        if fault is not None:
            response = self._failed(fault, request)
        self.requests.append(
            Request(method=request.method, path=path, body=body, status=response.status)
        )
        self._changes.tell()
        return response

    async def _answered(
        self, request: web.Request, asked: Asked, handler: Handler
    ) -> web.StreamResponse:
        try:
            self._check_token(request)
            result = await handler(asked)
        except ApiError as error:
            body = {"code": error.code, "message": error.message}
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                after = asked.headers.get("X-RateLimit-Reset-After", "1")
                body |= {"retry_after": float(after), "global": False}
                asked.headers["Via"] = "1.1 google"
            return answer(error.status, body, asked.headers)
        if result is None:
            return answer(204, headers=asked.headers)
        return answer(200, result, asked.headers)

    def _check_token(self, request: web.Request) -> None:
        path = request.path.removeprefix(PREFIX)
        if path.startswith(("/webhooks/", "/interactions/")):
            return
        if request.headers.get("Authorization") != f"Bot {self._token()}":
            raise ApiError(401, 0, "401: Unauthorized")

    def _failed(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.cut and request.transport is not None:
            request.transport.abort()
        body = fault.body or {"code": 0, "message": f"{fault.status}: planned by the test"}
        return answer(fault.status, body, dict(fault.headers))


async def _body(request: web.Request) -> Any:
    """The JSON of a request; files that came along stand in its `attachments`, as `content`."""
    if request.content_type != "multipart/form-data":
        return json.loads(await request.read() or b"null")
    parts = await request.post()
    body = json.loads(str(parts["payload_json"]))
    for one in body.get("attachments") or ():
        file = parts[f"files[{one['id']}]"]
        assert isinstance(file, web.FileField)
        one["content"] = file.file.read()
        one.setdefault("description", "")
    return body
