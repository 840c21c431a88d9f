"""Tells people what came to them without their typing: promotions and offers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from handlers.claims.floor import Floor
from handlers.claims.freeing import Promotion, promote, settle_pending
from handlers.claims.people_lists import MY_CART
from handlers.claims.rules import SaleRules
from handlers.messages import Address, Reach
from handlers.snapshot import ShowView
from handlers.speech import Rendered, Spoken, gather
from handlers.times import shown_time
from handlers.wording import Wording
from handlers.work import Work
from storage.repositories.sale import UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState, ItemState

__all__ = [
    "merge_lines",
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
    """Mention in the stream who got units, and until when; by DM too, if they wished so."""
    member = promotion.member
    told = {
        "item": promotion.label,
        "units": promotion.units,
        "until": shown_time(work, promotion.expires_at),
    }
    who = work.house.who(member.platform, member.person, member.name)
    work.say(work.house.stream_of(member.platform), "claims.promoted", {"who": who, **told})
    if member.tells_by_dm:
        to = Address(member.platform, Reach.PERSON, member.person)
        work.say(to, "claims.promoted_dm", told)


async def settle_and_tell(floor: Floor, item_id: int) -> int:
    """Let the claims that waited for a pause into the line, and tell each; returns how many."""
    settled = await settle_pending(floor, item_id)
    for member, outcome in settled:
        if outcome.private:
            continue
        floor.work.say(
            floor.work.house.stream_of(member.platform),
            "claims.outcome",
            {
                "who": floor.work.house.who(member.platform, member.person, member.name),
                "line": "",
                "outcomes": [outcome.values()],
            },
        )
    return len(settled)


async def settle_show(work: Work, show: ShowView, *, at_the_end: bool = False) -> int:
    """The same for every item after a pause of the whole show; `show` is as it is from now on.

    An item that is paused by itself keeps its claims pending, but `at_the_end` of the show they
    stand in its line: nobody's place is lost, and nothing is given out before it goes on.
    """
    claims = sale.claims.c
    rows = await work.tx.all(
        select(claims.item_id)
        .where(claims.show_id == show.id, claims.state == ClaimState.PENDING, UNSETTLED)
        .group_by(claims.item_id)
        .order_by(claims.item_id)
    )
    floor = Floor.of(work, show)
    # It may have been opened before the show went on.
    floor.show = show
    await floor.load([row.item_id for row in rows], {})
    count = 0
    for item in [floor.items[row.item_id] for row in rows]:
        if item.state == ItemState.PAUSED and at_the_end:
            item.state = ItemState.STOPPED
        if item.state != ItemState.PAUSED:
            count += await settle_and_tell(floor, item.id)
    return count


def merge_lines(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """What came and went by itself: a line each, in one post over one *My cart*."""
    return gather(
        [(wording.say(one.kind, **one.values), (one.id,)) for one in spoken],
        kind="holds",
        max_characters=max_characters,
        buttons=(MY_CART,),
    )
