"""The playbooks of this shop: the library, and the files of its own folder."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from handlers import events
from playbooks.filling import fill
from playbooks.loader import LARGEST, LATER_COMMANDS, Loaded, Problem, Source, World, library, load
from playbooks.model import EventEnd, Playbook
from playbooks.run import RunState
from playbooks.triggers import EventTrigger

__all__ = [
    "ITEM_FIELDS",
    "OpenRun",
    "Playbooks",
    "digest_of",
    "ends_on",
    "load_playbooks",
    "world_of",
]

#: What every event of an item brings besides its own fields: the name of its size (empty where it
#: has one), the state of the item, and how many units of it are short.
ITEM_FIELDS = frozenset({"code", "title", "size", "state", "short"})
#: Far more copies than runs are open at a time; beyond it they are read again.
_MOST_COPIES = 500


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """An open run: its title, and the title of each step with whether there is more to do."""

    number: int
    title: str
    steps: tuple[tuple[str, bool], ...]


class Playbooks:
    """The playbooks by id, and the copies that runs hold, each read once.

    `problems` is what is wrong with the others. `now` tells the time, for a clock that comes late;
    without it a deadline is handled as if at its own moment.
    """

    def __init__(
        self,
        loaded: Loaded | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.by_id: Mapping[str, Playbook] = {} if loaded is None else loaded.playbooks
        self.problems: Sequence[Problem] = () if loaded is None else loaded.problems
        self._now = now
        self._copies: dict[str, Playbook] = {}
        #: Open runs as this process knows them, by number: for completion, where nothing is asked.
        self.open: dict[int, OpenRun] = {}
        self._triggers: dict[str, list[tuple[Playbook, EventTrigger]]] = {}
        for book in self.by_id.values():
            for trigger in book.when:
                if isinstance(trigger, EventTrigger):
                    self._triggers.setdefault(trigger.event, []).append((book, trigger))

    def triggers(self, event: str) -> Sequence[tuple[Playbook, EventTrigger]]:
        """The playbooks that an event of this name may start, each with what it waits for."""
        return self._triggers.get(event, ())

    def late(self, due: datetime) -> datetime:
        """The moment at which what was due at `due` is handled."""
        return due if self._now is None else max(due, self._now())

    def note(self, number: int, state: RunState) -> None:
        """Keep in mind that a run is open, and where it stands; or that it is over."""
        if state.ended_at is not None:
            self.open.pop(number, None)
            return
        pairs = zip(state.playbook.steps, state.steps, strict=True)
        self.open[number] = OpenRun(
            number=number,
            title=fill(state.playbook.title, state.variables),
            steps=tuple(
                (fill(step.title, state.variables), not now.settled) for step, now in pairs
            ),
        )

    def copy(self, digest: str) -> Playbook | None:
        """The copy of this digest, if it was read before."""
        return self._copies.get(digest)

    def learn(self, digest: str, value: Mapping[str, Any]) -> Playbook:
        """Read a copy. Raises `pydantic.ValidationError` if this Andon cannot."""
        if len(self._copies) >= _MOST_COPIES:
            self._copies.clear()
        self._copies[digest] = Playbook.of(value)
        return self._copies[digest]


def digest_of(copy: Mapping[str, Any]) -> str:
    """What tells the copy of a playbook from any other."""
    text = json.dumps(copy, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def ends_on(book: Playbook) -> str:
    """The names of events that may end a run, with a comma around each; empty where none does."""
    names = sorted({end.event for end in book.ends_when if isinstance(end, EventEnd)})
    return f",{','.join(names)}," if names else ""


def load_playbooks(
    folder: Path | None,
    commands: Iterable[str],
    *,
    now: Callable[[], datetime] | None = None,
) -> Playbooks:
    """Load the library and the files of `folder`, read once; `commands` are those that exist.

    A file that is wrong is left out and stands in `problems`; nothing is raised.
    """
    own, problems = _files(folder)
    known = frozenset(commands)
    loaded = load((*library(), *own), world_of(known)) if own else _library(known)
    return Playbooks(
        Loaded(playbooks=loaded.playbooks, problems=(*problems, *loaded.problems)), now=now
    )


@lru_cache(maxsize=4)
def _library(commands: frozenset[str]) -> Loaded:
    # It comes with the package: it stays the same as long as the process lives.
    return load(library(), world_of(commands))


def world_of(commands: Iterable[str]) -> World:
    """What playbooks may speak of: every domain event with its fields, and these commands."""
    found: dict[str, frozenset[str]] = {}
    for name, kind in vars(events).items():
        if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event:
            fields = frozenset(one.name for one in dataclasses.fields(kind)) - {"at"}
            found[name] = fields | ITEM_FIELDS if "item_id" in fields else fields
    return World(events=found, commands=frozenset(commands) | LATER_COMMANDS)


def _files(folder: Path | None) -> tuple[list[Source], list[Problem]]:
    """The playbooks of a folder, by name, and what could not be read."""
    sources: list[Source] = []
    if folder is None:
        return sources, []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        return sources, [_unread(folder, error)]
    problems = []
    for path in paths:
        try:
            with path.open("rb") as file:
                # One byte more than is taken shows that it is too large.
                sources.append(Source(name=path.name, data=file.read(LARGEST + 1)))
        except OSError as error:
            problems.append(_unread(path, error))
    return sources, problems


def _unread(path: Path, error: OSError) -> Problem:
    message = f"cannot be read: {error.strerror or error}; check the path"
    return Problem(file=str(path), line=0, field="", message=message)
