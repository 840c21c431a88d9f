"""What the FAQ offers: answers in chat and in private, its entries, what it could not answer."""

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
from handlers.faq import editing, leftovers, looking, private
from handlers.faq.listening import Listening
from handlers.faq.telling import AGAIN, merge_again, merge_answers
from handlers.people import MODERATORS, TEAM

__all__ = ["CAPABILITY"]

_NAME = Option(name="name", kind=OptionKind.WORD, summary="the answer's name")
_QUESTION = Option(name="question", kind=OptionKind.TEXT, summary="as a viewer would type it")
_WORD, _NUMBER = OptionKind.WORD, OptionKind.INTEGER

CAPABILITY = Capability(
    name="faq",
    summary="Answers what is always asked, once and calmly, and collects what it cannot answer.",
    hearers=(Listening(),),
    directs=(private.DIRECT,),
    commands=(
        CommandSpec(
            name="ask",
            summary="ask about shipping, payment, returns …",
            run=private.ask,
            options=(Option(name="question", kind=OptionKind.TEXT, summary="your question"),),
        ),
        CommandSpec(
            name="faq add",
            summary="add an answer, or change one",
            run=editing.add,
            opens=editing.opens_add,
            roles=MODERATORS,
            options=(
                _NAME,
                Option(
                    name="text",
                    kind=OptionKind.TEXT,
                    summary="QUESTION / QUESTION = ANSWER; a form asks for it if left out",
                    required=False,
                ),
            ),
        ),
        CommandSpec(
            name="faq list",
            summary="every answer, and what keeps one from being said",
            run=looking.list_,
            roles=MODERATORS,
            lists=True,
        ),
        CommandSpec(
            name="faq mute",
            summary="do not answer this for now",
            run=editing.mute,
            roles=MODERATORS,
            options=(_NAME,),
        ),
        CommandSpec(
            name="faq remove",
            summary="take an answer out",
            run=editing.remove,
            roles=MODERATORS,
            options=(_NAME,),
        ),
        CommandSpec(
            name="faq test",
            summary="what a question would get",
            run=looking.test,
            roles=MODERATORS,
            options=(_QUESTION,),
        ),
        CommandSpec(
            name="faq unmute",
            summary="answer this again",
            run=editing.unmute,
            roles=MODERATORS,
            options=(_NAME,),
        ),
    ),
    presses=(
        PressSpec(name="ask.show", run=private.show, takes=(_WORD,)),
        PressSpec(name="ask.do", run=private.do, takes=(_WORD,)),
        PressSpec(name="ask.vote", run=private.vote, takes=(_WORD, _WORD)),
        PressSpec(
            name="ask.write",
            run=leftovers.write,
            opens=leftovers.opens_answer,
            takes=(_NUMBER,),
            roles=TEAM,
            label="Add an answer",
        ),
    ),
    forms=(
        FormSpec(
            name="ask.add",
            run=editing.add_submit,
            fields=editing.ADD_FIELDS,
            check=editing.check_add,
            roles=MODERATORS,
        ),
        FormSpec(
            name="ask.answer",
            run=leftovers.answer_submit,
            fields=leftovers.ANSWER_FIELDS,
            check=leftovers.check_answer,
            roles=TEAM,
        ),
    ),
    followers=(leftovers.FOLLOWS,),
    deadlines=(AGAIN,),
    undoes=tuple(
        UndoSpec(action=f"faq.{action}", run=editing.undo)
        for action in ("add", "mute", "unmute", "remove")
    ),
    tellings=(
        Telling(kinds=("faq.answer",), merge=merge_answers),
        Telling(kinds=("faq.again",), merge=merge_again),
    ),
)
