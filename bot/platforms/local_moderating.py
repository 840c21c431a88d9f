"""What moderation does on the local stage: it lets somebody pause, and slows the chat."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from bot.platforms.base import PostFailed
from handlers.messages import ActKind, OutsideAct
from handlers.people import TEAM, Person

__all__ = ["Paces", "Pauses"]


class Pauses:
    """Who may write nothing for now."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def carry_out(self, act: OutsideAct) -> None:
        """Let a person pause, or write again. Raises `PostFailed` for anything else."""
        if act.kind is ActKind.FREE:
            self._until.pop(act.person, None)
        elif act.kind is ActKind.TIMEOUT and act.until is not None:
            self._until[act.person] = act.until
        else:
            raise PostFailed(f"The local stage knows no act {act.kind}.")

    def why_not(self, person: str) -> str | None:
        """Why somebody may not write in the chat right now, in a sentence; None if they may."""
        until = self._until.get(person)
        if until is None:
            return None
        if until <= self._clock():
            del self._until[person]
            return None
        minutes = max(1, round((until - self._clock()).total_seconds() / 60))
        return f"A moderator asked you to pause for {minutes} min. What you claimed stays yours."


class Paces:
    """How often a viewer may write in each channel; the team is held to no pace.

    A restart forgets who wrote when.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._every: dict[str, timedelta] = {}
        #: When, and the nonce of the line: the same line again is no other.
        self._wrote: dict[tuple[str, str], tuple[datetime, str]] = {}

    def carry_out(self, channel: str, act: OutsideAct) -> None:
        """Set the pace of a channel, or take it back."""
        if act.seconds:
            self._every[channel] = timedelta(seconds=act.seconds)
            return
        self._every.pop(channel, None)
        self._wrote = {who: last for who, last in self._wrote.items() if who[0] != channel}

    def why_not(self, channel: str, person: Person, nonce: str) -> str | None:
        """Why somebody may not write there right now, in a sentence; None if they may."""
        every, last = self._every.get(channel), self._wrote.get((channel, person.id))
        if every is None or last is None or last[1] == nonce or person.may(TEAM):
            return None
        seconds = ceil((last[0] + every - self._clock()).total_seconds())
        if seconds <= 0:
            return None
        return (
            f"The chat is slow for a moment: one line every {every.seconds} s. "
            f"You can write again in {seconds} s."
        )

    def wrote(self, channel: str, person: Person, nonce: str) -> None:
        """They write a line of this nonce there now."""
        if channel in self._every:
            self._wrote[channel, person.id] = self._clock(), nonce
