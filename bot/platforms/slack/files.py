"""Files that people send on Slack: fetched with the token of the bot, from Slack alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.pictures_in import Refused, Sent, bounded
from handlers.messages import NotTaken

__all__ = ["Files"]

_SLACK = ".slack.com"


class Files:
    """Fetches files with the token of `client`, from Slack or from where that one is pointed."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    def of(self, event: Mapping[str, Any]) -> list[Sent]:
        """What came with a message."""
        return [
            Sent(
                size=int(one.get("size") or 0),
                fetch=partial(self._fetch, str(one.get("url_private_download") or "")),
            )
            for one in event.get("files") or ()
        ]

    async def _fetch(self, url: str) -> bytes:
        # The token is a secret: only Slack itself may see it.
        if not self._is_slacks(url):
            raise Refused(NotTaken.NOT_FETCHED)
        token = {"Authorization": f"Bearer {self._client.token}"}
        # Without the scope Slack leads to a page to sign in: that is no picture.
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=token, allow_redirects=False) as response,
        ):
            return await bounded(response)

    def _is_slacks(self, url: str) -> bool:
        there, ours = urlsplit(url), urlsplit(self._client.base_url)
        if (there.scheme, there.netloc) == (ours.scheme, ours.netloc):
            return True
        return there.scheme == "https" and (there.hostname or "").endswith(_SLACK)
