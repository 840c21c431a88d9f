"""What a playbook says of the world around it: its events, its commands, and who fills its holes.

A text must be fillable whichever way the run starts. An event brings its fields; a person who
starts a run, or takes a suggestion up, is asked for the declared variables; and a run that starts
by itself has nobody to ask.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from playbooks.fields import Condition
from playbooks.filling import holes, misspelt
from playbooks.model import RUN_VARIABLES, EventEnd, Playbook
from playbooks.triggers import EventTrigger, Trigger
from playbooks.wholeness import Fault, Path

__all__ = ["LATER_COMMANDS", "World", "check", "texts_of"]

#: Commands of the design that a later version brings and the library names already. Whoever loads
#: it counts them as known, and leaves them off a card until they exist.
LATER_COMMANDS = frozenset(
    {
        "faq add",
        "faq test",
        "mod timeout",
        "order note",
        "pack next",
        "pack problem",
        "returns list",
        "scorecard",
        "show checklist",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What playbooks may speak of: events with the names of their fields, and slash commands.

    A command is known by its one or two words, without the slash: `stock recount`.
    """

    events: Mapping[str, Set[str]]
    commands: Set[str]


def check(playbook: Playbook, world: World) -> Iterator[Fault]:
    """Yield what does not fit into this world, top to bottom."""
    yield from _shadowed(playbook)
    for place, trigger in enumerate(playbook.when):
        if isinstance(trigger, EventTrigger):
            yield from _event(("when", place), trigger.event, trigger.where, world)
            yield from _fields(("when", place), "takes", trigger.event, trigger.takes, world)
    yield from _texts(playbook, world)
    yield from _commands(playbook, world)
    for place, end in enumerate(playbook.ends_when):
        if isinstance(end, EventEnd):
            yield from _event(("ends_when", place), end.event, end.where, world)
            yield from _fields(("ends_when", place), "same", end.event, end.same, world)


def _shadowed(playbook: Playbook) -> Iterator[Fault]:
    for name in playbook.variables:
        if name in RUN_VARIABLES:
            message = f"is known to every run already; use {{{name}}} as it is, or another name"
            yield Fault(path=("variables", name), message=message)


# --- events --------------------------------------------------------------------------------------


def _event(path: Path, event: str, where: Mapping[str, Condition], world: World) -> Iterator[Fault]:
    if event not in world.events:
        message = f"is {event!r}, which nothing tells of; events are {_list(world.events)}"
        yield Fault(path=(*path, "event"), message=message)
        return
    known = world.events[event]
    for field in where:
        if field not in known:
            message = f"is no field of {event}; its fields are {_list(known)}"
            yield Fault(path=(*path, "where", field), message=message)


def _fields(
    path: Path, name: str, event: str, taken: Mapping[str, str], world: World
) -> Iterator[Fault]:
    known = world.events.get(event)
    for variable, field in taken.items():
        if known is not None and field not in known:
            message = f"is {field!r}, no field of {event}; its fields are {_list(known)}"
            yield Fault(path=(*path, name, variable), message=message)


# --- holes ---------------------------------------------------------------------------------------


def _texts(playbook: Playbook, world: World) -> Iterator[Fault]:
    given = [_given(playbook, trigger, world) for trigger in playbook.when]
    for path, text in texts_of(playbook):
        for piece in misspelt(text):
            message = (
                f"has a brace that belongs to no hole: {piece}; write {{name}}, or {{{{ or }}}}"
            )
            yield Fault(path=path, message=message, around=piece)
        for name in dict.fromkeys(holes(text)):
            yield from _hole(playbook, path, f"uses {{{name}}}", name, given)
    for place, name in enumerate(playbook.about):
        yield from _hole(playbook, ("about", place), f"names {name!r}", name, given)
    for place, end in enumerate(playbook.ends_when):
        if isinstance(end, EventEnd):
            for name in end.same:
                path = ("ends_when", place, "same", name)
                yield from _hole(playbook, path, f"names {name!r}", name, given)


def texts_of(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    """Every text that has its holes filled, with where it stands."""
    for field in ("title", "host_script", "customer_message"):
        yield (field,), getattr(playbook, field) or ""
    for role, does in playbook.roles.items():
        yield ("roles", role.value), does
    for place, step in enumerate(playbook.steps):
        for field in ("title", "command", "proof"):
            yield ("steps", place, field), getattr(step, field) or ""
    for place, end in enumerate(playbook.ends_when):
        yield ("ends_when", place, "why"), getattr(end, "why", "")
    for place, question in enumerate(playbook.review):
        yield ("review", place), question


def _given(playbook: Playbook, trigger: Trigger, world: World) -> frozenset[str] | None:
    """What is known at the start, if this is what started the run; None if nobody can say."""
    names = RUN_VARIABLES
    asked = playbook.variables
    if isinstance(trigger, EventTrigger):
        if trigger.event not in world.events:
            return None
        names |= {*world.events[trigger.event], *trigger.takes}
        if trigger.automatic:
            asked = {name: one for name, one in asked.items() if one.default is not None}
    return names | asked.keys()


def _hole(
    playbook: Playbook, path: Path, uses: str, name: str, given: list[frozenset[str] | None]
) -> Iterator[Fault]:
    for place, names in enumerate(given):
        if names is not None and name not in names:
            trigger = playbook.when[place]
            how = _how(trigger)
            if (
                isinstance(trigger, EventTrigger)
                and trigger.automatic
                and name in playbook.variables
            ):
                way_out = "nobody can be asked there, so give it a default"
            else:
                way_out = f"known there are {_list(names)}; or declare it under variables"
            message = f"{uses}, which {how} does not bring; {way_out}"
            yield Fault(path=path, message=message, around=f"{{{name}}}")
            return


def _how(trigger: Trigger) -> str:
    if isinstance(trigger, EventTrigger):
        return f"a start by {trigger.event}"
    kind = next(kind for kind in ("words", "schedule", "hand") if hasattr(trigger, kind))
    return f"a start by {kind}"


# --- commands ------------------------------------------------------------------------------------


def _commands(playbook: Playbook, world: World) -> Iterator[Fault]:
    for place, step in enumerate(playbook.steps):
        if step.command is None:
            continue
        path = ("steps", place, "command")
        if not step.command.startswith("/"):
            message = f"is {step.command!r}; a command begins with a slash, like /stock show A12"
            yield Fault(path=path, message=message)
        elif not _heads(step.command) & world.commands:
            message = f"is {step.command!r}, which is no command; docs/commands.md lists them all"
            yield Fault(path=path, message=message)


def _heads(command: str) -> set[str]:
    words = command[1:].split()
    return {" ".join(words[:1]), " ".join(words[:2])}


def _list(names: Set[str] | Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none"
