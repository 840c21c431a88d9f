"""The fake Slack's Socket Mode, held against the real Bolt: sockets break, nothing is lost."""

from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.listener import keep, listening


class TestSocketMode:
    async def test_what_is_not_acknowledged_comes_four_times(self, app: AsyncApp) -> None:
        async with FakeSlack(ack_within=0.02) as slack:
            app.client.base_url = slack.api_url
            async with listening(slack, app):
                slack.says("Mia", "alerts", "nobody listens")
                envelope = slack.envelopes[0]
                await slack.until(lambda: envelope.lost)
                act = await slack.commands("Mia", "/unknown", channel="alerts")
        assert [one.number for one in envelope.attempts] == [0, 1, 2, 3]
        assert [one.reason for one in envelope.attempts] == ["", "timeout", "timeout", "timeout"]
        assert act.error == "operation_timeout"

    @pytest.mark.parametrize("how", ["refresh", "goodbye", "abort"])
    async def test_a_lost_socket_is_replaced_and_what_was_missed_comes(
        self, slack: FakeSlack, app: AsyncApp, how: str
    ) -> None:
        heard = keep(app, "message", slack)
        async with listening(slack, app):
            if how == "refresh":
                slack.refresh()
            else:
                await slack.drop(politely=how == "goodbye")
            slack.says("Mia", "alerts", "meanwhile")
            await slack.until(lambda: heard)
        assert slack.socket.opened == slack.socket.given == 2
        assert heard[0]["text"] == "meanwhile"

    async def test_what_was_under_way_goes_to_the_next_socket(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        numbers: list[str] = []

        async def note(request: Any) -> None:
            numbers.append(request.headers["x-slack-retry-num"][0])
            slack.changes.tell()

        app.event("message")(note)
        async with listening(slack, app):
            slack.deaden()
            slack.says("Mia", "alerts", "into the void")
            await slack.until(lambda: numbers)
            await slack.until(lambda: slack.envelopes[0].acked)
        assert numbers == ["1"]
        assert slack.envelopes[0].attempts[1].reason == "connection_closed"

    async def test_each_envelope_goes_to_one_of_several_sockets(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        heard = keep(app, "message", slack)
        async with listening(slack, app), listening(slack, app):
            await slack.connected(2)
            for number in range(6):
                slack.says("Mia", "alerts", f"{number}")
            await slack.until(lambda: len(slack.acks) == 6)
            used = {id(one.attempts[0].connection) for one in slack.envelopes}
        assert len(heard) == 6
        assert len(used) == 2

    async def test_an_address_is_for_one_use(self, slack: FakeSlack, app: AsyncApp) -> None:
        given = await app.client.apps_connections_open(app_token=slack.app_token)
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(given["url"]) as socket:
                assert (await socket.receive_json())["type"] == "hello"
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect(given["url"])
            assert caught.value.status == 404
            given = await app.client.apps_connections_open(app_token=slack.app_token)
            slack.refuse(1)
            for status in (503, 404):
                with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                    await session.ws_connect(given["url"])
                assert caught.value.status == status

    async def test_while_all_is_down_nobody_gets_in(self, slack: FakeSlack, app: AsyncApp) -> None:
        app.client.retry_handlers.clear()
        async with listening(slack, app):
            await slack.down()
            assert slack.socket.connections == []
            with pytest.raises(aiohttp.ClientConnectionError):
                await app.client.auth_test()
            await slack.up()
            assert (await app.client.auth_test())["user_id"] == slack.world.bot.id
            await slack.connected()
        await slack.down(status=503)
        with pytest.raises(Exception, match="service_unavailable"):
            await app.client.auth_test()

    async def test_the_clients_are_asked_whether_they_are_there(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        async with listening(slack, app):
            connection = slack.socket.connections[0]
            connection.ping()
            await slack.until(lambda: connection.pongs and connection.pings)
