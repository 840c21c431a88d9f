"""The fake Slack's Web API, held against the real SDK: what is posted, and what goes wrong."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack import FakeSlack


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


class TestPosting:
    async def test_a_message_is_posted_edited_answered_and_deleted(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        alerts = slack.channel("alerts").id
        first = await client.chat_postMessage(
            channel=alerts, text="A12 &lt;low&gt; &eacute; <@U0000002>"
        )
        await client.chat_postMessage(channel=alerts, text="counting", thread_ts=first["ts"])
        await client.reactions_add(channel=alerts, timestamp=first["ts"], name="eyes")
        assert slack.reads("alerts") == ["A12 <low> &eacute; @Mia", "counting"]
        await client.chat_update(channel=alerts, ts=first["ts"], text="A12 is back")
        thread = await client.conversations_replies(channel=alerts, ts=first["ts"])
        assert [one["text"] for one in thread["messages"]] == ["A12 is back", "counting"]
        assert thread["messages"][0]["reply_count"] == 1
        assert thread["messages"][0]["edited"]["user"] == slack.world.bot.id
        assert slack.messages("alerts")[0].reactions == (("eyes", slack.world.bot.id),)
        await client.chat_delete(channel=alerts, ts=first["ts"])
        assert slack.reads("alerts") == ["counting"]

    async def test_history_comes_in_pages_and_with_metadata_if_asked(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        alerts = slack.channel("alerts").id
        lines = [slack.says("Mia", "alerts", f"{number}") for number in range(5)]
        mark = {"event_type": "delivery", "event_payload": {"id": 7}}
        await client.chat_postMessage(channel=alerts, text="mine", metadata=mark)
        pages = [
            [one["text"] for one in page["messages"]]
            async for page in await client.conversations_history(
                channel=alerts, limit=2, oldest=lines[1].ts, inclusive=True
            )
        ]
        assert pages == [["mine", "4"], ["3", "2"], ["1"]]
        bare = await client.conversations_history(channel=alerts, limit=1)
        assert "metadata" not in bare["messages"][0]
        whole = await client.conversations_history(
            channel=alerts, limit=1, include_all_metadata=True
        )
        assert whole["messages"][0]["metadata"] == mark

    async def test_a_whisper_is_for_one_person_who_is_there(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        alerts = slack.channel("alerts", members=["Mia"]).id
        mia, bo = slack.person("Mia").id, slack.person("Bo").id
        slack.leaves("Bo", "alerts")
        await client.chat_postEphemeral(channel=alerts, user=mia, text="psst")
        assert slack.told("Mia", "alerts") == ["psst"]
        assert slack.told("Bo") == slack.reads("alerts") == []
        with pytest.raises(SlackApiError, match="user_not_in_channel"):
            await client.chat_postEphemeral(channel=alerts, user=bo, text="psst")

    async def test_a_direct_message_goes_to_one_person(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        opened = await client.conversations_open(users=slack.person("Mia").id)
        await client.chat_postMessage(channel=opened["channel"]["id"], text="hello")
        assert slack.whispered("Mia") == ["hello"]

    async def test_a_file_is_uploaded(self, slack: FakeSlack, client: AsyncWebClient) -> None:
        await client.files_upload_v2(
            channel=slack.channel("alerts").id,
            filename="orders.csv",
            title="Orders",
            content="a,b\n1,2\n",
            initial_comment="All of tonight",
        )
        file = slack.files("alerts")[0]
        assert (file.name, file.title, file.content) == ("orders.csv", "Orders", b"a,b\n1,2\n")
        assert slack.reads("alerts") == ["All of tonight"]

    async def test_a_response_address_is_good_for_five_uses(self, slack: FakeSlack) -> None:
        act = slack.commands("Mia", "/andon", channel="alerts")
        webhook = AsyncWebhookClient(act.response_url)
        statuses = [(await webhook.send(text=f"{number}")).status_code for number in range(6)]
        assert statuses == [200] * 5 + [404]
        assert slack.told("Mia", "alerts") == ["0", "1", "2", "3", "4"]
        late = slack.commands("Mia", "/andon", channel="alerts")
        slack.expire()
        answer = await AsyncWebhookClient(late.response_url).send(text="late")
        assert (answer.status_code, "expired_url" in answer.body) == (404, True)

    async def test_mentions_and_links_are_told_as_people_see_them(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        alerts = slack.channel("alerts").id
        packers = slack.group("packers", "Mia").id
        text = (
            f"<!here> <!subteam^{packers}> <#{alerts}> <https://x.example/a|parcel> &lt;!channel>"
        )
        await client.chat_postMessage(channel=alerts, blocks=[section(text)], text="fallback")
        assert slack.reads("alerts") == ["@here @packers #alerts parcel <!channel>"]
        assert slack.mentioned("alerts") == ["@here", "@packers", "#alerts"]
        assert slack.links("alerts") == ["https://x.example/a"]
        general = slack.channel("general").id
        raw = "@channel @mia #alerts evil.com <!here>"
        await client.chat_postMessage(channel=general, text=raw)
        assert slack.mentioned("general") == ["@here"]
        await client.chat_postMessage(channel=general, text=raw, parse="full")
        assert slack.mentioned("general")[1:] == ["@channel", "@Mia", "#alerts"]
        assert slack.links("general") == ["evil.com"]
        await client.chat_postMessage(channel=general, text="@mia", link_names=True)
        assert slack.mentioned("general")[-1] == "@Mia"

    async def test_what_one_person_sees_changes_and_goes(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        alerts, mia = slack.channel("alerts").id, slack.person("Mia").id
        go = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        blocks = [section("psst"), {"type": "actions", "elements": [go]}]
        await client.chat_postEphemeral(channel=alerts, user=mia, text="psst", blocks=blocks)
        whisper = slack.ephemerals("Mia")[0]
        with pytest.raises(LookupError, match="Bo sees no message"):
            slack.presses("Bo", whisper, "Go")
        act = slack.presses("Mia", whisper, "Go")
        assert act.envelope is not None
        assert act.envelope.payload["container"]["is_ephemeral"]
        answer = AsyncWebhookClient(act.response_url)
        await answer.send(text="gone soon", replace_original=True)
        assert slack.told("Mia") == ["gone soon"]
        await answer.send(delete_original=True)
        assert slack.told("Mia") == []

    async def test_a_form_encoded_call_is_read_like_a_json_one(self, slack: FakeSlack) -> None:
        sent = {"token": slack.token, "channel": "alerts", "text": "x"}
        blocks = json.dumps([section("from a form")])
        async with aiohttp.ClientSession() as session:
            url = f"{slack.api_url}chat.postMessage"
            async with session.post(url, data={**sent, "blocks": blocks}) as response:
                assert (await response.json())["ok"]
        assert slack.reads("alerts") == ["from a form"]

    async def test_people_channels_and_groups_are_listed_in_pages(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        slack.channel("secret", private=True)
        slack.channel("theirs", private=True, bot=False)
        slack.group("packers", "Mia", "Bo")
        slack.archives("general", by="Mia")
        names = [
            one["name"]
            async for page in await client.conversations_list(
                types="public_channel,private_channel", limit=1, exclude_archived=True
            )
            for one in page["channels"]
        ]
        assert names == ["alerts", "secret"]
        people = [one["name"] for one in (await client.users_list())["members"]]
        assert people == ["andon", "mia", "bo"]
        group = (await client.usergroups_list(include_users=True))["usergroups"][0]
        members = await client.usergroups_users_list(usergroup=group["id"])
        assert group["users"] == members["users"] == [slack.person("Mia").id, slack.person("Bo").id]
        inside = await client.conversations_members(channel=slack.channel("alerts").id)
        assert len(inside["members"]) == 3


class TestFaults:
    async def test_the_sdk_waits_out_a_429_once_it_is_told_to(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        fault = slack.limit("chat.postMessage", retry_after=0, times=2)
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.chat_postMessage(channel="alerts", text="hello")
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
        await client.chat_postMessage(channel="alerts", text="hello")
        assert (fault.happened, slack.reads("alerts")) == (2, ["hello"])
        assert [one.status for one in slack.calls("chat.postMessage")] == [429, 429, 200]

    async def test_a_post_may_succeed_although_the_answer_is_lost(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        slack.fail("chat.postMessage", cut=True, after_effect=True)
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.chat_postMessage(channel="alerts", text="hello")
        slack.fail("chat.*", 503, after_effect=True)
        with pytest.raises(SlackApiError):
            await client.chat_postMessage(channel="alerts", text="hello")
        slack.fail("chat.postMessage", 200, error="fatal_error")
        with pytest.raises(SlackApiError, match="fatal_error"):
            await client.chat_postMessage(channel="alerts", text="hello")
        assert slack.reads("alerts") == ["hello", "hello"]

    async def test_a_call_may_hang(self, slack: FakeSlack, client: AsyncWebClient) -> None:
        hold = slack.hold("chat.postMessage")
        client.timeout = 1
        task = client.chat_postMessage(channel="alerts", text="hello")
        waiting = asyncio.ensure_future(task)
        await slack.until(lambda: hold.waiting == 1)
        assert slack.reads("alerts") == []
        hold.release()
        await waiting
        assert slack.reads("alerts") == ["hello"]

    async def test_a_pace_may_be_kept(self, slack: FakeSlack, client: AsyncWebClient) -> None:
        bucket = slack.pace(a_second=1, burst=2)
        for _ in range(2):
            await client.chat_postMessage(channel="alerts", text="hello")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="alerts", text="hello")
        assert caught.value.response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel="general", text="hello")
        assert bucket.violations == 1

    async def test_the_clock_is_the_tests(self) -> None:
        title = {"type": "plain_text", "text": "Late"}
        form = {"type": "modal", "title": title, "blocks": [section("Hello")]}
        times = [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)]
        async with FakeSlack(now=lambda: times[0]) as slack:
            client = AsyncWebClient(slack.token, base_url=slack.api_url)
            seen = [slack.says("Mia", "alerts", "one").ts for _ in range(2)]
            act = slack.commands("Mia", "/andon", channel="alerts")
            times[0] += timedelta(seconds=4)
            with pytest.raises(SlackApiError, match="expired_trigger_id"):
                await client.views_open(trigger_id=act.trigger_id, view=form)
        assert seen == ["1700000000.000000", "1700000000.000100"]
