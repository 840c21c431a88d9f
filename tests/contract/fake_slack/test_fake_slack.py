"""The fake Slack, held against the real Bolt: commands, buttons, forms, and what is said."""

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.listener import keep, listening

FORM = {
    "type": "modal",
    "callback_id": "late",
    "title": {"type": "plain_text", "text": "A late parcel"},
    "submit": {"type": "plain_text", "text": "Tell them"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
        }
    ],
}
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*A12* is low"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "own",
                "text": {"type": "plain_text", "text": "Mine"},
                "value": "A12",
            },
            {
                "type": "overflow",
                "action_id": "more",
                "options": [{"text": {"type": "plain_text", "text": "Snooze"}, "value": "snooze"}],
            },
        ],
    },
]


class TestActs:
    async def test_a_command_is_delivered_acknowledged_and_answered(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        async def andon(ack: Any, respond: Any, command: Any, say: Any) -> None:
            await ack()
            await respond(f"{command['text']} is on stage")
            await say("on stage: A12", metadata={"event_type": "line", "event_payload": {"id": 7}})

        app.command("/andon")(andon)
        async with listening(slack, app):
            act = await slack.commands("Mia", "/andon", "stage A12", channel="alerts")
            await act.answered()
            await slack.until(lambda: slack.reads("alerts") == ["on stage: A12"])
        assert slack.told("Mia", "alerts") == ["stage A12 is on stage"]
        assert slack.told("Bo", "alerts") == []
        assert slack.messages("alerts")[0].metadata == {
            "event_type": "line",
            "event_payload": {"id": 7},
        }
        assert slack.acks[0].kind == "slash_commands"
        assert slack.acks[0].delay < 2

    async def test_the_acknowledgement_itself_may_be_the_answer(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        async def andon(ack: Any) -> None:
            await ack(text="for you")

        app.command("/andon")(andon)
        async with listening(slack, app):
            assert (await slack.commands("Mia", "/andon", channel="alerts")).texts == ["for you"]
        assert slack.told("Mia") == ["for you"]

    async def test_a_button_and_a_menu_under_a_message(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        picked: list[str] = []

        async def own(ack: Any, body: Any, respond: Any) -> None:
            await ack()
            text = f"{body['actions'][0]['value']}: <@{body['user']['id']}> has it"
            assert body["message"]["ts"] == body["container"]["message_ts"]
            await respond(text, replace_original=True)

        async def more(ack: Any, action: Any) -> None:
            await ack()
            picked.append(action["selected_option"]["value"])

        app.action("own")(own)
        app.action("more")(more)
        post = await app.client.chat_postMessage(channel="#alerts", text="A12", blocks=CARD)
        card = slack.messages("alerts")[0]
        assert card.ts == post["ts"]
        assert slack.reads("alerts") == ["*A12* is low"]
        assert slack.buttons(card) == ["Mine", "Snooze"]
        async with listening(slack, app):
            await slack.presses("Mia", card, "Snooze")
            await slack.presses("Mia", card, "Mine")
            await slack.until(lambda: slack.reads("alerts") == ["A12: @Mia has it"])
        assert picked == ["snooze"]
        assert slack.mentioned("alerts") == ["@Mia"]
        with pytest.raises(LookupError, match="nothing here is called 'Mine'"):
            slack.presses("Mia", card.ts, "Mine")

    async def test_a_form_says_what_is_wrong_and_then_closes(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        async def andon(ack: Any, client: Any, body: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        async def late(ack: Any, view: Any) -> None:
            said = view["state"]["values"]["why"]["text"]["value"]
            if said == "rain":
                await ack(response_action="errors", errors={"why": "Say more"})
            else:
                await ack()

        app.command("/andon")(andon)
        app.view("late")(late)
        async with listening(slack, app):
            await slack.commands("Mia", "/andon", "late", channel="alerts")
            await slack.until(lambda: slack.modal_of("Mia"))
            with pytest.raises(ValueError, match="required"):
                slack.submits("Mia", {})
            with pytest.raises(ValueError, match="0 to 20"):
                slack.submits("Mia", {"Reason": "x" * 21})
            act = await slack.submits("Mia", {"Reason": "rain"})
            assert (act.response_action, slack.errors_of("Mia")) == ("errors", {"why": "Say more"})
            assert slack.modal_of("Mia") is not None
            await slack.submits("Mia", {"why": "heavy rain"})
        assert slack.modal_of("Mia") is None
        assert slack.errors_of("Mia") == {}

    async def test_a_trigger_opens_one_form_and_not_for_long(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        triggers: list[str] = []

        async def andon(ack: Any, body: Any) -> None:
            triggers.append(body["trigger_id"])
            await ack()

        app.command("/andon")(andon)
        async with listening(slack, app):
            await slack.commands("Mia", "/andon", channel="alerts")
            await slack.commands("Mia", "/andon", channel="alerts")
        opened = await app.client.views_open(trigger_id=triggers[0], view=FORM)
        old = opened["view"]["hash"]
        await app.client.views_update(view_id=opened["view"]["id"], view=FORM, hash=old)
        for trigger, error in (
            (triggers[0], "exchanged_trigger_id"),
            ("made-up", "invalid_trigger_id"),
        ):
            with pytest.raises(Exception, match=error):
                await app.client.views_open(trigger_id=trigger, view=FORM)
        with pytest.raises(Exception, match="hash_conflict"):
            await app.client.views_update(view_id=opened["view"]["id"], view=FORM, hash=old)
        slack.expire()
        with pytest.raises(Exception, match="expired_trigger_id"):
            await app.client.views_open(trigger_id=triggers[1], view=FORM)

    async def test_a_home_is_published_and_pressed(self, slack: FakeSlack, app: AsyncApp) -> None:
        pressed: list[str] = []

        async def opened(event: Any, client: Any) -> None:
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": CARD})

        async def own(ack: Any, body: Any) -> None:
            pressed.append(body["view"]["type"])
            await ack()

        app.event("app_home_opened")(opened)
        app.action("own")(own)
        async with listening(slack, app):
            slack.opens_home("Mia")
            await slack.until(lambda: slack.home_of("Mia"))
            home = slack.home_of("Mia")
            assert home is not None
            assert slack.shown(home) == "*A12* is low"
            await slack.presses("Mia", home, "Mine")
        assert pressed == ["home"]

    async def test_what_people_say_change_and_mention_is_heard(
        self, slack: FakeSlack, app: AsyncApp
    ) -> None:
        messages, mentions = keep(app, "message", slack), keep(app, "app_mention", slack)
        # Bolt tells messages with a subtype apart from those without.
        keep(app, "message_changed", slack)
        async with listening(slack, app):
            line = slack.says("Mia", "alerts", "@Andon what is left & why? #general @here")
            slack.says("Bo", "alerts", "nothing", thread=line)
            slack.dm("Mia", "hello")
            await slack.until(lambda: len(messages) == 3 and mentions)
        bot, general = slack.world.bot.id, slack.channel("general").id
        heard = {one["text"]: one for one in messages}
        first = heard[f"<@{bot}> what is left &amp; why? <#{general}|general> <!here>"]
        assert first["ts"] == mentions[0]["ts"] == line.ts
        assert heard["nothing"]["thread_ts"] == line.ts
        assert heard["hello"]["channel_type"] == "im"

    async def test_channels_come_and_go(self, slack: FakeSlack, app: AsyncApp) -> None:
        kinds = ("channel_archive", "channel_deleted", "channel_left", "member_left_channel")
        heard = {kind: keep(app, kind, slack) for kind in kinds}
        async with listening(slack, app):
            slack.archives("alerts")
            slack.unarchives("alerts")
            slack.removes_bot("alerts")
            slack.deletes_channel("general")
            await slack.until(lambda: all(heard.values()))
        with pytest.raises(Exception, match="not_in_channel"):
            await app.client.chat_postMessage(channel=slack.channel("alerts").id, text="hello")
