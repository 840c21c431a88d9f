"""REST of interactions: the first response, and the webhook that its token opens."""

from dataclasses import replace

from tests.fakes.discord.changes import Changes
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.faults import ApiError
from tests.fakes.discord.interactions import (
    AUTOCOMPLETE,
    CHOICES,
    COMPONENT,
    DEFERRED,
    DEFERRED_UPDATE,
    MESSAGE,
    MODAL,
    MODAL_SUBMIT,
    UPDATE,
    Callback,
    Interaction,
)
from tests.fakes.discord.limits import (
    check_choices,
    check_message,
    check_modal,
    check_not_empty,
)
from tests.fakes.discord.payloads import message_payload
from tests.fakes.discord.rest import Asked, Handler
from tests.fakes.discord.rest_messages import shown
from tests.fakes.discord.world import EPHEMERAL, Json, Message, World

__all__ = ["InteractionRest"]

_COMMAND_ANSWER = 20
_LOADING = 1 << 7


class InteractionRest:
    """Answers to what members do."""

    def __init__(self, world: World, chat: Chat, changes: Changes) -> None:
        self.by_id: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self._world = world
        self._chat = chat
        self._changes = changes

    def routes(self) -> list[tuple[str, str, Handler]]:
        """All ways in."""
        hook = "/webhooks/{application}/{token}"
        return [
            ("POST", "/interactions/{interaction}/{token}/callback", self._callback),
            ("POST", hook, self._follow),
            ("GET", hook + "/messages/@original", self._original),
            ("PATCH", hook + "/messages/@original", self._edit_original),
            ("DELETE", hook + "/messages/@original", self._delete_original),
            ("PATCH", hook + "/messages/{message}", self._edit_follow),
            ("DELETE", hook + "/messages/{message}", self._delete_follow),
        ]

    def add(self, interaction: Interaction) -> None:
        """Something that may be answered."""
        self.by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction

    # --- the first response -----------------------------------------------------------------

    async def _callback(self, asked: Asked) -> Json | None:
        interaction = self.by_id.get(asked.id("interaction"))
        if interaction is None or interaction.token != asked.word("token"):
            raise ApiError(404, 10062, "Unknown interaction")
        try:
            interaction.check_answerable()
            callback = self._checked(interaction, asked.body)
        except ApiError as error:
            interaction.refused.append(error)
            raise
        interaction.callback = callback
        if callback.kind == MESSAGE:
            self._say(interaction, callback.data)
        elif callback.kind == UPDATE:
            self._change(interaction, callback.data)
        if asked.query.get("with_response") in ("1", "true"):
            return self._result(interaction, callback)
        return None

    def _checked(self, interaction: Interaction, body: Json) -> Callback:
        kind, data = body["type"], body.get("data") or {}
        allowed = {MESSAGE, DEFERRED, MODAL}
        if interaction.kind == AUTOCOMPLETE:
            allowed = {CHOICES}
        elif interaction.kind == MODAL_SUBMIT:
            allowed.discard(MODAL)
        if interaction.source is not None:
            allowed |= {DEFERRED_UPDATE, UPDATE}
        if kind not in allowed:
            raise ApiError(400, 50035, f"Invalid Form Body: type {kind} is not allowed here.")
        if kind == MESSAGE:
            check_message(data)
            check_not_empty(data)
        elif kind == UPDATE:
            check_message(data)
        elif kind == CHOICES:
            check_choices(data["choices"])
        elif kind == MODAL:
            check_modal(data)
        return Callback(kind, data)

    def _result(self, interaction: Interaction, callback: Callback) -> Json:
        shown_as = interaction.original
        result: Json = {
            "interaction": {
                "id": str(interaction.id),
                "type": interaction.kind,
                "response_message_loading": callback.kind == DEFERRED,
                "response_message_ephemeral": callback.ephemeral,
            }
        }
        if shown_as is not None:
            result["interaction"]["response_message_id"] = str(shown_as.id)
            payload = message_payload(self._world, shown_as)
            result["resource"] = {"type": callback.kind, "message": payload}
        return result

    # --- what is shown ----------------------------------------------------------------------

    def _new(self, interaction: Interaction, body: Json) -> Message:
        message = Message(
            id=self._world.ids.make(),
            channel_id=interaction.channel.id,
            author=self._world.bot,
            kind=0 if interaction.kind == COMPONENT else _COMMAND_ANSWER,
            webhook_id=self._world.application_id,
            **shown(body),
        )
        return message if message.ephemeral else self._chat.put(message)

    def _say(self, interaction: Interaction, body: Json) -> Message:
        interaction.original = self._new(interaction, body)
        return interaction.original

    def _change(self, interaction: Interaction, body: Json) -> Message:
        """Edit the message under the button."""
        assert interaction.source is not None
        interaction.original = self._edited(interaction.source, body)
        return interaction.original

    def _edited(self, message: Message, body: Json) -> Message:
        fields = shown(body)
        fields.pop("flags", None)
        if message.ephemeral:
            return replace(message, **fields)
        return self._chat.edit(message, **fields)

    # --- the webhook ------------------------------------------------------------------------

    def _hook(self, asked: Asked) -> Interaction:
        interaction = self._by_token.get(asked.word("token"))
        if interaction is None or asked.id("application") != self._world.application_id:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        interaction.check_token()
        return interaction

    async def _follow(self, asked: Asked) -> Json:
        interaction, body = self._hook(asked), asked.body
        check_message(body)
        check_not_empty(body)
        callback = interaction.callback
        if callback is not None and callback.kind == DEFERRED and interaction.original is None:
            # The first one after "thinking …" takes its place, with its visibility.
            flags = {"flags": EPHEMERAL if callback.ephemeral else 0}
            return message_payload(self._world, self._say(interaction, body | flags))
        message = self._new(interaction, body)
        interaction.followups.append(message)
        return message_payload(self._world, message)

    async def _original(self, asked: Asked) -> Json:
        interaction = self._hook(asked)
        if interaction.original is not None:
            return message_payload(self._world, interaction.original)
        callback = interaction.callback
        if callback is None or callback.kind != DEFERRED:
            raise ApiError(404, 10008, "Unknown Message")
        thinking = Message(
            id=interaction.id,
            channel_id=interaction.channel.id,
            author=self._world.bot,
            kind=_COMMAND_ANSWER,
            flags=_LOADING | (EPHEMERAL if callback.ephemeral else 0),
            webhook_id=self._world.application_id,
        )
        return message_payload(self._world, thinking)

    async def _edit_original(self, asked: Asked) -> Json:
        interaction, body = self._hook(asked), asked.body
        check_message(body)
        callback, before = interaction.callback, interaction.original
        assert callback is not None
        if before is not None:
            interaction.versions.append(before)
            interaction.original = self._edited(before, body)
        elif callback.kind == DEFERRED_UPDATE:
            self._change(interaction, body)
        elif callback.kind == DEFERRED:
            check_not_empty(body)
            flags = {"flags": EPHEMERAL if callback.ephemeral else 0}
            self._say(interaction, body | flags)
        else:
            raise ApiError(404, 10008, "Unknown Message")
        assert interaction.original is not None
        return message_payload(self._world, interaction.original)

    async def _delete_original(self, asked: Asked) -> None:
        interaction = self._hook(asked)
        if interaction.original is None:
            raise ApiError(404, 10008, "Unknown Message")
        if not interaction.original.ephemeral:
            self._chat.delete(interaction.original)
        interaction.versions.append(interaction.original)
        interaction.original = None

    def _followup(self, asked: Asked, interaction: Interaction) -> int:
        for place, message in enumerate(interaction.followups):
            if message.id == asked.id("message"):
                return place
        raise ApiError(404, 10008, "Unknown Message")

    async def _edit_follow(self, asked: Asked) -> Json:
        interaction = self._hook(asked)
        place = self._followup(asked, interaction)
        check_message(asked.body)
        edited = self._edited(interaction.followups[place], asked.body)
        interaction.followups[place] = edited
        return message_payload(self._world, edited)

    async def _delete_follow(self, asked: Asked) -> None:
        interaction = self._hook(asked)
        message = interaction.followups.pop(self._followup(asked, interaction))
        if not message.ephemeral:
            self._chat.delete(message)
