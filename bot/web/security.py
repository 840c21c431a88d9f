"""Who may speak to the web server: which host names, which origins, which token.

A page elsewhere can make a browser send requests here, and a name elsewhere can be pointed at this
machine. So the `Host` must be ours, writing must come from our own pages, and where a token is
set it must be shown.
"""

import hashlib
import hmac
import html
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

__all__ = ["HEADERS", "Guard", "NotSafe", "headers", "is_loopback"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
        "form-action 'self'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised, not bound
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_DOOR = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Andon</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/base.css">
<main class="door"><h1>Andon</h1><p>{}</p></main>"""
_CLOSED = _DOOR.format(
    "This page is open to the team only. Put <code>?token=…</code> behind its address, with the "
    "token from the settings (web.token), or ask whoever installed Andon."
)
# A redirect would still count as coming from where the link stood, and a Strict cookie would not
# be sent along; a page of our own that moves on is ours.
_OPENED = _DOOR.replace(
    "<title>", '<meta http-equiv="refresh" content="0; url={path}"><title>'
).replace("{}", '<a href="{path}">Come in</a>')


class NotSafe(Exception):
    """The address to listen on would be open to others, and no token is set."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Judges requests to a server that listens on `host`; `names` are more names it goes by."""

    host: str
    token: str | None = None
    names: frozenset[str] = frozenset()
    cookie: str = field(default="andon")

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise NotSafe(
                f"Listening on {self.host!r} lets others in: set ANDON_WEB__TOKEN to a long "
                "secret, or listen on 127.0.0.1."
            )

    def knows_host(self, header: str | None) -> bool:
        """Whether a `Host` header names this server, with or without a port."""
        name = _host_name(header or "")
        if name is None:
            return False
        if name in _LOCAL_NAMES or name in self.names or name == self.host.strip("[]").casefold():
            return True
        # Behind 0.0.0.0 the machine is known by its numbers; only names can be pointed elsewhere.
        return self.host.strip("[]") in _EVERYWHERE and _is_number(name)

    def knows_origin(self, origin: str | None, host: str | None, site: str | None) -> bool:
        """Whether a request that acts comes from our own page.

        Browsers name the origin of every such request; what names none is a program.
        """
        if origin is None:
            return site in {None, "same-origin", "none"}
        parts = urlsplit(origin)
        return (
            parts.scheme in {"http", "https"} and parts.netloc.casefold() == (host or "").casefold()
        )

    def knows_token(self, shown: str) -> bool:
        """Compare in constant time."""
        return self.token is not None and hmac.compare_digest(shown.encode(), self.token.encode())

    def knows_cookie(self, value: str) -> bool:
        """Compare in constant time."""
        return self.token is not None and hmac.compare_digest(value.encode(), self.seal().encode())

    def seal(self) -> str:
        """The cookie's value: proves that the token was shown, without holding it."""
        return hmac.new((self.token or "").encode(), b"andon web", hashlib.sha256).hexdigest()

    def lets_in(self, request: web.Request) -> bool:
        """Whether a request shows the token, if one is set."""
        if self.token is None:
            return True
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() == "bearer" and self.knows_token(shown.strip()):
            return True
        return self.knows_cookie(request.cookies.get(self.cookie, ""))

    def middleware(self, outside: Iterable[str] = ()) -> Middleware:
        """Refuse what is not ours. Routes to paths in `outside` judge their requests themselves."""
        open_paths = frozenset(outside)

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            if resource is not None and resource.canonical in open_paths:
                return await handler(request)
            return self._refusal(request) or await handler(request)

        return guard

    def _refusal(self, request: web.Request) -> web.Response | None:
        host = request.headers.get("Host")
        if not self.knows_host(host):
            return web.Response(status=403, text="This is Andon, but not under that name.\n")
        acts = request.method not in _SAFE_METHODS or "Upgrade" in request.headers
        if acts and not self.knows_origin(
            request.headers.get("Origin"), host, request.headers.get("Sec-Fetch-Site")
        ):
            return web.Response(status=403, text="Andon listens to its own pages only.\n")
        if self.token is not None and "token" in request.query and request.method == "GET":
            return self._open_door(request)
        if not self.lets_in(request) and not request.path.startswith("/static/"):
            return web.Response(
                status=401,
                text=_CLOSED,
                content_type="text/html",
                headers={"WWW-Authenticate": 'Bearer realm="Andon"'},
            )
        return None

    def _open_door(self, request: web.Request) -> web.Response:
        if not self.knows_token(request.query["token"]):
            return web.Response(status=401, text=_CLOSED, content_type="text/html")
        rest = request.rel_url.without_query_params("token")
        path = "/" + str(rest).lstrip("/")  # two slashes would name another host
        response = web.Response(
            text=_OPENED.format(path=html.escape(path)), content_type="text/html"
        )
        response.set_cookie(
            self.cookie,
            self.seal(),
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            path="/",
        )
        return response


async def headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the protecting headers on every answer; an `on_response_prepare` signal."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _host_name(header: str) -> str | None:
    try:
        parts = urlsplit(f"//{header}")
        if parts.netloc != header or "@" in header or (parts.port is not None and not parts.port):
            return None
    except ValueError:
        return None
    return parts.hostname


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
