"""What a form may ask of a customer: the options as they are now, and the answers that still hold.

A form may lie for days: each time it is taken up, its options are made anew and what does not hold
any more is asked again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from handlers.claims.allocation import free_units
from handlers.returns.conversation import Form, OrderOption, ReasonOption, UnitOption
from handlers.returns.drafts import ANYTHING, Begun
from handlers.returns.judging import fits, judge_part, said_verdict
from handlers.returns.looking import Bought, Part, bought_by
from handlers.returns.offers import Complained, Offer, first_offers
from handlers.returns.policy import Code, Verdict, Wish
from handlers.returns.reasons import Reason
from handlers.wording import Said
from handlers.work import Work
from storage.schema import sale

__all__ = ["Shape", "order_value", "same_answers", "shape", "units_of"]

_variant = sale.variants.c
#: Above so many units a form offers bundles of them, from which every number can be made.
_MOST_SINGLE = 16
_WISHES = {
    Offer.REPLACEMENT: Wish.EXCHANGE,
    Offer.REFUND: Wish.REFUND,
    Offer.CREDIT: Wish.CREDIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A form with its options as they are now, and the orders behind them."""

    begun: Begun
    bought: Mapping[str, Bought]
    stock: Mapping[int, Any]

    @property
    def form(self) -> Form:
        """The form."""
        return self.begun.form

    @property
    def chosen(self) -> Bought | None:
        """The order that the form is about, once that is clear."""
        form = self.form
        if form.order is None and len(form.orders) != 1:
            return None
        return self.bought.get(form.order or form.orders[0].id)

    @property
    def open(self) -> bool:
        """Whether anything of it can come back."""
        return any(not unit.why_not for order in self.form.orders for unit in order.units)

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """The units that are chosen: all of them where there is but one."""
        if self.form.units is not None:
            return self.form.units
        order = self.chosen
        options = next(
            (one.units for one in self.form.orders if order and one.id == order_value(order)), ()
        )
        return (options[0].id,) if len(options) == 1 and not options[0].why_not else ()

    @property
    def units(self) -> dict[int, int]:
        """How many units of each line are chosen."""
        return units_of(self.unit_ids)

    def reason(self, work: Work) -> Reason | None:
        """The reason that was given, or the only one there is."""
        code = self.form.reason
        if code is None and len(self.form.reasons) == 1:
            code = self.form.reasons[0].code
        return None if code is None else work.house.returns.reasons.get(code)

    def exchanged(self) -> list[Any]:
        """The variant that each chosen unit is exchanged for, a row each; none where unknown."""
        by_unit = dict(self.form.swap)
        found = []
        for unit_id in self.unit_ids:
            swap = by_unit.get(unit_id)
            found += [self.stock[int(swap[1:])]] * _count(unit_id) if swap else []
        return found


def units_of(ids: Collection[str]) -> dict[int, int]:
    """How many units of each line these options are: their ids are `line.place.count`."""
    found: dict[int, int] = {}
    for id_ in ids:
        line = int(id_.split(".")[0])
        found[line] = found.get(line, 0) + _count(id_)
    return found


def _count(unit_id: str) -> int:
    return int(unit_id.split(".")[2])


def same_answers(before: Form, now: Form) -> bool:
    """Whether every answer still holds."""
    kept = ("order", "units", "reason", "wish", "swap")
    return all(getattr(before, name) == getattr(now, name) for name in kept)


async def shape(work: Work, customer_id: int, begun: Begun) -> Shape:
    """Make the options of a form anew, for an order of any age if one was chosen."""
    bought, order = await bought_by(work, customer_id), begun.form.order
    if order is not None and all(order_value(one) != order for one in bought):
        bought += await bought_by(work, customer_id, order_id=int(order[1:]))
    candidates = _candidates(work, begun.about)
    options = tuple(_order_option(work, one, candidates, begun.about) for one in bought)
    form = _held(begun.form.model_copy(update={"orders": options}))
    shaped = Shape(
        begun=begun.model_copy(update={"form": form}),
        bought={order_value(one): one for one in bought},
        stock=await _stock(work, bought),
    )
    return _narrowed(work, shaped, candidates)


