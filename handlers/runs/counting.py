"""What is left of the item that a run is about, put into its words at the moment they are shown.

A number that was said once is not true for long; so it is filled anew each time, and never kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from handlers.command_line import code_named
from handlers.runs.records import Run
from handlers.snapshot import ItemView
from handlers.work import Work
from playbooks.fields import Value
from storage.schema import sale
from storage.unit_of_work import padded

__all__ = ["as_of_now", "now_of"]


async def now_of(work: Work, run: Run) -> Run:
    """The run with what is left of its item now; only to be shown."""
    return (await as_of_now(work, [run]))[0]


async def as_of_now(work: Work, runs: Sequence[Run]) -> list[Run]:
    """The same for several, read at once."""
    items = {run.id: item for run in runs if (item := _item(work, run.state.variables))}
    rows: dict[int, list[Any]] = {}
    if items:
        wanted, variants = {item.id for item in items.values()}, sale.variants.c
        chosen = select(sale.variants).where(variants.item_id.in_(padded(wanted)))
        for row in await work.tx.all(chosen.order_by(variants.position)):
            rows.setdefault(row.item_id, []).append(row)
    return [
        _filled(work, run, item, rows.get(item.id, ())) if (item := items.get(run.id)) else run
        for run in runs
    ]


def _item(work: Work, variables: Mapping[str, Value]) -> ItemView | None:
    code = code_named(work.snapshot, str(variables.get("code") or ""))
    return None if code is None else work.snapshot.catalogue.items.get(code)


def _filled(work: Work, run: Run, item: ItemView, rows: Sequence[Any]) -> Run:
    variables = run.state.variables
    left = {row.name: 0 if row.short else max(0, row.on_hand - row.reserved) for row in rows}
    sizes = [
        {"left": units, "size": name if len(left) > 1 else ""}
        for name, units in left.items()
        if units
    ]
    own: dict[str, Value] = {"left_now": str(work.house.wording.say("runs.left_now", sizes=sizes))}
    if "left" in variables:
        mine = [units for name, units in left.items() if item.label(name) == variables.get("label")]
        own["left"] = mine[0] if mine else sum(left.values())
    return replace(run, state=replace(run.state, variables={**variables, **own}))
