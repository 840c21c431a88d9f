"""What a playbook is: frozen models, strict, with every field described once, here.

The descriptions go into the JSON Schema for editors and into the table of docs/playbooks.md.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from playbooks.durations import Duration
from playbooks.fields import Condition, Id, Line, Name, Record, Role, Text, Value, fits, same_value
from playbooks.triggers import Trigger
from playbooks.wholeness import faults_of

__all__ = [
    "RUN_VARIABLES",
    "End",
    "EventEnd",
    "Level",
    "Playbook",
    "Repeating",
    "Severity",
    "Step",
    "StepsEnd",
    "TimeEnd",
    "Until",
    "Variable",
]

#: What every run knows by itself: the shop's name, the show's name and number (0 where there is
#: none), who or what started the run, and what is left of its item, in words and as of the moment
#: in which it is shown (empty where it is about none).
RUN_VARIABLES = frozenset({"shop", "show", "show_id", "started_by", "left_now"})


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    URGENT = "urgent"


class Until(StrEnum):
    """What silences an escalation."""

    TAKEN = "taken"
    ENDED = "ended"


class Variable(Record):
    """Something that the texts speak of, which a person who starts the run is asked for."""

    ask: Line
    """The question, such as *Which item?*"""
    default: Value | None = None
    """What it is where nobody says."""


class Repeating(Record):
    """What is said again while nothing happens."""

    again_every: Duration | None = None
    """How long until it is said again."""
    times: int = Field(1, ge=1, le=20)
    """How often it is said in all."""

    @model_validator(mode="after")
    def _rhythm(self) -> Self:
        if (self.times > 1) != (self.again_every is not None):
            raise ValueError(
                "needs again_every and times together, as in again_every: 10m, times: 3"
            )
        return self


class Level(Repeating):
    """One rung of the escalation: who is called if the run is not over by then."""

    who: Role
    """The role that is called."""
    after: Duration
    """How long after the start."""
    until: Until = Until.ENDED
    """What silences it: `taken`, as soon as anybody acts on a step or takes a call, or `ended`."""


class Step(Repeating):
    """One line of the standard work."""

    id: Id
    """Its name inside the playbook."""
    title: Line
    """What to do."""
    owner: Role | None = None
    """Whose it is; the playbook's owner where nothing is said."""
    required: bool = True
    """Whether the run waits for it; what is required is done, or skipped with a reason."""
    depends_on: tuple[Id, ...] = ()
    """Steps that come first."""
    due: Duration | None = None
    """How long it may take, from the start or from when the last step before it was settled."""
    command: Line | None = None
    """The slash command that does it; what … stands for is completed by whoever types it."""
    proof: Line | None = None
    """What shows that it is done."""

    @model_validator(mode="after")
    def _reminds_of_a_time(self) -> Self:
        if self.again_every is not None and self.due is None:
            raise ValueError("is reminded of again, but has no time; add due, as in due: 10m")
        return self

    @property
    def complete(self) -> bool:
        """Whether its command can be run as it stands."""
        return self.command is not None and not any(gap in self.command for gap in ("…", "..."))


class StepsEnd(Record):
    """The run ends when every required step is done, or skipped with a reason."""

    steps: Literal["done"]
    """Always `done`."""


class EventEnd(Record):
    """The run ends when something happens; steps that are left are skipped."""

    event: Name
    """The name of a domain event."""
    where: Mapping[Name, Condition] = Field(default_factory=dict)
    """What its fields must be."""
    same: Mapping[Name, Name] = Field(default_factory=dict)
    """Variables that the event must agree with, as `variable: field`."""
    why: Line
    """The reason that stands on the steps that are left."""

    def matches(
        self, event: str, fields: Mapping[str, object], variables: Mapping[str, Value]
    ) -> bool:
        """Whether this event ends a run with these variables."""
        return (
            event == self.event
            and fits(self.where, fields)
            and all(
                variable in variables
                and field in fields
                and same_value(variables[variable], fields[field])
                for variable, field in self.same.items()
            )
        )


class TimeEnd(Record):
    """The run ends by itself after a time; steps that are left are skipped."""

    after: Duration
    """How long after the start."""
    why: Line
    """The reason that stands on the steps that are left."""


def _kind_of_end(value: Any) -> str | None:
    kinds = ("steps", "event", "after")
    if isinstance(value, Mapping):
        return next((kind for kind in kinds if kind in value), None)
    return next((kind for kind in kinds if hasattr(value, kind)), None)


End = Annotated[
    Annotated[StepsEnd, Tag("steps")]
    | Annotated[EventEnd, Tag("event")]
    | Annotated[TimeEnd, Tag("after")],
    Discriminator(
        _kind_of_end,
        custom_error_type="kind",
        custom_error_message="is no end; write steps: done, event: or after:",
    ),
]


class Playbook(Record):
    """Standard work for one situation."""

    id: Id
    """Its name, by which it is started."""
    title: Line
    """What the situation is, in a few words."""
    when: tuple[Trigger, ...] = Field(min_length=1)
    """What starts it."""
    severity: Severity = Severity.WARNING
    """How bad it is: `info`, `warning`, or `urgent`, which calls at any hour."""
    owner: Role
    """The role that answers for the run."""
    roles: Mapping[Role, Line] = Field(default_factory=dict)
    """The roles to fill, each with what that person does."""
    about: tuple[Name, ...] = ()
    """Variables that say what a run is about: while one is open, the same starts no second."""
    variables: Mapping[Name, Variable] = Field(default_factory=dict)
    """What the texts speak of and somebody is asked for."""
    host_script: Text | None = None
    """What the host says, word for word."""
    customer_message: Text | None = None
    """What the customers read, word for word."""
    steps: tuple[Step, ...] = Field(min_length=1, max_length=40)
    """What is to be done."""
    escalation: tuple[Level, ...] = Field((), max_length=10)
    """Who is called if it takes too long, and when."""
    ends_when: tuple[End, ...] = Field(min_length=1)
    """What ends it; the first that happens."""
    review: tuple[Line, ...] = Field((), max_length=10)
    """What the team asks itself afterwards."""
    replaces: bool = False
    """Whether it stands in for an earlier playbook of the same id, such as one of the library."""

    @classmethod
    def of(cls, value: Any) -> Self:
        """Make one of plain JSON values. Raises `pydantic.ValidationError` if they are none."""
        # By way of JSON, where a list is a tuple and a word a role, and all else stays strict.
        return cls.model_validate_json(json.dumps(value))

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        faults = list(faults_of(self))
        if faults:
            told = "; ".join(fault.message for fault in faults)
            raise PydanticCustomError("whole", "{told}", {"told": told, "faults": faults})
        return self

    def step(self, name: str) -> Step | None:
        """The step of this id, or None."""
        return next((step for step in self.steps if step.id == name), None)

    def asks(self, known: Mapping[str, Value]) -> Mapping[str, Variable]:
        """The variables that a person who starts a run is asked for, where so much is known."""
        return {name: one for name, one in self.variables.items() if name not in known}

    def owner_of(self, step: Step) -> Role:
        """Whose the step is."""
        return step.owner or self.owner
