"""What is asked about the team, wherever it is: who hears what, and who may do what."""

from collections.abc import Sequence
from typing import Any

from bot.settings import Channels
from bot.setup.asking import Choice, NotThat, Voice, ask_for

__all__ = [
    "AGAIN",
    "AUDIENCES",
    "ROLES",
    "SKIP",
    "each_apart",
    "enter",
    "nobody",
    "otherwise",
    "show",
    "skipped",
]

SKIP = "skip"
EACH = "each"
AGAIN = "Enter looks again, skip leaves it for later"
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


def skipped(voice: Voice) -> bool:
    """Ask whether to look again; true if it is left for later."""
    return voice.ask(AGAIN).casefold() == SKIP


def each_apart(voice: Voice, known: Channels[Any]) -> bool:
    """Ask once whether the other audiences have channels of their own."""
    others = [name for name in AUDIENCES if name != "alerts"]
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


def enter(before: tuple[Any, ...], without: str) -> str:
    """What Enter does where `before` is set already."""
    return "Enter keeps it, none takes it away" if before else f"Enter: {without}"


def otherwise(audience: str) -> str:
    """Where an audience without a channel of its own goes."""
    return "later" if audience == "alerts" else "as alerts"


def nobody(role: str) -> str:
    """Who has a role that is given to none."""
    return "nobody yet" if role == "moderator" else "nobody"
