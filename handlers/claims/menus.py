"""The menus of a chat line: *Count as claim*, *Not a claim*, *Release*."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.capability import Undone
from handlers.claims.edits import claims_of
from handlers.claims.grammar import read_variant
from handlers.claims.judging import variant_of
from handlers.claims.lines import Sentence, claim_again, read_again, stored
from handlers.claims.naming import Named
from handlers.claims.reading import Kind, Reading
from handlers.claims.records import Entry
from handlers.claims.staff import Case, got, open_case
from handlers.command_line import Misread, find_item
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press
from handlers.people import Person
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work
from storage.schema.states import ClaimState

__all__ = [
    "COUNT_FIELDS",
    "ask_item",
    "count_check",
    "count_line",
    "count_submit",
    "drop_line",
    "undo_count",
]

#: Makes of a line's text what is to be read.
Edit = Callable[[str], str]
_CODE = Field(name="code", label="Item")
_VARIANT = Field(name="variant", label="Size or colour", required=False)
_QUANTITY = Field(
    name="quantity", label="How many", kind=FieldKind.NUMBER, value="1", required=False
)
#: What the form behind *Count as claim* asks.
COUNT_FIELDS = (_CODE, _VARIANT, _QUANTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Countable:
    """A line that may be counted, and how it reads; `certain` where nothing is left to ask."""

    line: Sentence
    show: ShowView
    reading: Reading
    certain: bool


async def count_line(work: Work, press: Press, *, without: Edit | None = None) -> Answer:
    """*Count as claim*: the line as it reads, at its time; a form where it names no item.

    `without` makes of its text what is to be read.
    """
    say, found = work.house.wording.say, await _countable(work, press, without)
    if isinstance(found, Answer):
        return found
    if not found.certain:
        # The form could not be opened, or what the line named is gone since.
        return Answer(text=say("staff.line_ask"))
    claims = await claim_again(work, found.line, work.snapshot.lexicon, found.show.id)
    _record(work, press.person, found.line)
    told = [
        say("staff.size_asked", item=code) if outcome is None else got(work, outcome)
        for code, outcome in claims
    ]
    return Answer(text=say("staff.counted", name=found.line.name, got=told))


async def ask_item(work: Work, press: Press, *, without: Edit | None = None) -> Form | None:
    """The form of *Count as claim*, for a line that does not say all by itself."""
    found = await _countable(work, press, without)
    if isinstance(found, Answer) or found.certain:
        return None
    line = found.line
    return Form(
        id=f"claims.count:{line.key}",
        title="Count as claim",
        intro=work.house.wording.say("staff.line_item", name=line.name, text=line.text),
        fields=(replace(_CODE, value=_code(found.reading)), _VARIANT, _QUANTITY),
    )


async def _countable(work: Work, press: Press, without: Edit | None = None) -> _Countable | Answer:
    """The line whose menu was opened, or why it cannot be counted."""
    say, line = work.house.wording.say, await stored(work, press.message or "")
    if line is None:
        return Answer(text=say("staff.line_unknown"))
    if without is not None:
        line = line._replace(text=without(line.text))
    show, reading = read_again(work, line, work.snapshot.lexicon)
    refused = await _why_not(work, line, show)
    if show is None or refused is not None:
        return refused or Answer(text=say("staff.line_outside"))
    certain = reading.kind is Kind.CLAIM and (show.ended_at is None or _sized(work, reading))
    return _Countable(line=line, show=show, reading=reading, certain=certain)


def _sized(work: Work, reading: Reading) -> bool:
    """Whether nothing is left to ask: after the show nobody could answer in the chat."""
    items = work.snapshot.catalogue.items
    return all(variant_of(items[wish.code], wish) is not None for wish in reading.items)


def _code(reading: Reading) -> str:
    named = [wish.code for wish in reading.items] or [*reading.codes, ""]
    return named[0]


async def _why_not(work: Work, line: Sentence, show: ShowView | None) -> Answer | None:
    """Why a line cannot be counted as a claim, None if it can."""
    say = work.house.wording.say
    if show is None:
        return Answer(text=say("staff.line_outside"))
    if any(_lives(row) for row in await claims_of(work, line.key)):
        return Answer(text=say("staff.line_counts"))
    return None


def _lives(row: Any) -> bool:
    return bool(row.state != ClaimState.ENTERED or row.held + row.waiting)


def _record(work: Work, by: Person, line: Sentence) -> None:
    undo = {"key": line.key, "name": line.name}
    work.record(by, "claim.count", f"{line.name}: {line.text[:80]}", values=undo, undo=undo)


async def count_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Count as claim*."""
    say, line = work.house.wording.say, await stored(work, ":".join(arguments))
    if line is None:
        return Answer(text=say("staff.line_unknown"))
    show = work.snapshot.timeline.show_at(line.sent_at)
    refused = await _why_not(work, line, show)
    if show is None or refused is not None:
        return refused or Answer(text=say("staff.line_outside"))
    filled = _filled(work, form)
    if isinstance(filled, Mapping):
        return Answer(text="\n".join(filled.values()))
    item, variant_id, quantity = filled
    person = Named(line.platform, line.person, line.name)
    case = await open_case(work, show, person, item.id, variant_id, line.key)
    outcome = case.floor.enter(
        Entry(
            member=case.member,
            variant_id=variant_id,
            quantity=quantity,
            counted=True,
            sent_at=line.sent_at,
            key=line.key,
            channel=line.channel,
        )
    )
    _record(work, form.person, line)
    return Answer(text=case.tell_outcome(outcome, "staff.counted"))


