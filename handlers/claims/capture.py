"""Hears claims, releases and near misses in the chat of a live show."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.capability import Phase
from handlers.claims.answering import answer, load_asked, may_answer
from handlers.claims.early import EarlyClaims
from handlers.claims.edits import deleted, edited
from handlers.claims.floor import Floor
from handlers.claims.hints import Hints
from handlers.claims.judging import (
    STAFF,
    hints_for,
    is_open,
    narrowed,
    origin,
    show_of,
    takes_part,
    variant_of,
)
from handlers.claims.paid import PaidReleases
from handlers.claims.reading import Kind, NearMiss, Reading, Wish
from handlers.claims.records import Entry, Member, Note, Outcome, public
from handlers.claims.rescues import Rescues
from handlers.claims.trial import Trials, is_trial
from handlers.hearing import Line
from handlers.messages import MessageDeleted, MessageEdited
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work

__all__ = ["Capture", "claim_for", "told"]


class Capture:
    """The claims capability's ear: for claims, releases, near misses, and which size is meant."""

    phase = Phase.SALE

    async def prepare(self, work: Work, lines: Sequence[Line]) -> None:
        """Lock the items these lines name; load their people, their hints and open rescues."""
        items: dict[ShowView, set[int]] = {}
        people: dict[ShowView, dict[tuple[str, str], str]] = {}
        hints, rescued = [], []
        for line in lines:
            for hint in hints_for(line, work.snapshot, work.rules):
                hints.append((line.message.channel, hint.subject, line.person.id))
            show = show_of(line, work.snapshot)
            if show is None or line.person.may(STAFF):
                continue
            if line.reading.unknown:
                rescued.append((show.id, line.reading.unknown))
            if line.reading.items:
                codes = (wish.code for wish in line.reading.items)
                items.setdefault(show, set()).update(
                    work.snapshot.catalogue.items[code].id for code in codes
                )
                who = (line.person.platform, line.person.id)
                people.setdefault(show, {})[who] = line.person.name
        for show, ids in items.items():
            await Floor.of(work, show).load(ids, people[show])
        if any(not takes_part(line) and may_answer(line) for line in lines):
            await load_asked(work, lines)
        trials = [line for line in lines if is_trial(line, work.snapshot.lexicon)]
        if trials:
            await Trials.of(work).load(trials)
        if hints:
            await Hints.of(work).load(hints)
        if rescued:
            await Rescues.of(work).load(rescued)

    async def hear(self, work: Work, line: Line) -> bool:
        """Take a line if it is about claims."""
        if isinstance(line.message, MessageDeleted):
            return await deleted(work, line, line.message)
        if is_trial(line, work.snapshot.lexicon):
            Trials.of(work).answer(line)
            return True
        if not takes_part(line):
            outcome = answer(work, line)
            if outcome is not None:
                told(work, line, [outcome])
            return outcome is not None
        show = show_of(line, work.snapshot)
        outcomes: Sequence[Mapping[str, Any]] | None = None
        if show is not None and not line.person.may(STAFF):
            if isinstance(line.message, MessageEdited):
                outcomes = await edited(work, line, line.message)
            if outcomes is None:
                outcomes = _taken(work, line, show)
        _hint(work, line, outcomes or ())
        if outcomes:
            told(work, line, outcomes)
        return True


def _taken(work: Work, line: Line, show: ShowView) -> Sequence[Mapping[str, Any]]:
    """Do what a line asks for, typed by a viewer in a show."""
    if line.reading.near_miss is NearMiss.UNKNOWN_CODE:
        Rescues.of(work).gather(line)
    if line.reading.kind is Kind.CLAIM:
        return _claims(work, line, show, line.reading)
    if line.reading.kind is Kind.CANCEL:
        return list(_releases(work, line, show, line.reading))
    return ()


