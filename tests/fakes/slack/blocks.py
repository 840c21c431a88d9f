"""The shapes of Block Kit: which properties each thing may have, and how large they are."""

from tests.fakes.slack.shapes import (
    Check,
    any_text,
    anything,
    boolean,
    every,
    kinds,
    number,
    one_of,
    plain,
    shape,
    string,
    strings,
)

__all__ = ["BLOCKS", "ELEMENTS", "IN_VIEWS", "VIEWS"]

_ID = string(255)
_CONFIRM = shape(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def _option(label: Check, *, link: bool = False) -> Check:
    more: dict[str, Check] = {"description": any_text(75)}
    return shape(
        {"text": label, "value": string(150)}, {**more, "url": string(3000)} if link else more
    )


_COMMON: dict[str, Check] = {"action_id": _ID, "confirm": _CONFIRM, "focus_on_load": boolean}
_PICK: dict[str, Check] = {**_COMMON, "placeholder": plain(150)}
_CHOICE = _option(plain(75))
_GROUP = shape({"label": plain(75), "options": every(_CHOICE, 1, 100)}, {})
_CHOICES: dict[str, Check] = {
    **_PICK,
    "options": every(_CHOICE, 1, 100),
    "option_groups": every(_GROUP, 1, 100),
}
_TICK = _option(any_text(75))
_MANY: dict[str, Check] = {"max_selected_items": number(1, 100)}
_URLED: dict[str, Check] = {"response_url_enabled": boolean}
_TYPED: dict[str, Check] = {
    "action_id": _ID,
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "dispatch_action_config": anything,
}

ELEMENTS: dict[str, Check] = {
    "button": shape(
        {"text": plain(75)},
        {
            "action_id": _ID,
            "url": string(3000),
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "static_select": shape({}, {**_CHOICES, "initial_option": _CHOICE}),
    "multi_static_select": shape(
        {}, {**_CHOICES, **_MANY, "initial_options": every(_CHOICE, 1, 100)}
    ),
    "users_select": shape({}, {**_PICK, "initial_user": string(30)}),
    "multi_users_select": shape({}, {**_PICK, **_MANY, "initial_users": strings}),
    "channels_select": shape({}, {**_PICK, **_URLED, "initial_channel": string(30)}),
    "conversations_select": shape(
        {},
        {
            **_PICK,
            **_URLED,
            "initial_conversation": string(30),
            "default_to_current_conversation": boolean,
            "filter": anything,
        },
    ),
    "external_select": shape(
        {}, {**_PICK, "initial_option": _CHOICE, "min_query_length": number(0, 3000)}
    ),
    "overflow": shape(
        {"options": every(_option(plain(75), link=True), 1, 5)},
        {"action_id": _ID, "confirm": _CONFIRM},
    ),
    "checkboxes": shape(
        {"options": every(_TICK, 1, 10)}, {**_COMMON, "initial_options": every(_TICK, 1, 10)}
    ),
    "radio_buttons": shape({"options": every(_TICK, 1, 10)}, {**_COMMON, "initial_option": _TICK}),
    "datepicker": shape({}, {**_PICK, "initial_date": string(10)}),
    "timepicker": shape({}, {**_PICK, "initial_time": string(5), "timezone": string(100)}),
    "datetimepicker": shape({}, {**_COMMON, "initial_date_time": number(10**9, 10**10 - 1)}),
    "image": shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything}),
    "plain_text_input": shape(
        {},
        {
            **_TYPED,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        },
    ),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {
            **_TYPED,
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
        },
    ),
    "email_text_input": shape({}, {**_TYPED, "initial_value": string(3000)}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": string(3000)}),
}
_PRESSED = [
    "button",
    "static_select",
    "multi_static_select",
    "users_select",
    "multi_users_select",
    "channels_select",
    "conversations_select",
    "external_select",
    "overflow",
    "checkboxes",
    "radio_buttons",
    "datepicker",
    "timepicker",
    "datetimepicker",
]
_FILLED = [
    *(one for one in _PRESSED if one not in ("button", "overflow")),
    *(["plain_text_input", "number_input", "email_text_input", "url_text_input"]),
]
_IN_CONTEXT = {
    "image": ELEMENTS["image"],
    "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
    "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
}
_BLOCK: dict[str, Check] = {"block_id": _ID}
BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        {
            **_BLOCK,
            "text": any_text(3000),
            "fields": every(any_text(2000), 1, 10),
            "accessory": kinds(ELEMENTS, [*_PRESSED, "image"]),
            "expand": boolean,
        },
    ),
    "header": shape({"text": plain(150)}, _BLOCK),
    "divider": shape({}, _BLOCK),
    "context": shape({"elements": every(kinds(_IN_CONTEXT, _IN_CONTEXT), 1, 10)}, _BLOCK),
    "actions": shape({"elements": every(kinds(ELEMENTS, _PRESSED), 1, 25)}, _BLOCK),
    "input": shape(
        {"label": plain(2000), "element": kinds(ELEMENTS, _FILLED)},
        {**_BLOCK, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": shape(
        {"alt_text": string(2000)},
        {**_BLOCK, "image_url": string(3000), "slack_file": anything, "title": plain(2000)},
    ),
    "rich_text": shape({"elements": every(anything, 1, 1000)}, _BLOCK),
    "markdown": shape({"text": string(12_000)}, _BLOCK),
    "video": shape(
        {
            "alt_text": string(2000),
            "title": plain(200),
            "thumbnail_url": string(3000),
            "video_url": string(3000),
        },
        {**_BLOCK, "description": plain(200), "title_url": string(3000)},
    ),
}
IN_VIEWS = [one for one in BLOCKS if one != "markdown"]
_VIEW_COMMON: dict[str, Check] = {
    "type": anything,
    "callback_id": string(255, 0),
    "private_metadata": string(3000, 0),
    "external_id": string(255, 0),
    "blocks": anything,
}
VIEWS = {
    "home": shape({"blocks": anything}, _VIEW_COMMON),
    "modal": shape(
        {"title": plain(24), "blocks": anything},
        {
            **_VIEW_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
}