async def count_check(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Mapping[str, str]:
    """An item that there is, a variant of it, and a quantity that one may claim."""
    filled = _filled(work, form)
    return filled if isinstance(filled, Mapping) else {}


def _filled(work: Work, form: FormSubmit) -> tuple[ItemView, int, int] | Mapping[str, str]:
    """Item, variant and quantity that a form names, or a sentence for each field that does not."""
    say, faults = work.house.wording.say, dict[str, str]()
    item = find_item(work.snapshot, form.values.get("code", "").strip())
    quantity = form.values.get("quantity", "").strip() or "1"
    variant_id = None
    if isinstance(item, Misread):
        faults["code"] = say(item.key, **item.values)
    else:
        variant_id = _variant(work, item, form.values.get("variant", "").strip())
        if variant_id is None:
            sizes = ", ".join(str(name) for name in item.variants)
            faults["variant"] = say("staff.which", code=item.code, sizes=sizes)
    if not quantity.isdecimal() or len(quantity) > 2 or int(quantity) < 1:
        faults["quantity"] = say("form.range", label=_QUANTITY.label, least=1, most=99)
    if isinstance(item, Misread) or variant_id is None or faults:
        return faults
    return item, variant_id, int(quantity)


def _variant(work: Work, item: ItemView, typed: str) -> int | None:
    if len(item.variants) == 1:
        return next(iter(item.variants.values())).id
    fitting = read_variant(typed, work.snapshot.lexicon, item.code)
    return item.variants[fitting[0]].id if len(fitting) == 1 else None


async def drop_line(work: Work, press: Press) -> Answer:
    """*Not a claim* and *Release*: the units that this line got go back at once."""
    say, told = work.house.wording.say, []
    for case, label, units in await _drop(work, press.message or "", press.key):
        name = case.member.name
        if not units:
            told.append(say("staff.question_closed", name=name, item=label))
            continue
        following = await case.promote()
        told.append(say("staff.voided", units=units, item=label, name=name, next=following))
        work.record(
            press.person,
            "claim.void",
            f"{name}: {label}",
            why=press.button,
            values={"key": press.message},
            undo=case.about | {"units": units},
        )
    return Answer(text="\n".join(told) or say("staff.line_nothing"))


async def _drop(work: Work, line_key: str, key: str) -> list[tuple[Case, str, int]]:
    """Take back what a line got, and tell its author.

    Returns the case, label and units of each claim; no units where only its size was asked.
    """
    dropped = []
    for row in await claims_of(work, line_key):
        show = work.snapshot.timeline.of(row.show_id)
        if show is None:
            continue
        person = Named(row.platform, row.person, row.name)
        case = await open_case(work, show, person, row.item_id, row.variant_id or 0, key)
        if row.variant_id is None:
            case.floor.forget_asked(case.member.customer_id, row.item_id)
            dropped.append((case, row.code, 0))
            continue
        freed = await case.give_back(claim_id=row.id)
        if freed.units:
            case.tell("claims.taken_back", item=case.label, units=freed.units)
            dropped.append((case, case.label, freed.units))
    return dropped


# --- undo -----------------------------------------------------------------------------------------


async def undo_count(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take back what a counted line got."""
    say = work.house.wording.say
    told = []
    for case, label, units in await _drop(work, act["key"], f"undo:{work.at.isoformat()}"):
        if units:
            await case.promote()
            told.append(say("staff.undone_add", units=units, item=label, name=act["name"]))
        else:
            told.append(say("staff.question_closed", name=act["name"], item=label))
    return Undone(text="\n".join(told) or say("staff.line_nothing"), done=bool(told))
