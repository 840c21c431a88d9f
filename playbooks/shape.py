"""The shape of a playbook for editors and readers, made from the model: schema and table.

python -m playbooks.shape schema > playbooks/schema.json
python -m playbooks.shape table
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playbooks.model import Playbook

__all__ = ["FieldShape", "every_field", "schema", "schema_text", "table"]

#: The parts in the order in which a reader meets them, each with how a page calls it.
_PARTS = {
    "Playbook": "a playbook",
    "EventTrigger": "when: an event",
    "WordsTrigger": "when: words",
    "ScheduleTrigger": "when: the clock",
    "HandTrigger": "when: a person",
    "Condition": "where",
    "Variable": "variables",
    "Step": "steps",
    "Level": "escalation",
    "StepsEnd": "ends_when: steps",
    "EventEnd": "ends_when: an event",
    "TimeEnd": "ends_when: a time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """One field as a writer sees it; `default` is empty where the field must be given."""

    part: str
    name: str
    default: str
    description: str


def schema() -> dict[str, Any]:
    """The JSON Schema of a playbook file."""
    made = Playbook.model_json_schema(by_alias=True)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Andon playbook",
    }
    return {**made, **head}


def schema_text() -> str:
    """The schema as `playbooks/schema.json` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def every_field() -> Iterator[FieldShape]:
    """Every field of every part, in the order of the model."""
    whole = schema()
    parts = {"Playbook": whole, **whole["$defs"]}
    for part, called in _PARTS.items():
        required = set(parts[part].get("required", ()))
        for name, one in parts[part]["properties"].items():
            yield FieldShape(
                part=called,
                name=name,
                default="" if name in required else _default(one),
                description=one["description"],
            )


def table() -> str:
    """The fields as a table of Markdown for each part."""
    lines: list[str] = []
    part = ""
    for one in every_field():
        if one.part != part:
            part = one.part
            lines += [
                "",
                f"### {part}",
                "",
                "| field | without it | what it says |",
                "|---|---|---|",
            ]
        lines.append(f"| `{one.name}` | {one.default or 'required'} | {one.description} |")
    return "\n".join(lines[1:]) + "\n"


def _default(one: Mapping[str, Any]) -> str:
    match one.get("default"):
        case bool(value):
            return "yes" if value else "no"
        case None | [] | {}:
            return "none"
        case value:
            return str(value)


if __name__ == "__main__":
    sys.stdout.write(table() if sys.argv[1:] == ["table"] else schema_text())
