"""What goes out: from the outbox to the platforms; merged, in order, paced, tried again."""

from bot.relay.loop import Relay
from bot.relay.parts import Alert, RelaySettings, Trouble, TroubleKind

__all__ = ["Alert", "Relay", "RelaySettings", "Trouble", "TroubleKind"]