def order_value(bought: Bought) -> str:
    """How an order stands in a form: no number of a list looks like it."""
    return f"o{bought.id}"


def _candidates(work: Work, about: str) -> tuple[Reason, ...]:
    """The reasons that fit what a form is about."""
    reasons = work.house.returns.reasons
    if about == ANYTHING:
        return tuple(reasons)
    group = next((one for one in reasons.groups if one.group == about), None)
    named = () if group is None else group.reasons
    return tuple(one for one in named if one.is_complaint) or reasons.of("complaint")


async def _stock(work: Work, bought: Sequence[Bought]) -> dict[int, Any]:
    """The variants of every item that was bought, by id."""
    items = sorted({part.item_id for one in bought for part in one.parts})
    if not items:
        return {}
    rows = await work.tx.all(
        select(sale.variants, sale.items.c.code, sale.items.c.title)
        .join(sale.items, sale.items.c.id == _variant.item_id)
        .where(_variant.item_id.in_(items))
        .order_by(_variant.item_id, _variant.position)
    )
    return {row.id: row for row in rows}


def _free(row: Any) -> int:
    """Units that can be had without taking anybody's place."""
    if row.waiting_entries:
        return 0
    return free_units(on_hand=row.on_hand, reserved=row.reserved, short=row.short)


# --- orders and units -----------------------------------------------------------------------------


def _order_option(
    work: Work, bought: Bought, candidates: Sequence[Reason], about: str
) -> OrderOption:
    say, first = work.house.wording.say, bought.parts[0].label if bought.parts else ""
    label = say(
        "returns.order_option", order=str(bought.number), first=first, more=len(bought.parts) - 1
    )
    many = sum(part.open for part in bought.parts) > _MOST_SINGLE
    units = [
        unit
        for part in bought.parts
        for unit in _unit_options(work, bought, part, candidates, about, many=many)
    ]
    return OrderOption(id=order_value(bought), label=label, units=tuple(units))


def _unit_options(
    work: Work,
    bought: Bought,
    part: Part,
    candidates: Sequence[Reason],
    about: str,
    *,
    many: bool,
) -> Iterator[UnitOption]:
    """The units of a line: those that can come back, and in one each why the others cannot."""
    say = work.house.wording.say
    named = [one for one in candidates if about != ANYTHING or not one.is_complaint]
    verdicts = [judge_part(work, bought, part, reason) for reason in named]
    good = any(fits(one) for one in verdicts)
    taken, inside = len(part.taken), part.units - part.away if part.away else 0
    if good:
        for place, count in enumerate(_bundles(part.open, many=many)):
            label = say("returns.unit_option", count=count, item=part.label)
            yield UnitOption(id=f"{part.id}.{place}.{count}", label=label)
    elif part.units - taken - inside:
        yield _closed(work, part, part.units - taken - inside, said_verdict(work, verdicts[0]), "c")
    if taken:
        why = said_verdict(work, Verdict(code=Code.ALREADY_RETURNED))
        yield _closed(work, part, taken, why, "t")
    if inside > 0:
        why = said_verdict(work, Verdict(code=Code.NOT_DELIVERED, facts={"due": ""}))
        yield _closed(work, part, inside, why, "w")


def _closed(work: Work, part: Part, count: int, why: Said, sign: str) -> UnitOption:
    label = work.house.wording.say("returns.unit_option", count=count, item=part.label)
    return UnitOption(id=f"{part.id}.{sign}.{count}", label=label, why_not=why)


def _bundles(units: int, *, many: bool) -> list[int]:
    if not many:
        return [1] * units
    bundles, size = [], 1
    while units:
        bundles.append(min(size, units))
        units -= bundles[-1]
        size = size * 2 if len(bundles) > 1 else size
    return bundles


def _held(form: Form) -> Form:
    """The form without answers about orders and units that are not there any more."""
    order = next((one for one in form.orders if one.id == form.order), None)
    if form.order is not None and order is None:
        return form.model_copy(update={"order": None, "units": None, "swap": ()})
    order = order or (form.orders[0] if len(form.orders) == 1 else None)
    open_ = {one.id for one in order.units if not one.why_not} if order else set()
    if form.units is not None and not set(form.units) <= open_:
        return form.model_copy(update={"units": None, "swap": ()})
    return form


