"""Every test of the sale runs on SQLite, and a sixth of them on PostgreSQL too; the soak runs all.

Both databases go through one code path, and `make test` has five minutes on two cores.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from storage.engine import Storage

if TYPE_CHECKING:
    from tests.fakes.simulated import SimulatedShop

_HERE = Path(__file__).parent
_ONE_IN = 10
#: Who names a few tests wants to see just those.
_A_FEW = 100


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave most PostgreSQL tests here to the soak, the same ones each time."""
    if os.environ.get("ANDON_SOAK") or len(items) <= _A_FEW:
        return
    left = [
        item
        for item in items
        if _HERE in item.path.parents
        and item.get_closest_marker("postgres") is not None
        and crc32(item.nodeid.encode()) % _ONE_IN
    ]
    leaving = {id(item) for item in left}
    items[:] = [item for item in items if id(item) not in leaving]
    config.hook.pytest_deselected(items=left)


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator["SimulatedShop"]:
    """A shop on a simulated Discord, on both databases, with a live show of the moderator Mo."""
    # Here, not at the top: most tests of the sale know nothing of Discord.
    from tests.fakes.simulated import SimulatedShop

    async with SimulatedShop(storage) as shop:
        await shop.show()
        yield shop


@pytest.fixture
async def small_shop(sqlite: Storage) -> AsyncIterator["SimulatedShop"]:
    """The same on SQLite alone: for what does not depend on the database."""
    from tests.fakes.simulated import SimulatedShop

    async with SimulatedShop(sqlite) as shop:
        await shop.show()
        yield shop
