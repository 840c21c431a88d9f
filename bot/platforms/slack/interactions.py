"""Acts, from Slack to the ears: acknowledged after the commit or after two seconds."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.base import Ears, Outgoing, PostDelayed, PostFailed
from bot.platforms.slack import reading
from bot.platforms.slack.people import GARBLED, People, refusal
from bot.platforms.slack.views import errors, home, loading, modal
from handlers.answering import may_open
from handlers.messages import Button, Command, Form, FormSubmit, Press
from handlers.registry import Registry

__all__ = ["Ack", "Interactions"]

Json = Mapping[str, Any]
_Section = tuple[str, Sequence[Button]]
Ack = Callable[..., Awaitable[BoltResponse]]

_HOMES = 500
_OPENED = 500
_SLOW = "Slack was too slow to open the form, and nothing was done. Please try again."
_STOP_WITHIN = 2.0
_IN_CHANNEL = "There is nothing to fill in; the answer stands in the channel."
_TROUBLE = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError, *GARBLED)


class Interactions:
    """Answers in time, and hands in; the right to act is checked where the act is handled.

    Slack waits three seconds: it is acknowledged after `ack_within`, whatever is still to be done,
    and a form that is not known after half of that opens empty. `tell` answers an act with a line,
    `quieten` takes the buttons off a post whose card goes on elsewhere.
    """

    def __init__(
        self,
        registry: Registry,
        people: People,
        client: AsyncWebClient,
        now: Callable[[], datetime],
        *,
        tell: Callable[[str, str], Awaitable[None]],
        quieten: Callable[[reading.CardPost], Awaitable[None]],
        ack_within: float,
        new_reference: Callable[[], str],
    ) -> None:
        self._registry = registry
        self._people = people
        self._client = client
        self._now = now
        self._tell = tell
        self._quieten = quieten
        self._ack_within = ack_within
        self._new_reference = new_reference
        self._running: set[asyncio.Task[None]] = set()
        #: Acts whose form was opened: delivered again, they open no second one.
        self._opened: OrderedDict[str, None] = OrderedDict()
        #: Who looked at their home page lately: it is brought up to date after what they do.
        self._homes: OrderedDict[str, None] = OrderedDict()
        #: What their home page answers to what they pressed there, by delivery.
        self._answers: dict[str, dict[int, _Section]] = {}
        self._log = structlog.get_logger("andon.slack")

    async def command(self, ears: Ears, body: Json, ack: Ack) -> BoltResponse:
        """`/andon …`."""
        until = self._until()
        person = await self._people.person(body["user_id"], body.get("user_name", ""))
        return await self._act(ears, reading.command(body, person, self._now()), body, until, ack)

    async def press(self, ears: Ears, body: Json, ack: Ack) -> BoltResponse:
        """A button, or a choice from a select."""
        until, user = self._until(), body["user"]
        person = await self._people.person(user["id"], user.get("username", ""))
        act, post = reading.press(body, person, self._now()), reading.card_post(body)
        answered = await self._act(ears, act, body, until, ack)
        if post is not None:
            self._start(self._quiet_down(post)).add_done_callback(self._ended_late)
        return answered

    async def submit(self, ears: Ears, body: Json, ack: Ack) -> BoltResponse:
        """A form that was filled in: what is wrong is shown beside the fields."""
        until, user = self._until(), body["user"]
        person = await self._people.person(user["id"], user.get("username", ""))
        submit = reading.submit(body, person, self._now())
        checking = asyncio.ensure_future(ears.checking(submit))
        await asyncio.wait({checking}, timeout=self._half_of(until))
        if checking.done() and (wrong := checking.result()):
            beside = {field: self._worded(sentence) for field, sentence in wrong.items()}
            return await ack(**errors(beside))
        await self._do_until(until, self._do(ears, submit))
        return await ack()

    async def hear(self, doing: Coroutine[Any, Any, None]) -> None:
        """Hand in what was written; returns when that is done, or Slack has waited enough."""
        await self._do_until(self._until(), doing)

    async def home(self, ears: Ears, user_id: str) -> None:
        """Show what waits for a user on their home page."""
        self._answers.pop(user_id, None)
        try:
            await self._publish(ears, user_id)
        except _TROUBLE as error:
            self._log.warning("a home page could not be shown", error=type(error).__name__)

    async def answer_at_home(self, ears: Ears, user_id: str, answer: Outgoing) -> bool:
        """Show an answer at the top of a home page, until that is made anew; False where it cannot.

        Raises what the SDK raises where a later try may show it.
        """
        if answer.pictures:
            return False
        given = self._answers.setdefault(user_id, {})
        given[answer.id] = (self._worded(answer.text), answer.buttons)
        try:
            if await self._publish(ears, user_id):
                return True
        except SlackApiError as error:
            status, code = refusal(error)
            if status == 429 or status >= 500 or not code:
                raise
        self._answers.pop(user_id, None)
        return False

    async def _publish(self, ears: Ears, user_id: str) -> bool:
        """Make a home page; False where it cannot be read now."""
        self._homes[user_id] = None
        self._homes.move_to_end(user_id)
        if len(self._homes) > _HOMES:
            gone, _ = self._homes.popitem(last=False)
            self._answers.pop(gone, None)
        shown = await ears.home(await self._people.person(user_id))
        if shown is None:
            return False
        answers = list(self._answers.get(user_id, {}).values())
        sections = [(self._worded(one.text), one.buttons) for one in shown.sections]
        updated = shown.updated or f"{self._now():%H:%M} UTC"
        view = home(shown.title, [*answers, *sections], updated=updated)
        await self._client.views_publish(user_id=user_id, view=view)
        return True

    async def finish(self) -> None:
        """Return once what was handed in is done, but do not wait for a database that is down."""
        if self._running:
            await asyncio.wait(self._running, timeout=_STOP_WITHIN)

    # --- how ------------------------------------------------------------------------------------

    def _until(self) -> float:
        return time.monotonic() + self._ack_within

    def _half_of(self, until: float) -> float:
        """Seconds left for a look, so that as much is left for what comes of it."""
        return max(0.0, until - self._ack_within / 2 - time.monotonic())

    def _start(self, doing: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(doing)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _do_until(self, until: float, doing: Coroutine[Any, Any, None]) -> None:
        task = self._start(doing)
        await asyncio.wait({task}, timeout=max(0.0, until - time.monotonic()))
        if task.done():
            task.result()
        else:
            task.add_done_callback(self._ended_late)

    def _ended_late(self, task: "asyncio.Task[None]") -> None:
        """Nobody waits for it any more, so what went wrong is only in the log."""
        if not task.cancelled() and (bug := task.exception()) is not None:
            reference = self._new_reference()
            self._log.error("an act failed late", reference=reference, exc_info=bug)

    async def _act(
        self, ears: Ears, act: Command | Press, body: Json, until: float, ack: Ack
    ) -> BoltResponse:
        if may_open(self._registry, act):
            if act.key not in self._opened:
                self._opened[act.key] = None
                if len(self._opened) > _OPENED:
                    self._opened.popitem(last=False)
                await self._do_until(until, self._open(ears, act, body, until))
        else:
            await self._do_until(until, self._do(ears, act))
        return await ack()

    async def _do(self, ears: Ears, act: Command | Press | FormSubmit) -> None:
        at_home = not act.channel.id
        if at_home:
            self._answers.pop(act.person.id, None)
        await ears.act(act)
        # What is done on the page itself is answered there, and that makes it anew.
        if act.person.id in self._homes and not at_home:
            await self.home(ears, act.person.id)

    async def _quiet_down(self, post: reading.CardPost) -> None:
        try:
            await self._quieten(post)
        except (*_TROUBLE, PostDelayed, PostFailed) as error:
            self._log.warning("a card could not be quietened", error=type(error).__name__)

    async def _open(self, ears: Ears, act: Command | Press, body: Json, until: float) -> None:
        """Open the form of an act, or do it where it has none."""
        opening = asyncio.ensure_future(ears.opening(act))
        await asyncio.wait({opening}, timeout=self._half_of(until))
        if not opening.done():
            await self._open_late(ears, act, body, opening)
        elif (form := opening.result()) is None:
            await self._do(ears, act)
        else:
            await self._show(act, body, self._modal(form, act))

    async def _show(self, act: Command | Press, body: Json, view: dict[str, Any]) -> str | None:
        """Open a view for whoever acted, and return its id; they are told where that fails."""
        try:
            opened = await self._client.views_open(trigger_id=body["trigger_id"], view=view)
        except _TROUBLE as error:
            self._log.warning("a form could not be opened", error=type(error).__name__)
            await self._say_slow(act)
            return None
        return str(opened["view"]["id"])

    async def _open_late(
        self, ears: Ears, act: Command | Press, body: Json, opening: "asyncio.Future[Form | None]"
    ) -> None:
        """Open an empty view at once, for the trigger lives three seconds, and fill it later."""
        view_id = await self._show(act, body, loading("One moment"))
        if view_id is None:
            opening.cancel()
            return
        form = await opening
        if form is None:
            await self._do(ears, act)
        view = loading("Andon", _IN_CHANNEL) if form is None else self._modal(form, act)
        try:
            await self._client.views_update(view_id=view_id, view=view)
        except _TROUBLE as error:
            self._log.warning("a form could not be filled", error=type(error).__name__)

    def _modal(self, form: Form, act: Command | Press) -> dict[str, Any]:
        return modal(replace(form, intro=self._worded(form.intro)), metadata=act.channel.id)

    def _worded(self, text: str) -> str:
        return reading.as_typed(text, self._registry.commands)

    async def _say_slow(self, act: Command | Press) -> None:
        try:
            await self._tell(act.reply_to, _SLOW)
        except (*_TROUBLE, PostDelayed, PostFailed) as error:
            self._log.warning("nobody was told of a form", error=type(error).__name__)
