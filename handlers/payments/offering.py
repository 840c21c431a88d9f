"""What the payments capability offers: what payment ways tell and answer, and the link to pay."""

from handlers.capability import Capability, OptionKind, PressSpec, UndoSpec, WebhookSpec
from handlers.payments.errands import TOKENS, payment_answered, refund_answered
from handlers.payments.refunding import BY_HAND
from handlers.payments.taking import notice_told
from handlers.payments.telling import link_pressed
from handlers.payments.undoing import unpay

__all__ = ["CAPABILITY"]

CAPABILITY = Capability(
    name="payments",
    summary="Takes payments for orders, and pays back.",
    presses=(
        PressSpec(
            name="payments.link",
            run=link_pressed,
            takes=(OptionKind.INTEGER,),
            label="Pay now",
        ),
    ),
    deadlines=(TOKENS,),
    followers=(BY_HAND,),
    undoes=(UndoSpec(action="order.paid", run=unpay),),
    webhooks=(
        WebhookSpec(source="payments.notice", run=notice_told),
        WebhookSpec(source="payments.answer", run=payment_answered),
        WebhookSpec(source="payments.refund", run=refund_answered),
    ),
)
