"""The few words that a direct message to the bot understands, besides commands."""

from sqlalchemy import select, update

from handlers.claims.replies import MY_CLAIMS
from handlers.messages import Answer
from handlers.people import Person
from handlers.speech import button_values
from handlers.work import Work
from storage.repositories.sale import members
from storage.schema import sale

__all__ = ["direct_words", "tell_by_dm_no_more"]

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


async def tell_by_dm_no_more(work: Work, platform: str, person: str) -> None:
    """Switch off the wish of somebody whose DMs are closed, and call them to the stream, once."""
    identities, customers = sale.identities.c, sale.customers.c
    this_person = (identities.platform == platform) & (identities.person == person)
    wished = (
        update(sale.customers)
        .where(
            customers.id.in_(select(identities.customer_id).where(this_person)),
            customers.tells_by_dm.is_(True),
        )
        .values(tells_by_dm=False)
    )
    if not await work.tx.run(wished):
        return
    name = await work.tx.scalar(select(identities.name).where(this_person))
    for channel in work.house.stream:
        if channel.platform == platform:
            told = {"who": {"id": person, "name": name}, **button_values((MY_CLAIMS,))}
            work.say(channel, "claims.dm_closed", told)
            return
