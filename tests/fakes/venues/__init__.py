"""Each platform with people before it: what they do and see there, in the same words."""

from handlers.registry import Registry
from tests.fakes.venues.base import Notes, NotHere, Seen, Shown, Venue
from tests.fakes.venues.discord import DiscordVenue
from tests.fakes.venues.local import LocalVenue
from tests.fakes.venues.slack import SlackVenue

__all__ = ["VENUES", "NotHere", "Notes", "Seen", "Shown", "Venue", "opened"]

VENUES = ("local", "discord", "slack")


def opened(name: str, registry: Registry) -> Venue:
    """The venue of this name, to be entered."""
    match name:
        case "discord":
            return DiscordVenue(registry)
        case "slack":
            return SlackVenue(registry)
        case _:
            return LocalVenue()
