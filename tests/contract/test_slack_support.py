"""Customers' letters on Slack: pictures that are sent there, and replies typed in a thread."""

from io import BytesIO

import pytest
from PIL import Image
from slack_sdk.web.async_client import AsyncWebClient

from bot.pictures_in import Refused
from bot.platforms.slack.files import Files
from handlers.messages import DirectMessage, NotTaken
from handlers.people import Person
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_team import KeptEars, SlackTeam, heard


def photo() -> bytes:
    written = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Telltale Phones"
    Image.new("RGB", (40, 30), "red").save(written, "JPEG", exif=exif)
    return written.getvalue()


async def test_pictures_are_fetched_with_the_token_and_made_anew(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears):
        slack.dm("Max", "", files={"a.png": photo(), "b.jpg": b"%PDF-1.7"})
        await slack.until(lambda: len(ears.written) == 1)
        slack.world.scopes -= {"files:read"}
        slack.dm("Max", "and this", files={"a.png": photo()})
        await slack.until(lambda: len(ears.written) == 2)
    first, second = ears.written
    (picture,) = first.pictures
    assert picture.mime == "image/jpeg"
    assert b"Telltale" not in picture.content
    assert first.not_taken == (NotTaken.NO_PICTURE,)
    assert (second.text, second.pictures) == ("and this", ())
    assert second.not_taken == (NotTaken.NOT_FETCHED,)


@pytest.mark.parametrize("url", ["https://evil.example/x.jpg", "http://files.slack.com/x", ""])
async def test_the_token_goes_to_slack_alone(url: str) -> None:
    (sent,) = Files(AsyncWebClient("xoxb-secret")).of({"files": [{"url_private_download": url}]})
    with pytest.raises(Refused) as refused:
        await sent.fetch()
    assert refused.value.why is NotTaken.NOT_FETCHED


def card(slack: FakeSlack) -> Message | None:
    found = [one for one in slack.messages("alerts") if "💬 1 · Ana" in slack.shown(one)]
    return found[0] if found else None


async def writes(team: SlackTeam, text: str) -> None:
    """Ana, who claims elsewhere, writes to the bot alone."""
    ana = Person(platform="paper", id="ana", name="Ana")
    at = team.clock.now()
    message = DirectMessage(key=f"paper:dm:{at}", person=ana, text=text, sent_at=at)
    await team.andon.intake.direct(message)


async def test_what_is_typed_in_the_thread_of_a_letter_goes_to_its_customer(
    slack: FakeSlack, team: SlackTeam
) -> None:
    def told() -> list[str]:
        return [post.text for post in team.paper.posts if post.address.target == "ana"]

    await writes(team, "The bag smells of smoke, what shall I do now")
    await slack.until(lambda: card(slack))
    letter = card(slack)
    assert letter is not None
    await slack.presses("Mia", letter, "I answer").answered()
    await slack.until(lambda: "👀 Mia is reading along." in told())
    slack.says("Mia", "alerts", "// let me look", thread=letter)
    slack.says("Max", "alerts", "say sorry", thread=letter)
    slack.says("Mia", "alerts", "We send a new one & a <3", thread=letter)
    await slack.until(lambda: any("We send" in one for one in told()))
    assert told()[-1] == "We send a new one & a ‹3\n— Mia"
    assert not any("look" in one or "sorry" in one for one in told())
    await slack.until(lambda: any("not read what Max" in one for one in _thread(slack, letter)))
    await writes(team, "oh thank you, that is so kind of you")
    await slack.until(lambda: any("so kind" in one for one in _thread(slack, letter)))


def _thread(slack: FakeSlack, root: Message) -> list[str]:
    return [
        slack.shown(one)
        for one in slack.world.logs[root.channel_id].values()
        if one.thread_ts == root.ts
    ]
