"""What was asked in a show and not answered: one card for the team, and answers written from it."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import func, select, update

from handlers.capability import Follower
from handlers.events import Event, QuestionSpike, ShowEnded, ShowStarted
from handlers.faq.editing import ADD_FIELDS, Draft, check_add, filled, keep, of_form
from handlers.faq.grouping import Asked, Group, grouped
from handlers.faq.matching import meanings, ordinary_talk
from handlers.faq.personal import as_question
from handlers.faq.words import words_of
from handlers.messages import Answer, Button, ButtonStyle, Field, FieldKind, Form, FormSubmit, Press
from handlers.speech import button_values
from handlers.team.alerts import raise_alert
from handlers.work import Work
from storage.schema import sale
from storage.schema.faq import AskedState, faq_asked, faq_votes
from storage.unit_of_work import padded

__all__ = ["ANSWER_FIELDS", "FOLLOWS", "answer_submit", "check_answer", "opens_answer", "write"]

_MOST_READ = 1_000
_MOST_SHOWN = 10
_MOST_TEXTS = 8
_LONGEST_CHOICE = 70
_WHICH = Field(name="which", label="Which question", kind=FieldKind.CHOICE)
#: What the form behind *Add an answer* asks.
ANSWER_FIELDS = (_WHICH, ADD_FIELDS[0], *ADD_FIELDS[2:])


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """At the end of a show its card; at a spike an alert, where no playbook waits for it.

    At the start what was written is learned.
    """
    now = work.at
    for event in events:
        work.at = event.at or now
        if isinstance(event, ShowStarted):
            await work.house.faq.warm(work.tx)
        elif isinstance(event, ShowEnded):
            await _say_card(work, event.show_id)
        elif isinstance(event, QuestionSpike):
            await _alert(work, event)
    work.at = now


async def _alert(work: Work, event: QuestionSpike) -> None:
    waiting = work.house.playbooks.triggers("QuestionSpike")
    if any(trigger.matches("QuestionSpike", event.values()) for _, trigger in waiting):
        return
    values = {"topic": event.topic, "example": event.example}
    key = f"faq.spike:{event.show_id}:{event.topic}"
    await raise_alert(work, key=key, kind="faq.spike", values=values)


FOLLOWS = Follower(name="faq.follow", events=(ShowStarted, ShowEnded, QuestionSpike), run=_follow)


async def _groups(work: Work, show_id: int) -> tuple[Group, ...]:
    """What is still open of a show, by meaning."""
    asked = faq_asked.c
    rows = await work.tx.all(
        select(asked.id, asked.platform, asked.person, asked.text)
        .where(asked.show_id == show_id, asked.state == AskedState.OPEN)
        .order_by(asked.at, asked.id)
        .limit(_MOST_READ)
    )
    if not rows:
        return ()
    questions = [
        Asked(id=row.id, person=f"{row.platform}:{row.person}", text=row.text) for row in rows
    ]
    return await asyncio.to_thread(grouped, questions, ordinary_talk(), meanings())


async def _say_card(work: Work, show_id: int) -> None:
    groups, disliked = await _groups(work, show_id), await _disliked(work, show_id)
    if not groups and not disliked and not await _was_said(work, show_id):
        return
    say = work.house.wording.say
    name = await work.tx.scalar(select(sale.shows.c.name).where(sale.shows.c.id == show_id))
    lines = [say("faq.left_head", name=name or "", count=len(groups))]
    lines += [
        say("faq.left_line", people=group.people, example=group.example)
        for group in groups[:_MOST_SHOWN]
    ]
    if len(groups) > _MOST_SHOWN:
        lines.append(say("faq.left_more", count=len(groups) - _MOST_SHOWN))
    lines += [say("faq.disliked", name=faq, no=no, count=all_) for faq, no, all_ in disliked]
    button = Button(
        id=f"ask.write:{show_id}",
        label=say("faq.button.write"),
        style=ButtonStyle.PRIMARY,
    )
    told = {"text": "\n".join(lines), **button_values([button] if groups else [])}
    work.tell_team("support", "faq.left", told, card=f"faq.left:{show_id}")


async def _was_said(work: Work, show_id: int) -> bool:
    """Whether the card stands already: every question that was on it may be settled by now."""
    asked = faq_asked.c
    settled = (asked.show_id == show_id) & (asked.state == AskedState.SETTLED)
    return await work.tx.scalar(select(asked.id).where(settled).limit(1)) is not None


async def _disliked(work: Work, show_id: int) -> list[tuple[str, int, int]]:
    """(entry, 👎, all voices) of what somebody was not helped by."""
    votes = faq_votes.c
    rows: dict[str, list[int]] = {}
    for faq, helped, count in await work.tx.all(
        select(votes.faq, votes.helped, func.count())
        .where(votes.show_id == show_id)
        .group_by(votes.faq, votes.helped)
        .order_by(votes.faq)
    ):
        found = rows.setdefault(faq, [0, 0])
        found[0] += 0 if helped else count
        found[1] += count
    return [(faq, no, all_) for faq, (no, all_) in rows.items() if no]


async def write(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Add an answer*, where nothing is left to answer."""
    return Answer(text=work.house.wording.say("faq.all_answered"))


async def opens_answer(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Add an answer*: which of the questions, and what to say to it."""
    groups = await _groups(work, int(arguments[0]))
    if not groups:
        return None
    choices = tuple(
        (str(group.asked[0].id), group.example[:_LONGEST_CHOICE]) for group in groups[:_MOST_SHOWN]
    )
    which = Field(
        name=_WHICH.name, label=_WHICH.label, kind=_WHICH.kind, choices=choices, value=choices[0][0]
    )
    title = work.house.wording.say("faq.form_title")
    fields = (which, *filled(ANSWER_FIELDS[1:], {"audience": "public"}))
    return Form(id=f"ask.answer:{arguments[0]}", title=title, fields=fields)


async def _draft(
    work: Work, form: FormSubmit, arguments: Sequence[str]
) -> tuple[Draft, Sequence[int]]:
    """The entry that the form brings, and the rows that it answers."""
    typed, which = of_form(form), form.values.get("which", "")
    groups: Sequence[Group] = ()
    if arguments and arguments[0].isdecimal():
        groups = await _groups(work, int(arguments[0]))
    group = next(
        (one for one in groups if any(str(asked.id) == which for asked in one.asked)), None
    )
    if group is None:
        return typed, ()
    whole = (as_question(text) for text in group.texts)
    questions = tuple(dict.fromkeys(filter(words_of, whole)))[:_MOST_TEXTS]
    draft = Draft(
        name=typed.name, questions=questions, answer=typed.answer, audience=typed.audience
    )
    return draft, [asked.id for asked in group.asked]


async def check_answer(work: Work, form: FormSubmit, arguments: Sequence[str]) -> dict[str, str]:
    """A sentence for each field of the form that cannot stay as it is."""
    return dict(await check_add(work, form, arguments))


async def answer_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form of *Add an answer*, handed in: the questions are those that were asked."""
    draft, rows = await _draft(work, form, arguments)
    if not rows:
        return Answer(text=work.house.wording.say("faq.all_answered"))
    answer = await keep(work, form.person, draft)
    if answer.values.get("kept"):
        await work.tx.run(
            update(faq_asked)
            .where(faq_asked.c.id.in_(padded(rows)))
            .values(state=AskedState.SETTLED)
        )
        await _say_card(work, int(arguments[0]))
    return answer
