"""A small Discord of our own: gateway and REST, spoken to by the real discord.py over loopback."""

from tests.fakes.discord.faults import Fault, Request
from tests.fakes.discord.interactions import Callback, Interaction
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.world import Channel, Member, Message, Role, User

__all__ = [
    "Callback",
    "Channel",
    "FakeDiscord",
    "Fault",
    "Interaction",
    "Member",
    "Message",
    "Request",
    "Role",
    "User",
]
