"""Posts deliveries: to channels, to people, as answers; once, however often they are tried.

Slack has no idempotent post. Each carries the id of its delivery in its metadata, and after a try
whose end is unknown the channel's history is asked for it before it is posted again.
"""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.platforms.base import Outgoing, PostDelayed
from bot.platforms.slack.dressing import message
from bot.platforms.slack.mrkdwn import mrkdwn
from bot.platforms.slack.people import refusal
from bot.platforms.slack.pictures import Uploads
from bot.platforms.slack.reading import Answerable, as_typed
from bot.platforms.slack.trouble import PASSES, seconds, trouble
from handlers.messages import Reach

__all__ = ["Poster"]

_EVENT = "andon_delivery"
#: A response URL takes five answers in half an hour; the rest goes beside it.
_ANSWERS = 5
_REMEMBERED = 500
_BACK = timedelta(minutes=2)
_LOOKED_AT = 200
_ELSEWHERE = "This is an older copy of a card that stands elsewhere by now; its buttons are there."
_PAGES = 10
_URL_SECONDS = 8
#: What people typed is never made into mentions.
_PLAIN: Mapping[str, Any] = {"link_names": False, "parse": "none"}

#: Slack's words where it will not let us look whether a post arrived.
_UNSEEN = frozenset({"missing_scope", "no_permission", "thread_not_found"})
#: And where it takes no answer beside a command, which may be typed where the bot is not.
_NOT_THERE = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "user_not_in_channel"}
)


