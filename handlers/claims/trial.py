"""`claim TEST`: at any time, a viewer finds out whether Andon hears and can answer."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from handlers.claims.folding import fold
from handlers.claims.hints import Hint, Hints
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from handlers.hearing import Line
from handlers.messages import Address, ChatMessage, Reach
from handlers.work import Work
from storage.schema import sale
from storage.unit_of_work import padded

__all__ = ["Trials", "is_trial"]

_LONGEST = 40
_WORD = re.compile(r"[^\W_]+")
_HINT = Hint(key="hint.test", about="", values={}, every_time=True)


def is_trial(line: Line, lexicon: Lexicon) -> bool:
    """Whether a line is a claim word and the word test, and no item is called so."""
    message = line.message
    if (
        not isinstance(message, ChatMessage)
        or len(message.text) > _LONGEST
        or message.quotes
        or line.reading.kind is Kind.CLAIM
    ):
        return False
    folded = fold(message.text)
    # Looked for first: nearly every line of chat ends here.
    if "test" not in folded or "?" in folded:
        return False
    words = _WORD.findall(folded)
    return len(words) == 2 and "test" in words and not lexicon.claiming.isdisjoint(words)


class Trials:
    """Those who try in one transaction, and which of them asked for private answers by DM."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._by_dm: set[tuple[str, str]] = set()

    @classmethod
    def of(cls, work: Work) -> "Trials":
        """The trials of this transaction."""
        trials: Trials = work.parts.setdefault(cls, cls(work))
        return trials

    async def load(self, lines: Iterable[Line]) -> None:
        """Load how these viewers are answered."""
        tries = list(lines)
        channels = [(line.message.channel, _HINT.subject, line.person.id) for line in tries]
        await Hints.of(self._work).load(channels)
        identities = sale.identities.c
        for row in await self._work.tx.all(
            select(identities.platform, identities.person)
            .join(sale.customers, sale.customers.c.id == identities.customer_id)
            .where(
                identities.person.in_(padded({line.person.id for line in tries})),
                sale.customers.c.tells_by_dm.is_(True),
            )
        ):
            self._by_dm.add((row.platform, row.person))

    def answer(self, line: Line) -> None:
        """By DM to who wished so; to others a mention with a button to the private answer."""
        person = line.person
        if (person.platform, person.id) in self._by_dm:
            to = Address(person.platform, Reach.PERSON, person.id)
            self._work.say(to, "claims.test", {})
        else:
            Hints.of(self._work).need(line.message.channel, person, _HINT, line.at)
