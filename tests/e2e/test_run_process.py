"""`andon run` as the system sees it: started, stopped, refused, and what it does in trouble."""

import os
import resource
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.fakes.process import Died, Running, Said, StagePage, andon
from tests.fakes.rush import (
    LINES,
    everyone_was_told_once,
    nothing_is_lost_or_doubled,
    remembered,
    rush,
    stocked,
)


@pytest.fixture
async def shop(sqlite_file: Path, sqlite_url: str) -> Path:
    """The folder of a shop with a few items."""
    await stocked(sqlite_url)
    return sqlite_file.parent


async def refused(folder: Path, **settings: str) -> Said:
    """How a start ended that should not have been one."""
    with pytest.raises(Died) as died:
        async with Running.started(folder, **settings):
            pytest.fail("it started")
    said = died.value.said
    assert said.code == 1
    assert said.error.count("\n") == 0
    assert "Traceback" not in said.err
    return said


async def live(running: Running) -> StagePage:
    """Start a show; the moderator's page."""
    host = await running.page("mo", "moderator")
    await host.says("/show start Friday")
    return host


@pytest.mark.parametrize("share", [0.2, 0.7] if "ANDON_SOAK" in os.environ else [0.7])
async def test_told_to_stop_in_a_rush_it_finishes_what_it_took_in(shop: Path, share: float) -> None:
    codes: list[int] = []
    async with Running.started(shop) as running:
        await live(running)

        async def stop() -> None:
            codes.append(await running.stop())

        acknowledged = await rush(running, Random(1), int(LINES * share), stop)
        assert codes == [0], running.log()[-2_000:]
    # Whatever came too late to be handled stands in the chat, and is read back at the next start.
    # Nobody is merely counted, so that whoever comes last hears of it by name.
    async with Running.started(shop, SALE__WAITLIST_NAMED="100") as again:
        late = await again.page("late")
        await late.says("claim A1")
        await late.hears("@{late}")
        assert await again.stop() == 0
    nothing_is_lost_or_doubled(shop / "andon.db", acknowledged)
    everyone_was_told_once(shop / "andon.db")


async def test_a_second_one_on_the_same_file_is_refused(shop: Path) -> None:
    async with Running.started(shop) as first:
        said = await refused(shop)
        assert f"Another Andon (process {first.pid}) is running" in said.error
        assert "Stop it first" in said.error
        assert await first.stop() == 0


async def test_a_busy_port_is_said_with_the_way_out(
    shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with Running.started(shop) as first:
        port = first.url.rstrip("/").rpartition(":")[2]
        said = await refused(tmp_path_factory.mktemp("elsewhere"), WEB__PORT=port)
        assert f"Port {port} on 127.0.0.1 is taken" in said.error
        assert "ANDON_WEB__PORT" in said.error


async def test_a_locked_database_is_waited_for_and_the_team_hears_of_it(shop: Path) -> None:
    async with Running.started(shop) as running:
        host, ana = await live(running), await running.page("ana")
        await ana.says("claim A1")
        await ana.hears("@{ana}", "A1")
        with closing(sqlite3.connect(shop / "andon.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refusing = await ana.types("claim A2")
            pressing = await ana.presses("claims.mine:")
            await host.hears("locked by another program", "nothing is lost")
            await ana.until(lambda: refusing in ana.refused)
            assert "Your text is still here" in ana.refused[refusing]
            assert pressing not in ana.accepted
            other.execute("ROLLBACK")
        # What was under way is answered now, and everything goes on.
        await ana.until(lambda: pressing in ana.accepted)
        await ana.hears("A1", "yours")
        await host.hears("The database is back")
        await ana.says("claim A2")
        await ana.hears("@{ana}", "A2")
        assert await running.stop() == 0


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
async def test_a_full_disk_is_said_and_it_goes_on_when_there_is_room(shop: Path) -> None:
    async with Running.started(shop) as running:
        host, ana = await live(running), await running.page("ana")
        await ana.says("claim A1")
        await ana.hears("@{ana}", "A1")
        _, most = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (1, most))
        pressing = await ana.presses("claims.mine:")
        refusing = await ana.types("claim A2")
        await host.hears("The disk of the database", "nothing is lost")
        await ana.until(lambda: refusing in ana.refused)
        assert "Your text is still here" in ana.refused[refusing]
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (most, most))
        await ana.until(lambda: pressing in ana.accepted)
        await host.hears("The database is back")
        await ana.says("claim A2")
        await ana.hears("@{ana}", "A2")
        assert await running.stop() == 0
    assert remembered(shop / "andon.db", "SELECT sum(reserved) FROM variants") == [(2,)]


@pytest.mark.postgres
async def test_a_database_that_can_only_be_read_ends_it_with_a_sentence(
    tmp_path: Path, postgres_url: str
) -> None:
    import asyncpg

    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await connection.close()
    async with Running.started(tmp_path, DATABASE_URL=postgres_url) as running:
        assert await running.ended() == 1
        (said,) = [line for line in running.log().splitlines() if line.startswith("andon: ")]
        assert said.startswith("andon: The database can only be read.")


async def test_a_newer_database_is_left_alone(shop: Path) -> None:
    with closing(sqlite3.connect(shop / "andon.db", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "was written by a newer Andon" in (await refused(shop)).error
    assert remembered(shop / "andon.db", "SELECT count(*) FROM variants") == [(4,)]


async def test_a_damaged_database_names_the_backup(shop: Path) -> None:
    file = shop / "andon.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)
    assert "is damaged. Restore the latest backup" in (await refused(shop)).error


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "andon.db").write_text("Dear diary, " * 100)
    assert "This file is not a database" in (await refused(tmp_path)).error
    assert (tmp_path / "andon.db").read_text().startswith("Dear diary")


async def test_damage_in_the_middle_of_a_show_ends_it_with_the_way_out(shop: Path) -> None:
    async with Running.started(shop) as running:
        host = await live(running)
        with (shop / "andon.db").open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 200_000)
        await host.types("/show status")
        assert await running.ended() == 1
        (said,) = [line for line in running.log().splitlines() if line.startswith("andon: ")]
        assert "damaged. Restore the latest backup" in said


@pytest.mark.parametrize(
    ("file", "settings", "sentence"),
    [
        ("[shop]\ncurency = 'EUR'\n", {}, "curency"),
        ("", {"SHOP__CURENCY": "EUR"}, "did you mean ANDON_SHOP__CURRENCY?"),
        ("", {"WEB__HOST": "192.0.2.1"}, "token"),
        ("[web\n", {}, "andon.toml"),
        ("[shop]\ncopy_file = 'nowhere.yaml'\n", {}, "copy_file"),
    ],
)
async def test_a_wrong_setting_is_said_before_anything_is_made(
    tmp_path: Path, file: str, settings: dict[str, str], sentence: str
) -> None:
    (tmp_path / "andon.toml").write_text(file)
    assert sentence in (await refused(tmp_path, **settings)).error
    assert not (tmp_path / "andon.db").exists()


async def test_a_bad_copy_file_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "copy.yaml").write_text("claims.yours: '{{ who'\n")
    assert "claims.yours" in (await refused(tmp_path, SHOP__COPY_FILE="copy.yaml")).error


def test_a_folder_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    said = andon("run", folder=tmp_path, DATABASE_URL="sqlite+aiosqlite:///nowhere/andon.db")
    assert (said.code, said.out) == (1, "")
    assert "The folder nowhere does not exist" in said.error
