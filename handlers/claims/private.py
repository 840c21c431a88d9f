"""What a viewer asks for themselves and alone sees: the cart, with places and recent hints."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.ended import ended_lines, label_of
from handlers.claims.hints import recent_hints
from handlers.claims.private_words import stop_dms
from handlers.claims.replies import keep_button
from handlers.claims.telling import shown_time
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Press
from handlers.money import Money
from handlers.people import Person
from handlers.wording import Said
from handlers.work import Work
from storage.repositories.sale import HELD, OPEN_RELEASE, UNSETTLED, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = ["by_dm", "cart", "customer_of", "elsewhere", "label_of", "mine", "test"]

KEEP_ALL = Button(id="holds.extend:", label="Hold it longer")
BY_DM = Button(id="claims.dm:", label="Tell me by DM")
STOP_DMS = Button(id="claims.dm:stop", label="Stop DMs")
#: Hints that stand above already, or say nothing of anybody's claims.
_NOT_AGAIN = ("hint.size", "hint.test")


async def cart(work: Work, command: Invocation) -> Answer:
    """`/cart`: what is held, with its sum, waited for and pending, with exact places."""
    return await _cart(work, command.person)


async def elsewhere(work: Work, person: Person) -> Answer | None:
    """What to say to one who asks for claims where nobody claims, unless they have some."""
    if work.house.hears_claims(person.platform) or await customer_of(work, person) is not None:
        return None
    return Answer(text=work.house.wording.say("claims.elsewhere"))


async def mine(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*My cart* is `/cart`; *My claims* and *My place* say what became of each claim."""
    if "cart" in arguments:
        return await _cart(work, press.person)
    return await _claims(work, press.person)


async def _cart(work: Work, person: Person) -> Answer:
    if (answer := await elsewhere(work, person)) is not None:
        return answer
    customer_id = await customer_of(work, person)
    lines, buttons = await _now(work, customer_id, priced=True)
    head = "claims.cart_head" if lines else "claims.cart_empty"
    told = [work.house.wording.say(head), *lines]
    return await _answer(work, person, customer_id, told, buttons)


async def _claims(work: Work, person: Person) -> Answer:
    if (answer := await elsewhere(work, person)) is not None:
        return answer
    customer_id, say = await customer_of(work, person), work.house.wording.say
    lines, buttons = await _now(work, customer_id, priced=False)
    if customer_id is not None:
        lines += await ended_lines(work, customer_id)
    told = [say("claims.mine_head" if lines else "claims.cart_empty"), *lines]
    hints = [
        say("claims.cart_hint", sentence=_unnamed(say(key, who="", **values)))
        for key, values in await recent_hints(work, person)
        if key not in _NOT_AGAIN
    ]
    if hints:
        told += [say("claims.hints_head"), *hints]
    return await _answer(work, person, customer_id, told, buttons)


def _unnamed(hint: str) -> Said:
    """A hint without the name before it: nobody else reads it."""
    bare = hint.lstrip(" :,")
    return Said(bare[:1].upper() + bare[1:])


async def _answer(
    work: Work,
    person: Person,
    customer_id: int | None,
    lines: Sequence[str],
    buttons: Sequence[Button],
) -> Answer:
    text = "\n".join(lines)
    if not work.house.hears_claims(person.platform):
        return Answer(text=text, buttons=tuple(buttons))
    customers = sale.customers.c
    by_dm = customer_id is not None and await work.tx.scalar(
        select(customers.tells_by_dm).where(customers.id == customer_id)
    )
    return Answer(text=text, buttons=(*buttons, STOP_DMS if by_dm else BY_DM))


async def _now(
    work: Work, customer_id: int | None, *, priced: bool
) -> tuple[list[str], list[Button]]:
    """What somebody has and waits for, a line each, and the buttons for it."""
    if customer_id is None:
        return [], []
    held = await _held(work, customer_id)
    releasing = await _releasing(work, customer_id)
    lines = [
        *(_held_lines(work, held) if priced else _kept_lines(work, held)),
        *await _line_lines(work, customer_id),
        *_releasing_lines(work, releasing),
    ]
    buttons = [keep_button(row.variant_id, label_of(row)) for row in releasing]
    if any(row.expires_at is not None for row in held):
        buttons.append(KEEP_ALL)
    return lines, buttons


