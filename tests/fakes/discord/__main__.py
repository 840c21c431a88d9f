"""The fake Discord as a program of its own: prints where it is as one line of JSON.

    python -m tests.fakes.discord [--port 0] [--role Moderator]

It serves until its standard input ends.
"""

import argparse
import asyncio
import json
import sys

from tests.fakes.discord.burst import control
from tests.fakes.discord.server import FakeDiscord


async def serve(port: int, roles: list[str]) -> None:
    """Serve until told to end."""
    server = FakeDiscord(port=port)
    control(server)
    known = {name: str(server.role(name).id) for name in roles}
    async with server:
        places = {
            "api_url": server.api_url,
            "gateway_url": server.gateway_url,
            "control_url": server.api_url.replace("/api/v10", "/control"),
            "token": server.token,
            "guild_id": str(server.world.guild_id),
            "stream_channel_id": str(server.live.id),
            "alerts_channel_id": str(server.alerts.id),
            "roles": known,
        }
        print(json.dumps(places), flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Read the options and serve."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--role", action="append", default=[], help="a role of the server")
    chosen = options.parse_args()
    asyncio.run(serve(chosen.port, chosen.role))


if __name__ == "__main__":
    main()
