"""A look at Slack over the Web API, before a show: who the bot is, where it is, what it may do.

`look` opens no socket and changes nothing. Its errors are those of `bot.platforms.looking`.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.platforms.looking import CannotLook, WrongToken
from bot.platforms.slack.manifest import lacking
from bot.platforms.slack.seen import Look, SeenChannel, SeenGroup, SeenPerson
from bot.platforms.slack.tokens import LOGIN_REFUSED, REFUSED, app_problem, wrong_kind
from bot.settings import Channels, Roles, Slack

__all__ = ["look"]

_PAGE, _PAGES = 900, 10
_ANSWERS_WITHIN = 30


async def look(settings: Slack, *, seconds: float = 10) -> Look:
    """Look at Slack with the tokens of `settings`, within `seconds`. Raises `CannotLook`.

    A token of the app that does not fit is no error: `Look.app_problem` says it.
    """
    if settings.bot_token is None:
        raise CannotLook("There is no token yet: `andon setup` asks for it.")
    token = settings.bot_token.get_secret_value()
    if (why := wrong_kind(token)) is not None:
        raise WrongToken(why)
    # Without the original error: it may quote the request, and with it the token.
    try:
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            client = AsyncWebClient(
                token,
                base_url=settings.api_url or AsyncWebClient.BASE_URL,
                session=session,
                timeout=_ANSWERS_WITHIN,
                retry_handlers=[],
            )
            return await _Eyes(client, settings).look()
    except SlackApiError as error:
        raise _refused(settings, error) from None
    except TimeoutError:
        raise CannotLook(
            f"Slack did not answer within {seconds:g} seconds; look at slack-status.com, and try "
            "again."
        ) from None
    except (aiohttp.ClientError, OSError):
        raise CannotLook(f"{_where(settings)} cannot be reached{_advice(settings)}.") from None
    except (SlackClientError, AttributeError, KeyError, TypeError, ValueError):
        # What answers is no Slack: the SDK takes what it is given without a look.
        raise _stranger(settings) from None


def _where(settings: Slack) -> str:
    return settings.api_url or "Slack (slack.com)"


def _advice(settings: Slack) -> str:
    if settings.api_url is None:
        return "; check this machine's connection, and that it may open HTTPS to slack.com"
    return "; check slack.api_url, or take it out to use Slack's own"


def _stranger(settings: Slack) -> CannotLook:
    return CannotLook(f"What answers at {_where(settings)} is not Slack{_advice(settings)}.")


def _refused(settings: Slack, error: SlackApiError) -> CannotLook:
    code, status = _code(error), getattr(error.response, "status_code", 200)
    if code in REFUSED:
        return WrongToken(LOGIN_REFUSED)
    if status == 429 or code == "ratelimited":
        return CannotLook("Slack asks to wait (429); try again in a minute.")
    if code is None and status < 500:
        return _stranger(settings)
    return CannotLook(
        f"Slack refused to say more ({code or status}); try again in a minute, and look at "
        "slack-status.com."
    )


def _code(error: SlackApiError) -> str | None:
    """Slack's word for it, None if there is none."""
    # A proxy's page of text is no mapping, and what is no JSON at all is not even a response.
    told = getattr(error.response, "data", None)
    code = told.get("error") if isinstance(told, dict) else None
    return str(code) if code else None


