"""The real Bolt, pointed at the fake: an app over Socket Mode that writes down what it hears."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.server import FakeSlack

__all__ = ["bolt", "keep", "listening"]


def bolt(server: FakeSlack) -> AsyncApp:
    """An app that knows the fake's tokens, and acknowledges after it has listened."""
    return AsyncApp(
        client=AsyncWebClient(server.token, base_url=server.api_url),
        signing_secret=server.signing_secret,
        process_before_response=True,
    )


@asynccontextmanager
async def listening(
    server: FakeSlack, app: AsyncApp, *, ping_interval: float = 0.1
) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app, connected over Socket Mode."""
    before = server.socket.opened
    handler = AsyncSocketModeHandler(app, server.app_token, ping_interval=ping_interval)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await server.until(lambda: server.socket.opened > before)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


def keep(app: AsyncApp, kind: str, server: FakeSlack) -> list[dict[str, Any]]:
    """Write down all events of a kind as they come."""
    heard: list[dict[str, Any]] = []

    async def note(event: dict[str, Any]) -> None:
        heard.append(event)
        server.changes.tell()

    app.event(kind)(note)
    return heard
