"""Slack, on slack-bolt: the only place that knows that SDK.

platform.py      SlackPlatform: what Andon asks of every platform
connection.py    stays connected by Socket Mode, one client after the other
reading.py       payloads as commands, presses, forms and direct messages
interactions.py  acknowledges in time, opens forms, shows home pages
posting.py       deliveries out; dressing.py and mrkdwn.py how they look; places.py where
people.py        roles; manifest.py what the app may; looking.py a look for `check` and `setup`
"""

from bot.platforms.slack.platform import SlackPlatform

__all__ = ["SlackPlatform"]
