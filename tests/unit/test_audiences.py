"""Where the team is told things, over several platforms."""

from collections.abc import Mapping

import pytest

from bot.audiences import Audiences
from handlers.messages import Address, Channel, Reach
from tests.fakes.shop import Paper


class Place(Paper):
    """A platform with these channels for audiences."""

    def __init__(self, name: str, channels: Mapping[str, str]) -> None:
        super().__init__()
        self.name = name
        self._channels = channels

    def audience_channel(self, audience: str) -> Channel | None:
        found = self._channels.get(audience)
        return None if found is None else Channel(self.name, found)


STAGE = Place("local", {name: name for name in ("alerts", "playbooks", "exceptions", "support")})


@pytest.mark.parametrize(
    ("places", "audience", "expected"),
    [
        # One channel on Slack, and the stage open beside it: the team works on Slack.
        ([Place("slack", {"alerts": "C1"}), STAGE], "playbooks", ("slack", "C1")),
        (
            [Place("slack", {"alerts": "C1", "playbooks": "C2"}), STAGE],
            "playbooks",
            ("slack", "C2"),
        ),
        # A channel of its own counts, wherever it is.
        (
            [Place("slack", {"alerts": "C1"}), Place("discord", {"packing": "7"})],
            "packing",
            ("discord", "7"),
        ),
        ([Place("slack", {}), STAGE], "exceptions", ("local", "exceptions")),
        ([Place("slack", {}), STAGE], "packing", ("local", "alerts")),
    ],
)
def test_an_audience_is_where_the_team_works(
    places: list[Place], audience: str, expected: tuple[str, str]
) -> None:
    audiences = Audiences({place.name: place for place in places})
    found = audiences.resolve(Address("team", Reach.AUDIENCE, audience))
    assert found == Address(expected[0], Reach.CHANNEL, expected[1])


def test_without_any_channel_it_is_nowhere() -> None:
    audiences = Audiences({"slack": Place("slack", {})})
    assert audiences.resolve(Address("team", Reach.AUDIENCE, "alerts")) is None
