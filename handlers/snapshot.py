"""What chat is read against, without the writer: the catalogue, the shows and their stages.

Both halves carry the version they were loaded at. A transaction that finds a newer version gives
the batch back to be read again.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.catalog.model import Item, Variant
from handlers.claims.lexicon import ClaimWords, Lexicon
from handlers.money import Money
from storage.repositories import versions
from storage.schema import sale
from storage.schema.states import RescueState, ShowState
from storage.unit_of_work import Transaction

__all__ = [
    "CatalogueView",
    "ItemView",
    "ShowView",
    "Snapshot",
    "SnapshotStale",
    "StageView",
    "TimelineView",
    "VariantView",
    "load_catalogue",
    "load_timeline",
]


class SnapshotStale(Exception):
    """The catalogue or the timeline changed after the batch was read: read it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantView:
    """A variant as the sale finds it."""

    id: int
    name: str | None
    sku: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item as the sale finds it."""

    id: int
    code: str
    title: str
    position: int
    variants: Mapping[str | None, VariantView]

    def label(self, variant: str | None) -> str:
        """How a variant of this item is named to people: `A12 / M`."""
        return (
            self.code if variant is None or len(self.variants) == 1 else f"{self.code} / {variant}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """An item on stage from one moment to another."""

    id: int
    code: str
    variant: str | None
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShowView:
    """A show as chat is judged by it."""

    id: int
    name: str
    state: ShowState
    started_at: datetime | None
    ended_at: datetime | None
    paused: bool
    claimable: str | None
    hold_minutes: int | None
    stages: tuple[StageView, ...]
    first_staged: Mapping[str, datetime]
    #: Its own marks of the lamps, None where the shop's hold.
    amber_percent: int | None = None
    pause_percent: int | None = None

    def stage_at(self, instant: datetime) -> StageView | None:
        """What was on stage at `instant`."""
        index = bisect_right(self.stages, instant, key=lambda stage: stage.from_at) - 1
        if index < 0:
            return None
        stage = self.stages[index]
        return stage if stage.until_at is None or instant < stage.until_at else None

    def meant_at(
        self, sent_at: datetime, delay: timedelta
    ) -> tuple[StageView | None, StageView | None]:
        """What a bare claim sent at `sent_at` means, and what came on stage since.

        The viewer saw the stage `delay` ago; if that was empty, the stage at `sent_at` is meant.
        """
        seen, now = self.stage_at(sent_at - delay), self.stage_at(sent_at)
        if seen is None:
            return now, None
        switched = now if now is not None and now.code != seen.code else None
        return seen, switched


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueView:
    """Every item, and the lexicon that reads claims for them."""

    version: int
    lexicon: Lexicon
    items: Mapping[str, ItemView]
    by_id: Mapping[int, ItemView]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineView:
    """The shows, newest first, and the codes that the team said were meant."""

    version: int
    shows: tuple[ShowView, ...]
    taken_codes: tuple[tuple[str, str], ...]

    def show_at(self, instant: datetime) -> ShowView | None:
        """The show that was live at `instant`."""
        for show in self.shows:
            if (
                show.started_at is not None
                and show.started_at <= instant
                and (show.ended_at is None or instant < show.ended_at)
            ):
                return show
        return None

    def live_since(self, instant: datetime) -> bool:
        """Whether a show was live at some moment from `instant` on."""
        return any(
            show.started_at is not None and (show.ended_at is None or show.ended_at >= instant)
            for show in self.shows
        )

    def of(self, show_id: int) -> ShowView | None:
        """The show of this id."""
        return next((show for show in self.shows if show.id == show_id), None)

    @property
    def live(self) -> ShowView | None:
        """The show that is live."""
        return next((show for show in self.shows if show.state is ShowState.LIVE), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Catalogue and timeline, and the lexicon with what the team said of unknown codes."""

    catalogue: CatalogueView
    timeline: TimelineView
    lexicon: Lexicon

    @classmethod
    def of(cls, catalogue: CatalogueView, timeline: TimelineView) -> "Snapshot":
        """Put both halves together."""
        lexicon = catalogue.lexicon
        for typed, code in timeline.taken_codes:
            lexicon = lexicon.with_alias(typed, code)
        return cls(catalogue=catalogue, timeline=timeline, lexicon=lexicon)

    @property
    def versions(self) -> tuple[int, int]:
        """Catalogue version and timeline version."""
        return self.catalogue.version, self.timeline.version


