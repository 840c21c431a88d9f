"""What a customer changes of an order before it is paid: units, coupon, address, pick-up, note.

An order that waits for its payment is let go of first: its open payment ends, its store credit
comes back, and *Pay* prices it anew. What is paid never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from handlers.claims.floor import Floor
from handlers.claims.private_lines import customer_of
from handlers.claims.records import Entry
from handlers.command_line import Invocation
from handlers.messages import Answer, Button, Field, FieldKind, Form, FormSubmit, Press
from handlers.orders.addresses import check_address
from handlers.orders.cart import PICK_UP, quotes_of
from handlers.orders.keeping import keep_address, masked
from handlers.orders.letting_go import let_go
from handlers.orders.moving import note_event
from handlers.orders.owning import Mine, mine_of, say
from handlers.orders.places_asked import FIELDS, address_of, faults_of, typed_address
from handlers.orders.reaching import PAY
from handlers.orders.redirecting import not_packed, priced_elsewhere, redirect
from handlers.orders.shipping import RuleKind
from handlers.people import Person
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders, sale

__all__ = [
    "NOTE_FIELD",
    "address_submit",
    "address_typed",
    "ask_address",
    "ask_note",
    "change",
    "check_address_form",
    "line",
    "no_form",
    "note_submit",
    "pick_up",
    "quantity",
]

_order, _line = orders.orders.c, orders.order_lines.c
NOTE_FIELD = Field(
    name="note", label="Your note", kind=FieldKind.PARAGRAPH, required=False, longest=500
)
_MOST_LINES = 20
_MOST_CHOICES = 20


# --- units ----------------------------------------------------------------------------------------


async def change(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Change*: which line is it about?"""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    lines = [line for one in mine.quotes for line in one.stored.lines][:_MOST_LINES]
    buttons = tuple(
        Button(id=f"orders.line:{one.id}", label=f"{_label(one)} ×{one.quantity}") for one in lines
    )
    return replace(say(work, "cart.which_line"), buttons=buttons)


def _label(line: Any) -> str:
    return f"{line.code} / {line.variant}" if line.variant else str(line.code)


