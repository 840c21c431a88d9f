"""Tells people what came to them without their typing: promotions and offers."""

from datetime import datetime

from sqlalchemy import select

from handlers.claims.floor import Floor
from handlers.claims.freeing import Promotion, promote, settle_pending
from handlers.snapshot import ShowView
from handlers.work import Work
from storage.repositories.sale import UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState, ItemState

__all__ = [
    "promote_and_tell",
    "settle_and_tell",
    "settle_show",
    "shown_time",
    "tell_promotion",
]


async def promote_and_tell(floor: Floor, variant_id: int, *, at: datetime) -> list[Promotion]:
    """Promote the next in line for free units, and tell each in the stream."""
    promoted = await promote(floor, variant_id, at=at)
    for one in promoted:
        tell_promotion(floor.work, one)
    return promoted


def tell_promotion(work: Work, promotion: Promotion) -> None:
    """Mention in the stream of their platform who got units, and until when."""
    member = promotion.member
    work.say(
        work.house.stream_of(member.platform),
        "claims.promoted",
        {
            "who": {"id": member.person, "name": member.name},
            "item": promotion.label,
            "units": promotion.units,
            "until": shown_time(work, promotion.expires_at),
        },
    )


async def settle_and_tell(floor: Floor, item_id: int) -> int:
    """Let the claims that waited for a pause into the line, and tell each; returns how many."""
    settled = await settle_pending(floor, item_id)
    for member, outcome in settled:
        floor.work.say(
            floor.work.house.stream_of(member.platform),
            "claims.outcome",
            {
                "who": {"id": member.person, "name": member.name},
                "line": "",
                "outcomes": [outcome.values()],
            },
        )
    return len(settled)


async def settle_show(work: Work, show: ShowView) -> int:
    """The same for every item that is not paused by itself, after a pause of the whole show."""
    claims = sale.claims.c
    items = await work.tx.all(
        select(claims.item_id)
        .join(sale.items, sale.items.c.id == claims.item_id)
        .where(
            claims.show_id == show.id,
            claims.state == ClaimState.PENDING,
            UNSETTLED,
            sale.items.c.state != ItemState.PAUSED,
        )
        .group_by(claims.item_id)
        .order_by(claims.item_id)
    )
    floor = Floor.of(work, show)
    await floor.load([row.item_id for row in items], {})
    return sum([await settle_and_tell(floor, row.item_id) for row in items])


def shown_time(work: Work, instant: datetime | None) -> str:
    """An instant as the shop's people read it, with the day where it is not today."""
    if instant is None:
        return ""
    here, today = instant.astimezone(work.house.timezone), work.at.astimezone(work.house.timezone)
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%a %d %b %H:%M}"
