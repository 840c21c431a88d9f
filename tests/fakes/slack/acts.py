"""Commands, presses and forms as the one who makes them sees them, with what answers them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.discord.changes import PATIENCE, Changes
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.delivery import Envelope
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.limits import check_files, check_message
from tests.fakes.slack.payloads import named
from tests.fakes.slack.world import Channel, Json, Message, User, World

__all__ = ["Act", "Acts", "Trigger"]

_TRIGGER_LIFE, _URL_LIFE, _URL_USES = timedelta(seconds=3), timedelta(minutes=30), 5


@dataclass(slots=True, kw_only=True, eq=False)
class Act:
    """One act of a person, and all that came back. Awaited, it waits for the acknowledgement.

    `messages` is what was posted in answer, `error` what Slack shows if the app failed
    (`operation_timeout`), `response_action` and `errors` what became of a form.
    """

    user: User
    changes: Changes
    trigger_id: str = ""
    response_url: str = ""
    envelope: Envelope | None = None
    messages: list[Message] = field(default_factory=list)
    error: str | None = None
    response_action: str | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        """Whether the app has acknowledged it."""
        return self.envelope is not None and self.envelope.acked

    @property
    def answer(self) -> Json | None:
        """What came with the acknowledgement."""
        return self.envelope.answer if self.envelope else None

    @property
    def texts(self) -> list[str]:
        """What was answered, as it was sent."""
        return [one.text for one in self.messages]

    def __await__(self) -> Generator[Any, None, "Act"]:
        return self.settled().__await__()

    async def settled(self, within: float = PATIENCE) -> "Act":
        """Wait until the app has acknowledged it, or Slack has given up."""
        await self.changes.until(lambda: bool(self.envelope and self.envelope.done), within)
        return self

    async def answered(self, count: int = 1, within: float = PATIENCE) -> list[Message]:
        """Wait until so many messages came in answer."""
        await self.changes.until(lambda: len(self.messages) >= count, within)
        return self.messages


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What lets the app open a form, once and for 3 s. `view_id` is the modal it came from."""

    user: User
    made_at: datetime
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class _Url:
    act: Act
    channel: Channel
    source: Message | None
    made_at: datetime
    uses: int = 0


class Acts:
    """Gives triggers and response addresses, and carries out what is sent to the latter."""

    def __init__(self, world: World, chat: Chat, changes: Changes) -> None:
        self.base_url: Callable[[], str] = str
        self._world = world
        self._chat = chat
        self._changes = changes
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, _Url] = {}

    def begin(
        self,
        user: User,
        *,
        channel: Channel | None = None,
        source: Message | None = None,
        view_id: str | None = None,
    ) -> Act:
        """Someone does something; in a channel, the app may answer at a response address."""
        now = self._world.now()
        trigger_id = f"{len(self._triggers) + 1}.{self._world.team_id}.trigger"
        self._triggers[trigger_id] = Trigger(user=user, made_at=now, view_id=view_id)
        act = Act(user=user, changes=self._changes, trigger_id=trigger_id)
        if channel is not None:
            key = f"answer-{len(self._urls) + 1}"
            self._urls[key] = _Url(act=act, channel=channel, source=source, made_at=now)
            act.response_url = f"{self.base_url()}/respond/{key}"
        return act

    def use(self, trigger_id: str) -> Trigger:
        """Take a trigger. Raises `ApiError` if there is none, or it is too late."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self._world.now() - trigger.made_at > _TRIGGER_LIFE:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def expire(self) -> None:
        """Let all triggers and response addresses be too old."""
        for trigger in self._triggers.values():
            trigger.made_at -= _URL_LIFE * 2
        for url in self._urls.values():
            url.made_at -= _URL_LIFE * 2

    def respond(self, key: str, body: Json) -> str:
        """Something is sent to a response address. Raises `ApiError`."""
        url = self._urls.get(key)
        if url is None:
            raise ApiError("no_service", status=404)
        if self._world.now() - url.made_at > _URL_LIFE:
            raise ApiError("expired_url", status=404)
        if url.uses >= _URL_USES:
            raise ApiError("used_url", status=404)
        source = self._source(url)
        gone = bool(body.get("delete_original"))
        try:
            if not gone:
                check_message(body)
                check_files(self._world, body.get("blocks"))
        except ApiError as error:
            raise ApiError(error.error, status=400, **error.more) from error
        url.uses += 1
        if source is not None and gone:
            self._chat.delete(source)
        elif source is not None and body.get("replace_original"):
            self._replace(source, body)
        elif not gone:
            self.post(url.act, url.channel, body)
        return "ok"

    def post(self, act: Act, channel: Channel, body: Json) -> None:
        """Post what answers an act: for all with `in_channel`, else for that person alone."""
        everyone = body.get("response_type") == "in_channel"
        message = Message(
            channel_id=channel.id,
            ts=self._world.make_ts(),
            user=self._world.bot.id,
            bot=True,
            only_for=None if everyone else act.user.id,
            text=str(body.get("text") or ""),
            blocks=named(self._world, body.get("blocks")),
            attachments=tuple(body.get("attachments") or ()),
            thread_ts=body.get("thread_ts"),
            metadata=body.get("metadata"),
        )
        act.messages.append(message)
        self._chat.put(message)

    def _source(self, url: _Url) -> Message | None:
        return None if url.source is None else self._world.find(url.source.ts)

    def _replace(self, source: Message, body: Json) -> None:
        attachments = tuple(body.get("attachments") or ())
        changed: Json = {
            "attachments": attachments,
            "blocks": named(self._world, body.get("blocks")),
        }
        changed |= {"text": str(body.get("text") or ""), "edited": self._world.make_ts()}
        if body.get("metadata") is not None:
            changed["metadata"] = body["metadata"]
        self._chat.edit(source, **changed)
