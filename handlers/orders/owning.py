"""The person behind a button or form, and which of their unpaid orders it is about."""

from handlers.claims.private_lines import customer_of
from handlers.messages import Answer
from handlers.orders.cart import quotes_of
from handlers.orders.repricing import Quote
from handlers.people import Person
from handlers.work import Work

__all__ = ["Mine", "mine_of", "say"]


class Mine:
    """A customer with what they have still to pay; there is at least one order."""

    def __init__(self, customer_id: int, quotes: list[Quote]) -> None:
        self.customer_id = customer_id
        self.quotes = quotes

    @property
    def newest(self) -> Quote:
        """The order that a coupon or a note is for."""
        return self.quotes[-1]

    def of(self, order_id: int) -> Quote | None:
        """One of them by its id; None for what is not theirs."""
        return next((one for one in self.quotes if one.stored.id == order_id), None)


async def mine_of(work: Work, person: Person) -> Mine | Answer:
    """What a person has to pay, or what to say where that is nothing."""
    customer_id = await customer_of(work, person)
    quotes = [] if customer_id is None else await quotes_of(work, customer_id)
    if customer_id is None or not quotes:
        return say(work, "cart.nothing_to_pay")
    return Mine(customer_id, quotes)


def say(work: Work, key: str, **values: object) -> Answer:
    """An answer of one sentence."""
    return Answer(text=work.house.wording.say(key, **values))
