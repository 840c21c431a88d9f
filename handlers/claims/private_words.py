"""The few words that a direct message to the bot understands, besides commands."""

from sqlalchemy import select, update

from handlers.capability import DirectHearing, DirectTurn
from handlers.claims.replies import MY_CLAIMS
from handlers.messages import Answer, DirectMessage
from handlers.people import MODERATORS, TEAM, Person
from handlers.speech import button_values
from handlers.work import Work
from storage.repositories.sale import members
from storage.schema import sale

__all__ = ["WORDS", "stop_dms", "tell_by_dm_no_more", "who_is_here"]

_YES = frozenset({"yes", "start", "ok", "ja", "oui", "si", "sí", "dm"})
_STOP = frozenset({"stop", "no", "nein", "unsubscribe"})


async def _direct_words(work: Work, message: DirectMessage) -> Answer | None:
    """`yes` and `stop` turn private answers by DM on and off.

    Where no viewer claims there is nothing to tell, so `yes` promises nothing.
    """
    person, word = message.person, message.text.strip(" .!").casefold()
    if word not in _YES | _STOP or not work.house.hears_claims(person.platform):
        return None
    (member,) = await members(work.tx, {(person.platform, person.id): person.name})
    wanted = word in _YES
    await work.tx.run(
        update(sale.customers)
        .where(sale.customers.c.id == member.customer_id)
        .values(tells_by_dm=wanted)
    )
    return Answer(text=work.house.wording.say("claims.dm_on" if wanted else "claims.dm_off"))


WORDS = DirectHearing(turn=DirectTurn.WORD, run=_direct_words)


def who_is_here(work: Work, person: Person) -> str:
    """What Andon is to the one who writes to it."""
    say, here = work.house.wording.say, work.house.hears_claims(person.platform)
    if person.may(TEAM):
        example = next(iter(work.snapshot.catalogue.items), "A12")
        return say("claims.dm_team", runs=person.may(MODERATORS), example=example)
    return say("claims.dm_help" if here else "claims.dm_elsewhere")


async def stop_dms(work: Work, platform: str, person: str) -> bool:
    """End the wish for direct messages; false where there was none."""
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
    return bool(await work.tx.run(wished))


async def tell_by_dm_no_more(work: Work, platform: str, person: str) -> None:
    """Switch off the wish of somebody whose DMs are closed, and call them to the stream, once."""
    if not await stop_dms(work, platform, person):
        return
    identities = sale.identities.c
    this_person = (identities.platform == platform) & (identities.person == person)
    name = await work.tx.scalar(select(identities.name).where(this_person))
    for channel in work.house.stream:
        if channel.platform == platform:
            told = {"who": {"id": person, "name": name}, **button_values((MY_CLAIMS,))}
            work.say(channel, "claims.dm_closed", told)
            return
