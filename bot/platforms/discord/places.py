"""Where Discord is: its own servers, or others that the settings name."""

import discord.gateway
import discord.http
import yarl

__all__ = ["point_at"]

_API = "https://discord.com/api/v10"
_GATEWAY = "wss://gateway.discord.gg/"


def point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Send discord.py to these addresses, for the whole process; None is Discord's own.

    To be called before a client logs in: the SDK keeps both addresses on its classes.
    """
    discord.http.Route.BASE = api_url or _API
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url or _GATEWAY)
