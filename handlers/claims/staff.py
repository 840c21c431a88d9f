"""What moderators do about claims: add, void, move, list, and the menus of a chat line.

Each act is in the audit with who and why, and `/undo` takes the last one back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.claims.edits import claims_of
from handlers.claims.floor import Floor
from handlers.claims.freeing import give_back, promote
from handlers.claims.grammar import read_variant
from handlers.claims.lines import Sentence, claim_again, read_again, stored
from handlers.claims.private import label_of
from handlers.claims.reading import Kind
from handlers.claims.records import Entry, Member
from handlers.claims.replies import sentence
from handlers.claims.telling import promote_and_tell, tell_promotion
from handlers.command_line import Invocation, find_item
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press, Visibility
from handlers.people import Person
from handlers.snapshot import ItemView, ShowView, VariantView
from handlers.work import Work
from storage.repositories.sale import HELD, WAITING
from storage.schema import sale

__all__ = [
    "add",
    "claims_list",
    "count_line",
    "count_submit",
    "drop_line",
    "move",
    "undo_add",
    "undo_void",
    "void",
]

_MOST_LISTED = 40


def _show(work: Work) -> ShowView | None:
    """The live show, or the newest one."""
    return work.snapshot.timeline.live or next(iter(work.snapshot.timeline.shows), None)


async def _find(work: Work, platform: str, word: str) -> tuple[str, str] | Answer:
    """(id, name) of the person that a moderator names, or what to answer."""
    people = sale.identities.c
    rows = await work.tx.all(
        select(people.person, people.name)
        .where(
            people.platform == platform,
            (people.person == word) | (func.lower(people.name) == word.lower()),
        )
        .order_by(people.id)
        .limit(5)
    )
    exact = [row for row in rows if row.person == word] or rows
    if not exact:
        return Answer(text=work.house.wording.say("staff.no_person", person=word))
    if len(exact) > 1:
        ids = [row.person for row in exact]
        return Answer(text=work.house.wording.say("staff.two_people", person=word, ids=ids))
    return exact[0].person, exact[0].name


def _variant(work: Work, item: ItemView, variant: VariantView | None) -> VariantView | Answer:
    if variant is not None:
        return variant
    if len(item.variants) == 1:
        return next(iter(item.variants.values()))
    sizes = ", ".join(str(name) for name in item.variants)
    return Answer(text=work.house.wording.say("staff.which", code=item.code, sizes=sizes))


class _Case:
    """A moderator's act on one person's claims of one variant."""

    def __init__(
        self, floor: Floor, member: Member, variant_id: int, key: str, channel: str
    ) -> None:
        self.floor = floor
        self.member = member
        self.variant_id = variant_id
        self.key = key
        self.channel = channel

    @property
    def label(self) -> str:
        return self.floor.stock[self.variant_id].label

    def entry(self, units: int) -> Entry:
        return Entry(
            member=self.member,
            variant_id=self.variant_id,
            quantity=units,
            counted=True,
            sent_at=self.floor.work.at,
            key=self.key,
            channel=self.channel,
        )


async def _case(work: Work, command: Invocation) -> _Case | Answer:
    show = _show(work)
    if show is None:
        return Answer(text=work.house.wording.say("staff.no_show"))
    found = await _find(work, command.person.platform, command.options["person"])
    if isinstance(found, Answer):
        return found
    item: ItemView = command.options["code"]
    variant = _variant(work, item, command.options.get("variant"))
    if isinstance(variant, Answer):
        return variant
    who, name = found
    return await _open(
        work, show, (command.person.platform, who, name), item.id, variant.id, command
    )


async def _open(
    work: Work,
    show: ShowView,
    person: tuple[str, str, str],
    item_id: int,
    variant_id: int,
    command: Invocation,
) -> _Case:
    floor = Floor.of(work, show)
    platform, who, name = person
    await floor.load([item_id], {(platform, who): name})
    return _Case(floor, floor.members[platform, who], variant_id, command.key, command.channel.id)


async def add(work: Work, command: Invocation) -> Answer:
    """`/claim add`: units for a person, past the line and the limit but never past the stock."""
    case = await _case(work, command)
    if isinstance(case, Answer):
        return case
    units = max(1, min(99, command.options["quantity"] or 1))
    outcome = case.floor.admit(case.entry(units), units, staff=True)
    who = {"id": case.member.person, "name": case.member.name}
    work.record(
        command.person,
        "claim.add",
        f"{case.member.name}: {case.label}",
        why=command.options["why"] or "",
        values={"units": units, "granted": outcome.granted},
        undo=_person(case) | {"units": outcome.granted + outcome.waiting},
    )
    outcomes = [outcome.values()]
    work.say(
        work.house.stream_of(case.member.platform),
        "claims.outcome",
        {"who": who, "line": "", "outcomes": outcomes},
    )
    return Answer(text=sentence(work.house.wording, work.rules, who, outcomes))


def _person(case: _Case) -> dict[str, Any]:
    return {
        "platform": case.member.platform,
        "person": case.member.person,
        "name": case.member.name,
        "show": case.floor.show.id,
        "item": case.floor.stock[case.variant_id].item_id,
        "variant": case.variant_id,
    }


async def void(work: Work, command: Invocation) -> Answer:
    """`/claim void`: takes a person's units of a variant back; the next in line moves up."""
    case = await _case(work, command)
    if isinstance(case, Answer):
        return case
    return await _void(work, command.person, case, command.options["why"] or "")


