"""What a viewer asks for themselves and alone sees: the cart, with places and recent hints."""

from collections.abc import Sequence

from sqlalchemy import select

from handlers.claims.ended import ended_lines, label_of
from handlers.claims.hints import recent_hints
from handlers.claims.private_lines import (
    customer_of,
    flag_lines,
    held_lines,
    held_of,
    kept_lines,
    line_lines,
    releasing_lines,
    releasing_of,
    wished_lines,
)
from handlers.claims.private_words import stop_dms
from handlers.claims.replies import keep_button
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Press
from handlers.orders.cart import order_part
from handlers.people import Person
from handlers.wording import Said
from handlers.work import Work
from storage.schema import sale

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
    # First: it ends what nobody paid in time.
    more, acts = await order_part(work, customer_id)
    lines, buttons = await _now(work, customer_id, priced=True)
    head = "claims.cart_head" if lines or more else "claims.cart_empty"
    flags = await flag_lines(work, customer_id)
    told = [work.house.wording.say(head), *flags, *lines, *more]
    return await _answer(work, person, customer_id, told, [*buttons, *acts])


async def _claims(work: Work, person: Person) -> Answer:
    if (answer := await elsewhere(work, person)) is not None:
        return answer
    customer_id, say = await customer_of(work, person), work.house.wording.say
    lines, buttons = await _now(work, customer_id, priced=False)
    if customer_id is not None:
        lines += await ended_lines(work, customer_id)
    flags = await flag_lines(work, customer_id)
    told = [say("claims.mine_head" if lines else "claims.cart_empty"), *flags, *lines]
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
    held = await held_of(work, customer_id)
    releasing = await releasing_of(work, customer_id)
    lines = [
        *(held_lines(work, held) if priced else kept_lines(work, held)),
        *await wished_lines(work, customer_id),
        *await line_lines(work, customer_id),
        *releasing_lines(work, releasing),
    ]
    buttons = [keep_button(row.variant_id, label_of(row)) for row in releasing]
    if any(row.expires_at is not None for row in held):
        buttons.append(KEEP_ALL)
    return lines, buttons


async def by_dm(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Tell me by DM* says which word to write, as nothing is sent unasked; *Stop DMs* ends it."""
    if not arguments:
        return Answer(text=work.house.wording.say("claims.dm_how"))
    await stop_dms(work, press.person.platform, press.person.id)
    return Answer(text=work.house.wording.say("claims.dm_stopped"))


async def test(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Show me*, under answers to `claim TEST` of earlier versions."""
    return Answer(text=work.house.wording.say("claims.test"))
