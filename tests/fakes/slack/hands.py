"""What people do with the app: slash commands, buttons, menus and forms."""

from collections.abc import Mapping, Sequence

from tests.fakes.slack.acts import Act, Acts
from tests.fakes.slack.delivery import Deliveries, Envelope
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.forms import Given, filled, pressed
from tests.fakes.slack.limits import check_message
from tests.fakes.slack.payloads import actor_payload, message_payload, view_payload
from tests.fakes.slack.people import People
from tests.fakes.slack.views import ViewMethods
from tests.fakes.slack.world import Channel, Json, Message, User, View

__all__ = ["Hands"]


class Hands(People):
    """People again. What they do returns an `Act`: await it for the acknowledgement."""

    def __init__(self) -> None:
        super().__init__()
        self._acts: Acts
        self._views: ViewMethods
        self._deliveries: Deliveries
        self._errors: dict[str, dict[str, str]] = {}

    def commands(
        self, name: str | User, command: str, text: str = "", *, channel: str | Channel
    ) -> Act:
        """Someone sends a slash command."""
        user, where = self.person(name), self.channel(channel)
        act = self._acts.begin(user, channel=where)

        def settled(envelope: Envelope) -> None:
            self._settled(act, envelope)
            if envelope.answer:
                self._answered(act, where, envelope.answer)

        payload: Json = {
            "token": "verification",
            "team_id": self.world.team_id,
            "team_domain": "shop",
            "channel_id": where.id,
            "channel_name": "directmessage" if where.user else where.name,
            "user_id": user.id,
            "user_name": user.handle,
            "command": command,
            "text": text,
            "api_app_id": self.world.app_id,
            "is_enterprise_install": "false",
            "response_url": act.response_url,
            "trigger_id": act.trigger_id,
        }
        act.envelope = self._deliveries.send(
            "slash_commands", payload, accepts_answer=True, settled=settled
        )
        return act

    def presses(
        self,
        name: str | User,
        where: Message | str | View,
        what: str,
        choice: str | Sequence[str] | None = None,
        *,
        typed: Given | None = None,
    ) -> Act:
        """Someone presses a button, or picks from a menu, of a message (or its `ts`) or a view.

        `what` is a label, `action_id` or value; or an option; or a select, with its `choice`.
        `typed` is what stands in other fields. Raises `LookupError` if it is not there.
        """
        user = self.person(name)
        if isinstance(where, View):
            return self._presses_view(user, where, what, choice, typed or {})
        ts = where.ts if isinstance(where, Message) else where
        message = self.world.find(ts)
        if message is None or message.only_for not in (None, user.id):
            raise LookupError(f"{user.name} sees no message {ts}")
        channel = self.world.channels[message.channel_id]
        act = self._acts.begin(user, channel=channel, source=message)
        payload = {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": message.only_for is not None,
                **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            },
            "channel": {
                "id": channel.id,
                "name": "directmessage" if channel.user else channel.name,
            },
            "state": {"values": filled(self.world, message.blocks, typed or {})},
            "response_url": act.response_url,
            "actions": [pressed(self.world, message.blocks, what, choice)],
        }
        if message.only_for is None:
            payload["message"] = message_payload(self.world, message)
        return self._interacts(act, "block_actions", payload)

    def _presses_view(
        self,
        user: User,
        view: View,
        what: str,
        choice: str | Sequence[str] | None,
        typed: Given,
    ) -> Act:
        act = self._acts.begin(user, view_id=view.id)
        state = filled(self.world, view.blocks, typed)
        payload = {
            "container": {"type": "view", "view_id": view.id},
            "view": view_payload(self.world, view, state),
            "actions": [pressed(self.world, view.blocks, what, choice)],
        }
        return self._interacts(act, "block_actions", payload)

    def submits(self, name: str | User, values: Mapping[str, str | Sequence[str]]) -> Act:
        """Someone fills in the form that they see, and sends it.

        Fields go by label, `block_id` or `action_id`. Raises `LookupError` if there is no form or
        no such field, `ValueError` where Slack itself would not send it.
        """
        user = self.person(name)
        view = self.modal_of(user)
        if view is None:
            raise LookupError(f"{user.name} sees no form")
        state = filled(self.world, view.blocks, values, strict=True)
        act = self._acts.begin(user, view_id=view.id)

        def settled(envelope: Envelope) -> None:
            self._settled(act, envelope)
            if envelope.acked:
                self._views.submitted(act, view, envelope.answer)
            self._errors[user.id] = act.errors

        payload: Json = {
            "type": "view_submission",
            **self._who(act),
            "view": view_payload(self.world, view, state),
            "response_urls": [],
        }
        act.envelope = self._deliveries.send(
            "interactive", payload, accepts_answer=True, settled=settled
        )
        return act

    def dismisses(self, name: str | User) -> Act | None:
        """Someone closes the form; the app hears of it if it asked to (`notify_on_close`)."""
        user = self.person(name)
        pile = self.world.modals.get(user.id, [])
        if not pile:
            raise LookupError(f"{user.name} sees no form")
        view = pile.pop()
        self.changes.tell()
        if not view.payload.get("notify_on_close"):
            return None
        act = self._acts.begin(user)
        shown = view_payload(self.world, view)
        return self._interacts(act, "view_closed", {"view": shown, "is_cleared": False})

    def errors_of(self, name: str | User) -> dict[str, str]:
        """What the app said is wrong with the form that someone sent last, by `block_id`."""
        return self._errors.get(self.person(name).id, {})

    def modal_of(self, name: str | User) -> View | None:
        """The form that someone sees."""
        pile = self.world.modals.get(self.person(name).id)
        return pile[-1] if pile else None

    def home_of(self, name: str | User) -> View | None:
        """Someone's App Home."""
        return self.world.homes.get(self.person(name).id)

    # --- what they share --------------------------------------------------------------------

    def _interacts(self, act: Act, kind: str, payload: Json) -> Act:
        act.envelope = self._deliveries.send(
            "interactive",
            {"type": kind, **self._who(act), **payload},
            settled=lambda envelope: self._settled(act, envelope),
        )
        return act

    def _who(self, act: Act) -> Json:
        return {
            "user": actor_payload(self.world, act.user),
            "api_app_id": self.world.app_id,
            "token": "verification",
            "team": {"id": self.world.team_id, "domain": "shop"},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": act.trigger_id,
        }

    def _settled(self, act: Act, envelope: Envelope) -> None:
        if envelope.lost:
            act.error = "operation_timeout"

    def _answered(self, act: Act, where: Channel, answer: Json) -> None:
        try:
            check_message(answer)
        except ApiError as error:
            act.error = error.error
            return
        self._acts.post(act, where, answer)
