"""`/link`: somebody shows with a one-time code that they are the same person on two sides.

One side asks for a code, the other types it, and the first confirms, having seen who typed it. A
code lives ten minutes, works once, and is kept as a keyed hash. A name never joins anybody.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from handlers.command_line import Invocation
from handlers.customers.codes import made_code, read_code, shown_code
from handlers.customers.joining import CannotJoin, join
from handlers.messages import Answer, Button, ButtonStyle, Press
from handlers.people import Person
from handlers.work import Work
from storage.locks import lock_name
from storage.repositories.sale import MemberRow, members
from storage.schema import sale
from storage.schema.customers import LinkState, customer_link_tries, customer_links

__all__ = ["confirm", "link", "refuse", "unite"]

_LIVES = timedelta(minutes=10)
_MOST_TRIES = 5
_link, _tries = customer_links.c, customer_link_tries.c


async def link(work: Work, command: Invocation) -> Answer:
    """`/link [CODE]`: makes a code, or takes the one that was made on the other side."""
    who = command.person
    (me,) = await members(work.tx, {(who.platform, who.id): who.name})
    typed = command.options["code"]
    if typed:
        return await _typed(work, who, me, typed)
    waiting = await work.tx.first(
        select(customer_links).where(
            _link.identity_id == me.identity_id,
            _link.state == LinkState.TYPED,
            _link.expires_at > work.at,
        )
    )
    return await _made(work, me) if waiting is None else await _question(work, waiting)


async def _made(work: Work, me: MemberRow) -> Answer:
    """A new code; one that was made before is worth nothing any more."""
    await work.tx.run(
        update(customer_links)
        .where(
            _link.identity_id == me.identity_id,
            _link.state.in_((LinkState.MADE, LinkState.TYPED)),
        )
        .values(state=LinkState.ENDED, ended_at=work.at)
    )
    code = made_code()
    (number,) = await work.tx.insert_ids(
        customer_links,
        [
            {
                "code_hash": _hash(work, code),
                "state": LinkState.MADE,
                "identity_id": me.identity_id,
                "made_at": work.at,
                "expires_at": work.at + _LIVES,
            }
        ],
    )
    minutes = int(_LIVES.total_seconds() // 60)
    return Answer(
        text=work.house.wording.say("link.code", code=shown_code(code), minutes=minutes),
        buttons=(Button(id=f"link.confirm:{number}", label="I typed it there"),),
    )


def _hash(work: Work, code: str) -> str:
    return work.house.sealer.mark(f"link:{code}")


# --- the other side -------------------------------------------------------------------------------


async def _typed(work: Work, person: Person, me: MemberRow, typed: str) -> Answer:
    say = work.house.wording.say
    # Two guesses at once must not count as one.
    await lock_name(work.tx, f"link|{person.platform}|{person.id}")
    if await _too_often(work, person):
        return Answer(text=say("link.too_often"))
    code = read_code(typed)
    row = code and await work.tx.first(
        select(customer_links, sale.identities.c.customer_id)
        .join(sale.identities, sale.identities.c.id == _link.identity_id)
        .where(
            _link.code_hash == _hash(work, code),
            _link.state == LinkState.MADE,
            _link.expires_at > work.at,
        )
    )
    if not row:
        await _count_try(work, person)
        return Answer(text=say("link.unknown"))
    if row.customer_id == me.customer_id:
        return Answer(text=say("link.already"))
    taken = await work.tx.run(
        update(customer_links)
        .where(_link.id == row.id, _link.state == LinkState.MADE)
        .values(state=LinkState.TYPED, other_id=me.identity_id, typed_at=work.at)
    )
    return Answer(text=say("link.typed" if taken else "link.unknown"))


async def _too_often(work: Work, person: Person) -> bool:
    row = await work.tx.first(select(customer_link_tries).where(*_mine(person)))
    if row is not None and row.since <= work.at - _LIVES:
        await work.tx.run(delete(customer_link_tries).where(*_mine(person)))
        return False
    return row is not None and row.tries >= _MOST_TRIES


async def _count_try(work: Work, person: Person) -> None:
    more = update(customer_link_tries).where(*_mine(person)).values(tries=_tries.tries + 1)
    if not await work.tx.run(more):
        row = {"platform": person.platform, "person": person.id, "since": work.at, "tries": 1}
        await work.tx.insert(customer_link_tries, [row])
    work.record(person, "link.wrong_code", "")


def _mine(person: Person) -> tuple[Any, Any]:
    return _tries.platform == person.platform, _tries.person == person.id


# --- the first side, once more --------------------------------------------------------------------


async def confirm(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I typed it there*: who typed it, and what joining means."""
    row = await _own(work, press.person, int(arguments[0]))
    if row is None:
        return Answer(text=work.house.wording.say("link.over"))
    if row.state == LinkState.MADE:
        again = Button(id=press.button, label="I typed it there")
        return Answer(text=work.house.wording.say("link.waits"), buttons=(again,))
    return await _question(work, row)


async def _own(work: Work, person: Person, number: int) -> Any:
    """A code that this person made and that still lives."""
    people = sale.identities.c
    return await work.tx.first(
        select(customer_links)
        .join(sale.identities, people.id == _link.identity_id)
        .where(
            _link.id == number,
            _link.state.in_((LinkState.MADE, LinkState.TYPED)),
            _link.expires_at > work.at,
            people.platform == person.platform,
            people.person == person.id,
        )
    )


async def _question(work: Work, row: Any) -> Answer:
    people = sale.identities.c
    other = await work.tx.first(
        select(people.name, people.platform).where(people.id == row.other_id)
    )
    return Answer(
        text=work.house.wording.say(
            "link.question",
            name=other.name if other is not None else "",
            platform=other.platform.capitalize() if other is not None else "",
        ),
        buttons=(
            Button(id=f"link.unite:{row.id}", label="Join for good", style=ButtonStyle.PRIMARY),
            Button(id=f"link.refuse:{row.id}", label="That is not me", style=ButtonStyle.DANGER),
        ),
    )


async def refuse(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*That is not me*: the code ends, and nothing is joined."""
    row = await _own(work, press.person, int(arguments[0]))
    if row is None:
        return Answer(text=work.house.wording.say("link.over"))
    await work.tx.run(
        update(customer_links)
        .where(_link.id == row.id)
        .values(state=LinkState.ENDED, ended_at=work.at)
    )
    work.record(press.person, "link.refused", "")
    return Answer(text=work.house.wording.say("link.refused"))


async def unite(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Join for good*: the two become one customer, once, however often it is pressed."""
    say = work.house.wording.say
    row = await _own(work, press.person, int(arguments[0]))
    taken = row is not None and await work.tx.run(
        update(customer_links)
        .where(_link.id == row.id, _link.state == LinkState.TYPED)
        .values(state=LinkState.JOINED, ended_at=work.at)
    )
    if not taken:
        return Answer(text=say("link.over"))
    joined = await join(work, row.identity_id, row.other_id, who=press.person)
    if isinstance(joined, CannotJoin):
        await work.tx.run(
            update(customer_links)
            .where(_link.id == row.id)
            .values(state=LinkState.TYPED, ended_at=None)
        )
        return Answer(text=say(f"link.{joined.value}"))
    return Answer(text=say("link.joined", coupons=joined.coupons, orders=list(joined.orders)))
