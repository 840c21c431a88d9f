"""How answers read: one post for one answer and all who asked, and who is told of it later on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.claims.rules import SaleRules
from handlers.messages import Button, Channel
from handlers.speech import Rendered, Spoken, gather, newest_states
from handlers.wording import Said, Wording, listed
from handlers.work import Work
from storage.schema.faq import AskedState, faq_asked, faq_said
from storage.unit_of_work import padded

__all__ = ["AGAIN", "VOICES", "merge_again", "merge_answers", "show_button", "votes"]

#: What a voice under an answer may say.
VOICES = ("yes", "no")
#: More buttons than these under one post help nobody.
_MOST_BUTTONS = 5


def votes(wording: Wording, faq: str) -> tuple[Button, ...]:
    """Whether an answer was the one that was looked for."""
    return tuple(
        Button(id=f"ask.vote:{word}:{faq}", label=wording.say(f"faq.button.{word}"))
        for word in VOICES
    )


def show_button(wording: Wording, faq: str, *, of: str = "") -> Button:
    """The way to an answer that only the one who presses sees."""
    return Button(id=f"ask.show:{faq}", label=wording.say("faq.button.show", of=of))


def merge_answers(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Each answer in a post of its own, with all who asked by then."""
    posts: list[Rendered] = []
    for one, ids in newest_states(spoken):
        values = one.values
        who, faq = listed(values["who"]), values["faq"]
        buttons: tuple[Button, ...]
        if values["own"]:
            text, buttons = wording.say("faq.own", who=who), (show_button(wording, faq),)
        else:
            text = wording.say("faq.answer", who=who, answer=Said(values["text"]))
            buttons = votes(wording, faq)
        posts += gather(
            [(text, ids)],
            kind=one.kind,
            max_characters=max_characters,
            buttons=buttons,
            card=one.card,
        )
    return posts


def merge_again(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Who is told where their answer stands, for all answers in one post."""
    names = list(dict.fromkeys(one.values["faq"] for one in spoken))
    pieces = [(_again(wording, one.values), (one.id,)) for one in spoken]
    buttons = tuple(
        show_button(wording, name, of=name if len(names) > 1 else "")
        for name in names[:_MOST_BUTTONS]
    )
    return gather(pieces, kind="faq.again", max_characters=max_characters, buttons=buttons)


def _again(wording: Wording, values: Mapping[str, Any]) -> str:
    return wording.say(
        "faq.again",
        who=listed(values["who"]),
        more=values["more"],
        of="" if values["faq"].startswith("~") else values["faq"].replace("-", " "),
    )


async def _tell_again(work: Work, due: datetime) -> None:
    """Tell those who asked again, and wait to hear where their answer stands."""
    said, asked, tx = faq_said.c, faq_asked.c, work.tx
    named = work.house.faq.rules.named
    for row in await tx.all(
        select(faq_said).where(said.due_at <= due).order_by(said.due_at, said.id)
    ):
        people = await tx.all(
            select(asked.id, asked.person, asked.name)
            .where(asked.answer == row.key, asked.state == AskedState.GATHERED)
            .order_by(asked.at, asked.id)
        )
        await tx.run(
            update(faq_asked)
            .where(asked.id.in_(padded(one.id for one in people)))
            .values(state=AskedState.COUNTED)
        )
        # A later answer may have begun since; then those who waited read that one.
        if people:
            who = [{"id": one.person, "name": one.name} for one in people[:named]]
            told = {"faq": row.faq, "who": who, "more": max(0, len(people) - named)}
            work.say(Channel(row.platform, row.channel), "faq.again", told)
        await tx.run(
            update(faq_said).where(said.id == row.id).values(due_at=None, again_at=row.due_at)
        )


#: The askers that wait to be told of an answer.
AGAIN = Deadline(name="faq.again", due=select(func.min(faq_said.c.due_at)), run=_tell_again)
