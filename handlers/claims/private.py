"""What a viewer asks for themselves: the cart, the receipt, and buttons under replies.

All of it answers in private, for whoever pressed: a button under a shared post acts on the
presser's own claims alone.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.floor import Floor
from handlers.claims.freeing import give_back
from handlers.claims.hints import recent_hints
from handlers.claims.records import Entry, Member, Outcome
from handlers.claims.replies import sentence
from handlers.claims.telling import promote_and_tell, shown_time
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Press
from handlers.money import Money
from handlers.people import Person
from handlers.wording import Said, listed
from handlers.work import Work
from storage.repositories.sale import HELD, OPEN_RELEASE, UNSETTLED, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = [
    "by_dm",
    "cart",
    "claim_for_me",
    "customer_of",
    "instead",
    "keep",
    "label_of",
    "mine",
    "only",
    "size",
    "test",
    "which_size",
]

KEEP_ALL = Button(id="holds.extend:", label="Hold it longer")
BY_DM = Button(id="claims.dm:", label="Tell me by DM")


async def cart(work: Work, command: Invocation) -> Answer:
    """`/cart`: what is held, waited for and pending, with exact places."""
    return await _cart(work, command.person)


async def mine(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*My claims*, *My place*, *My cart*: the same as `/cart`."""
    return await _cart(work, press.person)


async def _cart(work: Work, person: Person) -> Answer:
    customer_id = await customer_of(work, person)
    lines: list[str] = [] if customer_id is None else await _cart_lines(work, customer_id)
    for key, values in await recent_hints(work, person):
        sentence = work.house.wording.say(key, who=listed([_who(person)]), **values)
        lines.append(work.house.wording.say("claims.cart_hint", sentence=sentence))
    if not lines:
        return Answer(text=work.house.wording.say("claims.cart_empty"), buttons=(BY_DM,))
    head = work.house.wording.say("claims.cart_head")
    return Answer(text="\n".join([head, *lines]), buttons=(KEEP_ALL, BY_DM))


async def customer_of(work: Work, person: Person) -> int | None:
    """The customer behind a person, None for one who never claimed."""
    found: int | None = await work.tx.scalar(
        select(sale.identities.c.customer_id).where(
            sale.identities.c.platform == person.platform, sale.identities.c.person == person.id
        )
    )
    return found


async def _cart_lines(work: Work, customer_id: int) -> list[str]:
    say = work.house.wording.say
    lines: list[str] = []
    total: dict[str, int] = {}
    for row in await _held(work, customer_id):
        price = Money(row.price_minor * row.units, row.currency)
        total[row.currency] = total.get(row.currency, 0) + price.minor
        lines.append(
            say(
                "claims.cart_held",
                item=label_of(row),
                units=row.units,
                price=price.shown(work.house.locale),
                until=shown_time(work, row.expires_at),
            )
        )
    if total:
        sums = " + ".join(
            Money(minor, code).shown(work.house.locale) for code, minor in total.items()
        )
        lines.append(say("claims.cart_total", total=sums))
    for row in await _waiting(work, customer_id):
        lines.append(
            say("claims.cart_waiting", item=label_of(row), units=row.units, ahead=row.ahead)
        )
    for row in await _unsettled(work, customer_id):
        key = "claims.cart_pending" if row.state == ClaimState.PENDING else "claims.cart_asked"
        lines.append(say(key, item=label_of(row), units=row.quantity))
    for row in await _releasing(work, customer_id):
        until = shown_time(work, row.due_at)
        lines.append(say("claims.cart_releasing", item=label_of(row), until=until))
    return lines


def label_of(row: Any) -> str:
    """`A12 / M` from a row with `code` and `variant`."""
    return f"{row.code} / {row.variant}" if row.variant else str(row.code)


async def _held(work: Work, customer_id: int) -> Sequence[Any]:
    claims, holds = sale.claims.c, sale.holds.c
    return await work.tx.all(
        select(
            claims.code,
            claims.variant,
            claims.price_minor,
            claims.currency,
            func.sum(holds.quantity).label("units"),
            func.min(holds.expires_at).label("expires_at"),
        )
        .join(sale.claims, claims.id == holds.claim_id)
        .where(holds.customer_id == customer_id, HELD)
        .group_by(claims.code, claims.variant, claims.price_minor, claims.currency)
        .order_by(func.min(holds.id))
    )


async def _waiting(work: Work, customer_id: int) -> Sequence[Any]:
    claims, mine = sale.claims.c, sale.waitlist.c
    others = sale.waitlist.alias("others")
    ahead = (
        select(func.count())
        .where(
            others.c.variant_id == mine.variant_id,
            others.c.state == "waiting",
            others.c.place < mine.place,
        )
        .scalar_subquery()
    )
    return await work.tx.all(
        select(claims.code, claims.variant, mine.quantity.label("units"), ahead.label("ahead"))
        .join(sale.claims, claims.id == mine.claim_id)
        .where(mine.customer_id == customer_id, WAITING)
        .order_by(mine.id)
    )


async def _unsettled(work: Work, customer_id: int) -> Sequence[Any]:
    claims = sale.claims.c
    return await work.tx.all(
        select(claims.code, claims.variant, claims.quantity, claims.state)
        .where(claims.customer_id == customer_id, UNSETTLED)
        .order_by(claims.id)
    )


