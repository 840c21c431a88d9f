"""Who people are to Andon: the team's roles are ids of users, channels or user groups."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.settings import Roles
from handlers.people import Person, Role

__all__ = ["GARBLED", "NAME", "People", "refusal"]

NAME = "slack"
_VIEWER = frozenset({Role.VIEWER})
_FRESH_SECONDS = 300.0
#: After Slack could not be asked.
_AGAIN_SECONDS = 5.0
#: Of the three seconds that Slack waits for an answer.
_WITHIN = 0.7
_NAMES = 2000
#: What the SDK raises where an answer is none of Slack's: a page of a proxy, half of a text.
GARBLED = (AttributeError, TypeError, ValueError)
_TROUBLE = (SlackApiError, aiohttp.ClientError, OSError, *GARBLED)
#: Slack's words where the members will not be seen until somebody does something, and what.
_CLOSED = {
    "plan_upgrade_required": (
        "user groups need a paid plan of Slack; name people or a channel instead"
    ),
    "no_such_subteam": "there is no such user group; look at its id",
    "subteam_not_found": "there is no such user group; look at its id",
    "channel_not_found": "it is gone, or private without the bot; type /invite @Andon in it",
    "not_in_channel": "the bot is not in it; type /invite @Andon in it",
    "missing_scope": "the bot lacks a scope; `andon check` names it",
}


def refusal(error: SlackApiError) -> tuple[int, str]:
    """The status of an answer that refuses, and Slack's word for why; empty where it has none."""
    response = error.response
    if isinstance(response, AsyncSlackResponse):
        told = response.data if isinstance(response.data, Mapping) else {}
        return response.status_code, str(told.get("error") or "")
    # What was no JSON at all comes as the HTTP library's own response.
    return int(getattr(response, "status", 0) or 0), ""


class People:
    """Knows who has which role, as channels and groups stood at the last look.

    While Slack cannot be asked, the last look counts; a role whose members Slack refuses to tell
    belongs to nobody. `problems` says why, by the id that is meant, and `alert` hears of each once.
    """

    def __init__(self, roles: Roles[str], client: AsyncWebClient) -> None:
        self._entries = tuple(
            (Role(name), entry)
            for name in type(roles).model_fields
            for entry in getattr(roles, name)
        )
        self._client = client
        self._members: dict[str, frozenset[str]] = {}
        #: When to look again.
        self._due = 0.0
        #: Whose members changed since they were last read, or were never read.
        self._unread = {entry for _, entry in self._entries if entry[:1] in "CGS"}
        self._looking: asyncio.Task[None] | None = None
        self._names: OrderedDict[str, str] = OrderedDict()
        #: Whom Slack is being asked about: what comes meanwhile waits for the same answer.
        self._asking: dict[str, asyncio.Task[str]] = {}
        self.problems: dict[str, str] = {}
        self.alert: Callable[[str], None] = lambda _sentence: None
        self._log = structlog.get_logger("andon.slack")

    async def person(self, user_id: str, handle: str = "") -> Person:
        """A user as a person with their roles; `handle` names them where their name is unknown."""
        # One who waits for an answer is not kept longer: then the last look counts.
        looking = asyncio.create_task(self._known())
        naming = asyncio.create_task(self._name(user_id, handle))
        await asyncio.wait({looking, naming}, timeout=_WITHIN)
        looking.cancel()
        late = naming.cancel()
        return Person(
            platform=NAME,
            id=user_id,
            name=handle or user_id if late else naming.result(),
            roles=_VIEWER | {role for role, entry in self._entries if self._is(user_id, entry)},
        )

    def changed(self, *of: str) -> None:
        """Somebody joined or left a channel or a group: look again before the next act.

        What is known `of` these is out of date until Slack has told it anew.
        """
        self._due = 0.0
        self._unread |= {entry for _, entry in self._entries if entry in of}

    def left(self, user_id: str, channel: str) -> None:
        """Somebody left a channel: what it gave them ends at once, whatever Slack says later."""
        if channel in self._members:
            self._members[channel] -= {user_id}
        self.changed(channel)

    def refresh(self) -> "asyncio.Task[None]":
        """Look who is in the channels and groups of the settings now."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="slack roles")
        return self._looking

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
        for asking in self._asking.values():
            asking.cancel()

    async def _known(self) -> None:
        """Return once a look is over that began when nothing had changed since."""
        looked = False
        while self._is_under_way() or self._is_due() or (self._unread and not looked):
            looked = not self._is_under_way()
            await asyncio.wait({self.refresh()})

    def _is_due(self) -> bool:
        return time.monotonic() >= self._due

    def _is_under_way(self) -> bool:
        return self._looking is not None and not self._looking.done()

    def _is(self, user_id: str, entry: str) -> bool:
        return user_id == entry or user_id in self._members.get(entry, ())

    async def _look(self) -> None:
        self._due = time.monotonic() + _FRESH_SECONDS
        unread, self._unread = self._unread, set()
        for entry in {entry for _, entry in self._entries if entry[:1] in "CGS"}:
            try:
                self._members[entry] = frozenset(await self._read(entry))
                self.problems.pop(entry, None)
            except _TROUBLE as error:
                why = _why(error)
                self._unknown(entry, why)
                if why not in _CLOSED:
                    self._due = min(self._due, time.monotonic() + _AGAIN_SECONDS)
                    self._unread |= unread & {entry}

    def _unknown(self, entry: str, why: str) -> None:
        before = self.problems.get(entry)
        self.problems[entry] = why
        self._log.warning("a role's members are not known", of=entry, why=why)
        if why not in _CLOSED:
            return
        self._members.pop(entry, None)
        if why != before:
            roles = ", ".join(role.value for role, one in self._entries if one == entry)
            self.alert(
                f"Slack does not say who is in {entry}, so it makes nobody {roles}: {_CLOSED[why]}."
            )

    async def _read(self, entry: str) -> list[str]:
        if entry.startswith("S"):
            answer = await self._client.usergroups_users_list(usergroup=entry)
            return list(answer.get("users") or ())
        found: list[str] = []
        cursor = ""
        while True:
            answer = await self._client.conversations_members(
                channel=entry, limit=200, cursor=cursor or None
            )
            found += answer.get("members") or ()
            following: Mapping[str, str] = answer.get("response_metadata") or {}
            cursor = following.get("next_cursor", "")
            if not cursor:
                return found

    async def _name(self, user_id: str, handle: str) -> str:
        known = self._names.get(user_id)
        if known is not None:
            return known
        asking = self._asking.get(user_id)
        if asking is None:
            asking = self._asking[user_id] = asyncio.create_task(self._ask(user_id))
            asking.add_done_callback(lambda _: self._asking.pop(user_id, None))
        # Whoever waits no longer does not keep the others, or the next act, from the answer.
        return await asyncio.shield(asking) or handle or user_id

    async def _ask(self, user_id: str) -> str:
        """What Slack calls a user; empty where it does not say now."""
        try:
            answer = await self._client.users_info(user=user_id)
        except _TROUBLE:
            return ""
        user = answer.get("user") or {}
        profile = user.get("profile") or {}
        named: str = (
            profile.get("display_name") or profile.get("real_name") or user.get("name") or ""
        )
        if named:
            self._names[user_id] = named
            if len(self._names) > _NAMES:
                self._names.popitem(last=False)
        return named


def _why(error: BaseException) -> str:
    if isinstance(error, SlackApiError):
        status, code = refusal(error)
        return code or str(status)
    return type(error).__name__
