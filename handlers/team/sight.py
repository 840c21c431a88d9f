"""A platform that cannot be reached, or can be again: its playbook begins and ends by that."""

from handlers.capability import WebhookSpec
from handlers.events import PlatformBack, PlatformLost
from handlers.messages import Webhook
from handlers.work import Work

__all__ = ["SIGHT", "SOURCE"]

#: Not another system but our own lookout; what it saw comes in the same way.
SOURCE = "lookout"


async def _seen(work: Work, told: Webhook) -> None:
    kind = PlatformBack if told.body["there"] else PlatformLost
    work.emit(kind(platform=str(told.body["platform"])))


SIGHT = WebhookSpec(source=SOURCE, run=_seen)
