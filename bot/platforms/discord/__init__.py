"""Discord, on discord.py: the only place that knows that SDK.

platform.py      DiscordPlatform: what Andon asks of every platform
client.py        the SDK's client, which hands on what happens; calls.py keeps its REST calls whole
staying.py       stays connected, one client after the other; gateway.py within one client
sight.py         whether the streams can be seen
reading.py       messages as lines; history.py reads back what was missed; directs.py hears DMs
interactions.py  commands, buttons, selects and forms; tree.py makes the command tree,
                 registering.py registers it
posting.py       deliveries out; dressing.py how they look; boards.py the show's own message
people.py        roles; roles.py asks for those of many writers; access.py permissions
looking.py       a look over REST, for `check` and `setup`
"""

from bot.platforms.discord.platform import DiscordPlatform

__all__ = ["DiscordPlatform"]
