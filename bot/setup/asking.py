"""Asking one thing at a time: what cannot be taken is asked again, with one sentence why."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["Choice", "NotThat", "Voice", "ask_for", "choose"]

T = TypeVar("T")
Id = TypeVar("Id", int, str)

NOTHING = "none"


class Voice(Protocol):
    """How a person is asked: a terminal, or a script of answers."""

    def say(self, text: str) -> None:
        """Show a line."""

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """The answer, trimmed; `default` where it is empty. `hidden` answers are not shown."""


class NotThat(ValueError):
    """An answer that cannot be taken; `str()` says why, and what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Generic[Id]):
    """One line of a numbered list."""

    id: Id
    name: str
    under: str | None = None

    @property
    def line(self) -> str:
        """As it is shown."""
        return f"{self.name} ({self.under})" if self.under else self.name


def ask_for(
    voice: Voice,
    question: str,
    read: Callable[[str], T],
    *,
    default: str = "",
    hidden: bool = False,
) -> T:
    """Ask until `read` takes the answer; it raises `NotThat` for one that it does not take."""
    while True:
        try:
            return read(voice.ask(question, default=default, hidden=hidden))
        except NotThat as sorry:
            voice.say(str(sorry))


def choose(
    voice: Voice,
    question: str,
    choices: Sequence[Choice[Id]],
    *,
    before: tuple[Id, ...] = (),
    needed: bool = False,
    single: bool = False,
    refuse: Callable[[Choice[Id]], str | None] = lambda _choice: None,
    again: Callable[[], Sequence[Choice[Id]]] | None = None,
    private: str = "",
) -> tuple[Id, ...]:
    """Ask for entries of a list that is on the screen already: ids, in the order named.

    Enter keeps `before`, and *none* takes it away. `refuse` may say why an entry cannot be had.
    For a name that is not in the list `again` reads it anew; `private` says how one gets into it.
    """
    kept = tuple(one.id for one in choices if one.id in before)
    default = ", ".join(str(number) for number, one in enumerate(choices, 1) if one.id in kept)

    def read(answer: str) -> tuple[Id, ...]:
        if not answer and not needed:
            # What is set but not in the list is for `andon check` to speak of.
            return before
        if answer.casefold() == NOTHING and not needed:
            return ()
        try:
            picked = _picked(choices, answer)
        except NotThat as sorry:
            if again is None or re.fullmatch(r"[0-9]{1,4}", answer):
                raise
            try:
                picked = _picked(again(), answer)
            except NotThat:
                raise NotThat(f"{sorry} {private}".strip()) from None
        if not picked:
            raise NotThat(f"This one is needed; type a number from 1 to {len(choices)}.")
        if single and len(picked) > 1:
            raise NotThat("Only one can be chosen; type one number.")
        for one in picked:
            if (why := refuse(one)) is not None:
                raise NotThat(why)
        return tuple(one.id for one in picked)

    return ask_for(voice, question, read, default=default)


def _picked(choices: Sequence[Choice[Id]], answer: str) -> tuple[Choice[Id], ...]:
    return tuple(dict.fromkeys(_one(choices, word) for word in _words(answer, choices)))


def _words(answer: str, choices: Sequence[Choice[Id]]) -> list[str]:
    # A name may hold spaces: one that is named whole is not taken apart.
    if any(_same(answer, one) for one in choices):
        return [answer]
    parts = [part.strip() for part in answer.split(",") if part.strip()]
    return [
        word
        for part in parts
        for word in ([part] if any(_same(part, one) for one in choices) else part.split())
    ]


def _same(word: str, choice: Choice[Id]) -> bool:
    return word.lstrip("#@").casefold() == choice.name.lstrip("#@").casefold()


def _one(choices: Sequence[Choice[Id]], word: str) -> Choice[Id]:
    if re.fullmatch(r"[0-9]{1,4}", word) and 1 <= int(word) <= len(choices):
        return choices[int(word) - 1]
    named = [one for one in choices if _same(word, one) or word == str(one.id)]
    if len(named) == 1:
        return named[0]
    if named:
        raise NotThat(f"{word!r} is the name of several; type the number.")
    raise NotThat(f"{word!r} is none of them; type a number from 1 to {len(choices)}.")
