"""The wheel in an environment of its own, run from an empty folder."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.fakes.process import ROOT, Running, andon

CATALOGUE = "code,variant,sku,title,price,currency,stock\nM3,,M3,Mug,18.00,USD,3\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    out = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out))
    done = subprocess.run(build, cwd=ROOT, capture_output=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    (file,) = out.glob("andon-*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`andon` of a fresh environment; what it stands on is borrowed from this one."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    pip = (sys.executable, "-m", "pip", "--python", str(home), "--disable-pip-version-check")
    install = (*pip, "install", "--no-deps", "--no-index", str(wheel))
    done = subprocess.run(install, capture_output=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    # Added after the wheel, so that its packages are the ones that are found; no editable install
    # of this tree comes along, since a folder added so brings no .pth files of its own.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "andon"


def test_everything_that_runs_is_in_it_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    inside = {name for name in names if not name.startswith("andon-")}
    assert {name.partition("/")[0] for name in inside} == {
        "bot",
        "handlers",
        "playbooks",
        "storage",
    }
    kept = {
        path.relative_to(ROOT).as_posix()
        for room in ("bot", "handlers", "playbooks", "storage")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".pyo")
    }
    assert inside == kept
    assert any(name.endswith("copy.yaml") for name in inside)
    assert any("migrations/versions/0001" in name for name in inside)
    assert any(name.endswith(".html") for name in inside)


async def test_it_runs_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    alone = (str(installed),)
    nowhere = ""
    version = andon("--version", folder=tmp_path, command=alone, elsewhere=nowhere)
    assert (version.code, version.err) == (0, "")
    assert version.out.startswith("andon 0.")

    (tmp_path / "shop.csv").write_text(CATALOGUE)
    (tmp_path / "lines.txt").write_text("claim M3 x2\n")
    parsed = andon(
        "parse", "--catalog", "shop.csv", "lines.txt",
        folder=tmp_path, command=alone, elsewhere=nowhere,
    )  # fmt: skip
    assert json.loads(parsed.out)["items"] == [{"code": "M3", "variant": None, "quantity": 2}]

    (tmp_path / "chat.jsonl").write_text(
        '{"id": 1, "at": 0, "author": "ana", "text": "claim M3"}\n'
    )
    rehearsed = andon(
        "rehearse", "chat.jsonl", "--catalog", "shop.csv", "--out", "out",
        folder=tmp_path, command=alone, elsewhere=nowhere, SALE__CLAIMABLE="listed",
    )  # fmt: skip
    assert rehearsed.code == 0, rehearsed.err
    assert json.loads((tmp_path / "out/report.json").read_text())["units_held"] == 1

    imported = andon(
        "catalog", "import", "shop.csv", folder=tmp_path, command=alone, elsewhere=nowhere
    )
    assert imported.code == 0, imported.err
    async with Running.started(tmp_path, alone, elsewhere=nowhere) as running:
        host = await running.page("mo", "moderator")
        await host.says("/show start Friday")
        ana = await running.page("ana")
        await ana.says("claim M3")
        assert "M3" in await ana.hears("@{ana}")
        assert await running.stop() == 0


# A foreign `bot` would be what runs instead of us.
@pytest.mark.parametrize("room", ["handlers", "playbooks", "storage"])
def test_a_foreign_package_of_the_same_name_is_found_by_check(
    installed: Path, tmp_path: Path, room: str
) -> None:
    foreign = tmp_path / "site" / room
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text('raise ImportError("not the Andon you look for")\n')
    (tmp_path / "empty").mkdir()
    said = andon(
        "check",
        folder=tmp_path / "empty",
        command=(str(installed),),
        elsewhere=str(tmp_path / "site"),
    )
    assert said.code == 1
    assert f"another package called {room}" in said.err
    assert "an environment of its own" in said.err
    assert "Traceback" not in said.err
