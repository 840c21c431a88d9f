"""What the fulfilment capability offers: parcels are packed, handed off, and arrive."""

from handlers.capability import (
    Capability,
    CommandSpec,
    FormSpec,
    Option,
    OptionKind,
    PressSpec,
    UndoSpec,
    WebhookSpec,
)
from handlers.fulfilment import desk
from handlers.fulfilment.following import FOLLOWS
from handlers.fulfilment.invoicing import invoice_command, invoice_pressed
from handlers.fulfilment.packing import undo_scan
from handlers.fulfilment.parting import join_again
from handlers.fulfilment.restocking import RESTOCKED
from handlers.fulfilment.roles import PACKERS
from handlers.fulfilment.sending import deliver, ship
from handlers.fulfilment.tracking_import import SOURCE, take_in

__all__ = ["CAPABILITY"]

_ORDER = Option(
    name="order", kind=OptionKind.WORD, summary="the order's number, or its parcel's (P0042)"
)

CAPABILITY = Capability(
    name="fulfilment",
    summary="Parcels are packed by scanner, handed off with their tracking number, and arrive.",
    commands=(
        CommandSpec(
            name="pack next",
            summary="the parcel that you pack, or the next one",
            run=desk.next_,
            roles=PACKERS,
        ),
        CommandSpec(
            name="pack scan",
            summary="a unit goes into the box",
            run=desk.scan,
            roles=PACKERS,
            options=(
                Option(name="code", kind=OptionKind.TEXT, summary="its barcode, SKU, or the slip"),
            ),
        ),
        CommandSpec(
            name="pack done", summary="the parcel is complete", run=desk.done, roles=PACKERS
        ),
        CommandSpec(
            name="pack problem",
            summary="put the parcel aside for support, and get the next one",
            run=desk.problem,
            roles=PACKERS,
            options=(Option(name="why", kind=OptionKind.TEXT, summary="what is wrong"),),
        ),
        CommandSpec(
            name="pack part",
            summary="what is in the box leaves now, the rest later",
            run=desk.part,
            roles=PACKERS,
            options=(Option(name="why", kind=OptionKind.TEXT, summary="why the rest waits"),),
        ),
        CommandSpec(
            name="invoice",
            summary="the invoice of an order that is paid",
            run=invoice_command,
            options=(Option(name="order", kind=OptionKind.WORD, summary="the order's number"),),
        ),
        CommandSpec(
            name="ship",
            summary="a packed parcel has left the house",
            run=ship,
            roles=PACKERS,
            options=(
                _ORDER,
                Option(
                    name="tracking",
                    kind=OptionKind.WORD,
                    summary="its tracking number, if it has one",
                    required=False,
                ),
                Option(
                    name="carrier",
                    kind=OptionKind.TEXT,
                    summary="who brings it, if the number does not say",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="delivered",
            summary="what has left for an order has arrived",
            run=deliver,
            roles=PACKERS,
            options=(_ORDER,),
        ),
    ),
    presses=(
        PressSpec(name="invoice.show", run=invoice_pressed, takes=(OptionKind.INTEGER,)),
        PressSpec(
            name="pack.next",
            run=desk.next_pressed,
            takes=(OptionKind.WORD,),
            may_lack=1,
            roles=PACKERS,
            label="Next parcel",
        ),
        PressSpec(name="pack.done", run=desk.done_pressed, roles=PACKERS, label="Done"),
        PressSpec(
            name="pack.slip",
            run=desk.slip_pressed,
            takes=(OptionKind.WORD,),
            may_lack=1,
            roles=PACKERS,
            label="New slip",
        ),
        PressSpec(
            name="pack.part",
            run=desk.problem_pressed,
            roles=PACKERS,
            opens=desk.ask_part,
            label="Part",
        ),
        PressSpec(
            name="pack.problem",
            run=desk.problem_pressed,
            roles=PACKERS,
            opens=desk.ask_problem,
            label="Problem",
        ),
    ),
    forms=(
        FormSpec(
            name="pack.part",
            run=desk.part_submit,
            fields=(desk.WHY,),
            roles=PACKERS,
            label="Part",
        ),
        FormSpec(
            name="pack.problem",
            run=desk.problem_submit,
            fields=(desk.WHY,),
            roles=PACKERS,
            label="Problem",
        ),
        FormSpec(
            name="pack.scan",
            run=desk.scan_submit,
            fields=(desk.CODE,),
            roles=PACKERS,
            label="Scan",
        ),
    ),
    followers=(FOLLOWS, RESTOCKED),
    undoes=(
        UndoSpec(action="pack.scan", run=undo_scan),
        UndoSpec(action="pack.part", run=join_again),
    ),
    webhooks=(WebhookSpec(source=SOURCE, run=take_in),),
)
