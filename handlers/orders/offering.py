"""What the orders capability offers: from the first hold to the parcel that gathers."""

from handlers.capability import (
    Capability,
    CommandSpec,
    FormSpec,
    Option,
    OptionKind,
    PressSpec,
    Telling,
    UndoSpec,
)
from handlers.orders import changing, couponing, desk, own, paying, undoing
from handlers.orders.delaying import DELAYS
from handlers.orders.following import AFTER_DECISIONS, AFTER_ORDERS, AFTER_PARCELS, AT_THE_END
from handlers.orders.gathering import READY
from handlers.orders.opening import OPENING
from handlers.orders.places_asked import FIELDS
from handlers.orders.reaching import NEWS, merge_news
from handlers.orders.wishes import LAPSES
from handlers.people import SETTLERS

__all__ = ["CAPABILITY"]

_NUMBER, _WORD = OptionKind.INTEGER, OptionKind.WORD
_ORDER = Option(name="order", kind=_WORD, summary="the order's number, such as S12-0042")

CAPABILITY = Capability(
    name="orders",
    summary="Gathers what a customer holds in a show into one order, and sees it paid and sent.",
    commands=(
        CommandSpec(
            name="orders", summary="your orders and their tracking", run=own.own, lists=True
        ),
        CommandSpec(
            name="pay",
            summary="pay for what is in your cart",
            run=paying.pay_typed,
            options=(
                Option(name="way", kind=_WORD, summary="how, if you can choose", required=False),
            ),
        ),
        CommandSpec(
            name="coupon",
            summary="use a coupon code",
            run=couponing.coupon_typed,
            options=(Option(name="code", kind=OptionKind.TEXT, summary="the code"),),
        ),
        CommandSpec(
            name="address",
            summary="where your orders go",
            run=changing.address_typed,
            opens=changing.ask_address,
            options=(
                Option(
                    name="address",
                    kind=OptionKind.TEXT,
                    summary="name; street; postcode and town; country; email or phone",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="order show",
            summary="an order with its sums and its history",
            run=desk.show,
            roles=SETTLERS,
            options=(_ORDER,),
        ),
        CommandSpec(
            name="order paid",
            summary="it was paid by transfer or in cash",
            run=desk.paid,
            roles=SETTLERS,
            options=(
                _ORDER,
                Option(
                    name="amount",
                    kind=OptionKind.AMOUNT,
                    summary="if not all of it",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="order cancel",
            summary="cancel an order; one that is paid waits for a decision",
            run=desk.cancel,
            roles=SETTLERS,
            options=(_ORDER, Option(name="why", kind=OptionKind.TEXT, summary="why")),
        ),
        CommandSpec(
            name="order note",
            summary="a note for the team",
            run=desk.note,
            roles=SETTLERS,
            options=(_ORDER, Option(name="text", kind=OptionKind.TEXT, summary="the note")),
        ),
    ),
    presses=(
        PressSpec(name="orders.pay", run=paying.pay, takes=(_NUMBER, _WORD), may_lack=2),
        PressSpec(name="orders.mine", run=own.mine),
        PressSpec(name="orders.send", run=own.send_now, takes=(_NUMBER,)),
        PressSpec(name="orders.wish", run=own.wish, takes=(_NUMBER,)),
        PressSpec(name="orders.change", run=changing.change),
        PressSpec(name="orders.line", run=changing.line, takes=(_NUMBER,)),
        PressSpec(name="orders.units", run=changing.quantity, takes=(_NUMBER, _NUMBER)),
        PressSpec(name="orders.address", run=changing.no_form, opens=changing.ask_address),
        PressSpec(name="orders.pickup", run=changing.pick_up, takes=(_WORD,)),
        PressSpec(name="orders.note", run=changing.no_form, opens=changing.ask_note),
        PressSpec(name="orders.coupon", run=changing.no_form, opens=couponing.ask_coupon),
        PressSpec(name="orders.drop", run=couponing.drop, takes=(_NUMBER,)),
    ),
    forms=(
        FormSpec(
            name="orders.address",
            run=changing.address_submit,
            fields=FIELDS,
            check=changing.check_address_form,
            label="Address",
        ),
        FormSpec(
            name="orders.coupon",
            run=couponing.coupon_submit,
            fields=(couponing.COUPON_FIELD,),
            label="Coupon",
        ),
        FormSpec(
            name="orders.note",
            run=changing.note_submit,
            fields=(changing.NOTE_FIELD,),
            label="Note",
        ),
    ),
    followers=(OPENING, AFTER_ORDERS, AFTER_PARCELS, AFTER_DECISIONS, AT_THE_END),
    deadlines=(READY, DELAYS, LAPSES),
    undoes=(
        UndoSpec(action="order.cancel", run=undoing.reopen),
        UndoSpec(action="order.note", run=undoing.forget_note),
    ),
    tellings=(Telling(kinds=(NEWS,), merge=merge_news),),
)
