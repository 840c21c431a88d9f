"""`/show checklist`: what is missing before a show, and who should see to it. It only looks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from handlers.catalog.model import code_key
from handlers.claims.rules import SaleRules
from handlers.command_line import Invocation
from handlers.lamps.firing import Marks, mark, marks_of
from handlers.messages import Answer
from handlers.people import Role
from handlers.shows.planning import plan_line
from handlers.wording import Said, Wording
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState, ShowState
from storage.unit_of_work import Transaction

__all__ = ["Missing", "Staging", "checklist", "sentence", "staging"]

_MOST_CODES = 8
#: A mark on the last unit warns of nothing; below three units there is no better one.
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One kind of thing that is missing: `kind` names it, `owner` sees to it, for these items.

    `values` fill the sentence `checklist.<kind>` besides.
    """

    kind: str
    owner: Role
    codes: tuple[str, ...]
    #: Worth a thought, but a show can do without.
    remark: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """The run order, as codes, and what is missing for it; `live` in the middle of a show."""

    order: tuple[str, ...]
    missing: tuple[Missing, ...]
    live: bool = False


@dataclass(slots=True)
class _Item:
    """An item as the checklist looks at it."""

    row: Any
    variants: list[Any] = field(default_factory=list)

    @property
    def code(self) -> str:
        return str(self.row.code)

    @property
    def left(self) -> int:
        return sum(max(0, one.on_hand - one.reserved) for one in self.variants)

    @property
    def hot(self) -> bool:
        """Whether more was wanted of it than there is; kept counts tell, so no claim is read."""
        return any(one.waiting_entries or one.last_place > one.on_hand for one in self.variants)


async def staging(tx: Transaction, rules: SaleRules) -> Staging:
    """Look at everything that a show needs of the catalogue."""
    items = await _items(tx)
    last_end = await tx.scalar(select(func.max(sale.shows.c.ended_at)))
    show = await tx.first(select(sale.shows).where(sale.shows.c.state == ShowState.LIVE))
    of_show = (None, None) if show is None else (show.amber_percent, show.pause_percent)
    by_key = {code_key(item.code): item for item in items}

    def backed(item: _Item) -> bool:
        others = (by_key.get(code_key(code)) for code in item.row.replacements or ())
        return any(other is not None and other is not item and other.left for other in others)

    def marks(item: _Item) -> Marks:
        own = (item.row.amber_percent, item.row.pause_percent)
        return marks_of(own, of_show, shop=(rules.amber_percent, rules.pause_percent))

    looked: Sequence[tuple[str, Role, Callable[[_Item], bool]]] = (
        ("stopped", Role.MODERATOR, lambda item: item.row.state != ItemState.ON_SALE),
        ("empty", Role.PACKER, lambda item: not item.left),
        ("uncounted", Role.PACKER, lambda item: _uncounted(item, last_end)),
        ("unpriced", Role.PRODUCER, lambda i: any(one.price_minor <= 0 for one in i.variants)),
        (
            "unlimited",
            Role.PRODUCER,
            lambda item: item.row.limit_each is None and rules.limit_per_item is None,
        ),
        ("hot", Role.PRODUCER, lambda item: item.hot and not backed(item)),
        (
            "alone",
            Role.PRODUCER,
            lambda item: not item.hot and not item.row.replacements,
        ),
        (
            "no_backup",
            Role.PRODUCER,
            lambda item: not item.hot and item.row.replacements and not backed(item),
        ),
        ("no_bin", Role.PACKER, lambda item: any(not one.bin for one in item.variants)),
    )
    missing = [
        Missing(kind=kind, owner=owner, codes=codes)
        for kind, owner, lacks in looked
        if (codes := tuple(item.code for item in items if lacks(item)))
    ]
    missing += _dim_lamps(items, marks)
    if not items:
        missing = [Missing(kind="no_items", owner=Role.PRODUCER, codes=())]
    order = tuple(item.code for item in items)
    return Staging(order=order, missing=tuple(missing), live=show is not None)


async def _items(tx: Transaction) -> Sequence[_Item]:
    found = {
        row.id: _Item(row)
        for row in await tx.all(select(sale.items).order_by(sale.items.c.position))
    }
    for row in await tx.all(select(sale.variants).order_by(sale.variants.c.position)):
        found[row.item_id].variants.append(row)
    return list(found.values())


def _uncounted(item: _Item, last_end: datetime | None) -> bool:
    """Doubted, short, or claimed before and not counted since the last show ended."""
    return any(
        one.count_unsure
        or one.short
        or (
            last_end is not None
            and one.last_place > 0
            and (one.counted_at is None or one.counted_at < last_end)
        )
        for one in item.variants
    )


def _dim_lamps(items: Iterable[_Item], marks: Callable[[_Item], Marks]) -> list[Missing]:
    """Items whose amber lamp would light at the last unit only, and a mark that warns before."""
    dim: dict[tuple[int, int], list[str]] = {}
    for item in items:
        (amber, _), counts = marks(item), [max(0, v.on_hand - v.reserved) for v in item.variants]
        late = [left for left in counts if left >= _FEW and mark(left, amber) <= 1]
        if late:
            better = 100 // min(late) + 1
            dim.setdefault((better, better // 2), []).append(item.code)
    return [
        Missing(
            kind="dim",
            remark=True,
            owner=Role.PRODUCER,
            codes=tuple(codes),
            values={"amber": amber, "pause": pause},
        )
        for (amber, pause), codes in sorted(dim.items())
    ]


def sentence(wording: Wording, one: Missing, *, live: bool = False) -> Said:
    """One thing that is missing, with whoever should see to it and what to do.

    `live` where it is said in the middle of a show.
    """
    codes = ", ".join(one.codes[:_MOST_CODES])
    return wording.say(
        f"checklist.{one.kind}",
        codes=codes,
        first=one.codes[0] if one.codes else "",
        more=max(0, len(one.codes) - _MOST_CODES),
        owner=wording.say(f"role.{one.owner.value}"),
        live=live,
        **one.values,
    )


async def checklist(work: Work, command: Invocation) -> Answer:
    """`/show checklist`: the run order, and what is missing, each with an owner."""
    say, looked = work.house.wording.say, await staging(work.tx, work.rules)
    planned = await plan_line(work)
    lines = [] if planned is None else [planned]
    if looked.order:
        order = ", ".join(looked.order[:_MOST_CODES])
        more = max(0, len(looked.order) - _MOST_CODES)
        lines.append(say("checklist.order", count=len(looked.order), order=order, more=more))
    if not looked.missing:
        return Answer(text="\n".join([*lines, say("checklist.ready")]))
    lines.append(say("checklist.head", count=len(looked.missing), live=looked.live))
    lines += [sentence(work.house.wording, one, live=looked.live) for one in looked.missing]
    return Answer(text="\n".join(lines))
