"""Slack as a platform: where the team works. It has no stream of its own."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.overtaken import Overtaken
from bot.pictures_in import take_in
from bot.platforms.base import (
    Ears,
    Heard,
    Outgoing,
    PlaceGone,
    PlatformRefused,
    PlatformState,
    PostFailed,
)
from bot.platforms.slack import reading
from bot.platforms.slack.connection import Socket, Watch
from bot.platforms.slack.files import Files
from bot.platforms.slack.interactions import Ack, Interactions
from bot.platforms.slack.people import GARBLED, NAME, People, refusal
from bot.platforms.slack.places import Places
from bot.platforms.slack.posting import Poster
from bot.platforms.slack.signed import Calls
from bot.platforms.slack.tokens import LOGIN_REFUSED, REFUSED, app_problem, wrong_kind
from bot.platforms.slack.trouble import trouble
from bot.settings import Slack
from handlers.messages import Channel, DirectMessage
from handlers.registry import Registry

__all__ = ["SlackPlatform"]

Json = Mapping[str, Any]
_ANY = re.compile(".*", re.DOTALL)
_START_WITHIN = 5.0
_ACK_WITHIN = 2.0
#: What a direct message may be besides plain: one with a file, or "/me".
_SPOKEN = (None, "file_share", "me_message", "thread_broadcast")
_LOST = {
    "channel_deleted": "deleted",
    "group_deleted": "deleted",
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_left": "left",
    "group_left": "left",
}


async def _never(_card: str, _post: str) -> str | None:
    return None


class _Stopping(Exception):
    """Nobody hears any more: Slack brings it again."""


class SlackPlatform:
    """The team's channels, `/andon …`, buttons, forms, home pages and direct messages.

    Slack is acknowledged `ack_within` seconds after it calls at the latest. `overtaken` says of a
    card and a post of it what it says by now, where that is not its newest post.
    """

    name = NAME
    #: In two blocks of 3,000, well below the 13,200 that all blocks may hold together.
    max_characters = 6_000
    #: Slack takes about one post a second into a channel.
    pace_seconds = 1.0

    def __init__(
        self,
        settings: Slack,
        *,
        registry: Registry,
        salt: str,
        now: Callable[[], datetime],
        new_reference: Callable[[], str],
        watch: Watch | None = None,
        ack_within: float = _ACK_WITHIN,
        overtaken: Overtaken = _never,
    ) -> None:
        if settings.bot_token is None:
            raise ValueError("Slack is off: there is no token")
        self._settings = settings
        self._registry = registry
        self._new_reference = new_reference
        self._ears: Ears | None = None
        self._naming: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("andon.slack")
        #: The SDK would log what people typed, and addresses at which anybody may answer them.
        self._quiet = logging.getLogger("andon.slack.sdk")
        self._quiet.setLevel(logging.CRITICAL)
        self._bot = ""
        patient = self._client()
        patient.retry_handlers += [
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ]
        self._patient = patient
        self._people = People(settings.roles, patient)
        self._files = Files(patient)
        self._places = Places(settings.channels, now)
        #: The channels in which the team talks.
        self._team = {id for ids in settings.channels.model_dump().values() for id in ids}
        self._poster = Poster(
            self._client(),
            salt,
            now,
            commands=registry.commands,
            quiet=self._quiet,
            at_home=self._answer_at_home,
        )
        self._interactions = Interactions(
            registry,
            self._people,
            self._client(),
            now,
            tell=self._poster.tell,
            quieten=self._quieten,
            ack_within=ack_within,
            new_reference=new_reference,
        )
        self._overtaken = overtaken
        self._calls = Calls(settings.signing_secret)
        self._app = self._make_app()
        self._socket = (
            Socket(
                self._app,
                settings.app_token.get_secret_value(),
                watch=watch or Watch(),
                quiet=self._quiet,
                new_reference=new_reference,
            )
            if settings.app_token is not None
            else None
        )

    # --- what Andon asks of every platform ------------------------------------------------------

    def stream_channels(self) -> Sequence[Channel]:
        """None: viewers are elsewhere."""
        return ()

    def audience_channel(self, audience: str) -> Channel | None:
        """The channel that this audience reads, unless it is lost."""
        return self._places.channel_of(audience)

    async def start(self, ears: Ears) -> None:
        """Log in and hear. Raises `PlatformRefused`."""
        self._ears = ears
        self._places.alert = self._people.alert = ears.alert
        await self._log_in()
        self._people.refresh()
        # What they are called is only for alerts: nothing waits for it.
        self._naming = asyncio.create_task(self._places.look(self._patient), name="slack names")
        if self._socket is not None:
            await self._socket.start(ears.alert, within=_START_WITHIN)

    async def stop(self) -> None:
        """Hear no more; posts still go out until `close`."""
        self._ears = None
        if self._naming is not None:
            self._naming.cancel()
        if self._socket is not None:
            await self._socket.stop()
        await self._interactions.finish()

    async def close(self) -> None:
        """Ask no more; nothing is kept open, for each call has a connection of its own."""
        self._people.close()

    async def post(self, outgoing: Outgoing) -> str | None:
        """Post a delivery once, however often it is tried."""
        if outgoing.act is not None:
            raise PostFailed("no viewer writes on Slack, so there is nothing to moderate there")

        def gone(how: str) -> None:
            self._places.lose(outgoing.address.target, how)
            raise PlaceGone(f"Slack's channel takes no posts ({how})")

        was_lost = self._places.is_lost(outgoing.address.target)
        with trouble(gone):
            posted = await self._poster.post(outgoing)
        if was_lost:
            self._places.find(outgoing.address.target)
        return posted

    async def shout(self, channel: Channel, text: str) -> None:
        """Say `text` at once."""
        with trouble(lambda how: self._places.lose(channel.id, how)):
            await self._poster.shout(channel.id, text)

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """Nothing: no viewer claims here."""
        nothing: tuple[Heard, ...] = ()
        for line in nothing:
            yield line

    def state(self) -> PlatformState:
        """Whether it hears."""
        if self._socket is None:
            return PlatformState(
                connected=self._ears is not None, detail="Waits for Slack's calls."
            )
        return PlatformState(connected=self._socket.up.is_set(), detail=self._socket.detail)

    # --- what Slack brings ----------------------------------------------------------------------

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A signed call of Slack's, in HTTP mode."""
        async with self._calls.taken(request) as call:
            try:
                answered = await self._app.async_dispatch(call)
            except (LookupError, *GARBLED):
                # Before any of our listeners: what Bolt looks for in a call is not there.
                raise web.HTTPBadRequest from None
            return await to_aiohttp_response(answered)

    def _make_app(self) -> AsyncApp:
        secret = self._settings.signing_secret

        # Of Bolt's kind, which asks for arguments by their names.
        async def authorize(team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None,
                team_id=team_id,
                bot_user_id=self._bot or None,
                bot_token=self._patient.token,
            )

        app = AsyncApp(
            name="andon",
            logger=self._quiet,
            client=self._patient,
            # Bolt's own asks Slack at the first call, and where that fails throws the call away.
            authorize=authorize,
            signing_secret=secret.get_secret_value() if secret is not None else "",
            # What we were told must be on disk before Slack hears that we know it.
            process_before_response=True,
        )
        app.command(_ANY)(self._command)
        app.action(_ANY)(self._press)
        app.view(_ANY)(self._submit)
        app.event(_ANY)(self._event)
        app.error(self._failed)
        return app

    async def _command(self, body: Json, ack: Ack) -> BoltResponse:
        return await self._interactions.command(self._hearing(), body, ack)

    async def _press(self, body: Json, ack: Ack) -> BoltResponse:
        return await self._interactions.press(self._hearing(), body, ack)

    async def _submit(self, body: Json, ack: Ack) -> BoltResponse:
        return await self._interactions.submit(self._hearing(), body, ack)

    async def _event(self, body: Json, event: Json) -> None:
        ears, team = self._hearing(), str(body["team_id"])
        given = (str(one["user_id"]) for one in body.get("authorizations") or ())
        bot = self._bot or next(given, "")
        match event["type"]:
            case "app_mention":
                await self._interactions.hear(self._mentioned(ears, event, team, bot))
            case "message" if event.get("channel_type") == "im":
                await self._interactions.hear(self._written(ears, event, team, bot))
            case "message" if event.get("channel") in self._team:
                await self._interactions.hear(self._overheard(ears, event, team, bot))
            case "message":
                # Of a channel that is none of ours, or one that only tells of a change.
                return
            case "app_home_opened" if event.get("tab", "home") == "home":
                await self._interactions.hear(self._interactions.home(ears, event["user"]))
            case kind:
                self._changed(ears, kind, event, bot)

    async def _mentioned(self, ears: Ears, event: Json, team: str, bot: str) -> None:
        if event.get("bot_id") or not event.get("user"):
            return
        person = await self._people.person(event["user"])
        await ears.act(reading.mention(event, team, bot, person))

    async def _written(self, ears: Ears, event: Json, team: str, bot: str) -> None:
        """A direct message; edits and our own posts are none."""
        author, words = event.get("user"), (event.get("text") or "").strip()
        strange = event.get("bot_id") or event.get("subtype") not in _SPOKEN
        if strange or not author or author == bot or not (words or event.get("files")):
            return
        person = await self._people.person(author)
        said = reading.direct(event, team, bot, person, self._registry.commands)
        if not isinstance(said, DirectMessage):
            await ears.act(said)
            return
        taken = await take_in(self._files.of(event))
        await ears.direct(replace(said, pictures=taken.pictures, not_taken=taken.not_taken))

    async def _overheard(self, ears: Ears, event: Json, team: str, bot: str) -> None:
        """A line of the team's; edits and what bots post are none, and a mention is a command."""
        author, words = event.get("user"), (event.get("text") or "").strip()
        strange = event.get("bot_id") or event.get("subtype") not in _SPOKEN
        if strange or not author or author == bot or not words or reading.speaks_to(event, bot):
            return
        person = await self._people.person(author)
        await ears.overhear(reading.team_line(event, team, person))

    def _changed(self, ears: Ears, kind: str, event: Json, bot: str) -> None:
        """Something about channels, groups or the bot itself."""
        about = event.get("channel")
        channel = about["id"] if isinstance(about, Mapping) else str(about or "")
        if kind in ("member_joined_channel", "channel_unarchive", "group_unarchive"):
            if kind != "member_joined_channel" or event.get("user") == bot:
                self._places.find(channel)
            self._people.changed(channel)
        elif kind == "member_left_channel":
            if event.get("user") == bot:
                self._places.lose(channel, "left")
            self._people.left(str(event.get("user") or ""), channel)
        elif kind in _LOST:
            self._places.lose(channel, _LOST[kind])
            self._people.changed(channel)
        elif kind == "app_uninstalled" or (kind == "tokens_revoked" and _of_bot(event)):
            ears.alert("Slack has removed Andon from the workspace; install the app again.")
        elif kind.startswith("subteam_"):
            group = event.get("subteam")
            id = group.get("id") if isinstance(group, Mapping) else event.get("subteam_id")
            self._people.changed(str(id or ""))

    async def _failed(self, error: Exception) -> BoltResponse:
        if isinstance(error, _Stopping):
            return BoltResponse(status=503)
        reference = self._new_reference()
        self._log.error("Slack's call could not be taken", reference=reference, exc_info=error)
        # Not acknowledged: Slack brings it again.
        return BoltResponse(status=500)

    async def _answer_at_home(self, user: str, outgoing: Outgoing) -> bool:
        """Show an answer on somebody's home page; False where that cannot be."""
        if self._ears is None:
            return False
        return await self._interactions.answer_at_home(self._ears, user, outgoing)

    async def _quieten(self, post: reading.CardPost) -> None:
        """Quieten a post in which a button was pressed, if its card goes on elsewhere."""
        said = await self._overtaken(post.card, post.ts)
        if said is not None:
            await self._poster.quieten(post.channel, post.ts, post.url, said)

    # --- how ------------------------------------------------------------------------------------

    def _client(self) -> AsyncWebClient:
        token, url = self._settings.bot_token, self._settings.api_url
        assert token is not None  # noqa: S101 - refused in __init__
        base = AsyncWebClient.BASE_URL if url is None else f"{str(url).rstrip('/')}/"
        return AsyncWebClient(
            token=token.get_secret_value(),
            base_url=base,
            timeout=8,
            logger=self._quiet,
            # The SDK's own would post twice where only the answer was lost.
            retry_handlers=[],
        )

    def _hearing(self) -> Ears:
        if self._ears is None:
            raise _Stopping
        return self._ears

    async def _log_in(self) -> None:
        for problem in self._mistaken():
            raise PlatformRefused(problem)
        try:
            async with asyncio.timeout(_START_WITHIN):
                known = await self._patient.auth_test()
        except SlackApiError as error:
            _, code = refusal(error)
            if code in REFUSED:
                raise PlatformRefused(LOGIN_REFUSED) from None
            self._log.warning("Slack did not say who the bot is", error=code)
        except (aiohttp.ClientError, OSError, *GARBLED) as error:
            self._log.warning("Slack cannot be reached", error=type(error).__name__)
        else:
            self._bot = str(known.get("user_id") or "")

    def _mistaken(self) -> Iterator[str]:
        """What is wrong with the tokens by how they look."""
        bot, app = self._settings.bot_token, self._settings.app_token
        if bot is not None and (why := wrong_kind(bot.get_secret_value())) is not None:
            yield why
        if app is not None and (why := app_problem(app.get_secret_value(), None)) is not None:
            yield why


def _of_bot(revoked: Json) -> bool:
    """Whether `tokens_revoked` names the bot's: people's own are none of ours."""
    tokens = revoked.get("tokens")
    return isinstance(tokens, Mapping) and bool(tokens.get("bot"))
