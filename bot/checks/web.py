"""The web: can its port be had."""

import socket
from collections.abc import Iterator

from bot.checks.finding import Finding
from bot.settings import Settings

__all__ = ["check_web"]


def check_web(settings: Settings) -> Iterator[Finding]:
    """Try the port, and leave it."""
    host, port = settings.web.host.strip("[]"), settings.web.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        yield Finding(
            about="web",
            sentence=f"Port {port} of {host} cannot be had ({error.strerror}): stop what uses it "
            "(another `andon run`?), or set web.port or web.host.",
        )
    else:
        closed = "" if settings.web.token else ", for this machine only"
        yield Finding(about="web", sentence=f"{host}:{port} is free{closed}.", fine=True)