async def line(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """A line: how many of it are to stay?"""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    found = _found(mine, int(arguments[0]))
    if found is None:
        return say(work, "cart.line_gone")
    fewer = range(1, min(found.quantity, _MOST_CHOICES + 1))
    buttons = [
        Button(id=f"orders.units:{found.id}:{units}", label=f"Keep {units}") for units in fewer
    ]
    buttons.append(Button(id=f"orders.units:{found.id}:0", label="Remove"))
    told = say(work, "cart.how_many", item=_label(found), units=found.quantity)
    return replace(told, buttons=tuple(buttons))


def _found(mine: Mine, line_id: int) -> Any:
    lines = (line for one in mine.quotes for line in one.stored.lines)
    return next((line for line in lines if line.id == line_id), None)


async def quantity(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Keep 1* or *Remove*: the rest goes back as if it were cancelled in the chat."""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    line_id, keeps = int(arguments[0]), int(arguments[1])
    found = _found(mine, line_id)
    if found is None or keeps >= found.quantity:
        return say(work, "cart.line_gone" if found is None else "cart.as_it_was")
    owner = next(one for one in mine.quotes if any(it.id == line_id for it in one.stored.lines))
    await let_go(work, owner.stored.id, who=press.person.name)
    going = found.quantity - keeps
    if not await _release(work, press, owner.stored.row.show_id, line_id, going):
        return say(work, "cart.line_gone")
    return replace(
        say(
            work,
            "cart.goes_back",
            item=_label(found),
            units=going,
            seconds=work.rules.release_delay_seconds,
        ),
        buttons=(Button(id=f"claims.keep:{await _variant(work, line_id)}", label="Keep it"),),
    )


async def _variant(work: Work, line_id: int) -> int:
    return int(await work.tx.scalar(select(_line.variant_id).where(_line.id == line_id)) or 0)


async def _release(work: Work, press: Press, show_id: int, line_id: int, units: int) -> bool:
    """Let units of a line go, by the rule of a release typed in the chat."""
    row = await work.tx.first(
        select(_line.variant_id, sale.variants.c.item_id)
        .join(sale.variants, sale.variants.c.id == _line.variant_id)
        .where(_line.id == line_id)
    )
    show = work.snapshot.timeline.of(show_id)
    if row is None or show is None:
        return False
    who = (press.person.platform, press.person.id)
    floor = Floor.of(work, show)
    await floor.load([row.item_id], {who: press.person.name})
    entry = Entry(
        member=floor.members[who],
        variant_id=row.variant_id,
        quantity=units,
        counted=True,
        sent_at=press.sent_at,
        key=press.key,
        channel=press.channel.id,
    )
    floor.ask_release(entry, units)
    return True


# --- where to -------------------------------------------------------------------------------------


async def ask_address(
    work: Work, asked: Press | Invocation, arguments: Sequence[str] = ()
) -> Form | None:
    """The form of *Address*; none where there is nothing to send."""
    if isinstance(asked, Invocation) and asked.options.get("address"):
        return None
    paying = await work.tx.scalar(
        select(_order.id)
        .join(sale.identities, sale.identities.c.customer_id == _order.customer_id)
        .where(
            sale.identities.c.platform == asked.person.platform,
            sale.identities.c.person == asked.person.id,
            _order.state.in_((OrderState.OPEN, OrderState.AWAITING_PAYMENT, OrderState.PAID)),
        )
        .limit(1)
    )
    if paying is None:
        return None
    fields = tuple(
        replace(one, value=work.house.orders.country) if one.name == "country" else one
        for one in FIELDS
    )
    return Form(id="orders.address:", title=work.house.wording.say("address.form"), fields=fields)


async def no_form(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """A button whose form does not open here: how to type it instead."""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    return say(work, "cart.type_it")


async def check_address_form(
    work: Work, form: FormSubmit, arguments: Sequence[str]
) -> Mapping[str, str]:
    """What of an address cannot stay as it is, beside its field."""
    address = _read(work, form.values)
    return faults_of(work, check_address(address))


def _read(work: Work, values: Mapping[str, str]) -> Any:
    home, locale = work.house.orders.country, work.house.locale
    return address_of(values, home=home, locale=locale)


async def address_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The address form, filled in."""
    return await _keep(work, form.person, form.values)


async def address_typed(work: Work, command: Invocation) -> Answer:
    """`/address NAME; STREET; TOWN; COUNTRY; CONTACT`: what the form asks, in one line."""
    typed = command.options["address"] or ""
    if not typed:
        return say(work, "address.how")
    values = typed_address(typed)
    faults = faults_of(work, check_address(_read(work, values)))
    if faults:
        return say(work, "address.faults", faults=" ".join(faults.values()))
    return await _keep(work, command.person, values)


async def _keep(work: Work, person: Person, values: Mapping[str, str]) -> Answer:
    """Keep an address for what is to be paid, and for what is paid and not packed yet."""
    customer_id = await customer_of(work, person)
    if customer_id is None:
        return say(work, "address.no_use")
    quotes = await quotes_of(work, customer_id)
    waiting = await not_packed(work, customer_id)
    if not quotes and not waiting:
        return say(work, "address.no_use")
    address = _read(work, values)
    stay = priced_elsewhere(work, waiting, address)
    if stay and not quotes:
        return say(work, "address.stays", orders=stay)
    address_id = await keep_address(work, customer_id, address, check_address(address))
    for one in quotes:
        await let_go(work, one.stored.id, who=person.name)
        method = one.stored.row.method if one.charge is not None and one.charge.pick_up else None
        await _set(work, one.stored.id, address_id=address_id, method=method)
    if waiting and not stay:
        await redirect(work, waiting, address_id, person.name)
    told = say(work, "address.kept", address=masked(address), orders=stay)
    return replace(told, buttons=(PAY,)) if quotes else told


async def _set(work: Work, order_id: int, **values: Any) -> None:
    await work.tx.run(
        update(orders.orders).where(_order.id == order_id).values(priced_at=None, **values)
    )


async def pick_up(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I pick it up*, and *Send it* again."""
    mine = await mine_of(work, press.person)
    if isinstance(mine, Answer):
        return mine
    rules = work.house.orders.shipping
    own = next((rule for rule in rules if rule.kind is RuleKind.PICK_UP), None)
    if own is None:
        return say(work, "cart.no_pick_up")
    picks = arguments[0] == "yes"
    last = await _last_address(work, mine.customer_id)
    for one in mine.quotes:
        await let_go(work, one.stored.id, who=press.person.name)
        address_id = one.stored.row.address_id or last
        method = own.key if picks else None
        await _set(work, one.stored.id, method=method, address_id=address_id)
    answer = say(work, "cart.picked_up" if picks else "cart.sent")
    return replace(answer, buttons=(PAY,) if picks else (PAY, PICK_UP))


async def _last_address(work: Work, customer_id: int) -> int | None:
    kept = orders.postal_addresses.c
    found: int | None = await work.tx.scalar(
        select(kept.id)
        .where(kept.customer_id == customer_id, kept.forgotten_at.is_(None))
        .order_by(kept.id.desc())
        .limit(1)
    )
    return found


# --- a note ---------------------------------------------------------------------------------------


async def ask_note(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Note*."""
    return Form(
        id="orders.note:", title=work.house.wording.say("cart.note_form"), fields=(NOTE_FIELD,)
    )


async def note_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form of *Note*, filled in; an empty one takes the note away."""
    mine = await mine_of(work, form.person)
    if isinstance(mine, Answer):
        return mine
    note, one = form.values.get("note", "").strip(), mine.newest
    kept = work.house.sealer.seal_text(note) if note else ""
    await work.tx.run(update(orders.orders).where(_order.id == one.stored.id).values(note=kept))
    await note_event(work, one.stored.id, "note", one.stored.state.value, who=form.person.name)
    return say(work, "cart.noted" if note else "cart.note_gone")
