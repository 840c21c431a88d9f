"""Deciding what an import writes: pure, from what is known and what the file says.

An item is known by its code, a variant by its SKU. What anyone holds or waits for keeps its code;
what the file does not name stays as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.catalog.assembly import variant_key
from handlers.catalog.import_stock import StockCount, counted
from handlers.catalog.import_values import (
    FieldChange,
    ImportPlan,
    ImportReport,
    KnownItem,
    KnownVariant,
    StockChange,
    StockMode,
    Values,
    Waiting,
)
from handlers.catalog.model import Catalog, Item, Variant, code_key

__all__ = ["plan_import", "retired_code"]

_LONGEST_CODE = 20
_LONGEST_ALIAS = 80


def plan_import(known: Sequence[KnownItem], catalog: Catalog, stock: StockMode) -> ImportPlan:
    """What importing `catalog` over what is `known` writes; with `problems` nothing may be."""
    planner = _Planner(known=known, catalog=catalog, stock=stock)
    for item in catalog.items:
        planner.place(item)
    for item in catalog.items:
        planner.take(item)
    planner.leave_the_rest()
    return planner.finished()


def retired_code(code: str, taken: Iterable[str]) -> str:
    """A free code under which the old product of `code` is kept: `A12-OLD`, `A12-OLD2`, ..."""
    keys = {code_key(other) for other in taken}
    number = 1
    while True:
        tail = f"-OLD{number if number > 1 else ''}"
        candidate = code[: _LONGEST_CODE - len(tail)].rstrip(" -") + tail
        if code_key(candidate) not in keys:
            return candidate
        number += 1


@dataclass(slots=True, kw_only=True)
class _Planner:
    known: Sequence[KnownItem]
    catalog: Catalog
    stock: StockMode
    plan: ImportPlan = field(default_factory=ImportPlan)
    changes: list[FieldChange] = field(default_factory=list)
    counts: list[StockCount] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0
    by_key: dict[str, KnownItem] = field(init=False)
    by_sku: dict[str, KnownVariant] = field(init=False)
    codes: dict[int, str] = field(init=False)
    in_file: frozenset[str] = field(init=False)
    owners: dict[str, str] = field(init=False)
    next_position: int = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = {}
        for item in self.known:
            self.by_key.setdefault(code_key(item.code), item)
        self.codes = {item.id: item.code for item in self.known}
        self.by_sku = {one.sku.casefold(): one for item in self.known for one in item.variants}
        self.in_file = frozenset(
            variant.sku.casefold() for item in self.catalog.items for variant in item.variants
        )
        self.owners = self._strangers()
        self.next_position = max((item.position for item in self.known), default=0) + 1

    def _strangers(self) -> dict[str, str]:
        """Codes and aliases, by key, of items that stay and are not in the file."""
        keys = {code_key(item.code) for item in self.catalog.items}
        return {
            code_key(name): item.code
            for item in self.known
            if code_key(item.code) not in keys and not self._emptied(item)
            for name in (item.code, *item.aliases)
        }

    def _emptied(self, item: KnownItem) -> bool:
        """Whether the file gives every SKU of an item, which it does not name, to others."""
        skus = [one.sku.casefold() for one in item.variants]
        return bool(skus) and self.in_file.issuperset(skus)

    # --- whose code is it? -----------------------------------------------------------------------

    def place(self, item: Item) -> None:
        """Find out whether a known code goes on or goes to another product."""
        mine = self.by_key.get(code_key(item.code))
        if mine is None:
            return
        skus = {variant.sku.casefold() for variant in item.variants}
        shared = any(one.sku.casefold() in skus for one in mine.variants)
        left = [one for one in mine.variants if one.sku.casefold() not in self.in_file]
        in_the_way = _in_the_way(left, item)
        if not shared and left and (item.title != mine.title or in_the_way):
            self._give_to_another(item, mine)
        else:
            for one in in_the_way:
                self._make_room(item, one)

    def _give_to_another(self, item: Item, mine: KnownItem) -> None:
        held = sum(one.reserved for one in mine.variants)
        waiting = sum(one.waiting for one in mine.variants) + mine.unsettled
        if held or waiting:
            self.plan.problems.append(
                f"{mine.code} is {mine.title}, of which {held} held and {waiting} waited for; "
                f"it cannot become {item.title} now. Give the new product a code of its own, "
                "or settle those claims first."
            )
            return
        del self.by_key[code_key(item.code)]
        taken = [*self.codes.values(), *self.plan.retired.values()]
        taken += [other.code for other in self.catalog.items]
        self.plan.retired[mine.id] = retired_code(mine.code, taken)
        if not mine.told_of:
            self.plan.deleted_items.append(mine.id)
        self.replaced.append((item.code, self.plan.retired[mine.id] if mine.told_of else ""))

    def _make_room(self, item: Item, one: KnownVariant) -> None:
        label = f"{item.code} / {one.name}" if one.name else item.code
        if one.wanted or one.told_of:
            self.plan.problems.append(
                f"{label} was claimed or staged as SKU {one.sku}, so it keeps that SKU; "
                "write it in the file, or name the new variant otherwise."
            )
        else:
            self.plan.deleted_variants.append(one.id)
            self.changes.append(
                FieldChange(code=item.code, sku=one.sku, name="sku", before=one.sku, after="")
            )

    # --- items -----------------------------------------------------------------------------------

    def take(self, item: Item) -> None:
        """Plan an item of the file and its variants."""
        key = code_key(item.code)
        mine = self.by_key.get(key)
        values: Values = {
            "code": item.code,
            "title": item.title,
            "limit_each": item.limit,
            "final_sale": item.final_sale,
            "replacements": list(item.replacements),
        }
        if mine is None:
            self.plan.new_items.append({**values, "position": self.next_position})
            self.next_position += 1
        elif self._item_changed(item, mine):
            self.plan.item_changes.append({"id": mine.id, **values})
        self._check_aliases(item)
        if sorted(item.aliases) != sorted(mine.aliases if mine else ()):
            self.plan.aliases[key] = item.aliases
        for position, variant in enumerate(item.variants):
            self._take_variant(item, mine, variant, position)

    def _item_changed(self, item: Item, mine: KnownItem) -> bool:
        told = {
            "code": (mine.code, item.code),
            "title": (mine.title, item.title),
            "limit": (_shown(mine.limit), _shown(item.limit)),
            "final_sale": (_shown(mine.final_sale), _shown(item.final_sale)),
            "replacements": (";".join(mine.replacements), ";".join(item.replacements)),
        }
        aliases = {"aliases": (";".join(sorted(mine.aliases)), ";".join(sorted(item.aliases)))}
        self._note(item.code, None, aliases)
        return self._note(item.code, None, told)

    def _note(self, code: str, sku: str | None, told: dict[str, tuple[str, str]]) -> bool:
        found = [
            FieldChange(code=code, sku=sku, name=name, before=before, after=after)
            for name, (before, after) in told.items()
            if before != after
        ]
        self.changes += found
        return bool(found)

    def _check_aliases(self, item: Item) -> None:
        for name in (item.code, *item.aliases):
            if owner := self.owners.get(code_key(name)):
                self.plan.problems.append(
                    f"{name!r} means {owner} already, which is not in this file; one word can "
                    "mean one item only. Take it from one of them."
                )
            if len(name) > _LONGEST_ALIAS:
                self.plan.problems.append(
                    f"{item.code}: an alias has {len(name)} letters; at most {_LONGEST_ALIAS} fit."
                )

    # --- variants --------------------------------------------------------------------------------

    def _take_variant(
        self, item: Item, mine: KnownItem | None, variant: Variant, position: int
    ) -> None:
        known = self.by_sku.get(variant.sku.casefold())
        values: Values = {
            "item": code_key(item.code),
            "name": variant.name,
            "sku": variant.sku,
            "position": position,
            "price_minor": variant.price.minor,
            "currency": variant.price.currency,
            "bin": variant.bin,
            "details": dict(variant.details),
        }
        if known is None:
            units = variant.stock
            self.plan.new_variants.append(values | {"on_hand": units, "staged_units": units})
            return
        moves = mine is None or known.item_id != mine.id
        if moves and known.wanted:
            self.plan.problems.append(
                f"{known.sku} belongs to {self.codes[known.item_id]} while {known.reserved} held "
                f"and {known.waiting + known.unsettled} waited for; it cannot move to {item.code} "
                "now. Leave it there, or settle those claims first."
            )
            return
        self._change_variant(item, variant, known, values, moves=moves)

    def _change_variant(
        self, item: Item, variant: Variant, known: KnownVariant, values: Values, *, moves: bool
    ) -> None:
        changed = self._note(
            item.code,
            variant.sku,
            {
                "code": (self.codes[known.item_id] if moves else item.code, item.code),
                "variant": (known.name or "", variant.name or ""),
                "sku": (known.sku, variant.sku),
                "price": (_priced(known), f"{variant.price.plain()} {variant.price.currency}"),
                "bin": (known.bin, variant.bin),
                "details": (_detailed(known.details), _detailed(variant.details)),
            },
        )
        mode = self.stock if self.catalog.has_stock else None
        count = counted(known, item.code, variant.stock, mode)
        self.counts.append(count)
        self.plan.problems += count.problems
        if moves or known.name != variant.name:
            self.plan.moved.append(known.id)
        if changed or count.changes or known.position != values["position"]:
            self.plan.variant_changes.append({"id": known.id, **values, **count.values})
            if count.restocks:
                self.plan.restocked.append(known.id)
        self.unchanged += not (changed or count.changes)

    # --- what the file does not name -------------------------------------------------------------

    def leave_the_rest(self) -> None:
        """Keep what the file does not name, but no item without a variant."""
        named = {code_key(item.code) for item in self.catalog.items}
        for item in self.known:
            if code_key(item.code) in named or not self._emptied(item):
                continue
            if item.told_of:
                self.plan.problems.append(
                    f"Every SKU of {item.code} would move to another code, though {item.code} was "
                    "claimed or staged. Keep the code, or give the new one SKUs of its own."
                )
            else:
                self.plan.deleted_items.append(item.id)
                self.replaced.append((item.code, ""))
        self._keep_order()
        self._respell_replacements(named)

    def _keep_order(self) -> None:
        gone = {*self.plan.deleted_variants}
        for item in self.catalog.items:
            mine = self.by_key.get(code_key(item.code))
            left = mine.variants if mine else ()
            kept = (one for one in left if one.sku.casefold() not in self.in_file)
            stay = (one for one in kept if one.id not in gone)
            for position, one in enumerate(stay, start=len(item.variants)):
                if one.position != position:
                    self.plan.variant_order.append({"id": one.id, "position": position})

    def _respell_replacements(self, named: set[str]) -> None:
        """Follow a code that is spelled anew where items outside the file name it."""
        new = {code_key(item.code): item.code for item in self.catalog.items}
        for item in self.known:
            ladder = [new.get(code_key(code), code) for code in item.replacements]
            if code_key(item.code) not in named and ladder != list(item.replacements):
                self.plan.ladders.append({"id": item.id, "replacements": ladder})

    def finished(self) -> ImportPlan:
        """The plan with its report."""
        named = {code_key(item.code) for item in self.catalog.items}
        gone = {*self.plan.deleted_items, *self.plan.retired}
        dropped = {*self.plan.deleted_variants}
        absent = [item for item in self.known if item.id not in gone]
        told = [count for count in self.counts if count.before != count.after]
        self.plan.report = ImportReport(
            new_items=tuple(values["code"] for values in self.plan.new_items),
            new_skus=tuple(values["sku"] for values in self.plan.new_variants),
            changes=tuple(self.changes),
            stock=tuple(_as_change(count) for count in told if count.changes),
            stock_kept=tuple(_as_change(count) for count in told if not count.changes),
            waiting=tuple(
                Waiting(code=count.code, sku=count.sku, units=count.waiting)
                for count in told
                if count.changes and count.after > count.before and count.waiting
            ),
            replaced=tuple(self.replaced),
            unchanged_skus=self.unchanged,
            absent_items=tuple(i.code for i in absent if code_key(i.code) not in named),
            absent_skus=tuple(
                one.sku
                for item in absent
                for one in item.variants
                if one.sku.casefold() not in self.in_file and one.id not in dropped
            ),
        )
        return self.plan


def _in_the_way(left: Iterable[KnownVariant], item: Item) -> list[KnownVariant]:
    """Those of `left` that cannot stay beside the variants of `item`."""
    names = {variant_key(variant.name) for variant in item.variants}
    # An item has one variant without a name or several with one.
    return [one for one in left if variant_key(one.name) in {*names, ""} or "" in names]


def _as_change(count: StockCount) -> StockChange:
    return StockChange(code=count.code, sku=count.sku, before=count.before, after=count.after)


def _shown(value: int | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _priced(known: KnownVariant) -> str:
    return f"{known.price.plain()} {known.price.currency}"


def _detailed(details: Mapping[str, str]) -> str:
    return ";".join(f"{name}={text}" for name, text in sorted(details.items()))
