"""What a viewer asks for themselves and alone sees: the cart, with places and recent hints."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.hints import recent_hints
from handlers.claims.replies import keep_button
from handlers.claims.telling import shown_time
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Press
from handlers.money import Money
from handlers.people import Person
from handlers.wording import listed
from handlers.work import Work
from storage.repositories.sale import HELD, OPEN_RELEASE, UNSETTLED, WAITING
from storage.schema import sale
from storage.schema.states import ClaimState

__all__ = ["by_dm", "cart", "customer_of", "label_of", "mine", "test"]

KEEP_ALL = Button(id="holds.extend:", label="Hold it longer")
#: What a neutral mention stands for, said in private.
_IN_PRIVATE = {"hint.test": "claims.test"}
BY_DM = Button(id="claims.dm:", label="Tell me by DM")


async def cart(work: Work, command: Invocation) -> Answer:
    """`/cart`: what is held, waited for and pending, with exact places."""
    return await _cart(work, command.person)


async def mine(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*My claims*, *My place*, *My cart*: the same as `/cart`."""
    return await _cart(work, press.person)


async def _cart(work: Work, person: Person) -> Answer:
    customer_id, say = await customer_of(work, person), work.house.wording.say
    lines: list[str] = []
    buttons: list[Button] = []
    if customer_id is not None:
        held = await _held(work, customer_id)
        releasing = await _releasing(work, customer_id)
        lines = [
            *_held_lines(work, held),
            *await _line_lines(work, customer_id),
            *_releasing_lines(work, releasing),
        ]
        buttons = [keep_button(row.variant_id, label_of(row)) for row in releasing]
        if any(row.expires_at is not None for row in held):
            buttons.append(KEEP_ALL)
    for key, values in await recent_hints(work, person):
        if key == "hint.size":
            # What still lacks its size stands above, and is not asked twice.
            continue
        hint = say(_IN_PRIVATE.get(key, key), who=listed([_who(person)]), **values)
        lines.append(say("claims.cart_hint", sentence=hint))
    head = "claims.cart_head" if lines else "claims.cart_empty"
    return Answer(text="\n".join([say(head), *lines]), buttons=(*buttons, BY_DM))


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
    """*Tell me by DM*: says which word to write; nothing is sent unasked."""
    return Answer(text=work.house.wording.say("claims.dm_how"))


async def test(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Show me* under the mention that answers `claim TEST`."""
    return Answer(text=work.house.wording.say("claims.test"))


def _who(person: Person) -> dict[str, str]:
    return {"id": person.id, "name": person.name}
