"""How a line counts: pure questions about a line and the snapshot it was read against."""

from collections.abc import Iterator
from datetime import timedelta

from handlers.claims.hints import Hint
from handlers.claims.reading import Kind, NearMiss, Reading, Wish
from handlers.claims.rules import Claimable, SaleRules
from handlers.hearing import Line
from handlers.people import EVERYONE, Role
from handlers.snapshot import ItemView, ShowView, Snapshot

__all__ = ["STAFF", "hints_for", "is_open", "takes_part", "variant_of"]

#: Who speaks for the shop in chat: their lines are never claims.
STAFF = EVERYONE - {Role.VIEWER, Role.CUSTOMER}


def takes_part(line: Line) -> bool:
    """Whether a line is a claim, a release or nearly one, typed by a person for themselves."""
    return line.reading.kind is not Kind.NONE


def is_open(show: ShowView, code: str, line: Line, rules: SaleRules) -> bool:
    """Whether an item can be claimed at the moment of this line (the `claimable` rule)."""
    claimable = Claimable(show.claimable) if show.claimable else rules.claimable
    if claimable is Claimable.LISTED:
        return True
    first = show.first_staged.get(code)
    if claimable is Claimable.AFTER_STAGED:
        return first is not None and first <= line.at
    delay = timedelta(seconds=rules.stream_delay_seconds)
    return any(
        stage is not None and stage.code == code
        for stage in (show.stage_at(line.at), show.stage_at(line.at - delay))
    )


def variant_of(item: ItemView, wish: Wish) -> int | None:
    """The id of the variant that a wish names, or None where it has to be asked."""
    if wish.variant is None and len(item.variants) > 1:
        return None
    if wish.variant is None:
        return next(iter(item.variants.values())).id
    return item.variants[wish.variant].id


def hints_for(line: Line, snapshot: Snapshot, rules: SaleRules) -> Iterator[Hint]:
    """The hints that a line needs, whatever the stock says."""
    reading = line.reading
    if line.show is None:
        if reading.kind is Kind.CLAIM:
            yield _outside_a_show(line, snapshot)
        return
    if line.person.may(STAFF):
        if reading.kind is Kind.CLAIM:
            wish = reading.items[0]
            yield Hint(
                key="hint.staff",
                about=f"{line.person.id}:{wish.code}",
                values={
                    "code": wish.code,
                    "variant_id": variant_of(snapshot.catalogue.items[wish.code], wish),
                    "units": wish.quantity or 1,
                },
            )
        return
    if reading.near_miss is not None:
        yield _near_miss(reading, reading.near_miss, snapshot)
    if reading.kind is Kind.CLAIM:
        yield from _of_claims(line, line.show, reading, snapshot, rules)


def _outside_a_show(line: Line, snapshot: Snapshot) -> Hint:
    over = any(
        show.ended_at is not None and show.ended_at <= line.at for show in snapshot.timeline.shows
    )
    if over and not _soon(line, snapshot):
        return Hint(key="hint.over", about="", values={"codes": []})
    return Hint(key="hint.not_live", about="", values={})


def _soon(line: Line, snapshot: Snapshot) -> bool:
    """Whether the next show is staged already, so that the last one is no longer the talk."""
    return bool(snapshot.timeline.shows) and snapshot.timeline.shows[0].ended_at is None


def _near_miss(reading: Reading, kind: NearMiss, snapshot: Snapshot) -> Hint:
    codes = [code for code in reading.codes if code in snapshot.catalogue.items]
    unknown = reading.unknown[0] if reading.unknown else ""
    about = unknown or (codes[0] if codes else "")
    values: dict[str, object] = {"code": about, "codes": codes[:3]}
    if kind in (NearMiss.UNKNOWN_CODE, NearMiss.LOOK_ALIKE):
        values["code"] = unknown or about
    if codes:
        names = [name for name in snapshot.catalogue.items[codes[0]].variants if name]
        values["sizes"] = ", ".join(names) or "one kind only"
    else:
        values["sizes"] = ""
    return Hint(key=f"hint.{kind.value}", about=about, values=values)


def _of_claims(
    line: Line, show: ShowView, reading: Reading, snapshot: Snapshot, rules: SaleRules
) -> Iterator[Hint]:
    for wish in reading.items:
        if not is_open(show, wish.code, line, rules):
            on_stage_only = (show.claimable or rules.claimable) == Claimable.ON_STAGE
            missed = on_stage_only and wish.code in show.first_staged
            key = "hint.not_on_stage" if missed else "hint.early"
            yield Hint(key=key, about=wish.code, values={"code": wish.code})
        elif variant_of(snapshot.catalogue.items[wish.code], wish) is None:
            item = snapshot.catalogue.items[wish.code]
            fitting = wish.fitting or tuple(name for name in item.variants if name)
            yield Hint(
                key="hint.size",
                about=wish.code,
                values={
                    "code": wish.code,
                    "choices": [[item.variants[name].id, name] for name in fitting],
                },
                every_time=True,
            )
