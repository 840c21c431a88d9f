"""What other systems tell of payments: `/hooks/stripe` and `/hooks/payment`.

A call is judged by its signature before anything of it is believed, and is answered with 2xx only
once it is committed: whoever gets anything else sends it again.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from bot.payments.base import Forged, PaymentWay
from bot.payments.shop_system import NotReadable, ShopSystem
from bot.web.server import Outside
from handlers.messages import Webhook
from handlers.payments.keeping import notice_values
from handlers.payments.model import Notice

__all__ = ["Hooks"]

#: Far more than any notice has; what is longer is no notice.
_LONGEST = 256 * 1024
_log = structlog.get_logger("andon.hooks")


class Hooks:
    """The doors for payment notices. `take` returns once a notice is committed."""

    def __init__(
        self,
        take: Callable[[Webhook], Awaitable[None]],
        *,
        now: Callable[[], datetime],
        stripe: PaymentWay | None = None,
        shop_system: ShopSystem | None = None,
    ) -> None:
        self._take = take
        self._now = now
        self._stripe = stripe
        self._shop_system = shop_system

    def routes(self) -> tuple[Outside, ...]:
        """A door for each way that is set up."""
        found = []
        if self._stripe is not None:
            found.append(Outside(method="POST", path="/hooks/stripe", answer=self._of_stripe))
        if self._shop_system is not None:
            found.append(Outside(method="POST", path="/hooks/payment", answer=self._of_system))
        return tuple(found)

    async def _of_stripe(self, request: web.Request) -> web.Response:
        way, body = self._stripe, await _body(request)
        if way is None or body is None:
            return _refused(413, "That is too long.")
        try:
            notice = way.read(body, request.headers.get("Stripe-Signature", ""))
        except Forged as error:
            return self._forged("stripe", error)
        except (ValueError, KeyError, TypeError):
            # Signed, so it is Stripe's: a kind of event that is not as it is documented.
            _log.warning("a webhook cannot be read", source="stripe")
            return _refused(400, "That event cannot be read.")
        if notice is None:
            return web.Response(text="Thank you.\n")
        return await self._taken("stripe", notice)

    async def _of_system(self, request: web.Request) -> web.Response:
        system, body = self._shop_system, await _body(request)
        if system is None or body is None:
            return _refused(413, "That is too long.")
        stamp = request.headers.get("Andon-Timestamp", "")
        try:
            told = system.read(body, stamp, request.headers.get("Andon-Signature", ""))
        except Forged as error:
            return self._forged("hook", error)
        except NotReadable as error:
            return _refused(400, str(error))
        return await self._taken("hook", told.notice, order=told.order)

    async def _taken(self, way: str, notice: Notice, *, order: str = "") -> web.Response:
        said: dict[str, Any] = {"way": way, "notice": notice_values(notice)}
        if order:
            said["order"] = order
        told = Webhook(
            key=f"{way}:{notice.key}", source="payments.notice", body=said, received_at=self._now()
        )
        # The intake logs a bug under a reference; the answer is then 500, and it is sent again.
        await self._take(told)
        return web.Response(text="Thank you.\n")

    def _forged(self, source: str, error: Forged) -> web.Response:
        _log.warning("a webhook was refused", source=source, why=str(error))
        return _refused(400, f"Refused: {error}.")


async def _body(request: web.Request) -> bytes | None:
    """The body as it was sent; None where it is too long."""
    if (request.content_length or 0) > _LONGEST:
        return None
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    return body if len(body) <= _LONGEST else None


def _refused(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=f"{why}\n")
