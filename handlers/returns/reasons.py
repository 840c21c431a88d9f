"""Why things come back: a tree of groups and reasons, read from a file that a shop may write."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from playbooks.reading import Document, UnreadableError, read

__all__ = ["Fault", "Group", "Kind", "Reason", "Reasons", "ReasonsError", "read_reasons", "starter"]

_CODE = r"^[a-z][a-z0-9_]{0,31}$"


class Fault(StrEnum):
    """Whose fault it is that something comes back."""

    SHOP = "shop"
    CARRIER = "carrier"
    CUSTOMER = "customer"


Kind = Literal["return", "complaint"]


class ReasonsError(ValueError):
    """A file of reasons has problems and nothing of it was taken; `str()` is one line for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep the problems, top to bottom."""
        self.problems = problems
        super().__init__("\n".join(problems))


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Reason(_Value):
    """One reason: how it is called, and what follows from it.

    `awaits`: it is said of what has not arrived.
    """

    code: str = Field(pattern=_CODE)
    label: str = Field(min_length=1, max_length=60)
    kind: Kind
    fault: Fault = Field(strict=False)
    photo: bool = False
    awaits: bool = False

    @property
    def is_complaint(self) -> bool:
        """Whether it is made good as a complaint."""
        return self.kind == "complaint"


class Group(_Value):
    """Reasons that belong together, as a first question may ask."""

    group: str = Field(pattern=_CODE)
    label: str = Field(min_length=1, max_length=60)
    reasons: tuple[Reason, ...] = Field(strict=False, min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """The tree, in the order of its file."""

    groups: tuple[Group, ...]

    def __iter__(self) -> Iterator[Reason]:
        """The reasons of all groups, in order."""
        return (reason for group in self.groups for reason in group.reasons)

    def get(self, code: str) -> Reason | None:
        """Return the reason with this code; None for one that a shop has since taken away."""
        return next((reason for reason in self if reason.code == code), None)

    def of(self, kind: Kind) -> tuple[Reason, ...]:
        """Return the reasons of returns, or of complaints."""
        return tuple(reason for reason in self if reason.kind == kind)


def read_reasons(content: bytes, *, name: str) -> Reasons:
    """Read a file of reasons called `name`. Raises `ReasonsError` with every problem."""
    try:
        document = read(content)
    except UnreadableError as error:
        raise ReasonsError((f"{name}:{error.line}: {error}",)) from None
    try:
        groups = TypeAdapter(tuple[Group, ...]).validate_python(document.value)
    except ValidationError as error:
        raise ReasonsError(tuple(_problems(name, document, error))) from None
    reasons = Reasons(groups=groups)
    if problems := tuple(_clashes(name, document, reasons)):
        raise ReasonsError(problems)
    return reasons


def starter() -> Reasons:
    """Return the reasons that a shop begins with."""
    content = (files("handlers.returns") / "reasons.yaml").read_bytes()
    return read_reasons(content, name="reasons.yaml")


def _problems(name: str, document: Document, error: ValidationError) -> Iterator[str]:
    found = []
    for one in error.errors(include_url=False):
        # A list whose entries are wrong counts as too short as well.
        if one["type"] == "too_short" and one["input"]:
            continue
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in one["loc"])
        found.append((document.line_of(one["loc"]), place, one["msg"]))
    for line, place, message in sorted(found):
        yield f"{name}:{line}: {place + ': ' if place else ''}{message}"


def _clashes(name: str, document: Document, reasons: Reasons) -> Iterator[str]:
    seen: dict[str, str] = {}
    for group_at, group in enumerate(reasons.groups):
        for at, reason in enumerate(group.reasons):
            line = document.line_of((group_at, "reasons", at, "code"))
            if reason.code in seen:
                yield f"{name}:{line}: {reason.code} stands in {seen[reason.code]} already"
            seen[reason.code] = group.group
            if reason.awaits and not reason.is_complaint:
                yield f"{name}:{line}: {reason.code}: what has not arrived is a complaint"
    for kind in ("return", "complaint"):
        if all(reason.kind != kind for reason in reasons):
            yield f"{name}:1: there is no reason of kind {kind}; people need at least one"
