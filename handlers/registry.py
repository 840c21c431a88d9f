"""Finds the capabilities by walking this package, and lays their tables side by side.

A capability is the `CAPABILITY` of a module called `offering`, in a folder of its own. Two that
offer the same command, button, form or sentence are a mistake that ends the start.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar

import yaml

import handlers
from handlers.capability import (
    Capability,
    CommandSpec,
    Deadline,
    DirectHearing,
    DirectTurn,
    Follower,
    FormSpec,
    Hearer,
    MenuSpec,
    Overhearing,
    Phase,
    PressSpec,
    Telling,
    UndoSpec,
    Waits,
    WebhookSpec,
)

__all__ = ["Registry", "RegistryError", "find_capabilities"]

T = TypeVar("T")


class RegistryError(Exception):
    """Two capabilities offer the same thing, or an offering is none."""


def find_capabilities() -> tuple[Capability, ...]:
    """Every capability in this package, by name."""
    found: list[Capability] = []
    for module in pkgutil.walk_packages(handlers.__path__, prefix="handlers."):
        if module.name.endswith(".offering"):
            capability = importlib.import_module(module.name).CAPABILITY
            if not isinstance(capability, Capability):
                raise RegistryError(f"the CAPABILITY of {module.name} is none")
            found.append(capability)
    return tuple(sorted(found, key=lambda capability: capability.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The tables of all capabilities."""

    capabilities: tuple[Capability, ...]
    commands: Mapping[str, CommandSpec]
    presses: Mapping[str, PressSpec]
    menus: Mapping[str, MenuSpec]
    forms: Mapping[str, FormSpec]
    undoes: Mapping[str, UndoSpec]
    tellings: Mapping[str, Telling]
    copy: Mapping[str, str]
    hearers: tuple[Hearer, ...]
    directs: tuple[DirectHearing, ...]
    overhears: tuple[Overhearing, ...]
    followers: tuple[Follower, ...]
    deadlines: tuple[Deadline, ...]
    waits: tuple[Waits, ...]
    webhooks: Mapping[str, WebhookSpec]

    @classmethod
    def of(cls, capabilities: Iterable[Capability] | None = None) -> "Registry":
        """Lay the tables side by side. Raises `RegistryError`."""
        all_ = tuple(find_capabilities() if capabilities is None else capabilities)
        phases, turns = list(Phase), list(DirectTurn)
        return cls(
            capabilities=all_,
            commands=_table(all_, lambda one: one.commands, lambda spec: [spec.name]),
            presses=_table(all_, lambda one: one.presses, lambda spec: [spec.name]),
            menus=_table(all_, lambda one: one.menus, lambda spec: [spec.name]),
            forms=_table(all_, lambda one: one.forms, lambda spec: [spec.name]),
            undoes=_table(all_, lambda one: one.undoes, lambda spec: [spec.action]),
            tellings=_table(all_, lambda one: one.tellings, lambda spec: list(spec.kinds)),
            copy=_sentences(),
            hearers=tuple(
                sorted(
                    (hearer for one in all_ for hearer in one.hearers),
                    key=lambda hearer: phases.index(hearer.phase),
                )
            ),
            directs=tuple(
                sorted(
                    (one for capability in all_ for one in capability.directs),
                    key=lambda one: turns.index(one.turn),
                )
            ),
            overhears=tuple(one for capability in all_ for one in capability.overhears),
            followers=tuple(follower for one in all_ for follower in one.followers),
            deadlines=tuple(deadline for one in all_ for deadline in one.deadlines),
            waits=tuple(waits for one in all_ for waits in one.waits),
            webhooks=_table(all_, lambda one: one.webhooks, lambda spec: [spec.source]),
        )


def _sentences() -> Mapping[str, str]:
    """What the capabilities say: the `copy.yaml` of each folder."""
    copy: dict[str, str] = {}
    for folder in sorted(files(handlers).iterdir(), key=lambda folder: folder.name):
        path = folder / "copy.yaml"
        if not path.is_file():
            continue
        for key, sentence in _read(path.read_text(encoding="utf-8")).items():
            if key in copy:
                raise RegistryError(f"{key} is said twice; once in {folder.name}/copy.yaml")
            copy[key] = sentence
    return copy


@cache
def _read(text: str) -> Mapping[str, str]:
    # The safe loader in C, where PyYAML was built with it: a start should not wait for words.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sentences: dict[str, str] = yaml.load(text, Loader=loader)  # noqa: S506
    return MappingProxyType(sentences)


def _table(
    capabilities: Iterable[Capability],
    offered: Callable[[Capability], Sequence[T]],
    names: Callable[[T], Sequence[str]],
) -> dict[str, T]:
    table: dict[str, T] = {}
    for capability in capabilities:
        for spec in offered(capability):
            for name in names(spec):
                if name in table:
                    raise RegistryError(f"two capabilities offer {name}; one is {capability.name}")
                table[name] = spec
    return table
