"""What the customers capability offers: two sides joined into one, and what the team knows."""

from handlers.capability import (
    Capability,
    CommandSpec,
    Option,
    OptionKind,
    PressSpec,
    UndoSpec,
    WebhookSpec,
)
from handlers.customers import desk, linking, marking
from handlers.customers.erasing import erase_told
from handlers.customers.joining import SWEEP
from handlers.people import SETTLERS

__all__ = ["CAPABILITY"]

_PERSON = Option(name="person", kind=OptionKind.PERSON, summary="name or id, in quotes if need be")
_NUMBER = OptionKind.INTEGER

CAPABILITY = Capability(
    name="customers",
    summary="Joins what is one person's, and knows customers: history, notes, who pays first.",
    commands=(
        CommandSpec(
            name="link",
            summary="join what you have here and elsewhere into one cart",
            run=linking.link,
            options=(
                Option(
                    name="code",
                    kind=OptionKind.TEXT,
                    summary="the code you were given on the other side",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="customer show",
            summary="a customer's orders, returns, notes and tags",
            run=desk.show,
            roles=SETTLERS,
            options=(_PERSON,),
        ),
        CommandSpec(
            name="customer note",
            summary="a note about a customer, for the team",
            run=desk.note,
            roles=SETTLERS,
            options=(_PERSON, Option(name="text", kind=OptionKind.TEXT, summary="the note")),
        ),
        CommandSpec(
            name="customer tag",
            summary="a tag on a customer; the same again takes it off",
            run=desk.tag,
            roles=SETTLERS,
            options=(_PERSON, Option(name="tag", kind=OptionKind.TEXT, summary="the tag")),
        ),
        CommandSpec(
            name="customer payfirst",
            summary="whether a customer's claims are held only once they are paid",
            run=marking.payfirst,
            roles=SETTLERS,
            options=(
                _PERSON,
                Option(
                    name="switch",
                    kind=OptionKind.WORD,
                    summary="on or off",
                    choices=("on", "off"),
                ),
            ),
        ),
        CommandSpec(
            name="customer block",
            summary="refuse a customer's claims from now on; what is held stays",
            run=marking.block,
            roles=SETTLERS,
            options=(
                _PERSON,
                Option(
                    name="why",
                    kind=OptionKind.TEXT,
                    summary="why, for the audit",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="customer unblock",
            summary="let a customer claim again",
            run=marking.unblock,
            roles=SETTLERS,
            options=(_PERSON,),
        ),
    ),
    presses=(
        PressSpec(name="link.confirm", run=linking.confirm, takes=(_NUMBER,)),
        PressSpec(name="link.unite", run=linking.unite, takes=(_NUMBER,)),
        PressSpec(name="link.refuse", run=linking.refuse, takes=(_NUMBER,)),
    ),
    deadlines=(SWEEP,),
    webhooks=(WebhookSpec(source="customers.forget", run=erase_told),),
    undoes=(
        UndoSpec(action="customer.payfirst", run=marking.undo_payfirst),
        UndoSpec(action="customer.block", run=marking.undo_block),
        UndoSpec(action="customer.unblock", run=marking.undo_block),
    ),
)
