"""The fake Slack, and what the real SDK and the real Bolt make of it."""

from collections.abc import AsyncIterator

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.listener import bolt


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """By the clock on the wall, with Mia in it."""
    async with FakeSlack(ack_within=2.0) as slack:
        slack.person("Mia")
        yield slack


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    """The SDK's client, which tries nothing again."""
    return AsyncWebClient(slack.token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def app(slack: FakeSlack) -> AsyncApp:
    """An app on Bolt, to which what the bot says itself does not come back."""
    # Here that would only be noise.
    slack.world.events -= {"message.groups"}
    return bolt(slack)
