"""The small words in which the shapes of Block Kit are written down, each a check of a value."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.fakes.slack.world import Json

__all__ = [
    "Check",
    "Problems",
    "any_text",
    "anything",
    "boolean",
    "every",
    "kinds",
    "number",
    "one_of",
    "plain",
    "shape",
    "string",
    "strings",
    "text",
]


class Problems:
    """What is wrong, in Slack's words, and where."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, what: str, where: str) -> None:
        """One more thing is wrong."""
        self.found.append(f"{what} [json-pointer:{where}]")


Check = Callable[[Any, str, Problems], None]


def anything(value: Any, where: str, problems: Problems) -> None:
    """What Slack may look at, but we do not."""


def boolean(value: Any, where: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add("must be a boolean", where)


def string(most: int, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add("must be a string", where)
        elif len(value) > most:
            problems.add(f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            problems.add(f"must be more than {least - 1} characters", where)

    return check


def number(least: int, most: int) -> Check:
    """A whole number between two."""

    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.add("must be an integer", where)
        elif not least <= value <= most:
            problems.add(f"must be between {least} and {most}", where)

    return check


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, where: str, problems: Problems) -> None:
        if value not in allowed:
            problems.add(f"value must be one of: {', '.join(allowed)}", where)

    return check


def text(most: int, *allowed: str) -> Check:
    """A text object of one of these types; it is never empty."""

    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must be an object", where)
            return
        if value.get("type") not in allowed:
            problems.add(f"must be one of the types: {', '.join(allowed)}", f"{where}/type")
        string(most)(value.get("text"), f"{where}/text", problems)
        extra = "emoji" if value.get("type") == "plain_text" else "verbatim"
        for key in set(value) - {"type", "text", extra}:
            problems.add(f"additional property: {key}", where)

    return check


def plain(most: int) -> Check:
    """A text object of plain text."""
    return text(most, "plain_text")


def any_text(most: int) -> Check:
    """A text object of plain text or mrkdwn."""
    return text(most, "plain_text", "mrkdwn")


def every(check: Check, least: int, most: int) -> Check:
    """A list of so many, each of which passes."""

    def check_all(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add("must be an array", where)
            return
        if len(value) > most:
            problems.add(f"no more than {most} items allowed", where)
        if len(value) < least:
            problems.add(f"no fewer than {least} items allowed", where)
        for index, one in enumerate(value):
            check(one, f"{where}/{index}", problems)

    return check_all


def strings(value: Any, where: str, problems: Problems) -> None:
    """A list of strings."""
    every(string(3000), 0, 100)(value, where, problems)


def shape(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these properties and no others."""

    def check(value: Any, where: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must be an object", where)
            return
        for key in required:
            if value.get(key) is None:
                problems.add(f"missing required field: {key}", where)
        known = {**required, **optional}
        for key, one in value.items():
            if key not in known:
                problems.add(f"additional property: {key}", where)
            elif one is not None:
                known[key](one, f"{where}/{key}", problems)

    return check


def kinds(table: Mapping[str, Check], allowed: Iterable[str]) -> Check:
    """An object whose `type` says which shape of the table it has."""
    fitting = frozenset(allowed)

    def check(value: Any, where: str, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in fitting or not isinstance(kind, str):
            problems.add(f"unsupported type: {kind}", where)
            return
        inner: Json = {key: one for key, one in value.items() if key != "type"}
        table[kind](inner, where, problems)

    return check
