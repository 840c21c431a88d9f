"""The web: can its port be had, or does Andon have it already."""

import errno
import socket

from bot.checks.finding import Finding
from bot.settings import Settings, Web

__all__ = ["check_web"]

_ANSWERS_WITHIN = 2.0
#: Where a server that listens everywhere is asked.
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not bound


async def check_web(settings: Settings) -> Finding:
    """Try the port, and leave it; ask who is there where it is taken."""
    web = settings.web
    host, port = web.host.strip("[]"), web.port
    try:
        _try(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and await _is_andon(web):
            return Finding(
                about="web",
                sentence=f"Andon seems to run on {host}:{port} already; if that is not this shop, "
                "set web.port.",
                fine=True,
                note=True,
            )
        return Finding(
            about="web",
            sentence=f"Port {port} of {host} cannot be had ({error.strerror}): stop what uses it, "
            "or set web.port or web.host.",
        )
    closed = "" if web.token else ", for this machine only"
    return Finding(about="web", sentence=f"{host}:{port} is free{closed}.", fine=True)


def _try(host: str, port: int) -> None:
    """Take the port and give it back. Raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(address)


async def _is_andon(web: Web) -> bool:
    """Whether what has the port answers as Andon does. It is not shown the token."""
    import aiohttp

    host = web.host.strip("[]")
    host = _HERE.get(host, host)
    address = f"http://[{host}]:{web.port}" if ":" in host else f"http://{host}:{web.port}"
    within = aiohttp.ClientTimeout(total=_ANSWERS_WITHIN)
    try:
        async with (
            aiohttp.ClientSession(address, timeout=within) as asking,
            asking.get("/healthz", allow_redirects=False) as answer,
        ):
            if answer.status == 401:
                return answer.headers.get("WWW-Authenticate") == 'Bearer realm="Andon"'
            told = await answer.json()
    except (aiohttp.ClientError, OSError, ValueError):
        return False
    return isinstance(told, dict) and {"status", "intake_lag_seconds"} <= told.keys()
