"""Claims typed before their item could be claimed: never kept, but told once when it opens."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.capability import Follower
from handlers.claims.judging import opened_since
from handlers.events import Event, ItemStaged
from handlers.hearing import Line
from handlers.messages import Channel
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work
from storage.schema import sale
from storage.unit_of_work import padded
from storage.upsert import upsert

__all__ = ["OPENED", "EarlyClaims"]


class EarlyClaims:
    """Who came too early in one transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows: dict[tuple[int, int, str, str], dict[str, Any]] = {}

    @classmethod
    def of(cls, work: Work) -> "EarlyClaims":
        """The early claims of this transaction."""
        early = work.parts.get(cls)
        if early is None:
            early = work.parts[cls] = cls(work)
            work.closers.append(early.flush)
        return early

    def remember(self, line: Line, show: ShowView, item: ItemView) -> None:
        """Note whom to tell when `item` opens, unless it has opened since the line was sent."""
        if opened_since(show, item.code, line.at):
            return
        key = (show.id, item.id, line.person.platform, line.person.id)
        self._rows.setdefault(
            key,
            {
                "show_id": show.id,
                "item_id": item.id,
                "platform": line.person.platform,
                "channel": line.message.channel.id,
                "person": line.person.id,
                "name": line.person.name,
            },
        )

    async def flush(self) -> None:
        """Write who is new."""
        if self._rows:
            statement = upsert(self._work.tx, sale.early_claims).on_conflict_do_nothing()
            await self._work.tx.run(statement, list(self._rows.values()))
            self._rows.clear()


async def _tell_opened(work: Work, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, ItemStaged):
            await _tell(work, event)


async def _tell(work: Work, event: ItemStaged) -> None:
    early = sale.early_claims.c
    rows = await work.tx.all(
        select(sale.early_claims)
        .where(
            early.show_id == event.show_id,
            early.item_id == event.item_id,
            early.told_at.is_(None),
        )
        .order_by(early.id)
    )
    by_channel: dict[Channel, list[dict[str, str]]] = {}
    for row in rows:
        who = {"id": row.person, "name": row.name}
        by_channel.setdefault(Channel(row.platform, row.channel), []).append(who)
    for channel, people in by_channel.items():
        work.say(channel, "claims.opened", {"item": event.code, "people": people})
    if rows:
        await work.tx.run(
            update(sale.early_claims)
            .where(early.id.in_(padded(row.id for row in rows)))
            .values(told_at=work.at)
        )


#: Those who came early hear that the item is on stage now.
OPENED = Follower(name="claims.opened", events=(ItemStaged,), run=_tell_opened)
