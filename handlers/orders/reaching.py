"""How a customer is reached about personal matters: by DM who wished so, else by a neutral mention.

A public channel never hears what it is about: there is one line for everyone whom there is news
for, over one button whose answer is private.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.rules import SaleRules
from handlers.messages import Address, Button, ButtonStyle, Reach
from handlers.speech import Rendered, Spoken, button_values, gather
from handlers.wording import Wording, listed
from handlers.work import Work
from storage.schema import sale

__all__ = ["MY_ORDERS", "NEWS", "PAY", "SEND_BACK", "merge_news", "name_of", "tell_customer"]

PAY = Button(id="orders.pay:", label="Pay", style=ButtonStyle.PRIMARY)
MY_ORDERS = Button(id="orders.mine:", label="My orders")
SEND_BACK = Button(id="returns.start:", label="Send something back")
#: The neutral mention: it says that there is news, never which.
NEWS = "orders.news"
_MOST_NAMED = 80


async def _identities(work: Work, customer_id: int) -> Sequence[Any]:
    people, customer = sale.identities.c, sale.customers.c
    # What was decided about one who was joined into another since is for that one.
    now = select(func.coalesce(customer.joined_into, customer.id)).where(customer.id == customer_id)
    return await work.tx.all(
        select(people.platform, people.person, people.name, sale.customers.c.tells_by_dm)
        .join(sale.customers, sale.customers.c.id == people.customer_id)
        .where(people.customer_id == now.scalar_subquery())
        .order_by(people.id.desc())
    )


async def name_of(work: Work, customer_id: int) -> str:
    """What a customer is called, by their newest identity in a stream."""
    found = await _identities(work, customer_id)
    here = [row for row in found if work.house.hears_claims(row.platform)] or found
    return str(here[0].name) if here else ""


async def tell_customer(
    work: Work,
    customer_id: int,
    key: str,
    values: Mapping[str, Any],
    *,
    buttons: Sequence[Button] = (),
) -> None:
    """Tell a customer the sentence `key`, in private: where they wished, or once they ask."""
    found = await _identities(work, customer_id)
    here = [row for row in found if work.house.hears_claims(row.platform)]
    if not here:
        return
    row = here[0]
    if row.tells_by_dm:
        said = {**values, **button_values(buttons)}
        work.say(Address(row.platform, Reach.PERSON, row.person), key, said)
        return
    who = work.house.who(row.platform, row.person, row.name)
    work.say(work.house.stream_of(row.platform), NEWS, {"people": [who]})


def merge_news(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Everyone whom there is news for, each named once, over one *My orders*."""
    ids = tuple(one.id for one in spoken)
    people = {person["id"]: person for one in spoken for person in one.values["people"]}
    named = list(people.values())
    fitting = max(1, min(_MOST_NAMED, (max_characters - 300) // 40))
    lines = [
        (wording.say(NEWS, who=listed(named[start : start + fitting])), ids)
        for start in range(0, len(named), fitting)
    ]
    return gather(lines, kind=NEWS, max_characters=max_characters, buttons=(MY_ORDERS,))
