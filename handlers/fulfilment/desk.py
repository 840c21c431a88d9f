"""`/pack …` as it is typed and pressed: every answer is private, and says what is next."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from handlers.command_line import Invocation
from handlers.fulfilment.contents import Contents
from handlers.fulfilment.leasing import lease_of
from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.packing import (
    Turn,
    close_parcel,
    held_contents,
    park,
    print_slip,
    scan_unit,
    take_turn,
)
from handlers.fulfilment.parting import part_parcel
from handlers.fulfilment.roles import READS_ADDRESSES
from handlers.fulfilment.slips import address_lines
from handlers.messages import Answer, Button, ButtonStyle, Field, FieldKind, Form, FormSubmit, Press
from handlers.orders.keeping import is_locked, open_address
from handlers.people import Person
from handlers.private_text import shown_text
from handlers.wording import Said
from handlers.work import Work
from storage.schema import orders

__all__ = [
    "CODE",
    "WHY",
    "ask_part",
    "ask_problem",
    "done",
    "done_pressed",
    "next_",
    "next_pressed",
    "part",
    "part_submit",
    "problem",
    "problem_pressed",
    "problem_submit",
    "scan",
    "scan_submit",
    "slip_pressed",
]

WHY = Field(name="why", label="What is wrong?", kind=FieldKind.PARAGRAPH, longest=300)
CODE = Field(name="code", label="Barcode or SKU", longest=200)
_kept = orders.postal_addresses.c


async def next_(work: Work, command: Invocation) -> Answer:
    """`/pack next`: the parcel that you have, or the next one."""
    return await _next(work, command.person)


async def next_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Next*; the page asks for `page`, and has the address on its slip alone."""
    return await _next(work, press.person, page=bool(arguments))


async def _next(
    work: Work, person: Person, before: Said | None = None, *, page: bool = False
) -> Answer:
    turn = await take_turn(work, person)
    if page:
        brief = turn.said if turn.contents is None else _head(work, turn.contents)
        return Answer(text="\n".join(filter(None, (before, brief))))
    text = await _shown(work, person, turn)
    return Answer(
        text=f"{before}\n{text}" if before else text,
        buttons=_buttons(work, turn),
    )


async def _shown(work: Work, person: Person, turn: Turn) -> str:
    """A parcel as it is seen without the page: where it goes, and bin by bin what is in it."""
    contents = turn.contents
    if contents is None:
        return turn.said or ""
    say, state = work.house.wording.say, contents.state
    lines = [_head(work, contents)]
    lines += [
        say(
            "pack.line",
            bin=one.bin,
            item=f"{one.title} / {one.variant}" if one.variant else one.title,
            sku=one.sku,
            packed=one.packed,
            units=one.units,
        )
        for one in state.lines
    ]
    lines += [
        say("pack.note", note=shown_text(work.house, one.note))
        for one in contents.orders
        if one.note
    ]
    if contents.stale:
        lines.append(say("scan.stop", parcel=contents.number))
    lines += await _address(work, person, contents)
    return "\n".join(lines)


def _head(work: Work, contents: Contents) -> Said:
    lines = contents.state.lines
    return work.house.wording.say(
        "pack.head",
        parcel=contents.number,
        orders=list(contents.order_numbers),
        packed=sum(one.packed for one in lines),
        units=sum(one.units for one in lines),
    )


async def _address(work: Work, person: Person, contents: Contents) -> list[Said]:
    """Where it goes, for those who may read it; who did stands in the audit."""
    if contents.address_id is None or not person.may(READS_ADDRESSES):
        return []
    row: Any = await work.tx.first(
        select(orders.postal_addresses).where(_kept.id == contents.address_id)
    )
    if is_locked(row, work.house.sealer):
        return [work.house.wording.say("slip.locked")]
    address = open_address(row, work.house.sealer)
    if address is None:
        return []
    work.record(person, "order.address", contents.number)
    return [work.house.wording.say("pack.address", lines=list(address_lines(address)))]


def _buttons(work: Work, turn: Turn) -> tuple[Button, ...]:
    say = work.house.wording.say
    if turn.contents is None:
        return ()
    problem = Button(id="pack.problem:", label=say("pack.problem"), style=ButtonStyle.DANGER)
    slip = Button(id="pack.slip:", label=say("pack.new_slip"))
    if turn.contents.stale:
        return (slip, problem)
    if turn.contents.state.left:
        part = Button(id="pack.part:", label=say("pack.part"))
        packed = any(one.packed for one in turn.contents.state.lines)
        return (part, problem) if packed else (problem,)
    return (Button(id="pack.done:", label=say("pack.done"), style=ButtonStyle.PRIMARY), problem)


async def scan(work: Work, command: Invocation) -> Answer:
    """`/pack scan CODE…`: a unit goes into the box, or is refused."""
    return _told(work, await scan_unit(work, command.person, command.options["code"]))


async def scan_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The scanner of the page."""
    return _told(work, await scan_unit(work, form.person, form.values["code"]))


def _told(work: Work, turn: Turn) -> Answer:
    if turn.contents is None:
        label = work.house.wording.say("pack.next")
        buttons: tuple[Button, ...] = (Button(id="pack.next:", label=label),)
    else:
        buttons = _buttons(work, turn)
    return Answer(text=turn.said or "", buttons=buttons)


async def done(work: Work, command: Invocation) -> Answer:
    """`/pack done`: the parcel is complete."""
    return _told(work, await close_parcel(work, command.person))


async def done_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Done*."""
    return _told(work, await close_parcel(work, press.person))


async def slip_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*New slip*: the address as it is now is the one on the slip."""
    turn = await print_slip(work, press.person)
    if turn.contents is None or arguments:
        return _told(work, turn)
    shown = await _shown(work, press.person, turn)
    return replace(_told(work, turn), text=f"{turn.said}\n{shown}")


async def part(work: Work, command: Invocation) -> Answer:
    """`/pack part WHY…`: what is in the box leaves, the rest waits."""
    return _told(work, await part_parcel(work, command.person, command.options["why"]))


async def ask_part(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Part*; none where nothing is on the table."""
    held = await lease_of(work.tx, press.person)
    if held is None:
        return None
    title = work.house.wording.say("pack.part_form", parcel=parcel_number(held.parcel_id))
    field = replace(WHY, label=work.house.wording.say("pack.part_why"))
    return Form(id="pack.part:", title=title, fields=(field,))


async def part_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Part*."""
    return _told(work, await part_parcel(work, form.person, form.values["why"].strip()))


async def problem(work: Work, command: Invocation) -> Answer:
    """`/pack problem WHY…`: the parcel is put aside, and here is the next one."""
    return await _park(work, command.person, command.options["why"])


async def ask_problem(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Problem*; none where nothing is on the table."""
    # A form opens from a query that only reads: nothing is locked.
    held = await lease_of(work.tx, press.person)
    if held is None:
        return None
    title = work.house.wording.say("pack.form", parcel=parcel_number(held.parcel_id))
    field = replace(WHY, label=work.house.wording.say("pack.why"))
    return Form(id="pack.problem:", title=title, fields=(field,))


async def problem_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Problem*, where there was nothing to ask about."""
    return Answer(text=work.house.wording.say("pack.none"))


async def problem_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Problem*."""
    page = arguments[:1] == ["page"]
    return await _park(work, form.person, form.values["why"].strip(), page=page)


async def _park(work: Work, person: Person, why: str, *, page: bool = False) -> Answer:
    found = await held_contents(work, person)
    turn = await park(work, person, why)
    if not isinstance(found, tuple):
        return _told(work, turn)
    return await _next(work, person, turn.said, page=page)
