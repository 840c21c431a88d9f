"""Lamps and pauses for a count come out the same however an evening is cut into batches."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.engine import open_storage
from storage.schema import sale, traffic
from tests.e2e.test_rehearse import AFTERWARDS, SHORT, SOAK, Rehearsed, same

#: Few are staged here, so a few are enough to be counted.
RULES = {
    "auto": {
        "SALE__SOFT_PAUSE": "auto",
        "SALE__SOFT_PAUSE_AUTO_CONFIRM_FROM": "4",
        "SALE__AMBER_PERCENT": "60",
        "SALE__PAUSE_PERCENT": "30",
    },
    "confirm": {"SALE__SOFT_PAUSE": "confirm", "SALE__AMBER_PERCENT": "60"},
}


@pytest.fixture(scope="module", params=["auto", "confirm"] if SOAK else ["auto"])
def in_one_go(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The evening in one go under these rules, to compare with."""
    evening = Rehearsed(tmp_path_factory.mktemp(f"pauses-{request.param}"), SHORT)
    assert evening.run(*AFTERWARDS, **RULES[request.param]).code == 0
    return request.param, evening


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", [1, 7] if SOAK else [7])
async def test_the_size_of_batches_changes_no_lamp(
    tmp_path: Path, in_one_go: tuple[str, Rehearsed], size: int
) -> None:
    mode, whole = in_one_go
    evening = Rehearsed(tmp_path, SHORT)
    assert evening.run(*AFTERWARDS, INTAKE__BATCH_MAX=str(size), **RULES[mode]).code == 0
    await same(evening.url, whole.url)


@pytest.mark.postgres
async def test_the_kind_of_database_changes_no_lamp(
    tmp_path: Path, in_one_go: tuple[str, Rehearsed], postgres_url: str
) -> None:
    mode, whole = in_one_go
    evening = Rehearsed(tmp_path, SHORT)
    evening.url = postgres_url
    assert evening.run(*AFTERWARDS, **RULES[mode]).code == 0
    await same(evening.url, whole.url)


async def test_there_was_something_to_compare(in_one_go: tuple[str, Rehearsed]) -> None:
    _, whole = in_one_go
    async with open_storage(whole.url, create=False) as storage, storage.read() as tx:
        kinds = {
            row.kind: row.said
            for row in await tx.all(
                select(traffic.outbox.c.kind, func.count().label("said")).group_by(
                    traffic.outbox.c.kind
                )
            )
        }
        failed = await tx.scalar(select(func.count()).select_from(traffic.failed_events))
        lit = await tx.scalar(select(func.count()).where(sale.variants.c.lamp != "green"))
    assert failed == 0
    assert lit > 3
    assert kinds["lamps.card"] > 10
    assert kinds["lamps.counting"] > 3
    assert whole.report()["units_oversold"] == 0
