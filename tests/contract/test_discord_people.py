"""Who writes and what answers them, behind the real discord.py: roles, parts, forms, DMs."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.platforms.base import Outgoing
from bot.platforms.discord import interactions
from bot.platforms.discord.posting import Poster
from handlers.messages import Address, DirectMessage, Form, Reach
from tests.fakes.discord import FakeDiscord, Interaction
from tests.fakes.discord.burst import turned
from tests.fakes.discord.changes import PATIENCE
from tests.fakes.discord.shop import DiscordShop
from tests.fakes.discord.world import Message

CALLBACK = ("POST", "/interactions/*/callback")


async def seen(look: Callable[[], object]) -> None:
    """Wait for what happens inside the process, of which nothing outside tells."""
    async with asyncio.timeout(PATIENCE):
        while not look():
            await turned(0.005)


# --- roles ----------------------------------------------------------------------------------------


async def test_the_roles_of_many_writers_of_history_are_asked_at_once(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    server.invalidate(tell=False)
    await server.drop()
    for number in range(120):
        server.says(f"viewer {number}", "live", "claim A1")
    server.says("Mo", "live", "claim A1")
    await server.connected()
    await shop.takes_in(122)
    # A moderator's line is never a claim.
    assert len(shop.claims()) == 121
    assert [len(one) for one in server.gateway.asked_for] == [100, 21]
    assert server.requests("GET", "/guilds/*/members/*") == []


async def test_a_history_whose_writers_cannot_be_asked_is_read_all_the_same(
    server: FakeDiscord, shop: DiscordShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.discord.roles._WITHIN", 0.01)
    server.gateway.mute = True
    server.fail("GET", "/guilds/*/members/*", 403, times=100)
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    server.invalidate(tell=False)
    await server.drop()
    server.says("Bob", "live", "claim A1")
    await shop.takes_in(2)
    assert len(shop.claims()) == 2


async def test_a_moderator_is_known_before_discord_named_the_server(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.gateway.silent = True
    server.invalidate()
    await server.until(lambda: server.gateway.identified == 2)
    await server.connected()
    assert "A2" in await shop.types("stock add", code="A2", units=1)
    assert shop.rows("SELECT on_hand FROM variants WHERE sku = 'A2'") == [(4,)]


async def test_an_edit_that_was_taken_in_before_its_line_counts_once(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    async with DiscordShop(server, sqlite_file, repeats="add") as shop:
        await shop.show()
        server.says("Bob", "live", "claim A1")
        await shop.takes_in(1)
        # Said where nobody heard it: only its edit arrives.
        line = Message(
            id=server.world.ids.make(),
            channel_id=server.live.id,
            author=server.member("Ana").user,
            content="hello",
        )
        server.world.logs[server.live.id].put(line)
        edit = server.edits(line, "claim A1", at=server.world.now() + timedelta(seconds=1))
        await shop.takes_in(2)
        server.invalidate()
        await shop.takes_in(3)
        assert server.log()[1] == edit or edit in server.log()
        assert shop.rows("SELECT reserved FROM variants WHERE sku = 'A1'") == [(2,)]
        kept = shop.rows("SELECT key FROM messages WHERE key = ?", f"discord:{line.id}")
        assert len(kept) == 1


# --- answers in several parts ---------------------------------------------------------------------


def part(act: Interaction, number: int, application: int) -> Outgoing:
    """One part of the private answer to an act."""
    return Outgoing(
        id=number,
        address=Address("discord", Reach.REPLY, f"{application}:{act.token}"),
        kind="test",
        text=f"part {number}",
        private=True,
        at=act.made_at,
    )


async def test_a_restart_between_two_parts_keeps_both(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    hold = server.hold("PATCH", "/webhooks/*/messages/@original")
    act = server.command("Mo", "stock show", {"code": "A2"})
    await server.until(lambda: hold.waiting)
    hold.release()
    await act.reply()
    client: Any = shop.andon.platforms["discord"].client  # type: ignore[attr-defined]
    parts = [part(act, number, server.world.application_id) for number in (901, 902)]
    act.original = None
    # Each by a poster that remembers nothing, as after a restart.
    for one in parts:
        await Poster("salt").post(client, one)
    assert (await act.reply()).content == "part 901"
    assert [one.content for one in act.followups] == ["part 902"]
    # The first is tried again: it arrived, and only its answer was lost.
    await Poster("salt").post(client, parts[0])
    assert [one.content for one in act.followups] == ["part 902"]


async def test_an_answer_to_what_was_acknowledged_here_costs_no_question(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    await shop.types("stock show", code="A2")
    assert server.requests("GET", "/webhooks/*") == []


# --- forms ----------------------------------------------------------------------------------------


async def opens(server: FakeDiscord, shop: DiscordShop) -> Interaction:
    """The moderator chooses what opens a form."""
    line = server.says("Ana", "live", "the linen dress please please")
    await shop.takes_in(1)
    return server.chooses("Mo", "Count as claim", line)


async def test_a_form_that_opened_with_an_error_is_not_done_as_well(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    fault = server.fail(*CALLBACK, 503, after_effect=True)
    act = await opens(server, shop)
    await act.until(lambda one: bool(one.refused))
    assert await shop.types("stock show", code="A2")
    assert fault.happened == 1
    assert act.callback is not None
    assert act.callback.modal
    assert (act.original, act.followups) == (None, [])
    assert shop.rows("SELECT key FROM messages WHERE kind = 'press'") == []


async def test_a_form_that_does_not_fit_is_told_with_a_reference(
    server: FakeDiscord, shop: DiscordShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(_form: Form) -> None:
        raise ValueError("maximum number of children exceeded")

    monkeypatch.setattr(interactions, "modal", too_long)
    with capture_logs() as logs:
        act = await opens(server, shop)
        answer = await act.reply()
    [failed] = [one for one in logs if one["event"] == "a form does not fit"]
    assert failed["reference"] in answer.content
    assert answer.ephemeral


# --- direct messages ------------------------------------------------------------------------------


async def test_direct_messages_of_one_person_keep_their_order(
    server: FakeDiscord, shop: DiscordShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    slow, direct = asyncio.Event(), shop.andon.intake.direct

    async def noted(message: DirectMessage) -> None:
        begun.append(message.key)
        if len(begun) == 1:
            await slow.wait()
        await direct(message)

    monkeypatch.setattr(shop.andon.intake, "direct", noted)
    first, second = server.whispers("Ana", "cart"), server.whispers("Ana", "cart")
    other = server.whispers("Bob", "cart")
    await seen(lambda: f"discord:{other.id}" in begun)
    assert begun == [f"discord:{one.id}" for one in (first, other)]
    slow.set()
    await seen(lambda: len(begun) == 3)
    assert begun[-1] == f"discord:{second.id}"


async def test_a_direct_message_that_fails_is_in_the_log_under_a_reference(
    server: FakeDiscord, shop: DiscordShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_message: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(shop.andon.intake, "direct", broken)
    with capture_logs() as logs:
        server.whispers("Ana", "cart")
        await seen(lambda: any(one["event"] == "a direct message failed" for one in logs))
    [failed] = [one for one in logs if one["event"] == "a direct message failed"]
    assert failed["reference"]
