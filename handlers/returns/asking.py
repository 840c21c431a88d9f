"""How a question of the form is put: words, and a button for each answer.

In a DM the choices are numbered too, so that they can be typed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from handlers.messages import Answer, Button, ButtonStyle
from handlers.returns.choosing import Choice
from handlers.returns.conversation import Question, Step, question
from handlers.returns.drafts import ANYTHING, COMPLAINT, Draft
from handlers.returns.policy import Wish
from handlers.returns.reviewing import review
from handlers.returns.shaping import Shape, order_value
from handlers.work import Work

__all__ = ["ask", "labelled", "mark", "swap_unit"]

#: With more answers than these Discord shows a list to open instead of buttons.
_MOST_BUTTONS = 20


async def ask(work: Work, draft: Draft, shaped: Shape, *, before: Sequence[str] = ()) -> Answer:
    """Put the next question of a form; `before` are sentences that come first."""
    asked = question(shaped.form)
    if asked is None:
        return Answer(text="\n".join([*before, work.house.wording.say("returns.ask.ended")]))
    if not draft.begun.sure:
        return _whether(work, draft, shaped, before)
    asked = labelled(work, shaped, asked)
    lines = [*before]
    if asked.step is Step.REVIEW:
        lines += await review(work, shaped)
    key = _units_key(draft) if asked.step is Step.UNITS else asked.key
    if asked.step is Step.REVIEW and not draft.by_dm:
        key = "returns.ask.review_tap"
    if asked.step is Step.PHOTO and not draft.by_dm:
        key = "returns.ask.photo_by_dm"
    lines.append(work.house.wording.say(key, about=asked.about))
    lines += _listed(work, draft, asked)
    return Answer(text="\n".join(lines), buttons=(*_buttons(work, draft, shaped, asked, 0),))


def mark(work: Work, draft: Draft, shaped: Shape, marked: int) -> Answer:
    """The question for units with some of them marked: a bit each, in their order."""
    asked = question(shaped.form)
    if asked is None or asked.step is not Step.UNITS:
        raise ValueError("only units are marked")
    asked = labelled(work, shaped, asked)
    lines = [work.house.wording.say(_units_key(draft)), *_listed(work, draft, asked)]
    return Answer(
        text="\n".join(lines), buttons=tuple(_buttons(work, draft, shaped, asked, marked))
    )


def _units_key(draft: Draft) -> str:
    wrong = "" if draft.begun.about == ANYTHING else "_wrong"
    return f"returns.ask.units{wrong}{'' if draft.by_dm else '_tap'}"


def labelled(work: Work, shaped: Shape, asked: Question) -> Question:
    """The question with its choices in the shop's words."""
    if asked.step not in (Step.CONDITION, Step.WISH):
        return asked
    reason = shaped.reason(work)
    complaint = reason is not None and reason.is_complaint
    return replace(
        asked, choices=tuple(_in_words(work, shaped, one, complaint) for one in asked.choices)
    )


def _in_words(work: Work, shaped: Shape, choice: Choice, complaint: bool) -> Choice:
    word, bonus = choice.value, 0
    if choice.value == Wish.EXCHANGE and complaint:
        word = "replacement"
    elif choice.value in set(Wish) and shaped.chosen is not None and not complaint:
        bonus = shaped.chosen.policy.bonus_bp(Wish(choice.value))
    percent = f"{bonus / 100:g}" if bonus else ""
    label = work.house.wording.say(f"returns.choice.{word}", bonus=percent)
    return replace(choice, label=label)


def swap_unit(shaped: Shape) -> str:
    """The unit that a swap is asked for: the first chosen one without."""
    swapped, units = dict(shaped.form.swap), set(shaped.unit_ids)
    return next(
        unit.id
        for order in shaped.form.orders
        for unit in order.units
        if unit.id in units and unit.swaps and unit.id not in swapped
    )


def _whether(work: Work, draft: Draft, shaped: Shape, before: Sequence[str]) -> Answer:
    """*Is it from S12-0042?*, where somebody sent no more than a photo."""
    bought = next(iter(shaped.bought.values()))
    text = work.house.wording.say("returns.ask.whether", order=str(bought.number))
    yes = f"returns.pick:{draft.token}:{Step.ORDER}:{order_value(bought)}"
    label = work.house.wording.say
    return Answer(
        text="\n".join([*before, text]),
        buttons=(
            Button(id=yes, label=label("returns.button.yes"), style=ButtonStyle.PRIMARY),
            Button(id=f"returns.say:{draft.token}:whether:no", label=label("returns.button.no")),
        ),
    )


def _listed(work: Work, draft: Draft, asked: Question) -> Iterator[str]:
    """The choices as lines: all, numbered, in a DM; elsewhere only those that cannot be made."""
    say = work.house.wording.say
    for number, choice in enumerate(asked.choices, start=1):
        if draft.by_dm:
            yield say("returns.choice_line", number=number, choice=choice.label, why=choice.why_not)
        elif choice.why_not:
            yield say("returns.closed_line", choice=choice.label, why=choice.why_not)


def _buttons(
    work: Work, draft: Draft, shaped: Shape, asked: Question, marked: int
) -> Iterator[Button]:
    say, token = work.house.wording.say, draft.token
    choices = asked.choices[:_MOST_BUTTONS]
    if asked.many:
        yield from _marks(work, draft, choices, marked)
    else:
        unit = f"{swap_unit(shaped)}_" if asked.step is Step.SWAP else ""
        for choice in choices:
            if not choice.why_not:
                id_ = f"returns.pick:{token}:{asked.step}:{unit}{choice.value}"
                yield Button(id=id_, label=choice.label)
    if asked.step is Step.PHOTO:
        yield Button(id=f"returns.say:{token}:photo:no", label=say("returns.button.no_photo"))
    if asked.step is Step.REVIEW:
        yield Button(
            id=f"returns.say:{token}:review:yes",
            label=say("returns.button.send"),
            style=ButtonStyle.PRIMARY,
        )
    about = draft.begun.about
    closed = asked.step in (Step.UNITS, Step.ORDER) and any(one.why_not for one in choices)
    if closed and not about:
        yield Button(id=f"returns.wrong:{COMPLAINT}", label=say("returns.button.wrong"))
    if _answered(shaped):
        yield Button(id=f"returns.say:{token}:{asked.step}:back", label=say("returns.button.back"))
    yield Button(id=f"returns.say:{token}:{asked.step}:stop", label=say("returns.button.stop"))


def _marks(work: Work, draft: Draft, choices: Sequence[Choice], marked: int) -> Iterator[Button]:
    """A button for each unit that marks it or takes the mark back, and one to go on."""
    say, token = work.house.wording.say, draft.token
    for place, choice in enumerate(choices):
        if not choice.why_not:
            on = bool(marked >> place & 1)
            yield Button(
                id=f"returns.mark:{token}:{marked ^ (1 << place)}",
                label=say(
                    "returns.button.marked" if on else "returns.button.mark", item=choice.label
                ),
                style=ButtonStyle.PRIMARY if on else ButtonStyle.PLAIN,
            )
    if marked:
        yield Button(
            id=f"returns.done:{token}:{marked}",
            label=say("returns.button.done"),
            style=ButtonStyle.PRIMARY,
        )


def _answered(shaped: Shape) -> bool:
    form = shaped.form
    return any(
        one is not None for one in (form.order, form.units, form.reason, form.condition, form.wish)
    )
