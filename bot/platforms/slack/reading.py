"""What Slack's payloads are to Andon: commands, presses, forms and direct messages. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.platforms.slack.dressing import card_of, pressed
from bot.platforms.slack.people import NAME
from bot.platforms.slack.views import read_modal
from handlers.messages import Channel, Command, DirectMessage, FormSubmit, Press, TeamLine
from handlers.people import Person

__all__ = [
    "Answerable",
    "CardPost",
    "as_typed",
    "card_post",
    "command",
    "direct",
    "key_of",
    "mention",
    "press",
    "speaks_to",
    "submit",
    "team_line",
    "typed",
]

Json = Mapping[str, Any]
_SMART = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"})
_LINK = re.compile(r"<(?![@#!])([^<>|]*)(?:\|([^<>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^<>]+)>")
_COMMAND = re.compile(r"(?<![\w/.:])/([a-z]+)\b")
_PERSON = re.compile(r"<@([A-Z0-9]+)\|[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerable:
    """Where the answer to an act goes: to one person in a channel, by `url` as long as that lives.

    As text it is what an outbox address holds.
    """

    channel: str
    user: str
    url: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.user}:{self.url}"

    @classmethod
    def parse(cls, text: str) -> "Answerable":
        """Read what `str` wrote."""
        channel, _, rest = text.partition(":")
        user, _, url = rest.partition(":")
        return cls(channel=channel, user=user, url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPost:
    """The post whose button was pressed: of which card it is a state, and where it stands."""

    card: str
    channel: str
    ts: str
    url: str


def key_of(team: str, channel: str, ts: str) -> str:
    """The key of a message: `message` and `app_mention` of one text are one."""
    return f"{NAME}:{team}:{channel}:{ts}"


def typed(text: str) -> str:
    """A text as it was typed: entities, links and smart quotes taken back."""
    text = _LINK.sub(lambda found: found[2] or found[1].removeprefix("mailto:"), text)
    text = _PERSON.sub(r"<@\1>", _CHANNEL.sub(r"#\1", text))
    text = text.translate(_SMART)
    # Slack escapes these three; any other entity was typed.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def as_typed(text: str, commands: Collection[str]) -> str:
    """A sentence of ours with its commands as they are typed here: `/stage` is `/andon stage`."""
    words = {name.partition(" ")[0] for name in commands}
    return _COMMAND.sub(lambda one: f"/andon {one[1]}" if one[1] in words else one[0], text)


def command(body: Json, person: Person, now: datetime) -> Command:
    """`/andon …`; with nothing behind it, it asks for help."""
    return Command(
        key=f"{NAME}:command:{body['trigger_id']}",
        person=person,
        channel=Channel(NAME, body["channel_id"]),
        sent_at=now,
        line=_line(typed(body.get("text") or "")),
        reply_to=_reply(body["channel_id"], person, body.get("response_url")),
    )


def mention(event: Json, team: str, bot: str, person: Person) -> Command:
    """`@Andon …` in a channel: what follows the name is a command."""
    return Command(
        key=key_of(team, event["channel"], event["ts"]),
        person=person,
        channel=Channel(NAME, event["channel"]),
        sent_at=_instant(event["ts"]),
        line=_line(typed(_unaddressed(event, bot))),
        reply_to=_reply(event["channel"], person, None),
    )


def direct(
    event: Json, team: str, bot: str, person: Person, commands: Collection[str]
) -> DirectMessage | Command:
    """A line written to the bot alone; what begins with one of `commands` is one."""
    key, text = key_of(team, event["channel"], event["ts"]), typed(_unaddressed(event, bot))
    # Whoever sends a picture asks for no command, and need not say a word.
    if event.get("files") or not _is_command(text, commands):
        sent_at = _instant(event["ts"])
        return DirectMessage(key=key, person=person, text=text, sent_at=sent_at)
    return Command(
        key=key,
        person=person,
        channel=Channel(NAME, event["channel"]),
        sent_at=_instant(event["ts"]),
        line=_line(text),
        reply_to=_reply(event["channel"], person, None),
    )


def speaks_to(event: Json, bot: str) -> bool:
    """Whether a message names the bot: that one comes as a mention too, and is a command."""
    return re.search(rf"<@{bot or '[A-Z0-9]+'}(\|[^>]*)?>", event.get("text") or "") is not None


def team_line(event: Json, team: str, person: Person) -> TeamLine:
    """A line that a person typed in a channel of the team."""
    return TeamLine(
        key=key_of(team, event["channel"], event["ts"]),
        channel=Channel(NAME, event["channel"]),
        person=person,
        text=typed(event.get("text") or ""),
        sent_at=_instant(event["ts"]),
        thread=str(event.get("thread_ts") or ""),
    )


def press(body: Json, person: Person, now: datetime) -> Press:
    """A button, or what was chosen from a select."""
    place = (body.get("container") or {}).get("channel_id") or ""
    return Press(
        key=f"{NAME}:action:{body['trigger_id']}",
        person=person,
        channel=Channel(NAME, place),
        sent_at=now,
        button=pressed(body["actions"][0]),
        reply_to=_reply(place, person, body.get("response_url")),
    )


def card_post(body: Json) -> CardPost | None:
    """The post of a card in which something was pressed; None where it was pressed elsewhere."""
    container, card = body.get("container") or {}, card_of(body["actions"][0])
    if card is None or not container.get("message_ts") or container.get("is_ephemeral"):
        return None
    return CardPost(
        card=card,
        channel=str(container.get("channel_id") or ""),
        ts=str(container["message_ts"]),
        url=str(body.get("response_url") or ""),
    )


def submit(body: Json, person: Person, now: datetime) -> FormSubmit:
    """A form that was filled in; a view is sent once, so its id is the key."""
    view = body["view"]
    form, place, values = read_modal(view)
    return FormSubmit(
        key=f"{NAME}:view:{view['id']}",
        person=person,
        channel=Channel(NAME, place),
        sent_at=now,
        form=form,
        values=values,
        reply_to=_reply(place, person, None),
    )


def _unaddressed(event: Json, bot: str) -> str:
    """What was said, without the mention of the bot in front."""
    return re.sub(rf"^\s*<@{bot or '[A-Z0-9]+'}(\|[^>]*)?>[:,]?", "", event.get("text") or "")


def _is_command(text: str, commands: Collection[str]) -> bool:
    bare = _bare(text)
    words = bare.casefold().split()
    if bare != text or not words:
        # Begun with a slash or the bot's name, or nothing but that.
        return True
    # A first word alone ("stock") gets a hint of what may follow.
    hint = len(words) == 1 and any(name.startswith(words[0] + " ") for name in commands)
    return hint or words[0] in commands or " ".join(words[:2]) in commands


def _bare(text: str) -> str:
    return re.sub(r"^/?(andon(\s+|$)/?)?", "", text, flags=re.IGNORECASE).strip()


def _line(text: str) -> str:
    return "/" + (_bare(text) or "help")


def _reply(channel: str, person: Person, url: str | None) -> str:
    return str(Answerable(channel=channel, user=person.id, url=url or ""))


def _instant(ts: str) -> datetime:
    # Seconds and microseconds, apart: as a float the last digits would be lost.
    seconds, _, micros = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros[:6] or 0))
