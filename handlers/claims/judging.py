"""How a line counts: pure questions about a line and the snapshot it was read against."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from handlers.claims.hints import Hint
from handlers.claims.reading import Kind, NearMiss, Reading, Wish
from handlers.claims.rules import Claimable, SaleRules
from handlers.hearing import Line
from handlers.messages import MessageEdited
from handlers.people import EVERYONE, Role
from handlers.snapshot import ItemView, ShowView, Snapshot
from storage.schema.states import ShowState

__all__ = [
    "STAFF",
    "becomes_claim",
    "hints_for",
    "is_open",
    "names_nothing",
    "narrowed",
    "opened_since",
    "origin",
    "show_of",
    "size_hint",
    "takes_part",
    "variant_of",
]

#: Who speaks for the shop in chat: their lines are never claims.
STAFF = EVERYONE - {Role.VIEWER, Role.CUSTOMER}
#: What is nearly a claim, or no line about claims if it names no item.
_OF_AN_ITEM = frozenset(
    {NearMiss.ASKS, NearMiss.CONDITION, NearMiss.WANTS, NearMiss.PRICE, NearMiss.PERSON}
)


def takes_part(line: Line) -> bool:
    """Whether a line is a claim, a release or nearly one, typed by a person for themselves."""
    return line.reading.kind is not Kind.NONE and not names_nothing(line.reading)


def becomes_claim(line: Line, rules: SaleRules) -> bool:
    """Whether a line claims something that can be claimed at its moment, by a viewer."""
    show = line.show
    return (
        line.reading.kind is Kind.CLAIM
        and show is not None
        and not line.person.may(STAFF)
        and any(is_open(show, wish.code, line.at, rules) for wish in line.reading.items)
    )


def origin(line: Line) -> str:
    """The key of the line as first typed: what an edit claims stays with its line."""
    message = line.message
    return message.of if isinstance(message, MessageEdited) else message.key


def show_of(line: Line, snapshot: Snapshot) -> ShowView | None:
    """The show that a line is about: units held in the last show can be given back after it."""
    if line.show is not None or line.reading.kind is not Kind.CANCEL:
        return line.show
    last = next(iter(snapshot.timeline.shows), None)
    return last if last is not None and last.state is ShowState.ENDED else None


def is_open(show: ShowView, code: str, at: datetime, rules: SaleRules) -> bool:
    """Whether an item can be claimed at this moment (the `claimable` rule)."""
    claimable = Claimable(show.claimable) if show.claimable else rules.claimable
    if claimable is Claimable.LISTED:
        return True
    first = show.first_staged.get(code)
    if claimable is Claimable.AFTER_STAGED:
        return first is not None and first <= at
    delay = timedelta(seconds=rules.stream_delay_seconds)
    return any(
        stage is not None and stage.code == code
        for stage in (show.stage_at(at), show.stage_at(at - delay))
    )


def opened_since(show: ShowView, code: str, at: datetime) -> bool:
    """Whether an item came on stage after `at`: commands overtake chat that waits."""
    return any(stage.code == code and stage.from_at > at for stage in show.stages)


def variant_of(item: ItemView, wish: Wish) -> int | None:
    """The id of the variant that a wish names, or None where it has to be asked."""
    if wish.variant is None and len(item.variants) > 1:
        return None
    if wish.variant is None:
        return next(iter(item.variants.values())).id
    return item.variants[wish.variant].id


def narrowed(fitting: Sequence[str]) -> str | None:
    """What several variants have in common (`Blue` of `Blue / S` and `Blue / M`)."""
    parts = [name.split(" / ") for name in fitting]
    common = [part for part in parts[0] if all(part in other for other in parts)] if parts else []
    return " / ".join(common) or None


def hints_for(line: Line, snapshot: Snapshot, rules: SaleRules) -> Iterator[Hint]:
    """The hints that a line needs, whatever the stock says."""
    reading = line.reading
    if line.show is None:
        if reading.kind is Kind.CLAIM:
            yield _outside_a_show(line, snapshot)
        return
    if line.person.may(STAFF):
        if reading.kind is Kind.CLAIM:
            yield _of_staff(line, reading, snapshot)
        return
    if reading.near_miss is not None and not names_nothing(reading):
        yield _near_miss(reading, reading.near_miss, snapshot)
    if reading.kind is Kind.CLAIM:
        yield from _of_claims(line, line.show, reading, snapshot, rules)


def names_nothing(reading: Reading) -> bool:
    """Whether a line is nearly a claim of no item at all: `sold! how much is shipping`."""
    return reading.near_miss in _OF_AN_ITEM and not (reading.codes or reading.unknown)


def _of_staff(line: Line, reading: Reading, snapshot: Snapshot) -> Hint:
    items = snapshot.catalogue.items
    wishes = [
        [
            items[wish.code].id,
            variant_of(items[wish.code], wish) or 0,
            wish.quantity or 1,
            wish.code,
        ]
        for wish in reading.items
    ]
    about = ":".join((line.person.id, *(wish.code for wish in reading.items)))
    return Hint(key="hint.staff", about=about, values={"wishes": wishes})


def _outside_a_show(line: Line, snapshot: Snapshot) -> Hint:
    over = any(
        show.ended_at is not None and show.ended_at <= line.at for show in snapshot.timeline.shows
    )
    if over and not _soon(line, snapshot):
        return Hint(key="hint.over", about="", values={})
    return Hint(key="hint.not_live", about="", values={})


def _soon(line: Line, snapshot: Snapshot) -> bool:
    """Whether the next show is staged already, so that the last one is no longer the talk."""
    return bool(snapshot.timeline.shows) and snapshot.timeline.shows[0].ended_at is None


def _near_miss(reading: Reading, kind: NearMiss, snapshot: Snapshot) -> Hint:
    codes = [code for code in reading.codes if code in snapshot.catalogue.items]
    unknown = reading.unknown[0] if reading.unknown else ""
    about = unknown or (codes[0] if codes else "")
    if kind is NearMiss.AMBIGUOUS_NUMBER:
        number = next((code for code in codes if code.isdecimal()), None)
        about, kind = (number, kind) if number else (about, NearMiss.BAD_QUANTITY)
    typed = reading.typed or about
    values: dict[str, object] = {"code": about, "codes": codes[:3], "typed": typed}
    if codes:
        names = [name for name in snapshot.catalogue.items[codes[0]].variants if name]
        values["sizes"] = ", ".join(names) or "one kind only"
    else:
        values["sizes"] = ""
    key = f"hint.{kind.value}"
    return Hint(key=key, about=about or key, values=values, family="near")


def _of_claims(
    line: Line, show: ShowView, reading: Reading, snapshot: Snapshot, rules: SaleRules
) -> Iterator[Hint]:
    for wish in reading.items:
        item = snapshot.catalogue.items[wish.code]
        if not is_open(show, wish.code, line.at, rules):
            key = _why_closed(show, wish.code, line.at, rules)
            yield Hint(key=key, about=wish.code, values={"code": wish.code})
        elif variant_of(item, wish) is None:
            yield size_hint(item, wish)


def _why_closed(show: ShowView, code: str, at: datetime, rules: SaleRules) -> str:
    if opened_since(show, code, at):
        return "hint.just_opened"
    on_stage_only = (show.claimable or rules.claimable) == Claimable.ON_STAGE
    return "hint.not_on_stage" if on_stage_only and code in show.first_staged else "hint.early"


def size_hint(item: ItemView, wish: Wish) -> Hint:
    """The question which of the variants that still fit is meant."""
    fitting = wish.fitting or tuple(name for name in item.variants if name)
    choices = [[item.variants[name].id, name] for name in fitting]
    narrowed = [str(choice[0]) for choice in choices] if wish.fitting else []
    return Hint(
        key="hint.size",
        about=":".join((wish.code, *narrowed)),
        values={"code": wish.code, "choices": choices},
        every_time=True,
    )
