"""What a false alarm teaches: the narrowest thing that lets the same line pass from now on."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import delete

from handlers.moderation.confusables import readable
from handlers.moderation.domains import Link, find_links, registrable
from handlers.moderation.links import bare, narrowest
from handlers.moderation.loading import VERSION
from handlers.moderation.model import Rule
from handlers.moderation.repetition import fingerprint
from handlers.work import Work
from storage.schema.moderation import moderation_taught
from storage.upsert import upsert

__all__ = ["forget", "teach"]

_LINKS: Final = (Rule.LINK, Rule.RISKY_LINK, Rule.LOOK_ALIKE_LINK)
_NAMES: Final = (Rule.IMPOSTOR, Rule.IMPOSTOR_NAME)
#: A shorter phrase would let too much pass.
_SHORTEST_PHRASE: Final = 12


async def teach(work: Work, row: Any) -> str:
    """Allow what the entry was about; returns it in words."""
    lessons = list(_lessons(row))
    for kind, value, rule in lessons:
        await work.tx.run(
            upsert(work.tx, moderation_taught)
            .values(kind=kind, value=value, rule=rule, ref=row.ref, at=work.at)
            .on_conflict_do_nothing()
        )
    work.bump(VERSION)
    kind, value, _ = lessons[0]
    return work.house.wording.say(f"moderation.taught.{kind}", value=value, name=row.name)


def _lessons(row: Any) -> Iterator[tuple[str, str, str]]:
    """What is allowed: kind, value, and the rule that leaves it alone."""
    found = list(find_links(row.text))
    if row.rule in _LINKS and found:
        allowed = dict.fromkeys(map(narrowest, _blamed(row.why, found)))
        yield from (("domain", one, "") for one in allowed)
    elif row.rule == Rule.INVITE and found:
        for link in found:
            yield "invite", bare(link.host + link.path), ""
    elif row.rule in (Rule.SCAM, Rule.NEW_ACCOUNT) and len(row.text) >= _SHORTEST_PHRASE:
        yield "phrase", readable(row.text), ""
    if row.rule in _NAMES:
        yield "person", row.person, ""
        return
    if any(map(str.isdigit, "".join(link.host + link.path for link in found))):
        # Lines count as the same whatever their numbers, and here the number is the address.
        return
    # Also where the above is not all that the rule looked at.
    yield "line", fingerprint(row.text), row.rule


def _blamed(why: str, links: Sequence[Link]) -> Sequence[Link]:
    """Those links that the rule named; a line may hold others, which were never its matter."""
    return [link for link in links if registrable(link.host) in why] or links


async def forget(work: Work, ref: str) -> None:
    """Take back what the false alarm of this entry taught."""
    await work.tx.run(delete(moderation_taught).where(moderation_taught.c.ref == ref))
    work.bump(VERSION)
