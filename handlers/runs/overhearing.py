"""What the team says among itself: words of a playbook suggest it, and never more than that."""

import re
from collections.abc import Iterator

from handlers.capability import Overhearing
from handlers.messages import TeamLine
from handlers.runs.asking import of_item
from handlers.runs.running import known_to_runs
from handlers.runs.suggesting import suggest
from handlers.snapshot import ItemView
from handlers.work import House, Work
from playbooks.model import Playbook
from playbooks.triggers import WordsTrigger

__all__ = ["OVERHEARS"]

_WORD = re.compile(r"\w+(?:-\w+)*")


def _said(house: House, text: str) -> Iterator[tuple[Playbook, WordsTrigger, str]]:
    """The playbooks whose words a line says, each once, with the first of those words."""
    for book in house.playbooks.by_id.values():
        for trigger in book.when:
            if isinstance(trigger, WordsTrigger) and (words := trigger.heard_in(text)):
                yield book, trigger, words
                break


def _minds(house: House, text: str) -> bool:
    return any(True for _ in _said(house, text))


async def _overhear(work: Work, line: TeamLine) -> None:
    say, item = work.house.wording.say, _named(work, line.text)
    own = {} if item is None else await of_item(work, item)
    for book, trigger, words in _said(work.house, line.text):
        known = await known_to_runs(work, own, started_by=say("runs.andon"))
        why = say("runs.why.words", name=line.person.name, words=words)
        await suggest(work, book, {**known, **own}, why=why, cooldown=trigger.cooldown)


def _named(work: Work, text: str) -> ItemView | None:
    """The one item whose code a line says; None for several, and for codes that are numbers."""
    by_code = {code.casefold(): item for code, item in work.snapshot.catalogue.items.items()}
    said = (word.casefold() for word in _WORD.findall(text))
    found = {word: by_code[word] for word in said if word in by_code and not word.isdecimal()}
    return next(iter(found.values())) if len(found) == 1 else None


OVERHEARS = Overhearing(minds=_minds, run=_overhear)
