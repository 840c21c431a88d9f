"""`/credit …`: store credit that a person of the team gives, takes, or looks up."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from handlers.capability import Undone
from handlers.claims.naming import Named, find_person
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.money import Money
from handlers.orders.credit import add_credit, credit_of
from handlers.orders.owning import say
from handlers.orders.reaching import tell_customer
from handlers.times import shown_time
from handlers.work import Work
from storage.order_states import CreditKind
from storage.schema import orders, sale

__all__ = ["give", "show", "take", "undo_move"]

_ledger = orders.credit_ledger.c
_MOST = 20


async def give(work: Work, command: Invocation) -> Answer:
    """`/credit give PERSON AMOUNT WHY…`: counts for their next order."""
    return await _move(work, command, CreditKind.GRANTED)


async def take(work: Work, command: Invocation) -> Answer:
    """`/credit take PERSON AMOUNT WHY…`: back from what is not spent."""
    return await _move(work, command, CreditKind.WITHDRAWN)


async def _move(work: Work, command: Invocation, kind: CreditKind) -> Answer:
    named = await _named(work, command)
    if isinstance(named, Answer):
        return named
    customer_id, name = named
    amount: Money = command.options["amount"]
    why, who = command.options["why"], command.person
    if not amount.minor:
        return say(work, "credit.nothing")
    given = kind is CreditKind.GRANTED
    signed = amount.minor if given else -amount.minor
    there = await credit_of(work, customer_id, amount.currency)
    shown = amount.shown(work.house.locale)
    if there + signed < 0:
        left = Money(there, amount.currency).shown(work.house.locale)
        return say(work, "credit.not_there", name=name, left=left)
    key = _key(work, customer_id, f"{kind}:{who.platform}:{who.id}")
    after = await add_credit(
        work, customer_id, amount.currency, signed, kind=kind, key=key, who=who.name, why=why
    )
    undo = {"customer": customer_id, "currency": amount.currency, "minor": -signed}
    action = "credit.give" if given else "credit.take"
    undo |= {"name": name, "action": action}
    work.record(who, action, name, why=why, values={"amount": shown}, undo=undo)
    left = Money(after, amount.currency).shown(work.house.locale)
    told = {"amount": shown, "left": left}
    if given:
        await tell_customer(work, customer_id, "told.credit", told)
    return say(work, "credit.given" if given else "credit.taken", name=name, **told)


async def _named(work: Work, command: Invocation) -> tuple[int, str] | Answer:
    """The customer that a command names, and what they are called."""
    named = await find_person(work, command.person.platform, command.options["person"])
    if not isinstance(named, Named):
        return named
    people = sale.identities.c
    customer_id = await work.tx.scalar(
        select(people.customer_id).where(
            people.platform == named.platform, people.person == named.id
        )
    )
    if customer_id is None:
        return say(work, "credit.no_customer", name=named.name)
    return int(customer_id), named.name


def _key(work: Work, customer_id: int, what: str) -> str:
    """A name for one act: by whom, when, to whom."""
    act = f"{what}:{customer_id}:{work.at.isoformat()}"
    return f"hand:{sha256(act.encode()).hexdigest()[:40]}"


async def show(work: Work, command: Invocation) -> Answer:
    """`/credit show PERSON`: what they may spend, and the last lines of their ledger."""
    named = await _named(work, command)
    if isinstance(named, Answer):
        return named
    customer_id, name = named
    rows = await work.tx.all(
        select(orders.credit_ledger)
        .where(_ledger.customer_id == customer_id)
        .order_by(_ledger.id.desc())
        .limit(_MOST)
    )
    tell, currency = work.house.wording.say, work.house.currency
    there = Money(await credit_of(work, customer_id, currency), currency)
    lines = [tell("credit.head", name=name, left=there.shown(work.house.locale))]
    lines += [
        tell(
            "credit.line",
            at=shown_time(work, row.at),
            amount=Money(row.minor, row.currency).shown(work.house.locale),
            kind=row.kind.replace("_", " "),
            who=row.who,
            why=row.why,
        )
        for row in rows
    ]
    return Answer(text="\n".join(lines))


async def undo_move(work: Work, act: Mapping[str, Any]) -> Undone:
    """Book it back, unless it is spent by now."""
    tell, currency, minor = work.house.wording.say, act["currency"], act["minor"]
    name, customer_id = act["name"], act["customer"]
    if await credit_of(work, customer_id, currency) + minor < 0:
        return Undone(text=tell("credit.spent", name=name), done=False, past=True)
    kind = CreditKind.WITHDRAWN if minor < 0 else CreditKind.GRANTED
    key = _key(work, customer_id, f"undo:{act['action']}")
    after = await add_credit(
        work, customer_id, currency, minor, kind=kind, key=key, who="", why="undo"
    )
    left = Money(after, currency).shown(work.house.locale)
    return Undone(text=tell("credit.undone", name=name, left=left))