async def _void(work: Work, by: Person, case: _Case, why: str) -> Answer:
    freed = await give_back(case.floor, case.member.customer_id, case.variant_id, None, at=work.at)
    name, say = case.member.name, work.house.wording.say
    if not freed.units:
        return Answer(text=say("staff.nothing", name=name, item=case.label))
    promoted = await promote_and_tell(case.floor, case.variant_id, at=work.at)
    work.record(
        by,
        "claim.void",
        f"{name}: {case.label}",
        why=why,
        values={"held": freed.held, "waiting": freed.waiting, "pending": freed.pending},
        undo=_person(case) | {"units": freed.units},
    )
    following = [one.member.name for one in promoted]
    return Answer(
        text=say("staff.voided", units=freed.units, item=case.label, name=name, next=following)
    )


async def move(work: Work, command: Invocation) -> Answer:
    """`/claim move`: held units from one variant to another of the same item."""
    case = await _case(work, command)
    if isinstance(case, Answer):
        return case
    say, floor = work.house.wording.say, case.floor
    item: ItemView = command.options["code"]
    fitting = read_variant(command.options["to"], work.snapshot.lexicon, item.code)
    if len(fitting) != 1:
        sizes = ", ".join(str(name) for name in item.variants)
        return Answer(text=say("staff.which", code=item.code, sizes=sizes))
    other = floor.stock[item.variants[fitting[0]].id]
    units = floor.standing(case.member.customer_id, case.variant_id).held
    if not units:
        return Answer(text=say("staff.nothing", name=case.member.name, item=case.label))
    if other.free < units:
        return Answer(text=say("staff.move_gone", other=other.label, left=other.free))
    await give_back(floor, case.member.customer_id, case.variant_id, units, at=work.at)
    target = _Case(floor, case.member, other.id, case.key, case.channel)
    floor.admit(target.entry(units), units, staff=True)
    for promotion in await promote(floor, case.variant_id, at=work.at):
        tell_promotion(work, promotion)
    work.record(
        command.person,
        "claim.move",
        f"{case.member.name}: {case.label} → {other.label}",
        values={"units": units},
    )
    return Answer(
        text=say(
            "staff.moved",
            units=units,
            name=case.member.name,
            item=case.label,
            other=other.label,
        )
    )


async def claims_list(work: Work, command: Invocation) -> Answer:
    """`/claim list [CODE]`: the newest claims with their places."""
    show, say = _show(work), work.house.wording.say
    if show is None:
        return Answer(text=say("staff.no_show"))
    claims = sale.claims.c
    held = _live(sale.holds, HELD)
    waiting = _live(sale.waitlist, WAITING)
    where = [claims.show_id == show.id, claims.place.is_not(None)]
    if command.options["code"] is not None:
        where.append(claims.item_id == command.options["code"].id)
    rows = await work.tx.all(
        select(sale.claims, sale.identities.c.name.label("who"), held, waiting)
        .join(sale.identities, sale.identities.c.id == claims.identity_id)
        .where(*where)
        .order_by(claims.id.desc())
        .limit(_MOST_LISTED)
    )
    total = await work.tx.scalar(select(func.count()).select_from(sale.claims).where(*where))
    if not rows:
        return Answer(text=say("staff.list_empty"))
    lines = [
        say(
            "staff.list_line",
            place=row.place,
            name=row.who,
            item=label_of(row),
            quantity=row.quantity,
            held=row.held,
            waiting=row.waiting,
        )
        for row in reversed(rows)
    ]
    if total > len(rows):
        lines.append(say("staff.list_more", count=total - len(rows)))
    return Answer(text="\n".join(lines))


def _live(table: Any, condition: Any) -> Any:
    name = "held" if table is sale.holds else "waiting"
    return (
        select(func.coalesce(func.sum(table.c.quantity), 0))
        .where(table.c.claim_id == sale.claims.c.id, condition)
        .scalar_subquery()
        .label(name)
    )


# --- the menus of a chat line ---------------------------------------------------------------------