# --- reasons, wishes, swaps -----------------------------------------------------------------------


def _narrowed(work: Work, shaped: Shape, candidates: Sequence[Reason]) -> Shape:
    """The form with the reasons that hold for what was chosen, and the wishes for the reason."""
    form, bought, units = shaped.form, shaped.chosen, shaped.units
    parts = [part for part in bought.parts if part.id in units] if bought is not None else []
    fitting = [
        one
        for one in candidates
        if bought is None or all(fits(judge_part(work, bought, part, one)) for part in parts)
    ]
    form = form.model_copy(
        update={"reasons": tuple(_reason_option(one) for one in fitting or candidates)}
    )
    if all(form.reason != one.code for one in form.reasons):
        form = form.model_copy(update={"reason": None})
    shaped = _with(shaped, form)
    reason = shaped.reason(work)
    if bought is None or reason is None or not parts:
        return shaped
    if reason.is_complaint:
        return _with(shaped, _wished(form, _offered(shaped, bought, reason, units)))
    return _with(shaped, _exchangeable(shaped, bought, reason))


def _with(shaped: Shape, form: Form) -> Shape:
    begun = shaped.begun.model_copy(update={"form": form})
    return Shape(begun=begun, bought=shaped.bought, stock=shaped.stock)


def _reason_option(reason: Reason) -> ReasonOption:
    return ReasonOption(
        code=reason.code,
        label=reason.label,
        photo=reason.photo,
        condition=not reason.is_complaint,
    )


def _offered(
    shaped: Shape, bought: Bought, reason: Reason, units: Mapping[int, int]
) -> tuple[Wish, ...]:
    """What a complaint is offered: a replacement leads where each of its units can be held."""
    wanted: dict[int, int] = {}
    for part in bought.parts:
        if part.id in units:
            wanted[part.variant_id] = wanted.get(part.variant_id, 0) + units[part.id]
    offers = [
        first_offers(
            Complained(
                reason=reason,
                units=count,
                value=0,
                available=_free(shaped.stock[variant_id]) if variant_id in shaped.stock else 0,
            ),
            bought.policy,
        )
        for variant_id, count in wanted.items()
    ]
    return tuple(
        _WISHES[offer] for offer in offers[0].offers if all(offer in one.offers for one in offers)
    )


def _wished(form: Form, wishes: tuple[Wish, ...]) -> Form:
    wish = form.wish if form.wish in wishes else None
    swap = form.swap if wish is Wish.EXCHANGE else ()
    return form.model_copy(update={"wishes": wishes, "wish": wish, "swap": swap})


def _exchangeable(shaped: Shape, bought: Bought, reason: Reason) -> Form:
    """The form of a return with what its units can be exchanged for, if for anything."""
    form = shaped.form
    swaps = {part.id: _swaps(shaped, bought, part, reason) for part in bought.parts}
    orders = tuple(
        one.model_copy(
            update={
                "units": tuple(
                    unit.model_copy(update={"swaps": swaps.get(int(unit.id.split(".")[0]), ())})
                    for unit in one.units
                )
            }
        )
        if one.id == order_value(bought)
        else one
        for one in form.orders
    )
    every = all(swaps[line_id] for line_id in shaped.units)
    offered = tuple(one for one in bought.policy.wishes if one is not Wish.EXCHANGE or every)
    known = {(unit.id, sku) for one in orders for unit in one.units for sku, _ in unit.swaps}
    form = form.model_copy(
        update={"orders": orders, "swap": tuple(one for one in form.swap if one in known)}
    )
    return _wished(form, offered or bought.policy.wishes)


def _swaps(
    shaped: Shape, bought: Bought, part: Part, reason: Reason
) -> tuple[tuple[str, str], ...]:
    """The variants of the same item that are free; the same one only where it was not to blame."""
    return tuple(
        (f"v{row.id}", str(row.name or row.title))
        for row in shaped.stock.values()
        if row.item_id == part.item_id
        and row.currency == bought.row.currency
        and _free(row) >= max(1, shaped.units.get(part.id, 0))
        and (row.id != part.variant_id or reason.fault != "customer")
    )
