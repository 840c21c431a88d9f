"""What is asked about the team, wherever it is: who hears what, and who may do what."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from bot.settings import Channels, Roles
from bot.settings.table import Key
from bot.setup.asking import Choice, NotThat, Voice, ask_for
from bot.setup.interview import Learned

__all__ = ["Pick", "ask_audiences", "ask_roles", "show"]

Id = TypeVar("Id", int, str)
#: Has the answer to a question: ids, the second argument are those that are set already.
Pick: TypeAlias = Callable[[str, tuple[Id, ...]], tuple[Id, ...]]

ALERTS = "alerts"
EACH = "each"
AUDIENCES = {
    "alerts": "alerts: what needs someone now",
    "playbooks": "the steps of playbooks",
    "exceptions": "what a person must decide",
    "returns": "returns",
    "packing": "packing and shipping",
    "support": "customers' questions",
}
ROLES = {
    "moderator": "moderates (stage, claims, stock)",
    "host": "is on camera",
    "producer": "runs the show",
    "packer": "packs and ships (that comes later)",
    "support": "settles orders, exceptions and returns",
    "owner": "may do everything",
}


def ask_audiences(
    voice: Voice,
    platform: str,
    known: Channels[Id],
    pick: Pick[Id],
    warn: Callable[[tuple[Id, ...], str], None],
) -> Learned:
    """Ask where the team hears what; `warn` has a word on what was picked for an audience."""

    def ask(audience: str) -> Learned:
        before = getattr(known, audience)
        without = "later" if audience == ALERTS else "as alerts"
        question = f"Where does the team hear {AUDIENCES[audience]} ({_enter(before, without)})"
        chosen = pick(question, before)
        warn(chosen, audience)
        return _learned((platform, "channels", audience), chosen, before)

    learned = ask(ALERTS)
    others = [name for name in AUDIENCES if name != ALERTS]
    if _each_apart(voice, known, others):
        for audience in others:
            learned |= ask(audience)
    return learned


def ask_roles(
    platform: str, known: Roles[Id], pick: Pick[Id], *, question: str = "Who {what}"
) -> Learned:
    """Ask who may do what; `question` is about a `{role}`, and `{what}` it does."""
    learned: Learned = {}
    for role, what in ROLES.items():
        before = getattr(known, role)
        without = "nobody yet" if role == "moderator" else "nobody"
        asked = question.format(role=role.capitalize(), what=what)
        chosen = pick(f"{asked} ({_enter(before, without)})", before)
        learned |= _learned((platform, "roles", role), chosen, before)
    return learned


def _learned(key: Key, chosen: tuple[Id, ...], before: tuple[Id, ...]) -> Learned:
    return {key: chosen or None} if chosen or before else {}


def _each_apart(voice: Voice, known: Channels[Any], others: Sequence[str]) -> bool:
    """Ask once whether the other audiences have channels of their own."""
    kept = any(getattr(known, name) for name in others)
    without = "Enter keeps what is set" if kept else "Enter: the channel of alerts"
    return ask_for(
        voice,
        f"And {', '.join(others[:-1])} and {others[-1]}: in one channel ({without}; {EACH} asks "
        "for each)",
        _apart,
    )


def _apart(answer: str) -> bool:
    if answer.casefold() not in ("", EACH):
        raise NotThat(f"Press Enter, or type {EACH} to be asked for each.")
    return bool(answer)


def show(voice: Voice, title: str, choices: Sequence[Choice[Any]]) -> None:
    """Show a numbered list."""
    voice.say(f"\n{title}")
    for number, one in enumerate(choices, 1):
        voice.say(f"{number:>4}  {one.line}")


def _enter(before: tuple[Any, ...], without: str) -> str:
    """What Enter does where `before` is set already, and otherwise."""
    return "Enter keeps it, none takes it away" if before else f"Enter: {without}"
