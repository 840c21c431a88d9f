"""What `andon check` says of the port of the pages: free, Andon's own already, or a stranger's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner

from bot.checks.finding import Finding
from bot.checks.web import check_web
from bot.cli import andon
from bot.settings import load_settings
from bot.web.health import Health
from tests.fakes.stage import StageStand


async def found_at(port: int, **more: str) -> Finding:
    given = {f"ANDON_WEB__{name}": value for name, value in more.items()}
    settings = load_settings(environ={"ANDON_WEB__PORT": str(port), **given})
    return await check_web(settings)


@asynccontextmanager
async def stranger(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[int]:
    """Something else that speaks HTTP; yields its port."""
    app = web.Application()
    app.router.add_get("/healthz", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def test_a_port_that_nobody_has_is_free() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = await found_at(port)
    assert (found.fine, found.note) == (True, False)
    assert found.sentence == f"127.0.0.1:{port} is free, for this machine only."


@pytest.mark.parametrize("token", [None, "secret"])
@pytest.mark.parametrize("well", [True, False])
async def test_beside_a_running_andon_nothing_is_wrong(token: str | None, well: bool) -> None:
    async with StageStand(token=token) as stand:
        stand.health = Health(database=well)
        found = await found_at(stand.port)
        assert (found.fine, found.note) == (True, True)
        assert found.sentence == (
            f"Andon seems to run on 127.0.0.1:{stand.port} already; if that is not this shop, set "
            "web.port."
        )


async def test_an_andon_that_listens_here_is_found_by_one_that_would_everywhere() -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - nothing is bound
    async with StageStand() as stand:
        found = await found_at(stand.port, HOST=everywhere, TOKEN="a-long-enough-secret-word")
        assert found.fine
        assert "seems to run on 0.0.0.0:" in found.sentence


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="ok"),
        web.Response(text="{", content_type="application/json"),
        web.json_response(["status"]),
        web.json_response({"status": "ok"}),
        web.Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="Router"'}),
        web.Response(status=302, headers={"Location": "/elsewhere"}),
    ],
    ids=lambda one: f"{one.status} {one.text}",
)
async def test_a_stranger_on_the_port_is_a_problem(answer: web.Response) -> None:
    async def say(_request: web.Request) -> web.StreamResponse:
        return answer

    async with stranger(say) as port:
        found = await found_at(port)
        assert not found.fine
        assert found.sentence == (
            f"Port {port} of 127.0.0.1 cannot be had (Address already in use): stop what uses it, "
            "or set web.port or web.host."
        )


async def test_a_token_is_shown_to_nobody() -> None:
    seen: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        seen.append(f"{request.path_qs} {dict(request.headers)}")
        return web.Response(status=401)

    async with stranger(note) as port:
        assert not (await found_at(port, TOKEN="a-long-enough-secret-word")).fine
        assert len(seen) == 1
        assert "secret" not in seen[0]


async def test_who_runs_a_check_beside_the_show_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANDON_WEB__STAGE", "true")
    async with StageStand() as stand:
        monkeypatch.setenv("ANDON_WEB__PORT", str(stand.port))
        ended = await asyncio.to_thread(CliRunner().invoke, andon, ["check"])
    assert ended.exit_code == 0, ended.output
    assert f"! web: Andon seems to run on 127.0.0.1:{stand.port} already; " in ended.output
