"""What is wrong with a catalogue file: all of it at once, each by line and column."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

__all__ = ["CatalogError", "Problem", "Problems"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right. `line` is 0 for the file as a whole, `column` "" for a whole line."""

    line: int
    column: str
    message: str


class CatalogError(ValueError):
    """A catalogue file has problems and nothing of it was taken; `str()` is one line for each."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        """Keep the file's `name` and its `problems`, top to bottom."""
        self.name = name
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(self._described(problem) for problem in self.problems))

    def _described(self, problem: Problem) -> str:
        where = f"{self.name}:{problem.line}" if problem.line else self.name
        column = f"column '{problem.column}': " if problem.column else ""
        return f"{where}: {column}{problem.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """The problems of one file as they are found."""

    name: str
    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, column: str, message: str) -> None:
        """Note one problem."""
        self.found.append(Problem(line=line, column=column, message=message))

    def raise_if_any(self) -> None:
        """Raise `CatalogError` with everything noted so far, if anything was."""
        if self.found:
            raise CatalogError(self.name, self.found)

    def fail(self, line: int, message: str) -> NoReturn:
        """Raise `CatalogError` with this and everything noted so far: reading on is no use."""
        self.add(line, "", message)
        raise CatalogError(self.name, self.found)
