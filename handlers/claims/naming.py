"""Who and what a moderator names: a person by name or id, and the show their units are of."""

import re
from typing import NamedTuple

from sqlalchemy import func, select, union_all

from handlers.messages import Answer
from handlers.snapshot import ItemView, ShowView, VariantView
from handlers.work import Work
from storage.repositories.sale import HELD, WAITING
from storage.schema import sale, traffic
from storage.schema.states import ClaimState

__all__ = ["Named", "find_person", "newest_show", "only_variant", "show_with"]


#: How a mention names somebody where there are no numbers for it.
_ID = re.compile(r"[A-Z][A-Z0-9]{6,}")
#: What an SDK shows of somebody who is not in sight.
_UNKNOWN = re.compile(r"^<.*\bid='?(\w+)")


class Named(NamedTuple):
    """A person that somebody else names."""

    platform: str
    id: str
    name: str


async def find_person(work: Work, platform: str, word: str) -> Named | Answer:
    """The person that a moderator on `platform` names, or what to answer.

    Whoever has claimed comes before whoever only wrote, an id before a name, people of the stream
    before others, and people of the moderator's platform before those of others.
    """
    found = await _claimants(work, word) or await _writers(work, word)
    found = [one for one in found if work.house.hears_claims(one.platform)] or found
    found = [one for one in found if one.id == word] or found
    found = [one for one in found if one.platform == platform] or found
    if not found:
        return await _nobody(work, platform, word)
    if len(found) > 1:
        ids = [one.id for one in found]
        return Answer(text=work.house.wording.say("staff.two_people", person=word, ids=ids))
    return found[0]


async def _nobody(work: Work, platform: str, word: str) -> Answer:
    """Why nobody is found: on a platform without a stream a mention names one of the team."""
    say, audit = work.house.wording.say, traffic.audit.c
    if work.house.hears_claims(platform) or not _ID.fullmatch(word):
        return Answer(text=say("staff.no_person", person=_as_typed(word)))
    newest = (
        select(audit.name)
        .where(audit.platform == platform, audit.person == word)
        .order_by(audit.id.desc())
        .limit(1)
    )
    return Answer(text=say("staff.not_in_stream", person=await work.tx.scalar(newest) or ""))


def _as_typed(word: str) -> str:
    """The word, or the bare id where a platform could say no more of a person than that."""
    unknown = _UNKNOWN.search(word)
    return unknown[1] if unknown else word


async def _claimants(work: Work, word: str) -> list[Named]:
    people = sale.identities.c
    rows = await work.tx.all(
        select(people.platform, people.person, people.name)
        .where((people.person == word) | (func.lower(people.name) == word.lower()))
        .order_by(people.id)
        .limit(10)
    )
    return [Named(*row) for row in rows]


async def _writers(work: Work, word: str) -> list[Named]:
    lines = traffic.messages.c
    rows = await work.tx.all(
        select(lines.platform, lines.person, func.max(lines.name))
        .where((lines.person == word) | (func.lower(lines.name) == word.lower()))
        .group_by(lines.platform, lines.person)
        .order_by(lines.platform, lines.person)
        .limit(10)
    )
    return [Named(*row) for row in rows]


def newest_show(work: Work) -> ShowView | None:
    """The live show, or the newest one."""
    return work.snapshot.timeline.live or next(iter(work.snapshot.timeline.shows), None)


async def show_with(work: Work, person: Named, variant_id: int) -> ShowView | None:
    """The newest show in which a person has units of a variant, else the newest of all.

    What was claimed yesterday is held while today's show runs.
    """
    customer = (
        select(sale.identities.c.customer_id)
        .where(sale.identities.c.platform == person.platform, sale.identities.c.person == person.id)
        .scalar_subquery()
    )
    holds, waits, claims = sale.holds.c, sale.waitlist.c, sale.claims.c
    having = union_all(
        select(holds.show_id).where(
            holds.customer_id == customer, holds.variant_id == variant_id, HELD
        ),
        select(waits.show_id).where(
            waits.customer_id == customer, waits.variant_id == variant_id, WAITING
        ),
        select(claims.show_id).where(
            claims.customer_id == customer,
            claims.variant_id == variant_id,
            claims.state == ClaimState.PENDING,
        ),
    ).subquery()
    show_id = await work.tx.scalar(select(func.max(having.c.show_id)))
    return newest_show(work) if show_id is None else work.snapshot.timeline.of(show_id)


def only_variant(work: Work, item: ItemView, named: VariantView | None) -> VariantView | Answer:
    """The variant that was named, or the only one there is, or the question which."""
    if named is not None:
        return named
    if len(item.variants) == 1:
        return next(iter(item.variants.values()))
    sizes = ", ".join(str(name) for name in item.variants)
    return Answer(text=work.house.wording.say("staff.which", code=item.code, sizes=sizes))
