"""What must hold inside one playbook for a run of it to be possible at all."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from playbooks.durations import written

if TYPE_CHECKING:
    from playbooks.model import Playbook

__all__ = ["Fault", "Path", "faults_of"]

#: Where in a playbook, from the top: field names, and places in lists from 0.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to put right: where, and a sentence that follows the field's name.

    `around` is a piece of the text that it is about, where the text is long.
    """

    path: Path
    message: str
    around: str = ""


def faults_of(playbook: "Playbook") -> Iterator[Fault]:
    """Yield what makes a run of this playbook impossible."""
    yield from _twice(playbook)
    unknown = list(_unknown_steps(playbook))
    yield from unknown
    if not unknown:
        yield from _cycle(playbook)
    yield from _ends(playbook)
    yield from _unheard(playbook)


def _twice(playbook: "Playbook") -> Iterator[Fault]:
    seen = Counter[str]()
    for place, step in enumerate(playbook.steps):
        seen[step.id] += 1
        if seen[step.id] == 2:
            message = f"is {step.id!r}, as an earlier step is; give one of them another id"
            yield Fault(path=("steps", place, "id"), message=message)


def _unknown_steps(playbook: "Playbook") -> Iterator[Fault]:
    known = {step.id for step in playbook.steps}
    for place, step in enumerate(playbook.steps):
        for number, name in enumerate(step.depends_on):
            if name not in known:
                message = f"names {name!r}, which is no step here; the steps are {_list(known)}"
                yield Fault(path=("steps", place, "depends_on", number), message=message)


def _cycle(playbook: "Playbook") -> Iterator[Fault]:
    try:
        TopologicalSorter({step.id: step.depends_on for step in playbook.steps}).prepare()
    except CycleError as error:
        around = list(reversed(error.args[1]))
        place = next(n for n, step in enumerate(playbook.steps) if step.id == around[0])
        message = f"goes in a circle: {' needs '.join(around)}; take one of them out"
        yield Fault(path=("steps", place, "depends_on"), message=message)


def _ends(playbook: "Playbook") -> Iterator[Fault]:
    required = any(step.required for step in playbook.steps)
    for place, end in enumerate(playbook.ends_when):
        if hasattr(end, "steps") and not required:
            message = (
                "waits for required steps, but none is required, so nothing can reach it; "
                "require a step, or end it with event: or after:"
            )
            yield Fault(path=("ends_when", place), message=message)


def _unheard(playbook: "Playbook") -> Iterator[Fault]:
    """Calls that never come, because the run is over by then."""
    over = min((end.after for end in playbook.ends_when if hasattr(end, "after")), default=None)
    for place, level in enumerate(playbook.escalation):
        if over is not None and level.after >= over:
            message = (
                f"is {written(level.after)}, but the run ends by itself after {written(over)}; "
                "call earlier, or end it later"
            )
            yield Fault(path=("escalation", place, "after"), message=message)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
