"""Discord's sizes. What is too large is refused, as Discord refuses it."""

from collections.abc import Sequence

from tests.fakes.discord.faults import ApiError
from tests.fakes.discord.world import Json

__all__ = [
    "check_choices",
    "check_commands",
    "check_message",
    "check_modal",
    "check_not_empty",
    "check_upload",
]

_INVALID_FORM = 50035
_EMPTY = 50006
_TOO_LARGE = 40005
_ROW, _BUTTON = 1, 2
_LAYOUT = 1 << 15


def _refuse(what: str) -> ApiError:
    return ApiError(400, _INVALID_FORM, f"Invalid Form Body: {what}")


def check_message(body: Json) -> None:
    """A message to be posted or edited. Raises `ApiError`."""
    content = body.get("content") or ""
    files = body.get("attachments") or ()
    if len(files) > 10 or any(len(one["description"]) > 1024 for one in files):
        raise _refuse("attachments: Must be 10 or fewer, described in 1024 characters.")
    if len(content) > 2000:
        raise _refuse("content: Must be 2000 or fewer in length.")
    embeds = body.get("embeds") or []
    if len(embeds) > 10 or sum(map(_letters, embeds)) > 6000:
        raise _refuse("embeds: Must be 10 or fewer, of 6000 characters in all.")
    if any(len(one.get("description") or "") > 4096 for one in embeds):
        raise _refuse("embeds.description: Must be 4096 or fewer in length.")
    if len(str(body.get("nonce") or "")) > 25:
        raise _refuse("nonce: Must be 25 or fewer in length.")
    if not body.get("flags", 0) & _LAYOUT:
        _check_rows(body.get("components") or [])


def check_upload(body: Json, most: int) -> None:
    """The files that come with a message. Raises `ApiError`."""
    if sum(len(one["content"]) for one in body.get("attachments") or ()) > most:
        raise ApiError(413, _TOO_LARGE, "Request entity too large")


def check_not_empty(body: Json) -> None:
    """A message must say something. Raises `ApiError`."""
    if not any(body.get(one) for one in ("content", "embeds", "components", "attachments")):
        raise ApiError(400, _EMPTY, "Cannot send an empty message")


def _letters(embed: Json) -> int:
    fields = embed.get("fields") or []
    return (
        len(embed.get("title") or "")
        + len(embed.get("description") or "")
        + len((embed.get("footer") or {}).get("text") or "")
        + sum(len(one["name"]) + len(one["value"]) for one in fields)
    )


def _check_rows(rows: Sequence[Json]) -> None:
    if len(rows) > 5:
        raise _refuse("components: Must be 5 or fewer in length.")
    known: set[str] = set()
    for row in rows:
        parts = row.get("components", [])
        if row["type"] != _ROW or not 1 <= len(parts) <= 5:
            raise _refuse("components: A row holds 1 to 5.")
        for part in parts:
            _check_part(part)
            if (custom_id := part.get("custom_id")) is not None:
                if custom_id in known:
                    raise _refuse("components: Component custom id cannot be duplicated.")
                known.add(custom_id)


def _check_part(part: Json) -> None:
    if part.get("url") is None and not 1 <= len(part.get("custom_id", "")) <= 100:
        raise _refuse("custom_id: Must be between 1 and 100 in length.")
    if part["type"] == _BUTTON and len(part.get("label") or "") > 80:
        raise _refuse("label: Must be 80 or fewer in length.")
    _check_options(part.get("options", ()))


def _check_options(options: Sequence[Json]) -> None:
    if len(options) > 25:
        raise _refuse("options: Must be 25 or fewer in length.")
    for option in options:
        if not 1 <= len(option["label"]) <= 100 or not 1 <= len(str(option["value"])) <= 100:
            raise _refuse("options: Must be between 1 and 100 in length.")
    if len({option["value"] for option in options}) < len(options):
        raise _refuse("options: The specified option value is already used.")


def check_modal(data: Json) -> None:
    """A modal to be opened. Raises `ApiError`."""
    if not 1 <= len(data["title"]) <= 45:
        raise _refuse("title: Must be between 1 and 45 in length.")
    if not 1 <= len(data["custom_id"]) <= 100:
        raise _refuse("custom_id: Must be between 1 and 100 in length.")
    if not 1 <= len(data["components"]) <= 5:
        raise _refuse("components: Must be between 1 and 5 in length.")
    for holder in data["components"]:
        if len(holder.get("label") or "") > 45:
            raise _refuse("label: Must be 45 or fewer in length.")
        if len(holder.get("description") or "") > 100:
            raise _refuse("description: Must be 100 or fewer in length.")
        for part in holder.get("components", [holder.get("component", {})]):
            if len(part.get("placeholder") or "") > 100:
                raise _refuse("placeholder: Must be 100 or fewer in length.")
            if len(part.get("value") or "") > part.get("max_length", 4000):
                raise _refuse("value: Must be max_length or fewer in length.")
            _check_options(part.get("options", ()))


def check_choices(choices: Sequence[Json]) -> None:
    """What completes a half-typed option. Raises `ApiError`."""
    if len(choices) > 25:
        raise _refuse("choices: Must be 25 or fewer in length.")
    for choice in choices:
        if not 1 <= len(choice["name"]) <= 100 or not 1 <= len(str(choice["value"])) <= 100:
            raise _refuse("choices: Must be between 1 and 100 in length.")


def check_commands(commands: Sequence[Json]) -> None:
    """The whole command tree. Raises `ApiError`."""
    for kind, most in ((1, 100), (2, 5), (3, 5)):
        if sum(command.get("type", 1) == kind for command in commands) > most:
            raise _refuse(f"Maximum number of application commands reached ({most}).")
    for command in commands:
        _check_command(command, slash=command.get("type", 1) == 1)


def _check_command(command: Json, *, slash: bool) -> None:
    name, summary = command["name"], command.get("description", "")
    if not 1 <= len(name) <= 32 or (slash and (name != name.lower() or " " in name)):
        raise _refuse("name: Must be 1 to 32 lower-case letters without a space.")
    if slash and not 1 <= len(summary) <= 100:
        raise _refuse("description: Must be between 1 and 100 in length.")
    options = command.get("options", ())
    if len(options) > 25:
        raise _refuse("options: Must be 25 or fewer in length.")
    asked = [bool(option.get("required")) for option in options]
    if asked != sorted(asked, reverse=True):
        raise _refuse("options: Required options must be placed before non-required options.")
    for option in options:
        _check_command(option, slash=True)