def _hint(work: Work, line: Line, outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Say what a line needs to be told; an edit that changed nothing asks for no size."""
    unchanged = any(outcome.get("k") == Note.EDIT_GONE for outcome in outcomes)
    for hint in hints_for(line, work.snapshot, work.rules):
        if not (unchanged and hint.every_time):
            Hints.of(work).need(line.message.channel, line.person, hint, line.at)


def told(work: Work, line: Line, outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Reply to a line where it was typed, as far as it is for everybody."""
    outcomes = public(outcomes)
    if not outcomes:
        return
    work.say(
        line.message.channel,
        "claims.outcome",
        {
            "who": {"id": line.person.id, "name": line.person.name},
            "line": line.message.native_id,
            "outcomes": outcomes,
        },
    )


def _claims(work: Work, line: Line, show: ShowView, reading: Reading) -> list[Mapping[str, Any]]:
    floor = Floor.of(work, show)
    named = Counter(wish.code for wish in reading.items)
    outcomes: list[Mapping[str, Any]] = []
    for wish in reading.items:
        item = work.snapshot.catalogue.items[wish.code]
        if not is_open(show, wish.code, line.at, work.rules):
            EarlyClaims.of(work).remember(line, show, item)
            continue
        outcome = claim_for(floor, line, item, wish)
        values = outcome.values() if outcome is not None else {}
        if values.get("k") == Note.ADDED and named[wish.code] > 1:
            # Who names two sizes in one line wants both.
            del values["k"]
        if wish.staged and line.switched:
            first = outcome.variant_id if outcome else next(iter(item.variants.values())).id
            values = {"i": item.code, **values, "o": line.switched, "v": first}
        if values:
            outcomes.append(values)
    return outcomes


def claim_for(floor: Floor, line: Line, item: ItemView, wish: Wish) -> Outcome | None:
    """Claim what a wish names; None where the size has to be asked first."""
    member = floor.members[line.person.platform, line.person.id]
    variant_id = variant_of(item, wish)
    entry = Entry(
        member=member,
        variant_id=variant_id or 0,
        quantity=wish.quantity or 1,
        counted=wish.counted,
        sent_at=line.at,
        key=origin(line),
        channel=line.message.channel.id,
    )
    if variant_id is None:
        floor.ask_size(entry, item.id, narrowed(wish.fitting))
        return None
    return floor.enter(entry)


def _releases(
    work: Work, line: Line, show: ShowView, reading: Reading
) -> Iterator[Mapping[str, Any]]:
    floor = Floor.of(work, show)
    member = floor.members[line.person.platform, line.person.id]
    for wish in reading.items:
        item = work.snapshot.catalogue.items[wish.code]
        asked = floor.forget_asked(member.customer_id, item.id)
        named = variant_of(item, wish)
        variants = [v.id for v in item.variants.values() if named is None or v.id == named]
        mine = [v for v in variants if floor.standing(member.customer_id, v).unpaid]
        for variant_id in mine:
            yield _release(floor, line, member, variant_id, wish.quantity).values()
        if mine:
            continue
        if asked is not None:
            unasked = Outcome(label=item.code, variant_id=variants[0], note=Note.UNASKED)
            yield unasked.values()
        else:
            yield _nothing_to_release(floor, member, item.label(wish.variant), variants).values()


def _release(
    floor: Floor, line: Line, member: Member, variant_id: int, quantity: int | None
) -> Outcome:
    standing = floor.standing(member.customer_id, variant_id)
    have = standing.unpaid
    units = None if quantity is None or quantity >= have else quantity
    entry = Entry(
        member=member,
        variant_id=variant_id,
        quantity=1,
        counted=False,
        sent_at=line.at,
        key=origin(line),
        channel=line.message.channel.id,
    )
    floor.ask_release(entry, units)
    return Outcome(
        label=floor.stock[variant_id].label,
        variant_id=variant_id,
        note=Note.RELEASING,
        have=0 if units is None else have - units,
        **standing.going(units),
    )


def _nothing_to_release(
    floor: Floor, member: Member, label: str, variants: Sequence[int]
) -> Outcome:
    for variant_id in variants:
        bought = floor.standing(member.customer_id, variant_id).bought
        if bought:
            paid = floor.stock[variant_id].label
            PaidReleases.of(floor.work).ask(member, variant_id, paid, bought)
            return Outcome(label=paid, variant_id=variant_id, note=Note.PAID)
    return Outcome(label=label, variant_id=variants[0], note=Note.NOTHING)
