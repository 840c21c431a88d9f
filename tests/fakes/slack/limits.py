"""Slack's sizes and shapes. What does not fit is refused, as Slack refuses it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.fakes.slack.blocks import BLOCKS, ELEMENTS, IN_VIEWS, VIEWS
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.shapes import Problems, every, kinds
from tests.fakes.slack.world import Json, World

__all__ = ["check_blocks", "check_files", "check_message", "check_view", "elements_of"]

_MESSAGE_LETTERS, _EDIT_BYTES, _BLOCK_LETTERS = 40_000, 4_000, 13_200
_MESSAGE_BLOCKS, _VIEW_BLOCKS = 50, 100
_STRAY = re.compile(r"&(?!(?:amp|lt|gt);)")


def elements_of(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Everything in these blocks that can be pressed or filled in, each with its block."""
    for block in blocks:
        inner = [block.get("accessory"), block.get("element"), *block.get("elements", ())]
        for one in inner:
            if isinstance(one, dict) and one.get("type") in ELEMENTS and one["type"] != "image":
                yield block, one


def check_message(body: Json, *, edit: bool = False) -> None:
    """A message to be posted, or one that is edited. Raises `ApiError`."""
    text = str(body.get("text") or "")
    blocks, attachments = body.get("blocks"), body.get("attachments")
    if not (text.strip() or blocks or attachments or body.get("files")):
        raise ApiError("no_text")
    # An edit is measured as it is kept: escaped, in bytes.
    kept = len(_STRAY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;").encode())
    if len(text) > _MESSAGE_LETTERS or (edit and kept > _EDIT_BYTES):
        raise ApiError("msg_too_long")
    if len(attachments or ()) > 100:
        raise ApiError("too_many_attachments")
    for where, some in [("", blocks), *_attached(attachments)]:
        if some:
            check_blocks(some, f"{where}/blocks")
    if blocks and sum(_letters(blocks)) > _BLOCK_LETTERS:
        raise ApiError("msg_blocks_too_long")
    metadata = body.get("metadata")
    if metadata is not None and not (
        isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)
    ):
        raise ApiError("invalid_metadata_format")
    if metadata is not None and len(json.dumps(metadata)) > 16_000:
        raise ApiError("metadata_too_large")


_SHOWN = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def check_files(world: World, blocks: Any) -> None:
    """Pictures in blocks are files of the bot's that Slack has looked at. Raises `ApiError`."""
    found = []
    for index, one in enumerate(blocks or ()):
        if one.get("type") != "image" or "slack_file" not in one:
            continue
        file = world.files.get(str(one["slack_file"].get("id")))
        if file is None or not file.content.startswith(_SHOWN) or world.slow_files > 0:
            world.slow_files -= 1
            found.append(f"invalid slack file [json-pointer:/blocks/{index}/slack_file]")
    if found:
        raise ApiError("invalid_blocks", errors=found)


def _attached(attachments: Any) -> Iterator[tuple[str, Any]]:
    for index, one in enumerate(attachments or ()):
        yield f"/attachments/{index}", one.get("blocks")


def _letters(part: Any) -> Iterator[int]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield len(value)
            else:
                yield from _letters(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _letters(one)


def check_blocks(blocks: Any, where: str = "/blocks", *, most: int = _MESSAGE_BLOCKS) -> None:
    """The blocks of a message. Raises `ApiError`."""
    problems = Problems()
    _check(blocks, where, problems, allowed=list(BLOCKS), most=most)
    if problems.found:
        raise ApiError("invalid_blocks", errors=problems.found, **_explained(problems))


def _check(
    blocks: Any, where: str, problems: Problems, *, allowed: Sequence[str], most: int
) -> None:
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    every(kinds(BLOCKS, allowed), 0, most)(blocks, where, problems)
    if problems.found:
        return
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        _check_whole(block, f"{where}/{index}", problems)
        if (name := block.get("block_id")) is not None:
            if name in seen:
                problems.add(f"`block_id` {name} already exists for another block", where)
            seen.add(name)


def _check_whole(block: Json, where: str, problems: Problems) -> None:
    """What no single property tells."""
    if block["type"] == "section" and not (block.get("text") or block.get("fields")):
        problems.add("must have `text` or `fields`", where)
    if block["type"] == "image" and not (block.get("image_url") or block.get("slack_file")):
        problems.add("must have `image_url` or `slack_file`", where)
    seen: set[str] = set()
    for _, element in elements_of([block]):
        if (name := element.get("action_id")) is not None:
            if name in seen:
                problems.add(f"`action_id` {name} already exists for another element", where)
            seen.add(name)
        if element["type"] in ("static_select", "multi_static_select"):
            _check_select(element, where, problems)
        if element["type"] == "plain_text_input":
            least, longest = element.get("min_length", 0), element.get("max_length", 3000)
            if least > longest:
                problems.add("`min_length` is greater than `max_length`", where)


def _check_select(element: Json, where: str, problems: Problems) -> None:
    if ("options" in element) == ("option_groups" in element):
        problems.add("must have either `options` or `option_groups`", where)
        return
    options = list(element.get("options", ()))
    for group in element.get("option_groups", ()):
        options += group["options"]
    chosen = [element.get("initial_option"), *element.get("initial_options", ())]
    if any(one is not None and one not in options for one in chosen):
        problems.add("`initial_option` must exactly match an option", where)


def check_view(view: Any, kind: str) -> None:
    """A modal or an App Home. Raises `ApiError`."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise ApiError("invalid_arguments", response_metadata={"messages": ["[ERROR] view type"]})
    problems = Problems()
    VIEWS[kind](view, "/view", problems)
    blocks = view.get("blocks")
    _check(blocks, "/view/blocks", problems, allowed=IN_VIEWS, most=_VIEW_BLOCKS)
    some = blocks if isinstance(blocks, list) else ()
    asks = any(isinstance(one, dict) and one.get("type") == "input" for one in some)
    if kind == "modal" and asks and not view.get("submit"):
        problems.add("missing required field: submit", "/view")
    if problems.found:
        raise ApiError("invalid_arguments", **_explained(problems))


def _explained(problems: Problems) -> Json:
    return {"response_metadata": {"messages": [f"[ERROR] {one}" for one in problems.found]}}
