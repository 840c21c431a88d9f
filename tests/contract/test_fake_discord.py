"""The fake Discord, held against the real discord.py: its gateway, and what is posted there."""

import asyncio
import zlib
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.burst import Burst
from tests.fakes.discord.gateway import Intent
from tests.fakes.discord.listener import Listener, running
from tests.fakes.discord.permissions import SEND_MESSAGES


@pytest.fixture
async def client(server: FakeDiscord) -> AsyncIterator[Listener]:
    async with running(server) as client:
        yield client


class TestTheGateway:
    async def test_a_client_identifies_and_sees_the_server(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        guild = client.guilds[0]
        assert [one.name for one in guild.text_channels] == ["live", "alerts"]
        assert guild.me.id == server.world.bot.id
        assert [one.name for one in guild.me.roles] == ["@everyone", "Andon"]
        assert client.place().permissions_for(guild.me).send_messages

    async def test_lines_replies_forwards_threads_and_direct_messages_are_heard(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        heard: list[discord.Message] = []
        client.on_message = heard.append  # type: ignore[attr-defined]
        first = server.says("Ana", "live", "claim A12 M")
        server.says("Bob", "live", "+1", reply_to=first)
        server.says("Cem", "live", "", forwards=first)
        server.webhook_says("live", "from a feed")
        server.says("Ana", server.thread("live", "questions"), "in a thread")
        server.whispers("Ana", "hello bot")
        await client.hears("claim A12 M", "+1", "", "from a feed", "in a thread", "hello bot")

        messages = list(client.cached_messages)
        assert messages[0].author.name == "Ana"
        assert isinstance(messages[0].author, discord.Member)
        assert messages[1].reference is not None
        assert messages[1].reference.message_id == first.id
        assert messages[2].message_snapshots[0].content == "claim A12 M"
        assert messages[3].webhook_id is not None
        assert isinstance(messages[4].channel, discord.Thread)
        assert messages[5].guild is None

    async def test_edits_and_deletes_are_heard(self, server: FakeDiscord, client: Listener) -> None:
        lines = [server.says("Ana", "live", text) for text in ("one", "two", "three")]
        server.edits(lines[0], "uno")
        server.deletes(lines[0])
        server.deletes(lines[1], lines[2])
        await server.until(lambda: "raw_bulk_message_delete" in client.events)
        assert {"raw_message_edit", "raw_message_delete"} <= set(client.events)
        assert server.log() == []

    @pytest.mark.parametrize("code", [None, 4000, 1001])
    async def test_a_dropped_connection_resumes_with_what_was_missed(
        self, server: FakeDiscord, client: Listener, code: int | None
    ) -> None:
        server.says("Ana", "live", "before")
        await client.hears("before")
        await server.drop(code)
        server.says("Ana", "live", "meanwhile")
        await client.hears("before", "meanwhile")
        assert (server.gateway.identified, server.gateway.resumed) == (1, 1)
        server.says("Ana", "live", "after")
        await client.hears("before", "meanwhile", "after")

    async def test_an_invalid_session_loses_what_was_said_meanwhile_but_history_has_it(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        server.invalidate(tell=False)
        await server.drop()
        server.says("Ana", "live", "lost")
        await server.until(lambda: server.gateway.identified == 2)
        server.says("Ana", "live", "heard")
        await client.hears("heard")
        assert server.gateway.resumed == 0
        texts = [one.content async for one in client.place().history(oldest_first=True, after=None)]
        assert texts == ["lost", "heard"]

    async def test_a_session_may_stay_resumable(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        server.invalidate(resumable=True)
        await server.until(lambda: server.gateway.resumed == 1)
        server.ask_to_reconnect()
        await server.until(lambda: server.gateway.resumed == 2)
        assert server.gateway.identified == 1

    async def test_a_wrong_token_is_refused(self, server: FakeDiscord) -> None:
        client = Listener(server)
        async with client:
            with pytest.raises(discord.LoginFailure):
                await client.start("wrong")

    async def test_an_intent_that_is_switched_off_is_refused(self, server: FakeDiscord) -> None:
        server.allowed = Intent.MEMBERS
        client = Listener(server)
        async with client:
            with pytest.raises(discord.PrivilegedIntentsRequired):
                await client.start(server.token)
            assert client.application is not None
            assert not client.application.flags.gateway_message_content_limited

    async def test_a_refused_first_connection_ends_discord_py(self, server: FakeDiscord) -> None:
        server.refuse(1)
        client = Listener(server)
        async with client:
            # What the supervisor of a bot has to know: 2.7.1 does not try again.
            with pytest.raises(AttributeError, match="sequence"):
                await client.start(server.token)
        assert server.gateway.refused == 1

    async def test_a_malformed_event_ends_discord_py(self, server: FakeDiscord) -> None:
        client = Listener(server)
        async with client:
            task = asyncio.create_task(client.start(server.token))
            await server.until(lambda: "ready" in client.events)
            server.send_malformed()
            with pytest.raises(KeyError):
                await task

    async def test_without_the_content_intent_texts_are_empty(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        session = server.gateway.live()[0]
        session.intents &= ~Intent.CONTENT
        server.says("Ana", "live", "claim A12")
        server.whispers("Ana", "hello")
        await client.hears("", "hello")

    async def test_every_compressed_message_stands_by_itself(self, server: FakeDiscord) -> None:
        async with running(server):
            connection = server.gateway.connections[0]
            chunks = [connection.encoded(b"again and again") for _ in range(2)]
        assert chunks[0][-4:] == b"\x00\x00\xff\xff"
        assert zlib.decompressobj(-zlib.MAX_WBITS).decompress(chunks[1]) == b"again and again"

    async def test_a_burst_made_beforehand_fits_between_other_events(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        burst = Burst(server)
        burst.prepare([("Ana", "one"), ("Bob", "two")])
        server.says("Cem", "live", "zero")
        await client.hears("zero")
        await burst.send()
        server.says("Cem", "live", "three")
        await client.hears("zero", "one", "two", "three")
        await server.drop()
        server.says("Cem", "live", "four")
        await client.hears("zero", "one", "two", "three", "four")


class TestPosting:
    async def test_the_same_nonce_posts_once(self, server: FakeDiscord, client: Listener) -> None:
        first = await client.place().send("hello", nonce=17)
        again = await client.place().send("hello", nonce=17)
        other = await client.place().send("hello", nonce=18)
        assert first.id == again.id != other.id
        assert len(server.posts()) == 2

    async def test_a_post_that_succeeded_may_be_answered_with_an_error(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        fault = server.fail("POST", "/channels/*/messages", 503, after_effect=True)
        with pytest.raises(discord.DiscordServerError):
            await client.place().send("hello", nonce=17)
        await client.place().send("hello", nonce=17)
        assert fault.happened == 1
        assert [one.content for one in server.posts()] == ["hello"]

    async def test_a_wire_may_be_cut_before_the_answer(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        server.fail("POST", "/channels/*/messages", cut=True, after_effect=True)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.place().send("hello", nonce=17)
        assert [one.content for one in server.posts()] == ["hello"]

    @pytest.mark.parametrize("everywhere", [False, True])
    async def test_discord_py_waits_out_a_429(
        self, server: FakeDiscord, client: Listener, everywhere: bool
    ) -> None:
        fault = server.limit("POST", "/channels/*/messages", times=2, everywhere=everywhere)
        await client.place().send("hello")
        assert fault.happened == 2
        assert len(server.posts()) == 1

    async def test_discord_py_keeps_to_the_bucket_that_it_was_told_of(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        bucket = server.pace(3, 0.2)
        for number in range(7):
            await client.place().send(f"{number}")
        assert bucket.violations == 0
        assert len(server.posts()) == 7

    async def test_a_closed_direct_channel_is_50007(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        ana, bob = server.member("Ana", direct=False), server.member("Bob")
        user = await client.fetch_user(ana.id)
        with pytest.raises(discord.Forbidden) as caught:
            await user.send("psst")
        assert caught.value.code == 50007
        await (await client.fetch_user(bob.id)).send("psst")
        assert [one.content for one in server.whispered("Bob")] == ["psst"]

    async def test_a_missing_permission_is_50013(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        server.forbid("live", SEND_MESSAGES)
        with pytest.raises(discord.Forbidden) as caught:
            await client.place().send("hello")
        assert caught.value.code == 50013

    async def test_what_is_too_long_is_refused(self, client: Listener) -> None:
        with pytest.raises(discord.HTTPException) as caught:
            await client.place().send("x" * 2001)
        assert caught.value.code == 50035

    async def test_messages_are_edited_pinned_reacted_to_and_deleted(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        message = await client.place().send("one")
        await message.edit(content="two")
        await message.add_reaction("✅")
        await message.pin()
        assert [one.content async for one in client.place().pins()] == ["two"]
        fetched = await client.place().fetch_message(message.id)
        assert [(one.emoji, one.count, one.me) for one in fetched.reactions] == [("✅", 1, True)]
        await message.unpin()
        await message.delete()
        assert server.posts() == []

    async def test_history_comes_in_pages_from_a_place_on(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        lines = [server.says("Ana", "live", f"{number}") for number in range(250)]
        after = discord.Object(lines[19].id)
        read = client.place().history(limit=None, after=after, oldest_first=True)
        assert [one.content async for one in read] == [f"{number}" for number in range(20, 250)]
        assert len(server.requests("GET", "/channels/*/messages")) == 3

    async def test_the_threads_of_a_channel_are_found(
        self, server: FakeDiscord, client: Listener
    ) -> None:
        server.thread("live", "open")
        server.thread("live", "old", archived=True)
        active = await client.guilds[0].active_threads()
        archived = [one async for one in client.place().archived_threads()]
        assert [one.name for one in active] == ["open"]
        assert [one.name for one in archived] == ["old"]
