"""What the goodwill capability offers: coupons and store credit, given by support."""

from handlers.capability import Capability, CommandSpec, Option, OptionKind, UndoSpec
from handlers.goodwill import coupons, credit
from handlers.people import SETTLERS

__all__ = ["CAPABILITY"]

_CODE = Option(name="code", kind=OptionKind.WORD, summary="the code, such as SPRING10")
_PERSON = Option(name="person", kind=OptionKind.PERSON, summary="name or id, in quotes if need be")
_AMOUNT = Option(name="amount", kind=OptionKind.AMOUNT, summary="how much")
_WHY = Option(name="why", kind=OptionKind.TEXT, summary="why; it stands in the ledger")

CAPABILITY = Capability(
    name="goodwill",
    summary="Gives coupons and store credit, and says what became of them.",
    commands=(
        CommandSpec(
            name="coupons add",
            summary="make a coupon",
            run=coupons.add,
            roles=SETTLERS,
            options=(
                _CODE,
                Option(name="off", kind=OptionKind.WORD, summary="10%, 5.00 or free-shipping"),
                Option(
                    name="terms",
                    kind=OptionKind.TEXT,
                    summary="min 40 until 2026-12-24 uses 100 each 1 items A12,B3 combines",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="coupons list",
            summary="what can be used, and how often it was",
            run=coupons.list_,
            roles=SETTLERS,
            lists=True,
        ),
        CommandSpec(
            name="coupons end",
            summary="nobody can use it any more",
            run=coupons.end,
            roles=SETTLERS,
            options=(_CODE,),
        ),
        CommandSpec(
            name="credit give",
            summary="store credit for somebody",
            run=credit.give,
            roles=SETTLERS,
            options=(_PERSON, _AMOUNT, _WHY),
        ),
        CommandSpec(
            name="credit take",
            summary="take back what is not spent",
            run=credit.take,
            roles=SETTLERS,
            options=(_PERSON, _AMOUNT, _WHY),
        ),
        CommandSpec(
            name="credit show",
            summary="somebody's store credit, line by line",
            run=credit.show,
            roles=SETTLERS,
            options=(_PERSON,),
            lists=True,
        ),
    ),
    undoes=(
        UndoSpec(action="coupons.add", run=coupons.undo_add),
        UndoSpec(action="coupons.end", run=coupons.undo_end),
        UndoSpec(action="credit.give", run=credit.undo_move),
        UndoSpec(action="credit.take", run=credit.undo_move),
    ),
)