async def customer_of(work: Work, person: Person) -> int | None:
    """The customer behind a person, None for one who never claimed."""
    found: int | None = await work.tx.scalar(
        select(sale.identities.c.customer_id).where(
            sale.identities.c.platform == person.platform, sale.identities.c.person == person.id
        )
    )
    return found


def _held_lines(work: Work, held: Sequence[Any]) -> Iterator[str]:
    say = work.house.wording.say
    total: dict[str, int] = {}
    for row in held:
        price = Money(row.price_minor * row.units, row.currency)
        total[row.currency] = total.get(row.currency, 0) + price.minor
        yield say(
            "claims.cart_held",
            item=label_of(row),
            units=row.units,
            price=price.shown(work.house.locale),
            until=shown_time(work, row.expires_at),
        )
    if total:
        sums = (Money(minor, code).shown(work.house.locale) for code, minor in total.items())
        yield say("claims.cart_total", total=" + ".join(sums))


def _kept_lines(work: Work, held: Sequence[Any]) -> Iterator[str]:
    for row in held:
        yield work.house.wording.say(
            "claims.mine_held",
            item=label_of(row),
            units=row.units,
            until=shown_time(work, row.expires_at),
        )


async def _line_lines(work: Work, customer_id: int) -> list[str]:
    """What waits: on the waitlist, for the end of a pause, for its size."""
    say = work.house.wording.say
    lines: list[str] = [
        say("claims.cart_waiting", item=label_of(row), units=row.units, ahead=row.ahead)
        for row in await _waiting(work, customer_id)
    ]
    for row in await _unsettled(work, customer_id):
        key = "claims.cart_pending" if row.state == ClaimState.PENDING else "claims.cart_asked"
        lines.append(say(key, item=label_of(row), units=row.quantity, ahead=row.ahead))
    return lines


def _releasing_lines(work: Work, releasing: Sequence[Any]) -> Iterator[str]:
    for row in releasing:
        due = row.due_at.astimezone(work.house.timezone)
        yield work.house.wording.say(
            "claims.cart_releasing",
            item=label_of(row),
            units=row.quantity or 0,
            until=f"{due:%H:%M:%S}",
        )


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
    claims, others = sale.claims.c, sale.claims.alias("others")
    ahead = (
        select(func.count())
        .where(
            others.c.variant_id == claims.variant_id,
            others.c.state == ClaimState.PENDING,
            others.c.id < claims.id,
        )
        .scalar_subquery()
    )
    return await work.tx.all(
        select(claims.code, claims.variant, claims.quantity, claims.state, ahead.label("ahead"))
        .where(claims.customer_id == customer_id, UNSETTLED)
        .order_by(claims.id)
    )


async def _releasing(work: Work, customer_id: int) -> Sequence[Any]:
    return await work.tx.all(
        select(
            sale.items.c.code,
            sale.variants.c.name.label("variant"),
            sale.releases.c.variant_id,
            sale.releases.c.quantity,
            sale.releases.c.due_at,
        )
        .join(sale.variants, sale.variants.c.id == sale.releases.c.variant_id)
        .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
        .where(sale.releases.c.customer_id == customer_id, OPEN_RELEASE)
        .order_by(sale.releases.c.id)
    )


async def by_dm(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Tell me by DM* says which word to write, as nothing is sent unasked; *Stop DMs* ends it."""
    if not arguments:
        return Answer(text=work.house.wording.say("claims.dm_how"))
    await stop_dms(work, press.person.platform, press.person.id)
    return Answer(text=work.house.wording.say("claims.dm_stopped"))


async def test(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Show me*, under answers to `claim TEST` of earlier versions."""
    return Answer(text=work.house.wording.say("claims.test"))
