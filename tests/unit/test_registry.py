"""The registry finds what there is, and refuses two that offer the same."""

import re
from dataclasses import replace

import pytest

from handlers.capability import (
    Capability,
    CommandSpec,
    Deadline,
    Follower,
    OptionKind,
    Phase,
    PressSpec,
)
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.registry import Registry, RegistryError, find_capabilities
from handlers.wording import Wording
from handlers.work import Work


async def nothing(work: Work, command: Invocation) -> Answer:
    return Answer()


def test_every_capability_has_a_name_a_summary_and_sentences_that_can_be_said() -> None:
    registry = Registry.of()
    names = [capability.name for capability in registry.capabilities]
    assert names == sorted(set(names))
    assert all(capability.summary.endswith(".") for capability in registry.capabilities)
    Wording(registry.copy, dict(registry.copy))


def test_two_that_offer_the_same_are_refused() -> None:
    spec = CommandSpec(name="stage", summary="another", run=nothing)
    rival = Capability(name="rival", summary="Offers the same.", commands=(spec,))
    with pytest.raises(RegistryError, match="two capabilities offer stage; one is"):
        Registry.of((*find_capabilities(), rival))


def test_commands_are_one_or_two_words_and_a_rest_stands_last() -> None:
    for spec in Registry.of().commands.values():
        assert re.fullmatch(r"[a-z]+( [a-z]+)?", spec.name), spec.name
        assert spec.summary[0].islower(), spec.name
        assert not spec.summary.endswith("."), spec.name
        assert all(one.kind is not OptionKind.TEXT for one in spec.options[:-1]), spec.name
        names = [option.name for option in spec.options]
        assert len(set(names)) == len(names), spec.name


def test_every_button_says_what_it_takes() -> None:
    spec = Registry.of().presses["claims.size"]
    assert spec.fits(["12"])
    for forged in ([], ["x"], ["1", "2"], ["-1"], ["1" * 16], [""], ["٣"], ["1.5"]):
        assert not spec.fits(forged)


def test_the_last_arguments_of_a_button_may_be_missing() -> None:
    async def press(*_: object) -> Answer:
        return Answer()

    kinds = (OptionKind.INTEGER, OptionKind.WORD, OptionKind.INTEGER)
    spec = PressSpec(name="x", run=press, takes=kinds, may_lack=1)
    assert spec.fits(["1", "A"])
    assert spec.fits(["1", "A", "2"])
    assert not spec.fits(["1"])
    assert not spec.fits(["1", "A", "2", "3"])
    assert not replace(spec, may_lack=0).fits(["1", "A"])


def test_those_who_hear_stand_in_the_order_of_the_phases() -> None:
    phases = [hearer.phase for hearer in Registry.of().hearers]
    assert phases == sorted(phases, key=list(Phase).index)


def test_followers_and_deadlines_have_names_of_their_own() -> None:
    registry = Registry.of()
    tables: tuple[tuple[Follower | Deadline, ...], ...] = (registry.followers, registry.deadlines)
    for table in tables:
        names = [one.name for one in table]
        assert len(set(names)) == len(names)