async def load_catalogue(tx: Transaction, words: ClaimWords) -> CatalogueView:
    """Load every item and compile the lexicon."""
    version = (await versions.current(tx)).get("catalogue", 0)
    aliases: dict[int, list[str]] = {}
    for alias, item_id in await tx.all(
        select(sale.item_aliases.c.alias, sale.item_aliases.c.item_id).order_by("alias")
    ):
        aliases.setdefault(item_id, []).append(alias)
    rows: dict[int, list[Any]] = {}
    for row in await tx.all(select(sale.variants).order_by(sale.variants.c.position)):
        rows.setdefault(row.item_id, []).append(row)
    models: list[Item] = []
    views: dict[str, ItemView] = {}
    for item in await tx.all(select(sale.items).order_by(sale.items.c.position)):
        models.append(_model(item, rows.get(item.id, []), tuple(aliases.get(item.id, ()))))
        views[item.code] = ItemView(
            id=item.id,
            code=item.code,
            title=item.title,
            position=item.position,
            variants={
                row.name: VariantView(id=row.id, name=row.name, sku=row.sku)
                for row in rows.get(item.id, [])
            },
        )
    return CatalogueView(
        version=version,
        lexicon=Lexicon.of(models, words),
        items=views,
        by_id={view.id: view for view in views.values()},
    )


def _model(item: Any, rows: Sequence[Any], aliases: tuple[str, ...]) -> Item:
    return Item(
        code=item.code,
        title=item.title,
        limit=item.limit_each,
        final_sale=item.final_sale,
        replacements=tuple(item.replacements),
        aliases=aliases,
        variants=tuple(
            Variant(
                sku=row.sku,
                name=row.name,
                price=Money(row.price_minor, row.currency),
                stock=row.on_hand,
                bin=row.bin,
                details=row.details,
            )
            for row in rows
        ),
    )


async def load_timeline(tx: Transaction, catalogue: CatalogueView) -> TimelineView:
    """Load the shows and their stages."""
    version = (await versions.current(tx)).get("timeline", 0)
    stages: dict[int, list[StageView]] = {}
    names = {
        variant.id: variant.name
        for item in catalogue.items.values()
        for variant in item.variants.values()
    }
    for row in await tx.all(select(sale.stages).order_by(sale.stages.c.from_at, sale.stages.c.id)):
        item = catalogue.by_id.get(row.item_id)
        if item is not None:
            stages.setdefault(row.show_id, []).append(
                StageView(
                    id=row.id,
                    code=item.code,
                    variant=names.get(row.variant_id),
                    from_at=row.from_at,
                    until_at=row.until_at,
                )
            )
    shows = await tx.all(
        select(sale.shows)
        # One that is only planned has no timeline; a start that was taken back never was.
        .where(sale.shows.c.started_at.is_not(None))
        .order_by(sale.shows.c.started_at.desc(), sale.shows.c.id.desc())
    )
    taken = await tx.all(
        select(sale.rescues.c.typed, sale.items.c.code)
        .join(sale.items, sale.items.c.id == sale.rescues.c.item_id)
        .join(sale.shows, sale.shows.c.id == sale.rescues.c.show_id)
        .where(sale.rescues.c.state == RescueState.TAKEN, sale.shows.c.state == ShowState.LIVE)
    )
    return TimelineView(
        version=version,
        shows=tuple(_show(row, stages.get(row.id, [])) for row in shows),
        taken_codes=tuple((row.typed, row.code) for row in taken),
    )


def _show(row: Any, stages: Sequence[StageView]) -> ShowView:
    first: dict[str, datetime] = {}
    for stage in stages:
        first.setdefault(stage.code, stage.from_at)
    return ShowView(
        id=row.id,
        name=row.name,
        state=ShowState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        paused=row.paused_at is not None,
        claimable=row.claimable,
        hold_minutes=row.hold_minutes,
        stages=tuple(stages),
        first_staged=first,
        amber_percent=row.amber_percent,
        pause_percent=row.pause_percent,
    )
