"""HTTP mode: the same envelopes as signed requests to an address of the app."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.delivery import Attempt, Deliveries, Envelope, HttpAnswer
from tests.fakes.slack.world import Json

__all__ = ["Poster", "signature"]

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_REASONS = {"timeout": "http_timeout"}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Slack puts into `X-Slack-Signature`."""
    base = b":".join((b"v0", timestamp.encode(), body))
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Poster:
    """Posts envelopes, signed with `secret`; what is not answered with 2xx goes out again."""

    def __init__(self, url: str, secret: str, deliveries: Deliveries) -> None:
        self.url = url
        self.secret = secret
        self.session = aiohttp.ClientSession()
        self._deliveries = deliveries
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.session.close()

    def carry(self, envelope: Envelope, attempt: Attempt) -> bool:
        """Post it, and take the answer for the acknowledgement."""
        task = asyncio.create_task(self._deliver(envelope, attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def post(
        self,
        kind: str,
        payload: Json,
        *,
        secret: str | None = None,
        age: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[HttpAnswer, Mapping[str, str]]:
        """Post one thing, signed with this secret `age` seconds ago."""
        body, content_type = _encoded(kind, payload)
        timestamp = str(int(time.time() - age))
        sent = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(secret or self.secret, timestamp, body),
            **(headers or {}),
        }
        async with self.session.post(self.url, data=body, headers=sent) as response:
            answer = HttpAnswer(status=response.status, body=await response.text())
            return answer, response.headers

    async def _deliver(self, envelope: Envelope, attempt: Attempt) -> None:
        retry = {
            "X-Slack-Retry-Num": str(attempt.number),
            "X-Slack-Retry-Reason": _REASONS.get(attempt.reason, attempt.reason),
        }
        again = True
        try:
            async with asyncio.timeout(self._deliveries.ack_within):
                answer, headers = await self.post(
                    envelope.kind, envelope.payload, headers=retry if attempt.number else None
                )
            attempt.answer, reason = answer, "http_error"
            again = headers.get("X-Slack-No-Retry") != "1"
        except TimeoutError:
            attempt.answer, reason = HttpAnswer(status=0), "http_timeout"
        except aiohttp.ClientError as error:
            attempt.answer, reason = HttpAnswer(status=0, body=str(error)), "connection_failed"
        if 200 <= attempt.answer.status < 300:
            self._deliveries.acknowledged(envelope.id, _answer(attempt.answer.body))
        else:
            self._deliveries.failed(envelope, attempt, reason, again=again)


def _encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), FORM


def _answer(body: str) -> Json | None:
    if not body.strip():
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body}
    return found if isinstance(found, dict) else {"text": body}
