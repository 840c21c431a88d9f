"""The fake Slack as a program of its own: prints the settings that point Andon at it.

    python -m tests.fakes.slack [--port 0] [--json]

It serves until its standard input ends.
"""

import argparse
import asyncio
import json
import sys

from tests.fakes.slack.server import FakeSlack

AUDIENCES = ("alerts", "playbooks", "exceptions", "returns", "packing", "support")


async def serve(port: int, *, as_json: bool) -> None:
    """Serve until told to end."""
    async with FakeSlack(port=port) as server:
        settings = {
            "ANDON_SLACK__API_URL": server.api_url,
            "ANDON_SLACK__BOT_TOKEN": server.token,
            "ANDON_SLACK__APP_TOKEN": server.app_token,
        }
        for name in AUDIENCES:
            settings[f"ANDON_SLACK__CHANNELS__{name.upper()}"] = server.channel(name).id
        if as_json:
            print(json.dumps(settings), flush=True)
        else:
            print("\n".join(f"export {key}={value}" for key, value in settings.items()), flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Read the options and serve."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--json", action="store_true", help="one line of JSON instead")
    chosen = options.parse_args()
    asyncio.run(serve(chosen.port, as_json=chosen.json))


if __name__ == "__main__":
    main()