class _Eyes:
    """Looks with one client, at what its token's scopes let it see."""

    def __init__(self, client: AsyncWebClient, settings: Slack) -> None:
        self._client = client
        self._settings = settings
        self._lacks: tuple[str, ...] = ()

    async def look(self) -> Look:
        me = await self._client.auth_test()
        if not me.get("bot_id"):
            raise WrongToken(LOGIN_REFUSED)
        granted = _scopes(me)
        self._lacks = () if granted is None else lacking(granted)
        people = await self._people(str(me["user_id"]))
        itself = next((one for one in people if one.id == me["user_id"]), None)
        channels = await self._channels()
        groups = await self._groups()
        return Look(
            bot=itself.name if itself else str(me["user"]),
            team=str(me["team"]),
            lacks=self._lacks,
            app_problem=await self._app(itself),
            channels=channels,
            people=tuple(one for one in people if one is not itself),
            groups=groups,
            unreadable=await self._unreadable(channels),
        )

    # --- by kind --------------------------------------------------------------------------------

    async def _channels(self) -> tuple[SeenChannel, ...]:
        kinds = {"channels:read": "public_channel", "groups:read": "private_channel"}
        types = [kind for scope, kind in kinds.items() if scope not in self._lacks]
        found: dict[str, SeenChannel] = {}
        cursor = ""
        for _ in range(_PAGES if types else 0):
            answer = await self._client.conversations_list(
                types=types, limit=_PAGE, cursor=cursor or None
            )
            found |= {one["id"]: _channel(one) for one in answer["channels"]}
            if not (cursor := _next(answer)):
                break
        for missed in (self._named("C", "G") - found.keys()) if types else ():
            try:
                answer = await self._client.conversations_info(channel=missed)
            except SlackApiError as error:
                if _code(error) not in ("channel_not_found", "missing_scope"):
                    raise
            else:
                found[missed] = _channel(answer["channel"])
        return tuple(sorted(found.values(), key=lambda one: (not one.inside, one.name)))

    async def _people(self, itself: str) -> list[SeenPerson]:
        if "users:read" in self._lacks:
            return []
        found: dict[str, SeenPerson] = {}
        cursor = ""
        for _ in range(_PAGES):
            answer = await self._client.users_list(limit=_PAGE, cursor=cursor or None)
            found |= {one["id"]: _person(one) for one in answer["members"]}
            if not (cursor := _next(answer)):
                break
        for missed in (self._named("U", "W") | {itself}) - found.keys():
            try:
                answer = await self._client.users_info(user=missed)
            except SlackApiError as error:
                if _code(error) not in ("user_not_found", "user_not_visible"):
                    raise
            else:
                found[missed] = _person(answer["user"])
        return sorted(found.values(), key=lambda one: one.name.casefold())

    async def _groups(self) -> tuple[SeenGroup, ...] | None:
        if "usergroups:read" in self._lacks:
            return ()
        try:
            answer = await self._client.usergroups_list(include_disabled=True)
        except SlackApiError as error:
            if _code(error) in ("plan_upgrade_required", "paid_teams_only"):
                return None
            raise
        return tuple(
            SeenGroup(
                id=one["id"],
                handle=one["handle"],
                active=not one.get("date_delete"),
            )
            for one in answer["usergroups"]
        )

    async def _unreadable(self, channels: tuple[SeenChannel, ...]) -> Mapping[str, str]:
        """Channels that stand for a role, but whose members Slack does not tell; and why."""
        why: dict[str, str] = {}
        asked = {one for name in Roles.model_fields for one in getattr(self._settings.roles, name)}
        for one in channels:
            if one.id in asked and not one.archived:
                try:
                    await self._client.conversations_members(channel=one.id, limit=1)
                except SlackApiError as error:
                    code = _code(error)
                    if code is None:
                        raise
                    why[one.id] = code
        return why

    async def _app(self, itself: SeenPerson | None) -> str | None:
        token = self._settings.app_token
        if token is None:
            return None
        plain = token.get_secret_value()
        if (why := app_problem(plain, None, app_id=itself.app_id if itself else None)) is not None:
            return why
        try:
            await self._client.apps_connections_open(app_token=plain)
        except SlackApiError as error:
            code = _code(error)
            if code is None or code == "ratelimited":
                raise
            return app_problem(plain, code)
        return None

    def _named(self, *letters: str) -> set[str]:
        """The ids in the settings that begin so."""
        here = self._settings
        named = {one for name in Channels.model_fields for one in getattr(here.channels, name)}
        named |= {one for name in Roles.model_fields for one in getattr(here.roles, name)}
        return {one for one in named if one.startswith(letters)}


def _scopes(answer: AsyncSlackResponse) -> frozenset[str] | None:
    """What the token was given, None if Slack does not say."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    told = headers.get("x-oauth-scopes")
    return None if told is None else frozenset(one.strip() for one in told.split(","))


def _next(answer: AsyncSlackResponse) -> str:
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")


def _channel(told: Mapping[str, Any]) -> SeenChannel:
    return SeenChannel(
        id=told["id"],
        name=told.get("name") or told["id"],
        private=bool(told.get("is_private")),
        archived=bool(told.get("is_archived")),
        inside=bool(told.get("is_member")),
        everybody=bool(told.get("is_general")),
    )


def _person(told: Mapping[str, Any]) -> SeenPerson:
    profile = told.get("profile") or {}
    return SeenPerson(
        id=told["id"],
        name=profile.get("display_name") or told.get("real_name") or told["name"],
        handle=told["name"],
        active=not told.get("deleted"),
        # Slack's own helper does not call itself a bot.
        bot=bool(told.get("is_bot")) or told["id"] == "USLACKBOT",
        app_id=profile.get("api_app_id"),
    )
