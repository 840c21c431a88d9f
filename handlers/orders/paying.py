"""*Pay*: looks whether everything is there, lets the customer choose a way, and opens it."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.command_line import Invocation
from handlers.messages import Answer, Button, ButtonStyle, Command, FormSubmit, Press
from handlers.money import Money
from handlers.orders.addresses import check_address
from handlers.orders.cart import ADDRESS, PICK_UP
from handlers.orders.gating import look_over
from handlers.orders.owning import Mine, mine_of, say
from handlers.orders.places_asked import faults_of
from handlers.orders.repricing import Quote
from handlers.orders.settling import check_out, receive
from handlers.orders.shipping import RuleKind
from handlers.payments.preparing import prepare
from handlers.work import Work

__all__ = ["pay", "pay_typed"]


async def pay(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Pay*, and the buttons that it leads to: of which order, and how."""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    wanted = mine.of(int(arguments[0])) if arguments else None
    if wanted is None:
        if len(mine.quotes) > 1:
            return _which(work, mine)
        wanted = mine.newest
    way = arguments[1] if len(arguments) > 1 else ""
    return await _pay(work, wanted, way, press)


async def pay_typed(work: Work, command: Invocation) -> Answer:
    """`/pay [WAY]`: what *Pay* does, for those who type."""
    mine = await mine_of(work, command.person)
    if isinstance(mine, Answer):
        return mine
    if len(mine.quotes) > 1:
        return _which(work, mine)
    act = Command(
        key=command.key,
        person=command.person,
        channel=command.channel,
        sent_at=command.sent_at,
        line="/pay",
        reply_to=command.reply_to,
    )
    return await _pay(work, mine.newest, command.options["way"] or "", act)


def _which(work: Work, mine: Mine) -> Answer:
    buttons = tuple(
        Button(id=f"orders.pay:{one.stored.id}", label=f"Pay {one.stored.number}")
        for one in mine.quotes
    )
    return replace(say(work, "pay.which"), buttons=buttons)


async def _pay(work: Work, one: Quote, way: str, act: Press | Command | FormSubmit) -> Answer:
    lacking = _lacking(work, one)
    if lacking is not None:
        return lacking
    offered = work.house.payments.offered
    chosen = next((known for known in offered if known.value == way), None)
    if chosen is None and len(offered) == 1:
        chosen = offered[0]
    order_id, who = one.stored.id, act.person.name
    if chosen is None:
        return _ways(work, one)
    due = await check_out(work, order_id, who=who)
    if due is None:
        return say(work, "cart.nothing_to_pay")
    if not due.minor:
        await receive(work, order_id, Money(0, due.currency), who=who)
        return say(work, "pay.by_credit", order=str(one.stored.number))
    await look_over(work, [order_id])
    return await prepare(work, order_id, chosen, act)


def _ways(work: Work, one: Quote) -> Answer:
    buttons = tuple(
        Button(
            id=f"orders.pay:{one.stored.id}:{way.value}",
            label=work.house.wording.say(f"pay.way.{way.value}"),
            style=ButtonStyle.PRIMARY,
        )
        for way in work.house.payments.offered
    )
    return replace(say(work, "pay.how", order=str(one.stored.number)), buttons=buttons)


def _lacking(work: Work, one: Quote) -> Answer | None:
    """What keeps an order from being paid, with the button that helps."""
    picked_up = one.charge is not None and one.charge.pick_up
    if picked_up:
        return None
    rules = work.house.orders.shipping
    helping = [ADDRESS]
    if any(rule.kind is RuleKind.PICK_UP for rule in rules):
        helping.append(PICK_UP)
    if one.stored.address is None:
        lacks = "pay.address_locked" if one.stored.locked else "pay.no_address"
        return replace(say(work, lacks), buttons=tuple(helping))
    faults = faults_of(work, check_address(one.stored.address))
    if faults:
        told = say(work, "pay.address_faults", faults=" ".join(faults.values()))
        return replace(told, buttons=tuple(helping))
    if one.refused is not None:
        country = one.stored.address.country
        told = say(work, f"cart.refused.{one.refused.value}", country=country)
        return replace(told, buttons=tuple(helping))
    return None
