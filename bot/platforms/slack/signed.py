"""Calls of Slack's over HTTP: anybody may send them, so nothing is parsed before it is verified."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import SecretStr
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

__all__ = ["Calls"]

#: So many may be unfinished; Slack brings again what is refused.
_AT_ONCE = 100
#: Whoever sends its body slower than that is not Slack.
_READ_WITHIN = 5.0
_STAMP = re.compile("[0-9]{1,12}")


class Calls:
    """What is signed with `secret`; nothing is, where there is none."""

    def __init__(self, secret: SecretStr | None) -> None:
        self._verifier = SignatureVerifier(secret.get_secret_value()) if secret else None
        self._unfinished = 0

    @asynccontextmanager
    async def taken(self, request: web.Request) -> AsyncIterator[AsyncBoltRequest]:
        """A call as Bolt takes it. Raises a `web.HTTPError` where it is not one of Slack's."""
        if self._unfinished >= _AT_ONCE:
            raise web.HTTPServiceUnavailable
        self._unfinished += 1
        try:
            yield await _verified(request, self._verifier)
        finally:
            self._unfinished -= 1


async def _verified(request: web.Request, verifier: SignatureVerifier | None) -> AsyncBoltRequest:
    # First of all: what is left unread would be read, and stumbled over, by the server itself.
    body = await _body(request)
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if verifier is None or _STAMP.fullmatch(stamp) is None or not signature.isascii():
        raise web.HTTPUnauthorized
    try:
        valid = verifier.is_valid(body, stamp, signature)
    except UnicodeDecodeError:
        valid = False
    if not valid:
        raise web.HTTPUnauthorized
    try:
        return AsyncBoltRequest(
            body=body.decode(request.charset or "utf-8"),
            query=request.query_string,
            headers=request.headers,  # type: ignore[arg-type]
        )
    except (LookupError, ValueError, AttributeError, TypeError, RecursionError):
        raise web.HTTPBadRequest from None


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(_READ_WITHIN):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, aiohttp.ClientPayloadError, HttpProcessingError):
        # There is nothing more to be read on this connection.
        request.content.feed_eof()
        refused = web.HTTPBadRequest()
        refused.force_close()
        raise refused from None
