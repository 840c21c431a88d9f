"""What the fake Slack refuses, and how the real SDK hears of it."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), "value": "1", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(options: list[Json]) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": options}


def option(text: str = "One", value: str = "1", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Late"), "blocks": [section("Hello")], **more}


class TestRefusals:
    @pytest.mark.parametrize(
        ("blocks", "why"),
        [
            ([section("x")] * 51, "no more than 50 items"),
            ([section("x" * 3001)], "less than 3001 characters"),
            ([section("")], "more than 0 characters"),
            ([{"type": "section"}], "must have `text` or `fields`"),
            ([{"type": "section", "fields": [plain("x")] * 11}], "no more than 10 items"),
            ([{"type": "section", "fields": [plain("x" * 2001)]}], "less than 2001"),
            ([{"type": "header", "text": plain("x" * 151)}], "less than 151"),
            ([{"type": "header", "text": section("x")["text"]}], "one of the types: plain_text"),
            ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items"),
            ([actions(*[button(action_id=f"{n}") for n in range(26)])], "no more than 25 items"),
            ([actions(button(), button())], "`action_id` go already exists"),
            ([actions(button(text=plain("x" * 76)))], "less than 76"),
            ([actions(button(value="x" * 2001))], "less than 2001"),
            ([actions(button(action_id="x" * 256))], "less than 256"),
            ([actions(button(style="green"))], "one of: primary, danger"),
            ([actions(button(confirm={"title": plain("Sure?")}))], "missing required field"),
            ([actions(button(label="Go"))], "additional property: label"),
            ([actions({"type": "plain_text_input"})], "unsupported type: plain_text_input"),
            ([actions(select([option()] * 101))], "no more than 100 items"),
            ([actions(select([]))], "no fewer than 1 items"),
            ([actions(select([option("x" * 76)]))], "less than 76"),
            ([actions(select([option(value="x" * 151)]))], "less than 151"),
            ([actions(select([option(description=plain("x" * 76))]))], "less than 76"),
            ([section("x") | {"block_id": "b"}] * 2, "`block_id` b already exists"),
        ],
    )
    async def test_blocks_that_do_not_fit(
        self, slack: FakeSlack, client: AsyncWebClient, blocks: list[Json], why: str
    ) -> None:
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="alerts", text="x", blocks=blocks)
        assert caught.value.response["error"] == "invalid_blocks"
        assert why in caught.value.response["response_metadata"]["messages"][0]
        assert slack.reads("alerts") == []

    @pytest.mark.parametrize(
        ("view", "why"),
        [
            (modal(title=plain("x" * 25)), "less than 25"),
            (modal(submit=plain("x" * 25)), "less than 25"),
            (modal(private_metadata="x" * 3001), "less than 3001"),
            (modal(callback_id="x" * 256), "less than 256"),
            (modal(blocks=[section("x")] * 101), "no more than 100 items"),
            (
                modal(
                    blocks=[
                        {
                            "type": "input",
                            "label": plain("Why"),
                            "element": {"type": "plain_text_input", "max_length": 3001},
                        }
                    ]
                ),
                "between 1 and 3000",
            ),
        ],
    )
    async def test_forms_that_do_not_fit(
        self, slack: FakeSlack, client: AsyncWebClient, view: Json, why: str
    ) -> None:
        act = slack.commands("Mia", "/andon", channel="alerts")
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=act.trigger_id, view=view)
        assert caught.value.response["error"] == "invalid_arguments"
        assert why in caught.value.response["response_metadata"]["messages"][0]

    async def test_texts_that_are_too_long_or_empty(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        post = await client.chat_postMessage(channel="alerts", text="x" * 40_000)
        for text, error in (("x" * 40_001, "msg_too_long"), (" ", "no_text")):
            with pytest.raises(SlackApiError, match=error):
                await client.api_call("chat.postMessage", json={"channel": "alerts", "text": text})
        with pytest.raises(SlackApiError, match="msg_too_long"):
            await client.chat_update(channel=post["channel"], ts=post["ts"], text="&" * 801)
        with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
            await client.chat_postMessage(
                channel="alerts", text="x", blocks=[section("x" * 3000)] * 5
            )

    async def test_who_may_not_or_finds_nothing_is_told_why(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        secret = slack.channel("secret", private=True, bot=False)
        apart = slack.channel("apart", bot=False)
        for name, channel, error in (
            ("nowhere", "C0NOWHERE", "channel_not_found"),
            ("private", secret.id, "channel_not_found"),
            ("apart", apart.id, "not_in_channel"),
        ):
            with pytest.raises(SlackApiError, match=error):
                await client.chat_postMessage(channel=channel, text=name)
        alerts = slack.channel("alerts")
        theirs = slack.says("Mia", "alerts", "mine")
        with pytest.raises(SlackApiError, match="cant_update_message"):
            await client.chat_update(channel=alerts.id, ts=theirs.ts, text="yours")
        with pytest.raises(SlackApiError, match="message_not_found"):
            await client.chat_delete(channel=alerts.id, ts="1.000100")
        slack.archives("alerts")
        with pytest.raises(SlackApiError, match="is_archived"):
            await client.chat_postMessage(channel=alerts.id, text="hello")
        slack.world.paid_plan = False
        with pytest.raises(SlackApiError, match="plan_upgrade_required"):
            await client.usergroups_list()
        slack.world.scopes.discard("users:read")
        with pytest.raises(SlackApiError) as caught:
            await client.users_info(user=slack.person("Mia").id)
        assert caught.value.response["needed"] == "users:read"
        assert "users:read" not in caught.value.response.headers["x-oauth-scopes"].split(",")

    async def test_a_wrong_token_opens_nothing(
        self, slack: FakeSlack, client: AsyncWebClient
    ) -> None:
        for token, error in (("xoxb-wrong", "invalid_auth"), ("", "not_authed")):
            with pytest.raises(SlackApiError, match=error):
                await AsyncWebClient(token, base_url=slack.api_url).auth_test()
        with pytest.raises(SlackApiError, match="not_allowed_token_type"):
            await client.apps_connections_open(app_token=slack.token)
        slack.revoke(slack.token)
        with pytest.raises(SlackApiError, match="account_inactive"):
            await client.auth_test()
