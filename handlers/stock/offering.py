"""What the stock capability offers: `/stock` and `/item`."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind, UndoSpec
from handlers.people import MODERATORS
from handlers.stock import counting, items, marks, states
from handlers.stock.marks import MARKS

__all__ = ["CAPABILITY"]

_CODE = Option(name="code", kind=OptionKind.ITEM, summary="the item's code")
_UNITS = Option(name="units", kind=OptionKind.INTEGER, summary="how many")
_VARIANT = Option(name="variant", kind=OptionKind.VARIANT, summary="which one", required=False)

CAPABILITY = Capability(
    name="stock",
    summary="Counts, restocks, pauses and stops items; makes and prices them on air.",
    commands=(
        CommandSpec(
            name="stock show",
            summary="what is left, held and waited for",
            run=counting.show,
            roles=MODERATORS,
            lists=True,
            options=(_CODE, _VARIANT),
        ),
        CommandSpec(
            name="stock set",
            summary="so many are on hand",
            run=counting.set_,
            roles=MODERATORS,
            options=(_CODE, _UNITS, _VARIANT),
        ),
        CommandSpec(
            name="stock add",
            summary="so many came in",
            run=counting.add,
            roles=MODERATORS,
            options=(_CODE, _UNITS, _VARIANT),
        ),
        CommandSpec(
            name="stock recount",
            summary="what was really counted, even if less than is held",
            run=counting.recount,
            roles=MODERATORS,
            options=(_CODE, _UNITS, _VARIANT),
        ),
        CommandSpec(
            name="stock unsure",
            summary="the count is doubted: the soft pause waits for a recount",
            run=counting.unsure,
            roles=MODERATORS,
            options=(_CODE, _VARIANT),
        ),
        *(
            CommandSpec(
                name=f"stock {name}", summary=summary, run=run, roles=MODERATORS, options=(_CODE,)
            )
            for name, summary, run in (
                ("pause", "keep claims in order without deciding them", states.pause),
                ("resume", "decide what was kept, in order, and go on", states.resume),
                ("stop", "waitlist only", states.stop),
            )
        ),
        CommandSpec(
            name="item add",
            summary="a new item without sizes",
            run=items.add,
            roles=MODERATORS,
            options=(
                Option(name="code", kind=OptionKind.WORD, summary="its code"),
                Option(name="price", kind=OptionKind.AMOUNT, summary="its price, like 18.00"),
                Option(name="stock", kind=OptionKind.INTEGER, summary="how many there are"),
                Option(name="title", kind=OptionKind.TEXT, summary="what it is"),
            ),
        ),
        CommandSpec(
            name="item price",
            summary="a new price for claims from now on",
            run=items.price,
            roles=MODERATORS,
            options=(_CODE, Option(name="amount", kind=OptionKind.AMOUNT, summary="like 18.00")),
        ),
        CommandSpec(
            name="item alias",
            summary="another name for an item",
            run=items.alias,
            roles=MODERATORS,
            options=(_CODE, Option(name="alias", kind=OptionKind.TEXT, summary="the name")),
        ),
        CommandSpec(
            name="item limit",
            summary="units per customer and show; 0 lifts it",
            run=items.limit,
            roles=MODERATORS,
            options=(_CODE, _UNITS),
        ),
        CommandSpec(
            name="item hold",
            summary="minutes that new claims are held; 0 is the shop's rule",
            run=items.hold,
            roles=MODERATORS,
            options=(
                _CODE,
                Option(name="minutes", kind=OptionKind.INTEGER, summary="minutes"),
            ),
        ),
        CommandSpec(
            name="item lamps",
            summary="percent left at which amber and pause light; 0 0 is the shop's rule",
            run=marks.item,
            roles=MODERATORS,
            options=(_CODE, *MARKS),
        ),
    ),
    undoes=(
        *(
            UndoSpec(action=f"stock.{name}", run=counting.undo_count)
            for name in ("set", "add", "recount")
        ),
        *(
            UndoSpec(action=f"stock.{name}", run=states.undo_state)
            for name in ("pause", "resume", "stop")
        ),
        UndoSpec(action="stock.unsure", run=counting.undo_unsure),
        UndoSpec(action="item.lamps", run=marks.undo_item),
        UndoSpec(action="item.add", run=items.undo_add),
        UndoSpec(action="item.price", run=items.undo_price),
        UndoSpec(action="item.alias", run=items.undo_alias),
        UndoSpec(action="item.limit", run=items.undo_limit),
        UndoSpec(action="item.hold", run=items.undo_hold),
    ),
)