async def count_line(work: Work, press: Press) -> Answer:
    """*Count as claim*: the line as it reads, at its time; a form where it names no item."""
    line = await stored(work, press.message or "")
    if line is None:
        return Answer(text=work.house.wording.say("staff.line_unknown"))
    show, reading = read_again(work, line, work.snapshot.lexicon)
    if show is None:
        return Answer(text=work.house.wording.say("claims.closed"))
    if reading.kind is Kind.CLAIM:
        return await _count(work, press.person, line, show)
    code = reading.codes[0] if reading.codes else ""
    return Answer(
        visibility=Visibility.FORM,
        form=Form(
            id=f"claims.count:{line.key}",
            title="Count as claim",
            intro=work.house.wording.say("staff.line_item", name=line.name, text=line.text),
            fields=(
                Field(name="code", label="Item", value=code),
                Field(name="variant", label="Size or colour", required=False),
                Field(name="quantity", label="How many", kind=FieldKind.NUMBER, value="1"),
            ),
        ),
    )


async def _count(work: Work, by: Person, line: Sentence, show: ShowView) -> Answer:
    count = await claim_again(work, line, work.snapshot.lexicon, show.id)
    work.record(by, "claim.count", f"{line.name}: {line.text[:80]}", values={"key": line.key})
    return Answer(text=work.house.wording.say("staff.line_counted", count=count))


async def count_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Count as claim*."""
    line = await stored(work, ":".join(arguments))
    item = find_item(work.snapshot, form.values.get("code", ""))
    if line is None or not isinstance(item, ItemView):
        sentence_ = "" if isinstance(item, ItemView) else item.sentence
        return Answer(text=sentence_ or work.house.wording.say("staff.line_unknown"))
    show = work.snapshot.timeline.show_at(line.sent_at)
    quantity = form.values.get("quantity", "1").strip()
    if show is None or not quantity.isdecimal() or not 1 <= int(quantity) <= 99:
        return Answer(text=work.house.wording.say("claims.closed"))
    words = f"claim {item.code} {form.values.get('variant', '')} x{quantity}"
    return await _count(work, form.person, line._replace(text=words), show)


async def drop_line(work: Work, press: Press) -> Answer:
    """*Not a claim* and *Release*: the units that this line got go back at once."""
    rows = await claims_of(work, press.message or "")
    say = work.house.wording.say
    answers = []
    for row in rows:
        show = next((one for one in work.snapshot.timeline.shows if one.id == row.show_id), None)
        if show is None:
            continue
        floor = Floor.of(work, show)
        await floor.load([row.item_id], {(row.platform, row.person): row.name})
        member = floor.members[row.platform, row.person]
        if row.variant_id is None:
            floor.forget_asked(member.customer_id, row.item_id)
            continue
        freed = await give_back(
            floor, member.customer_id, row.variant_id, None, at=work.at, claim_id=row.id
        )
        promoted = await promote_and_tell(floor, row.variant_id, at=work.at)
        following = [one.member.name for one in promoted]
        case = _Case(floor, member, row.variant_id, press.key, press.channel.id)
        if freed.units:
            work.record(
                press.person,
                "claim.void",
                f"{member.name}: {case.label}",
                why=press.button,
                values={"key": press.message},
                undo=_person(case) | {"units": freed.units},
            )
        answers.append(
            say(
                "staff.voided",
                units=freed.units,
                item=case.label,
                name=member.name,
                next=following,
            )
        )
    return Answer(text="\n".join(answers) or say("staff.line_nothing"))


# --- undo -----------------------------------------------------------------------------------------


async def undo_add(work: Work, act: Mapping[str, Any]) -> str:
    """Take back units that a moderator added."""
    case = await _again(work, act)
    await give_back(case.floor, case.member.customer_id, case.variant_id, act["units"], at=work.at)
    await promote_and_tell(case.floor, case.variant_id, at=work.at)
    return work.house.wording.say(
        "staff.undone_add", units=act["units"], item=case.label, name=act["name"]
    )


async def undo_void(work: Work, act: Mapping[str, Any]) -> str:
    """Put a person back into the line: what is free at once, the rest at its end."""
    case = await _again(work, act)
    outcome = case.floor.admit(case.entry(act["units"]), act["units"])
    return work.house.wording.say(
        "staff.undone_void",
        name=act["name"],
        item=case.label,
        held=outcome.granted,
        waiting=outcome.waiting,
    )


async def _again(work: Work, act: Mapping[str, Any]) -> _Case:
    show = next(one for one in work.snapshot.timeline.shows if one.id == act["show"])
    floor = Floor.of(work, show)
    await floor.load([act["item"]], {(act["platform"], act["person"]): act["name"]})
    member = floor.members[act["platform"], act["person"]]
    return _Case(floor, member, act["variant"], f"undo:{work.at.isoformat()}", "")
