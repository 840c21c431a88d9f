"""What people are called in a conversation, and the buttons under it."""

from typing import Any

from handlers.messages import Button, ButtonStyle
from handlers.work import Work

__all__ = ["first_name", "reply_buttons"]


def first_name(person: Any) -> str:
    """The first name of a person or of a row with a name: more of it goes nowhere."""
    words = str(person.name).split()
    return words[0] if words else str(person.name)


def reply_buttons(work: Work, number: int) -> tuple[Button, ...]:
    """*Reply*."""
    label = work.house.wording.say("support.button.reply")
    return (Button(id=f"support.reply:{number}", label=label, style=ButtonStyle.PRIMARY),)
