"""A small Slack of our own: Web API, Socket Mode and HTTP mode, for the real SDK over loopback."""

from tests.fakes.slack.acts import Act
from tests.fakes.slack.delivery import Envelope, HttpAnswer
from tests.fakes.slack.faults import Bucket, Call, Fault, Hold
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import Channel, File, Group, Message, User, View

__all__ = [
    "Act",
    "Bucket",
    "Call",
    "Channel",
    "Envelope",
    "FakeSlack",
    "Fault",
    "File",
    "Group",
    "Hold",
    "HttpAnswer",
    "Message",
    "User",
    "View",
]