class Poster:
    """Posts with one client, which must not wait out a 429 itself: only its address has to rest.

    `salt` keeps two installations' deliveries apart, `commands` are the names of ours, and `quiet`
    is what the SDK may log to. `at_home` shows somebody an answer on their home page, if it can.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        salt: str,
        now: Callable[[], datetime],
        *,
        commands: Collection[str],
        quiet: logging.Logger,
        at_home: Callable[[str, Outgoing], Awaitable[bool]],
    ) -> None:
        self._client = client
        self._at_home = at_home
        self._uploads = Uploads(client)
        self._commands = commands
        self._quiet = quiet
        self._salt = salt
        self._began = now()
        #: Deliveries whose last try may have arrived.
        self._unsure: set[int] = set()
        #: What was posted lately, by its mark.
        self._sent: OrderedDict[str, str] = OrderedDict()
        self._direct: OrderedDict[str, str] = OrderedDict()
        #: How many answers each response URL took.
        self._answered: OrderedDict[str, int] = OrderedDict()

    async def post(self, outgoing: Outgoing) -> str | None:
        """Post or edit, and return the id of the message. Raises as `Platform.post`."""
        try:
            match outgoing.address.reach:
                case Reach.REPLY:
                    return await self._answer(outgoing)
                case Reach.PERSON:
                    return await self._say(
                        await self._direct_channel(outgoing.address.target), outgoing
                    )
                case _:
                    return await self._say(outgoing.address.target, outgoing)
        except SlackApiError as error:
            self._uploads.refused(outgoing.pictures, error)
            raise

    async def shout(self, channel: str, text: str) -> None:
        """Say `text` at once."""
        await self._client.chat_postMessage(
            channel=channel, text=mrkdwn(self._worded(text), ()), unfurl_links=False, **_PLAIN
        )

    async def quieten(self, channel: str, ts: str, url: str, text: str) -> None:
        """Take the buttons off a post that goes on elsewhere, and let it say what is so by now.

        Raises as `Platform.post`.
        """
        words, blocks = message(f"{self._worded(text)}\n{_ELSEWHERE}", quiet=True)
        with trouble():
            try:
                await self._client.chat_update(
                    channel=channel, ts=ts, text=words, blocks=blocks, **_PLAIN
                )
            except SlackApiError as error:
                if not url or refusal(error)[1] not in _NOT_THERE:
                    raise
                # The bot is not in that channel any more, but whoever pressed is.
                await AsyncWebhookClient(
                    url, timeout=_URL_SECONDS, retry_handlers=[], logger=self._quiet
                ).send(text=words, blocks=blocks, replace_original=True)

    # --- to channels and people -----------------------------------------------------------------

    async def _say(self, channel: str, outgoing: Outgoing) -> str:
        text, blocks = message(
            self._worded(outgoing.text),
            outgoing.buttons,
            outgoing.mentions,
            urgent=outgoing.urgent,
            besides=await self._uploads.shown(outgoing.pictures),
            card=outgoing.card,
        )
        if outgoing.replaces is not None and await self._edited(
            channel, outgoing.replaces, text, blocks
        ):
            if outgoing.history:
                await self._note(channel, outgoing)
            return outgoing.replaces
        return await self._once(channel, self._mark(outgoing), outgoing, text=text, blocks=blocks)

    async def _edited(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> bool:
        """Edit it where it stands; False where somebody deleted it."""
        try:
            await self._client.chat_update(
                channel=channel, ts=ts, text=text, blocks=blocks, **_PLAIN
            )
        except SlackApiError as error:
            if refusal(error)[1] in ("message_not_found", "cant_update_message"):
                return False
            raise
        return True

    async def _note(self, channel: str, outgoing: Outgoing) -> None:
        """What has changed about a card, in its thread."""
        text, blocks = message(self._worded(outgoing.history), (), outgoing.mentions)
        await self._once(
            channel,
            f"{self._mark(outgoing)}-h",
            outgoing,
            text=text,
            blocks=blocks,
            thread_ts=outgoing.replaces,
        )

    async def _once(self, channel: str, mark: str, outgoing: Outgoing, **more: Any) -> str:
        if mark in self._sent:
            return self._sent[mark]
        if self._may_be_there(outgoing):
            found = await self._posted(channel, mark, outgoing.at, more.get("thread_ts"))
            if found is not None:
                return self._known(mark, outgoing, found)
        self._unsure.add(outgoing.id)
        try:
            sent = await self._client.chat_postMessage(
                channel=channel,
                metadata={"event_type": _EVENT, "event_payload": {"id": mark}},
                unfurl_links=False,
                unfurl_media=False,
                **more,
                **_PLAIN,
            )
        except SlackApiError as error:
            status, code = refusal(error)
            if status < 500 and code and code not in PASSES:
                # It was understood and refused.
                self._unsure.discard(outgoing.id)
            raise
        return self._known(mark, outgoing, str(sent["ts"]))

    def _may_be_there(self, outgoing: Outgoing) -> bool:
        """Whether an earlier try may have arrived: of ours, or of another process."""
        return outgoing.tried or outgoing.id in self._unsure or outgoing.at < self._began

    def _known(self, mark: str, outgoing: Outgoing, ts: str) -> str:
        self._unsure.discard(outgoing.id)
        self._sent[mark] = ts
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)
        return ts

    async def _posted(
        self, channel: str, mark: str, since: datetime, thread: str | None
    ) -> str | None:
        """The post that carries this mark, if an earlier try arrived."""
        where: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{(since - _BACK).astimezone(UTC).timestamp():.6f}",
            "limit": _LOOKED_AT,
            "include_all_metadata": True,
        }
        look: Callable[..., Awaitable[AsyncSlackResponse]] = self._client.conversations_history
        if thread is not None:
            look, where["ts"] = self._client.conversations_replies, thread
        for _ in range(_PAGES):
            try:
                seen = await look(**where)
            except SlackApiError as error:
                if refusal(error)[1] in _UNSEEN:
                    # Better twice than never.
                    return None
                raise
            for one in seen.get("messages") or ():
                metadata = one.get("metadata") or {}
                if (metadata.get("event_payload") or {}).get("id") == mark:
                    return str(one["ts"])
            where["cursor"] = (seen.get("response_metadata") or {}).get("next_cursor")
            if not where["cursor"]:
                break
        return None

    async def _direct_channel(self, user: str) -> str:
        if user not in self._direct:
            opened = await self._client.conversations_open(users=[user])
            self._direct[user] = opened["channel"]["id"]
            if len(self._direct) > _REMEMBERED:
                self._direct.popitem(last=False)
        return self._direct[user]

    def _worded(self, text: str) -> str:
        return as_typed(text, self._commands)

    def _mark(self, outgoing: Outgoing) -> str:
        return f"{self._salt}-{outgoing.id}"

    # --- answers --------------------------------------------------------------------------------

    async def _answer(self, outgoing: Outgoing) -> str | None:
        to = Answerable.parse(outgoing.address.target)
        besides = await self._uploads.shown(outgoing.pictures)
        text, blocks = message(
            self._worded(outgoing.text), outgoing.buttons, outgoing.mentions, besides=besides
        )
        said: dict[str, Any] = {"text": text, "blocks": blocks}
        if to.url and await self._by_url(to.url, private=outgoing.private, **said):
            return None
        mark = self._mark(outgoing)
        if not to.channel and await self._at_home(to.user, outgoing):
            return None
        try:
            if to.channel and outgoing.private and not to.channel.startswith("D"):
                await self._client.chat_postEphemeral(
                    channel=to.channel, user=to.user, **said, **_PLAIN
                )
                return None
            if to.channel:
                return await self._once(to.channel, mark, outgoing, **said)
        except SlackApiError as error:
            if refusal(error)[1] not in _NOT_THERE:
                raise
        # A command may be typed anywhere, also where the bot is not.
        return await self._once(await self._direct_channel(to.user), mark, outgoing, **said)

    async def tell(self, reply_to: str, text: str) -> None:
        """Answer an act with a line, past the outbox. Raises as `Platform.post`."""
        to, words = Answerable.parse(reply_to), mrkdwn(text, ())
        with trouble():
            if to.url and await self._by_url(to.url, private=True, text=words):
                return
            # Posted to a user's id, it is a direct message.
            await self._client.chat_postMessage(channel=to.user, text=words, **_PLAIN)

    async def _by_url(self, url: str, *, private: bool, **said: Any) -> bool:
        """Answer where Slack waits for it; False where it takes no more answers."""
        given = self._answered.get(url, 0)
        if given >= _ANSWERS:
            return False
        client = AsyncWebhookClient(
            url, timeout=_URL_SECONDS, retry_handlers=[], logger=self._quiet
        )
        answer = await client.send(
            response_type="ephemeral" if private else "in_channel",
            replace_original=False,
            **said,
        )
        if answer.status_code == 429 or answer.status_code >= 500:
            wait = seconds(answer.headers.get("Retry-After"))
            raise PostDelayed(f"Slack answered {answer.status_code}", retry_after=wait)
        if "invalid_blocks" in (answer.body or ""):
            # A picture that came too early: the next try may still go this way.
            return False
        self._answered[url] = given + 1 if answer.status_code == 200 else _ANSWERS
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)
        return answer.status_code == 200
