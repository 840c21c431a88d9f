import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.security import Guard, NotSafe, headers, is_loopback

Client = TestClient[web.Request, web.Application]
OPEN = Guard(host="127.0.0.1")
TOKEN = "a-long-secret"


async def serving(guard: Guard) -> Client:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=f"welcome to {request.path_qs}")

    app = web.Application(middlewares=[guard.middleware(["/hook/{shop}"])])
    app.on_response_prepare.append(headers)
    app.router.add_route("*", "/hook/{shop}", page)
    app.router.add_route("*", "/{path:.*}", page)
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = await serving(OPEN)
    yield client
    await client.close()


@pytest.fixture
async def closed() -> AsyncIterator[Client]:
    client = await serving(Guard(host="0.0.0.0", token=TOKEN))  # noqa: S104
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),  # noqa: S104
        ("192.168.1.5", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_what_only_this_machine_can_reach(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "shop.example"])  # noqa: S104
def test_another_host_needs_a_token(host: str) -> None:
    with pytest.raises(NotSafe, match="ANDON_WEB__TOKEN"):
        Guard(host=host)
    assert Guard(host=host, token=TOKEN).token == TOKEN


@pytest.mark.parametrize(
    "header",
    ["127.0.0.1:8099", "127.0.0.1", "localhost:8099", "LOCALHOST", "[::1]:8099", "[::1]"],
)
def test_our_own_names_are_known(header: str) -> None:
    assert OPEN.knows_host(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "evil.example",
        "evil.example:8099",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8099",
        "127.0.0.1@evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1:8099/x",
        "127.0.0.1:port",
        "192.168.1.5:8099",
        "[::1",
    ],
)
def test_other_names_are_not(header: str | None) -> None:
    assert not OPEN.knows_host(header)


def test_a_server_for_all_goes_by_its_numbers_and_given_names() -> None:
    guard = Guard(host="0.0.0.0", token=TOKEN, names=frozenset({"shop.example"}))  # noqa: S104
    assert guard.knows_host("192.168.1.5:8099")
    assert guard.knows_host("[fe80::1]:8099")
    assert guard.knows_host("shop.example")
    assert not guard.knows_host("evil.example")
    assert Guard(host="andon.local", token=TOKEN).knows_host("Andon.local:8099")


@pytest.mark.parametrize(
    ("origin", "site", "ours"),
    [
        ("http://127.0.0.1:8099", "same-origin", True),
        ("https://127.0.0.1:8099", None, True),
        (None, None, True),
        (None, "same-origin", True),
        (None, "cross-site", False),
        (None, "same-site", False),
        ("null", None, False),
        ("", None, False),
        ("http://127.0.0.1:3000", None, False),
        ("http://127.0.0.1", None, False),
        ("http://localhost:8099", None, False),
        ("https://evil.example", None, False),
        ("http://127.0.0.1:8099.evil.example", None, False),
        ("file://127.0.0.1:8099", None, False),
    ],
)
def test_acting_is_for_our_own_pages(origin: str | None, site: str | None, ours: bool) -> None:
    assert OPEN.knows_origin(origin, "127.0.0.1:8099", site) is ours


async def test_a_foreign_host_is_turned_away(client: Client) -> None:
    assert (await client.get("/")).status == 200
    assert (await client.get("/", headers={"Host": "evil.example"})).status == 403


@pytest.mark.parametrize(
    ("method", "extra"),
    [("POST", {}), ("DELETE", {}), ("GET", {"Connection": "Upgrade", "Upgrade": "websocket"})],
)
async def test_a_foreign_page_cannot_act(
    client: Client, method: str, extra: dict[str, str]
) -> None:
    foreign = {"Origin": "https://evil.example", **extra}
    assert (await client.request(method, "/", headers=foreign)).status == 403
    own = {"Origin": str(client.make_url("")).rstrip("/"), **extra}
    assert (await client.request(method, "/", headers=own)).status == 200


async def test_a_foreign_page_may_link_here(client: Client) -> None:
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await client.get("/", headers=linked)).status == 200


async def test_every_answer_is_protected(client: Client) -> None:
    for answer in (await client.get("/"), await client.get("/", headers={"Host": "evil.example"})):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_without_the_token_the_door_is_closed(closed: Client) -> None:
    answer = await closed.get("/")
    assert answer.status == 401
    assert "welcome" not in await answer.text()
    assert (await closed.get("/static/base.css")).status == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer", 401),
        ("Bearer é", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
async def test_a_program_shows_the_token_in_a_header(
    closed: Client, header: str, status: int
) -> None:
    assert (await closed.get("/healthz", headers={"Authorization": header})).status == status


async def test_a_person_shows_the_token_once(closed: Client) -> None:
    door = await closed.get("/board?token=a-long-secret&as=%22%3E%3Cb%3E")
    assert door.status == 200
    page = await door.text()
    assert TOKEN not in page
    assert "<b>" not in page
    cookie = door.cookies["andon"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert TOKEN not in cookie.value
    moves_to = re.search(r'content="0; url=([^"]+)"', page)
    assert moves_to is not None
    assert moves_to[1].startswith("/board?as=")
    assert await (await closed.get("/board")).text() == "welcome to /board"
    closed.session.cookie_jar.clear()
    assert (await closed.get("/board", headers={"Cookie": "andon=guessed"})).status == 401


async def test_a_wrong_token_opens_nothing(closed: Client) -> None:
    answer = await closed.get("/?token=wrong")
    assert answer.status == 401
    assert not answer.cookies


async def test_a_door_never_leads_to_another_host(closed: Client) -> None:
    address = f"{closed.make_url('/')}/evil.example/?token={TOKEN}"
    page = await (await closed.session.get(address)).text()
    assert "url=/evil.example" in page


async def test_a_signed_route_judges_for_itself(closed: Client) -> None:
    foreign = {"Host": "tunnel.example", "Origin": "https://pay.example"}
    assert (await closed.post("/hook/ours", headers=foreign)).status == 200
    assert (await closed.post("/other", headers=foreign)).status == 403
