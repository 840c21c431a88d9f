"""Commands, presses and forms as the one who makes them sees them, with what answers them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.discord.changes import PATIENCE, Changes
from tests.fakes.discord.faults import ApiError
from tests.fakes.discord.world import EPHEMERAL, Channel, Json, Member, Message

__all__ = [
    "AUTOCOMPLETE",
    "COMMAND",
    "COMPONENT",
    "MODAL",
    "MODAL_SUBMIT",
    "Callback",
    "Interaction",
    "form_data",
    "option_data",
]

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_UNKNOWN, _ANSWERED = 10062, 40060
_ANSWER_WITHIN, _TOKEN_LIFE = timedelta(seconds=3), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Callback:
    """The first response: its kind by Discord's number, and what came with it."""

    kind: int
    data: Json

    @property
    def ephemeral(self) -> bool:
        """Whether only the one who asked sees it."""
        return bool(self.data.get("flags", 0) & EPHEMERAL)

    @property
    def deferred(self) -> bool:
        """Whether the answer is still to come."""
        return self.kind in (DEFERRED, DEFERRED_UPDATE)

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.data.get("content") or "")

    @property
    def modal(self) -> Json | None:
        """The form that opened."""
        return self.data if self.kind == MODAL else None

    @property
    def choices(self) -> list[str]:
        """The values that may complete what was typed."""
        return [str(one["value"]) for one in self.data.get("choices", ())]


@dataclass(slots=True, eq=False, kw_only=True)
class Interaction:
    """One act of a member, and all that came back.

    `original` is the answer as it reads now, `versions` what it said before, `followups` what came
    after it.
    """

    id: int
    token: str
    kind: int
    member: Member
    channel: Channel
    changes: Changes
    now: Callable[[], datetime]
    made_at: datetime
    payload: Json = field(default_factory=dict)
    source: Message | None = None
    callback: Callback | None = None
    original: Message | None = None
    versions: list[Message] = field(default_factory=list)
    followups: list[Message] = field(default_factory=list)
    refused: list[ApiError] = field(default_factory=list)
    expired: bool = False

    async def answered(self, within: float = PATIENCE) -> Callback:
        """Wait for the first response."""
        return await self.changes.until(lambda: self.callback, within)

    async def reply(self, within: float = PATIENCE) -> Message:
        """Wait for the answer itself: what a deferred response was edited to."""
        return await self.changes.until(lambda: self.original, within)

    async def until(self, look: Callable[["Interaction"], bool], within: float = PATIENCE) -> None:
        """Wait until something holds of it."""
        await self.changes.until(lambda: look(self), within)

    def check_answerable(self) -> None:
        """Raise `ApiError` if it is too late for a first response, or there was one."""
        late = self.now() - self.made_at > _ANSWER_WITHIN and self.callback is None
        if self.expired or late:
            raise ApiError(404, _UNKNOWN, "Unknown interaction")
        if self.callback is not None:
            raise ApiError(400, _ANSWERED, "Interaction has already been acknowledged.")

    def check_token(self) -> None:
        """Raise `ApiError` unless its token still opens the webhook."""
        if self.expired or self.now() - self.made_at > _TOKEN_LIFE:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        if self.callback is None:
            raise ApiError(404, 10015, "Unknown Webhook")


def option_data(known: Sequence[Json], words: Sequence[str], values: Mapping[str, object]) -> Json:
    """A typed command as Discord sends it, from the registered `known` ones. Raises `LookupError`.

    `words` are its name and the names of its sub-commands; the value of an option may be a focused
    one as `("text", True)`.
    """
    command = next((one for one in known if one["name"] == words[0]), None)
    if command is None:
        raise LookupError(f"there is no command /{words[0]}")
    inner, level = [], command
    for word in words[1:]:
        found = [one for one in level.get("options", ()) if one["name"] == word]
        if not found or found[0]["type"] not in (1, 2):
            raise LookupError(f"/{words[0]} has no {word}")
        level = found[0]
        inner.append(level)
    kinds = {one["name"]: one["type"] for one in level.get("options", ())}
    if strange := set(values) - set(kinds):
        raise LookupError(f"/{' '.join(words)} takes no {', '.join(sorted(strange))}")
    options: list[Json] = []
    for name, value in values.items():
        option: Json = {"name": name, "type": kinds[name], "value": value}
        if isinstance(value, tuple):
            option |= {"value": value[0], "focused": True}
        options.append(option)
    for one in reversed(inner):
        options = [{"name": one["name"], "type": one["type"], "options": options}]
    return {
        "id": command["id"],
        "name": command["name"],
        "type": command.get("type", 1),
        "guild_id": command.get("guild_id"),
        "options": options,
    }


def form_data(modal: Json | str, values: Mapping[str, str | Sequence[str]]) -> Json:
    """A filled-in form: of a `modal` that opened, or a made-up one by its custom id."""
    if isinstance(modal, str):
        rows: list[Json] = [{"type": 18, "component": _part(4, name)} for name in values]
        modal = {"custom_id": modal, "components": rows}
    filled = json.loads(json.dumps(modal["components"]))
    for number, holder in enumerate(filled):
        holder["id"] = number + 1
        for part in holder.get("components", [holder.get("component", {})]):
            _fill(part, values)
    return {"custom_id": modal["custom_id"], "components": filled}


def _part(kind: int, custom_id: str) -> Json:
    return {"type": kind, "custom_id": custom_id}


def _fill(part: Json, values: Mapping[str, str | Sequence[str]]) -> None:
    """Keep what Discord sends back of a part: its type, its id and its value."""
    if "custom_id" not in part:
        return
    given = values.get(part["custom_id"])
    if part["type"] == 4:
        filled: Json = {"value": part.get("value", "") if given is None else given}
    elif isinstance(given, str):
        filled = {"values": [given]}
    else:
        preset = [one["value"] for one in part.get("options", ()) if one.get("default")]
        filled = {"values": preset if given is None else list(given)}
    kept = _part(part["type"], part["custom_id"]) | filled
    part.clear()
    part.update(kept)
