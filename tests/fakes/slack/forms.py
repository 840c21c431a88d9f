"""What people press and fill in: found by what they read, returned as Slack sends it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.slack.limits import elements_of
from tests.fakes.slack.world import Json, User, World

__all__ = ["Given", "filled", "pressed"]

Given = Mapping[str, str | Sequence[str]]
_TEXTS = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
#: Where the value of an element stands in its state, and where it began.
_PLAIN = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "external_select": ("selected_option", "initial_option"),
}
_ONE = ("static_select", "radio_buttons")
_SOME = ("multi_static_select", "checkboxes")


def _options(element: Json) -> list[Json]:
    found = list(element.get("options", ()))
    for group in element.get("option_groups", ()):
        found += group["options"]
    return found


def _option(element: Json, wanted: str) -> Json | None:
    for one in _options(element):
        if wanted in (one["value"], one["text"]["text"]):
            return one
    return None


def pressed(
    world: World, blocks: Sequence[Json], what: str, choice: str | Sequence[str] | None
) -> Json:
    """The `actions` entry for pressing this. Raises `LookupError` if it is not there.

    `what` is the label, `action_id` or value of a button, or an option of a select or an overflow
    menu; or the `action_id` or placeholder of a select, of which `choice` is picked.
    """
    known: list[str] = []
    for block, element in elements_of(blocks):
        label = (element.get("text") or element.get("placeholder") or {}).get("text", "")
        mine = what in (label, element.get("action_id"), element.get("value"))
        known.append(f"{label} ({element.get('action_id')})")
        picked = choice
        if choice is None and not mine and _option(element, what):
            mine, picked = True, what
        if mine:
            return _action(world, block, element, picked)
    raise LookupError(f"nothing here is called {what!r}; there is {', '.join(known) or 'nothing'}")


def _action(world: World, block: Json, element: Json, choice: str | Sequence[str] | None) -> Json:
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": world.make_ts(),
    }
    if element["type"] == "button":
        if "value" in element:
            action["value"] = element["value"]
        if "style" in element:
            action["style"] = element["style"]
        return action | {"text": element["text"]}
    if element["type"] == "overflow":
        option = _option(element, str(choice))
        if option is None:
            raise LookupError(f"the menu has no {choice!r}")
        return action | {"selected_option": option}
    return action | _state(world, element, choice)


def filled(
    world: World, blocks: Sequence[Json], given: Given, *, strict: bool = False
) -> dict[str, Json]:
    """The state of all fields: what is `given` by label, `block_id` or `action_id`, else as it was.

    With `strict`, raises `ValueError` where Slack itself would not send the form; `LookupError` if
    there is no such field.
    """
    values: dict[str, Json] = {}
    left = set(given)
    for block, element in elements_of(blocks):
        if element["type"] in ("button", "overflow"):
            continue
        label = (block.get("label") or {}).get("text")
        known = (str(label), block["block_id"], element["action_id"])
        names = [str(one) for one in known if one in given]
        left -= set(names)
        state = _state(world, element, given[names[0]] if names else None)
        if strict:
            _check(block, element, state, label or block["block_id"])
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    if left:
        labels = [(one.get("label") or {}).get("text") for one in blocks if "element" in one]
        raise LookupError(f"no field {', '.join(sorted(left))}; there is {labels}")
    return values


def _state(world: World, element: Json, given: str | Sequence[str] | None) -> Json:
    kind = element["type"]
    found: Json = {"type": kind}
    if kind in _TEXTS:
        value = element.get("initial_value") if given is None else given
        return found | {"value": value or None}
    if kind in _ONE:
        option = element.get("initial_option")
        return found | {"selected_option": option if given is None else _must(element, str(given))}
    if kind in _SOME:
        picked = [given] if isinstance(given, str) else given
        options = element.get("initial_options", [])
        if picked is not None:
            options = [_must(element, one) for one in picked]
        return found | {"selected_options": options}
    if kind in _PLAIN:
        key, initial = _PLAIN[kind]
        return found | {key: element.get(initial) if given is None else _plain(world, kind, given)}
    raise LookupError(f"nobody here can fill in a {kind}")


def _must(element: Json, wanted: str) -> Json:
    option = _option(element, wanted)
    if option is None:
        labels = [one["text"]["text"] for one in _options(element)]
        raise LookupError(f"no option {wanted!r}; there is {labels}")
    copy: Json = json.loads(json.dumps(option))
    return copy


def _plain(world: World, kind: str, given: str | Sequence[str]) -> Any:
    def known(name: str) -> str:
        user: User | None = world.user_named(name)
        channel = world.channel_named(name)
        return user.id if user else channel.id if channel else name

    if kind == "external_select":
        return {"text": {"type": "plain_text", "text": given}, "value": given}
    return known(given) if isinstance(given, str) else [known(one) for one in given]


def _check(block: Json, element: Json, state: Json, label: str) -> None:
    values = [value for key, value in state.items() if key != "type"]
    if not any(values):
        if block["type"] == "input" and not block.get("optional"):
            raise ValueError(f"{label}: please complete this required field")
        return
    value = state.get("value")
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if not least <= len(value or "") <= most:
            raise ValueError(f"{label}: {least} to {most} characters")
    if element["type"] == "number_input":
        try:
            float(value or "")
        except ValueError:
            raise ValueError(f"{label}: please enter a number") from None
