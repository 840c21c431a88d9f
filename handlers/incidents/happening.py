"""Lets incidents of a rehearsal happen, each in the same way as a real one.

It is a capability of rehearsals alone, so that nobody finds it by walking the package. An incident
comes in as a press, which no line of a log can be.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

from handlers.capability import Capability, OptionKind, PressSpec
from handlers.claims.records import Stock
from handlers.commanding import as_command
from handlers.events import PaymentTrouble, PlatformBack, PlatformLost
from handlers.incidents.model import ACTION, BACK, BUTTON, Incident, IncidentKind
from handlers.messages import Answer, Press
from handlers.people import MODERATORS
from handlers.snapshot import ItemView
from handlers.stock.states import floor_for
from handlers.work import Work

__all__ = ["incidents"]


def incidents(planned: Iterable[Incident]) -> Capability:
    """The capability of a rehearsal in which these happen."""
    by_number = {one.number: one for one in planned}
    press = PressSpec(
        name=BUTTON,
        run=partial(_happen, by_number),
        takes=(OptionKind.INTEGER, OptionKind.WORD, OptionKind.WORD),
        may_lack=1,
        roles=MODERATORS,
    )
    back = PressSpec(name=BACK, run=_back, takes=(OptionKind.INTEGER,), roles=MODERATORS)
    return Capability(name="incidents", summary="Lets a team practise.", presses=(press, back))


async def _happen(
    planned: Mapping[int, Incident], work: Work, press: Press, arguments: Sequence[str]
) -> Answer:
    incident = planned[int(arguments[0])]
    if incident.kind.of_item:
        what = await _to_item(work, press, incident)
    else:
        what = _ACTS[incident.kind](work, incident)
    work.record(
        press.person,
        ACTION,
        incident.kind.value,
        why=what,
        values={"number": incident.number, "code": incident.code, "lines": incident.lines},
    )
    return Answer(text=what)


async def _back(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """The gap is over, and what was typed in it has been read."""
    say = work.house.wording.say
    work.emit(PlatformBack(platform=str(say("incident.platform"))))
    return Answer(text=say("incident.back"))


# --- to an item -----------------------------------------------------------------------------------


async def _to_item(work: Work, press: Press, incident: Incident) -> str:
    item = work.snapshot.catalogue.items.get(incident.code)
    if item is None:
        return work.house.wording.say("incident.no_item", code=incident.code)
    floor = await floor_for(work, item)
    ids = [
        one.id
        for one in item.variants.values()
        if incident.variant is None or one.name == incident.variant
    ]
    return await _OF_ITEMS[incident.kind](work, press, item, [floor.stock[one] for one in ids])


async def _sell_out(work: Work, press: Press, item: ItemView, stock: Sequence[Stock]) -> str:
    """The team sets each variant to what is held of it."""
    told = []
    for one in stock:
        key = "incident.was_sold_out"
        if one.left:
            key = "incident.sold_out"
            await _count(work, press, "stock set", item, one, one.reserved)
        told.append(work.house.wording.say(key, item=one.label, held=one.reserved))
    return "\n".join(told)


async def _miscount(work: Work, press: Press, item: ItemView, stock: Sequence[Stock]) -> str:
    """The team counts one unit less than is held."""
    say = work.house.wording.say
    most = max(stock, key=lambda one: one.reserved)
    if not most.reserved:
        return say("incident.nothing_held", item=most.label)
    counted, held = most.reserved - 1, most.reserved
    await _count(work, press, "stock recount", item, most, counted)
    return say("incident.miscounted", item=most.label, counted=counted, held=held)


async def _count(
    work: Work, press: Press, command: str, item: ItemView, stock: Stock, units: int
) -> None:
    variant = item.variants[stock.name]
    await as_command(work, press, command, code=item, variant=variant, units=units)


_OF_ITEMS: Mapping[
    IncidentKind, Callable[[Work, Press, ItemView, Sequence[Stock]], Awaitable[str]]
] = {IncidentKind.SELL_OUT: _sell_out, IncidentKind.WRONG_COUNT: _miscount}


# --- to the house ---------------------------------------------------------------------------------


def _stop_payments(work: Work, incident: Incident) -> str:
    say = work.house.wording.say
    provider, problem = str(say("incident.provider")), str(say("incident.problem"))
    work.emit(PaymentTrouble(provider=provider, problem=problem))
    return say("incident.payments")


def _ask(work: Work, incident: Incident) -> str:
    """The questions come as lines of their own; what they set off is told by who hears them."""
    return work.house.wording.say("incident.questions", count=incident.lines)


def _lose_chat(work: Work, incident: Incident) -> str:
    """The lines are kept back by whoever plays the log."""
    say, until = work.house.wording.say, incident.until or incident.at
    work.emit(PlatformLost(platform=str(say("incident.platform"))))
    return say("incident.gap", until=f"{until.astimezone(work.house.timezone):%H:%M:%S}")


_ACTS: Mapping[IncidentKind, Callable[[Work, Incident], str]] = {
    IncidentKind.PAYMENT_OUTAGE: _stop_payments,
    IncidentKind.QUESTION_SPIKE: _ask,
    IncidentKind.PLATFORM_GAP: _lose_chat,
}
