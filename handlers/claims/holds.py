"""Holds over time: warned, extended once, expired, and handed to the next in line."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from handlers.capability import Deadline
from handlers.claims.floor import Floor
from handlers.claims.freeing import end_hold, give_back
from handlers.claims.hold_times import next_warning
from handlers.claims.private import customer_of, label_of
from handlers.claims.telling import promote_and_tell, shown_time
from handlers.messages import Answer, Press
from handlers.snapshot import ShowView
from handlers.work import Work
from storage.repositories.sale import HELD, OPEN_RELEASE
from storage.schema import sale
from storage.schema.states import HoldState, ReleaseState
from storage.unit_of_work import padded

__all__ = ["EXPIRY", "RELEASES", "WARNINGS", "extend", "tell_unpaid"]

_AT_ONCE = 500


async def _expire(work: Work, due: datetime) -> None:
    """End the holds that are over; free units go on in the same step."""
    holds = sale.holds.c
    over = await work.tx.all(
        select(sale.holds, sale.variants.c.item_id, *_WHO)
        .join(sale.variants, sale.variants.c.id == holds.variant_id)
        .join(sale.claims, sale.claims.c.id == holds.claim_id)
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(holds.expires_at <= due, HELD, text("holds.expires_at IS NOT NULL"))
        .order_by(holds.expires_at, holds.id)
        .limit(_AT_ONCE)
    )
    for row in over:
        floor = await _floor_of(work, row)
        if floor is None:
            continue
        await end_hold(floor, row, row.quantity, HoldState.EXPIRED, work.at)
        work.say(
            work.house.stream_of(row.platform),
            "holds.expired",
            {
                "who": {"id": row.person, "name": row.who},
                "item": label_of(row),
                "units": row.quantity,
            },
        )
        await promote_and_tell(floor, row.variant_id, at=work.at)


_WHO = (
    sale.claims.c.code,
    sale.claims.c.variant,
    sale.identities.c.platform,
    sale.identities.c.person,
    sale.identities.c.name.label("who"),
)


async def _floor_of(work: Work, row: Any) -> Floor | None:
    show = _show(work, row.show_id)
    if show is None:
        return None
    floor = Floor.of(work, show)
    await floor.load([row.item_id], {(row.platform, row.person): row.who})
    return floor


def _show(work: Work, show_id: int) -> ShowView | None:
    return next((show for show in work.snapshot.timeline.shows if show.id == show_id), None)


async def _release(work: Work, due: datetime) -> None:
    """Let go what was cancelled in chat and not kept."""
    releases = sale.releases.c
    rows = await work.tx.all(
        select(
            sale.releases,
            sale.variants.c.item_id,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name.label("who"),
        )
        .join(sale.variants, sale.variants.c.id == releases.variant_id)
        .join(sale.identities, sale.identities.c.id == releases.identity_id)
        .where(releases.due_at <= due, OPEN_RELEASE)
        .order_by(releases.due_at, releases.id)
        .limit(_AT_ONCE)
    )
    for row in rows:
        floor = await _floor_of(work, row)
        if floor is None:
            continue
        freed = await give_back(floor, row.customer_id, row.variant_id, row.quantity, at=work.at)
        await work.tx.run(
            update(sale.releases).where(releases.id == row.id).values(state=ReleaseState.DONE)
        )
        if freed.units:
            work.say(
                work.house.stream_of(row.platform),
                "claims.released",
                {
                    "who": {"id": row.person, "name": row.who},
                    "item": floor.stock[row.variant_id].label,
                    "units": freed.units,
                },
            )
        await promote_and_tell(floor, row.variant_id, at=work.at)


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
        named = [{"id": person, "name": who} for person, who in people.items()]
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
        select(holds.id, holds.expires_at)
        .where(
            holds.customer_id == customer_id,
            holds.extended.is_(False),
            holds.expires_at.is_not(None),
            HELD,
        )
        .order_by(holds.id)
        .with_for_update()
    )
    if not rows or not work.rules.extensions:
        return Answer(text=say("holds.not_extended"))
    longer = timedelta(hours=work.rules.extension_hours)
    for row in rows:
        end = row.expires_at + longer
        await work.tx.run(
            update(sale.holds)
            .where(holds.id == row.id)
            .values(expires_at=end, extended=True, warn_due=next_warning(work.rules, end, work.at))
        )
    last = max(row.expires_at for row in rows) + longer
    return Answer(text=say("holds.extended", until=shown_time(work, last)))


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