async def _releasing(work: Work, customer_id: int) -> Sequence[Any]:
    return await work.tx.all(
        select(sale.items.c.code, sale.variants.c.name.label("variant"), sale.releases.c.due_at)
        .join(sale.variants, sale.variants.c.id == sale.releases.c.variant_id)
        .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
        .where(sale.releases.c.customer_id == customer_id, OPEN_RELEASE)
        .order_by(sale.releases.c.id)
    )


# --- buttons under replies ------------------------------------------------------------------------


async def _at_the_floor(work: Work, press: Press, variant_id: int) -> tuple[Floor, Member] | None:
    """The floor with the item of this variant and the presser; None outside a live show."""
    show = work.snapshot.timeline.live
    item_id = await work.tx.scalar(
        select(sale.variants.c.item_id).where(sale.variants.c.id == variant_id)
    )
    if show is None or item_id is None:
        return None
    floor = Floor.of(work, show)
    who = (press.person.platform, press.person.id)
    await floor.load([item_id], {who: press.person.name})
    return floor, floor.members[who]


def _closed(work: Work) -> Answer:
    return Answer(text=work.house.wording.say("claims.closed"))


def _outcome(work: Work, press: Press, outcome: Outcome) -> Answer:
    return Answer(
        text=sentence(work.house.wording, work.rules, _who(press.person), [outcome.values()])
    )


async def size(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*M* under *which size?*: answers the presser's own question, or claims one."""
    variant_id = int(arguments[0])
    at_floor = await _at_the_floor(work, press, variant_id)
    if at_floor is None:
        return _closed(work)
    floor, member = at_floor
    outcome = floor.answer_size(
        member, variant_id, at=press.sent_at, key=press.key, channel=press.channel.id
    )
    return _outcome(work, press, outcome)


async def keep(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Keep it*: a release that has not come due is taken back."""
    variant_id = int(arguments[0])
    at_floor = await _at_the_floor(work, press, variant_id)
    if at_floor is None:
        return _closed(work)
    floor, member = at_floor
    if not floor.keep(member.customer_id, variant_id):
        return Answer(text=work.house.wording.say("claims.nothing_to_keep"))
    return Answer(
        text=work.house.wording.say("claims.kept_private", item=floor.stock[variant_id].label)
    )


async def only(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Only L*: gives back the presser's other variants of that item."""
    variant_id = int(arguments[0])
    at_floor = await _at_the_floor(work, press, variant_id)
    if at_floor is None:
        return _closed(work)
    floor, member = at_floor
    stock = floor.stock[variant_id]
    gone = []
    for other in floor.items[stock.item_id].variants:
        if other == variant_id or not floor.standing(member.customer_id, other).unpaid:
            continue
        await give_back(floor, member.customer_id, other, None, at=press.sent_at)
        await promote_and_tell(floor, other, at=press.sent_at)
        gone.append(floor.stock[other].label)
    if not gone:
        code = floor.items[stock.item_id].code
        return Answer(text=work.house.wording.say("claims.only_nothing", code=code))
    return Answer(text=work.house.wording.say("claims.only_done", item=stock.label, gone=gone))


async def instead(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """The other item's name, after the stage switched: that one instead of the first."""
    variant_id, code = int(arguments[0]), arguments[1]
    at_floor = await _at_the_floor(work, press, variant_id)
    item = work.snapshot.catalogue.items.get(code)
    if at_floor is None or item is None:
        return _closed(work)
    floor, member = at_floor
    who = (press.person.platform, press.person.id)
    await floor.load([item.id], {who: press.person.name})
    entry = Entry(
        member=member,
        variant_id=next(iter(item.variants.values())).id,
        quantity=1,
        counted=False,
        sent_at=press.sent_at,
        key=press.key,
        channel=press.channel.id,
    )
    await give_back(floor, member.customer_id, variant_id, 1, at=press.sent_at)
    await promote_and_tell(floor, variant_id, at=press.sent_at)
    if len(item.variants) > 1:
        floor.ask_size(entry, item.id)
        return which_size(work, item.code)
    return _outcome(work, press, floor.enter(entry))


def which_size(work: Work, code: str) -> Answer:
    """Ask the presser which variant, in private."""
    item = work.snapshot.catalogue.items[code]
    return Answer(
        text=work.house.wording.say("hint.size", who=Said("You"), code=code),
        buttons=tuple(
            Button(id=f"claims.size:{variant.id}", label=str(name))
            for name, variant in item.variants.items()
        ),
    )


async def claim_for_me(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Claim for me*: a host or moderator claims for themselves, on purpose."""
    variant_id, units = int(arguments[0]), int(arguments[1])
    at_floor = await _at_the_floor(work, press, variant_id)
    if at_floor is None:
        return _closed(work)
    floor, member = at_floor
    outcome = floor.enter(
        Entry(
            member=member,
            variant_id=variant_id,
            quantity=max(1, min(99, units)),
            counted=units > 1,
            sent_at=press.sent_at,
            key=press.key,
            channel=press.channel.id,
        )
    )
    return _outcome(work, press, outcome)


async def by_dm(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Tell me by DM*: says which word to write; nothing is sent unasked."""
    return Answer(text=work.house.wording.say("claims.dm_how"))


async def test(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """The private answer to `claim TEST`."""
    return Answer(text=work.house.wording.say("claims.test", text="claim TEST"))


def _who(person: Person) -> dict[str, str]:
    return {"id": person.id, "name": person.name}
