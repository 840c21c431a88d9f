"""The few words that a direct message to the bot understands, besides commands."""

from sqlalchemy import update

from handlers.messages import Answer
from handlers.people import Person
from handlers.work import Work
from storage.repositories.sale import members
from storage.schema import sale

__all__ = ["direct_words"]

_YES = frozenset({"yes", "start", "ok", "ja", "oui", "si", "sí", "dm"})
_STOP = frozenset({"stop", "no", "nein", "unsubscribe"})


async def direct_words(work: Work, person: Person, text: str) -> Answer:
    """Answer a direct message: `yes` and `stop` turn private answers by DM on and off."""
    word = text.strip(" .!").casefold()
    if word not in _YES | _STOP:
        return Answer(text=work.house.wording.say("claims.dm_help"))
    (member,) = await members(work.tx, {(person.platform, person.id): person.name})
    wanted = word in _YES
    await work.tx.run(
        update(sale.customers)
        .where(sale.customers.c.id == member.customer_id)
        .values(tells_by_dm=wanted)
    )
    return Answer(text=work.house.wording.say("claims.dm_on" if wanted else "claims.dm_off"))
