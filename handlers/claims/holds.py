"""Holds over time: warned, extended once, expired, and handed to the next in line."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from handlers.capability import Deadline
from handlers.claims.floor import Floor
from handlers.claims.freeing import end_hold, give_back
from handlers.claims.hold_times import next_warning
from handlers.claims.private import customer_of
from handlers.claims.telling import promote_and_tell, shown_time
from handlers.messages import Answer, Press
from handlers.work import Work
from storage.repositories.sale import HELD, OPEN_RELEASE, lock_items
from storage.schema import sale
from storage.schema.states import HoldState, ReleaseState
from storage.unit_of_work import padded

__all__ = ["EXPIRY", "RELEASES", "WARNINGS", "extend", "stretch", "tell_unpaid"]

_AT_ONCE = 500


async def _expire(work: Work, due: datetime) -> None:
    """End the holds that are over; free units go on in the same step."""
    holds = sale.holds.c
    over = await work.tx.all(
        select(holds.id, holds.show_id, holds.variant_id, sale.variants.c.item_id, *_WHO)
        .join(sale.variants, sale.variants.c.id == holds.variant_id)
        .join(sale.claims, sale.claims.c.id == holds.claim_id)
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(holds.expires_at <= due, HELD, text("holds.expires_at IS NOT NULL"))
        .order_by(holds.expires_at, holds.id)
        .limit(_AT_ONCE)
    )
    async for floor, row in _by_show(work, over):
        # Until its item was locked, its holder may have extended it or given it back.
        hold = await work.tx.first(
            select(sale.holds).where(holds.id == row.id, holds.expires_at <= due, HELD)
        )
        if hold is None:
            continue
        await end_hold(floor, hold, hold.quantity, HoldState.EXPIRED, work.at)
        _tell(work, row, "holds.expired", floor.stock[row.variant_id].label, hold.quantity)
        await promote_and_tell(floor, row.variant_id, at=work.at)


_WHO = (
    sale.identities.c.platform,
    sale.identities.c.person,
    sale.identities.c.name.label("who"),
)


async def _release(work: Work, due: datetime) -> None:
    """Let go what was cancelled in chat and not kept."""
    releases = sale.releases.c
    asked = await work.tx.all(
        select(sale.releases, sale.variants.c.item_id, *_WHO)
        .join(sale.variants, sale.variants.c.id == releases.variant_id)
        .join(sale.identities, sale.identities.c.id == releases.identity_id)
        .where(releases.due_at <= due, OPEN_RELEASE)
        .order_by(releases.due_at, releases.id)
        .limit(_AT_ONCE)
    )
    async for floor, row in _by_show(work, asked):
        not_kept = await work.tx.run(
            update(sale.releases)
            .where(releases.id == row.id, OPEN_RELEASE)
            .values(state=ReleaseState.DONE)
        )
        if not not_kept:
            continue
        freed = await give_back(floor, row.customer_id, row.variant_id, row.quantity, at=work.at)
        if freed.units:
            went = {"held": freed.held, "waiting": freed.units - freed.held}
            _tell(
                work, row, "claims.released", floor.stock[row.variant_id].label, freed.units, **went
            )
        await promote_and_tell(floor, row.variant_id, at=work.at)


async def _by_show(work: Work, rows: Sequence[Any]) -> AsyncIterator[tuple[Floor, Any]]:
    """Each row on the floor of its show; their items are locked all at once, in order."""
    await lock_items(work.tx, [row.item_id for row in rows])
    for show_id in sorted({row.show_id for row in rows}):
        mine = [row for row in rows if row.show_id == show_id]
        show = work.snapshot.timeline.of(show_id)
        if show is None:
            raise LookupError(f"show {show_id} has units but is not in the timeline")
        floor = Floor.of(work, show)
        people = {(row.platform, row.person): row.who for row in mine}
        await floor.load([row.item_id for row in mine], people)
        for row in mine:
            yield floor, row
        # Two floors must not count with one variant at a time.
        await work.put_away()


def _tell(work: Work, row: Any, kind: str, label: str, units: int, **more: int) -> None:
    who = work.house.who(row.platform, row.person, row.who)
    told = {"who": who, "item": label, "units": units, **more}
    work.say(work.house.stream_of(row.platform), kind, told)


async def _warn(work: Work, due: datetime) -> None:
    """Mention those whose holds end soon; one message for all of one platform and end."""
    holds = sale.holds.c
    rows = await work.tx.all(
        select(
            holds.id,
            holds.expires_at,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name.label("who"),
        )
        .join(sale.claims, sale.claims.c.id == holds.claim_id)
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(holds.warn_due <= due, HELD, text("holds.warn_due IS NOT NULL"))
        .order_by(holds.warn_due, holds.id)
    )
    tell_unpaid(work, "holds.warning", rows)
    await work.tx.run(
        update(sale.holds).where(holds.id.in_(padded(row.id for row in rows))).values(warn_due=None)
    )
    again: dict[datetime, list[int]] = {}
    for row in rows:
        warning = next_warning(work.rules, row.expires_at, due)
        if warning is not None:
            again.setdefault(warning, []).append(row.id)
    for warning, ids in again.items():
        await work.tx.run(
            update(sale.holds).where(holds.id.in_(padded(ids))).values(warn_due=warning)
        )


def tell_unpaid(work: Work, kind: str, rows: Sequence[Any]) -> None:
    """Mention who has not paid, at most `reminder_mentions` in a message, over *My cart*.

    `rows` name `platform, person, who, expires_at`.
    """
    groups: dict[tuple[str, datetime | None], dict[str, str]] = {}
    for row in rows:
        groups.setdefault((row.platform, row.expires_at), {})[row.person] = row.who
    for (platform, expires_at), people in groups.items():
        named = [work.house.who(platform, person, who) for person, who in people.items()]
        for start in range(0, len(named), work.rules.reminder_mentions):
            work.say(
                work.house.stream_of(platform),
                kind,
                {
                    "people": named[start : start + work.rules.reminder_mentions],
                    "until": shown_time(work, expires_at),
                },
            )


async def extend(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Hold it longer*: once, at the customer's wish, all that has an end."""
    say, holds = work.house.wording.say, sale.holds.c
    customer_id = await customer_of(work, press.person)
    rows = await work.tx.all(
        select(holds.id, holds.expires_at, holds.extended)
        .where(holds.customer_id == customer_id, HELD)
        .order_by(holds.id)
        .with_for_update()
    )
    ending = [row for row in rows if row.expires_at is not None]
    able = [row for row in ending if not row.extended]
    if not rows:
        return Answer(text=say("holds.none"))
    if not ending:
        return Answer(text=say("holds.no_end"))
    if not able or not work.rules.extensions:
        until = shown_time(work, min(row.expires_at for row in ending))
        return Answer(text=say("holds.not_extended", until=until))
    longer = timedelta(hours=work.rules.extension_hours)
    for row in able:
        end = row.expires_at + longer
        await work.tx.run(
            update(sale.holds)
            .where(holds.id == row.id)
            .values(expires_at=end, extended=True, warn_due=next_warning(work.rules, end, work.at))
        )
    # All is safe until the first of them ends.
    first = min(row.expires_at if row not in able else row.expires_at + longer for row in ending)
    return Answer(text=say("holds.extended", until=shown_time(work, first)))


async def stretch(work: Work, hold_ids: Sequence[int], until: datetime) -> None:
    """Hold these units until then at least, because they are being paid; warnings follow."""
    holds = sale.holds.c
    await work.tx.run(
        update(sale.holds)
        .where(holds.id.in_(padded(hold_ids)), holds.expires_at < until, HELD)
        .values(expires_at=until, warn_due=next_warning(work.rules, until, work.at))
    )


EXPIRY = Deadline(
    name="holds.expiry",
    due=select(func.min(sale.holds.c.expires_at)).where(HELD, text("holds.expires_at IS NOT NULL")),
    run=_expire,
)
WARNINGS = Deadline(
    name="holds.warnings",
    due=select(func.min(sale.holds.c.warn_due)).where(HELD, text("holds.warn_due IS NOT NULL")),
    run=_warn,
)
RELEASES = Deadline(
    name="claims.releases",
    due=select(func.min(sale.releases.c.due_at)).where(OPEN_RELEASE),
    run=_release,
)
