"""What the fields of a playbook are made of: names, texts, roles, conditions on an event."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = [
    "LONGEST_TEXT",
    "Condition",
    "Id",
    "Line",
    "Name",
    "Record",
    "Role",
    "Text",
    "Value",
    "fits",
    "same_value",
]

#: What fits into one post on every platform, with room for what its holes are filled with.
LONGEST_TEXT = 1_500

#: The id of a playbook or of a step: `sold-out-on-camera`.
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
#: The name of a variable, an event's field or an event: what `{…}` may hold.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]
Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\r\n]*$", strict=True
    ),
]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT, strict=True),
]
#: What an event's field or a variable holds.
Value = bool | int | str


class Role(StrEnum):
    """The roles of the team: who owns a step, and who is called."""

    MODERATOR = "moderator"
    HOST = "host"
    PRODUCER = "producer"
    PACKER = "packer"
    SUPPORT = "support"
    OWNER = "owner"


class Record(BaseModel):
    """A strict, frozen part of a playbook: no value is bent to fit, no unknown field is let by."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )


class Condition(Record):
    """What a field of an event must be; all that is said must hold."""

    equals: Value | None = None
    """It is exactly this."""
    one_of: tuple[Value, ...] | None = Field(None, alias="in", min_length=1)
    """It is one of these."""
    at_least: int | None = None
    """It is a number, this or more."""
    at_most: int | None = None
    """It is a number, this or less."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set.isdisjoint(("equals", "one_of", "at_least", "at_most")):
            raise ValueError("says nothing; write equals, in, at_least or at_most")
        if not self._can_hold():
            raise ValueError("can never hold, because its parts contradict each other")
        return self

    def _can_hold(self) -> bool:
        if self.equals is not None:
            return self.holds(self.equals)
        if self.one_of is not None:
            return any(self.holds(value) for value in self.one_of)
        low, high = self.at_least, self.at_most
        return low is None or high is None or low <= high

    def holds(self, value: object) -> bool:
        """Whether `value` is as this says."""
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        return (
            (self.equals is None or same_value(value, self.equals))
            and (self.one_of is None or any(same_value(value, one) for one in self.one_of))
            and (self.at_least is None or (number is not None and number >= self.at_least))
            and (self.at_most is None or (number is not None and number <= self.at_most))
        )


def same_value(one: object, other: object) -> bool:
    """Whether two values are the same; `true` is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def fits(where: Mapping[str, Condition], fields: Mapping[str, object]) -> bool:
    """Whether the fields of an event are as `where` says; a field that it lacks is not."""
    return all(name in fields and one.holds(fields[name]) for name, one in where.items())
