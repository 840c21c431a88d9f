"""The guided form, one question at a time, for platforms without forms and for interrupted ones.

A `Form` is all there is: what may be chosen and what was answered. The next question is the first
one that has no answer yet, so a form that was put aside as JSON goes on where it stopped. A
question with one possible answer is not asked.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from handlers.returns.choosing import Choice, chosen, means_back, means_no, means_stop, means_yes
from handlers.returns.policy import Condition, Wish

__all__ = [
    "Answered",
    "Form",
    "OrderOption",
    "Question",
    "ReasonOption",
    "Step",
    "UnitOption",
    "answer",
    "attach",
    "question",
]


class Step(StrEnum):
    """What is asked, in this order."""

    ORDER = "order"
    UNITS = "units"
    REASON = "reason"
    CONDITION = "condition"
    PHOTO = "photo"
    WISH = "wish"
    SWAP = "swap"
    REVIEW = "review"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitOption(_Value):
    """A unit of an order. `why_not` is the sentence why it cannot come back; "" where it can.

    `swaps` are the variants it could be exchanged for, by SKU and name.
    """

    id: str
    label: str
    why_not: str = ""
    swaps: tuple[tuple[str, str], ...] = ()


class OrderOption(_Value):
    """An order of the customer, with its units."""

    id: str
    label: str
    units: tuple[UnitOption, ...]


class ReasonOption(_Value):
    """A reason that may be given, and whether it asks for a photo and for the condition."""

    code: str
    label: str
    photo: bool = False
    condition: bool = True


class Form(_Value):
    """What may be chosen, and what has been; None is not answered yet.

    `photos` are references of the platform's pictures; `no_photo` that there is none, so that a
    person decides. `swap` is by unit. `done` and `stopped` end the form.
    """

    orders: tuple[OrderOption, ...]
    reasons: tuple[ReasonOption, ...]
    conditions: tuple[Condition, ...] = tuple(Condition)
    wishes: tuple[Wish, ...] = tuple(Wish)
    order: str | None = None
    units: tuple[str, ...] | None = None
    reason: str | None = None
    condition: Condition | None = None
    photos: tuple[str, ...] = ()
    no_photo: bool = False
    wish: Wish | None = None
    swap: tuple[tuple[str, str], ...] = ()
    done: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to put: its sentence, and what may be chosen. `about` is the unit of a swap."""

    step: Step
    choices: tuple[Choice, ...] = ()
    many: bool = False
    about: str = ""

    @property
    def key(self) -> str:
        """The key of the sentence."""
        return f"returns.ask.{self.step.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer made of a form. `trouble` is the key of what was not understood, or ""."""

    form: Form
    question: Question | None
    trouble: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def question(form: Form) -> Question | None:
    """Return what is asked next; None where the form has ended."""
    if form.done or form.stopped:
        return None
    return next(one for step in Step if (one := _asked(form, step)) is not None)


def answer(form: Form, said: str) -> Answered:
    """Return the form after an answer: a number, several, a name, yes, no, back or stop.

    What is not understood changes nothing and is asked again, with the reason.
    """
    asked = question(form)
    if asked is None:
        return Answered(form=form, question=None, trouble="returns.ask.ended")
    if means_stop(said):
        return _went_on(form.model_copy(update={"stopped": True}))
    if means_back(said):
        return _went_on(_back(form, asked.step))
    if asked.step is Step.PHOTO:
        if means_no(said):
            return _went_on(form.model_copy(update={"no_photo": True}))
        return Answered(form=form, question=asked, trouble="returns.ask.photo_missing")
    if asked.step is Step.REVIEW:
        return _reviewed(form, asked, said)
    picked = chosen(said, asked.choices, many=asked.many)
    if not picked:
        return Answered(form=form, question=asked, trouble="returns.ask.again")
    closed = next((choice for choice in picked if choice.why_not), None)
    if closed is not None:
        facts = (("choice", closed.label), ("why", closed.why_not))
        return Answered(form=form, question=asked, trouble="returns.ask.closed", facts=facts)
    return _went_on(_taken(form, asked, tuple(choice.value for choice in picked)))


def attach(form: Form, photo: str) -> Answered:
    """Return the form with a photo, which may come at any time before the end, once each."""
    if question(form) is None:
        return Answered(form=form, question=None, trouble="returns.ask.ended")
    if photo in form.photos:
        return _went_on(form)
    return _went_on(form.model_copy(update={"photos": (*form.photos, photo), "no_photo": False}))


def _asked(form: Form, step: Step) -> Question | None:
    """Return the question of `step` if it is still open; one possible answer is taken as given."""
    reason = _reason(form)
    if step is Step.ORDER and form.order is None and len(form.orders) != 1:
        choices = tuple(
            Choice(value=order.id, label=order.label, why_not=_none_left(order))
            for order in form.orders
        )
        return Question(step=step, choices=choices)
    if step is Step.UNITS and form.units is None:
        units = tuple(_unit_choice(unit) for unit in _order(form).units)
        # A unit that cannot come back is shown with its reason, so it is no single answer.
        return Question(step=step, choices=units, many=True) if len(_units(form)) != 1 else None
    if step is Step.REASON and form.reason is None and len(form.reasons) != 1:
        reasons = tuple(Choice(value=one.code, label=one.label) for one in form.reasons)
        return Question(step=step, choices=reasons)
    if step is Step.CONDITION and form.condition is None and reason.condition:
        return Question(step=step, choices=_choices(form.conditions))
    if step is Step.PHOTO and reason.photo and not form.photos and not form.no_photo:
        return Question(step=step)
    if step is Step.WISH and form.wish is None and len(form.wishes) != 1:
        return Question(step=step, choices=_choices(form.wishes))
    if step is Step.SWAP and _wish(form) is Wish.EXCHANGE:
        return _asked_swap(form)
    return Question(step=step) if step is Step.REVIEW else None


def _asked_swap(form: Form) -> Question | None:
    swapped = dict(form.swap)
    for unit in _order(form).units:
        if unit.id in _units(form) and unit.swaps and unit.id not in swapped:
            choices = tuple(Choice(value=sku, label=name) for sku, name in unit.swaps)
            return Question(step=Step.SWAP, choices=choices, about=unit.label)
    return None


def _taken(form: Form, asked: Question, values: tuple[str, ...]) -> Form:
    first = values[0]
    if asked.step is Step.UNITS:
        return form.model_copy(update={"units": values})
    if asked.step is Step.SWAP:
        swapped = dict(form.swap)
        unit = next(
            one
            for one in _order(form).units
            if one.id in _units(form) and one.swaps and one.id not in swapped
        )
        return form.model_copy(update={"swap": (*form.swap, (unit.id, first))})
    value = {Step.CONDITION: Condition, Step.WISH: Wish}.get(asked.step, str)(first)
    return form.model_copy(update={asked.step.value: value})


def _reviewed(form: Form, asked: Question, said: str) -> Answered:
    if means_yes(said):
        return _went_on(_whole(form).model_copy(update={"done": True}))
    if means_no(said):
        return _went_on(_back(form, Step.REVIEW))
    return Answered(form=form, question=asked, trouble="returns.ask.yes_or_no")


def _whole(form: Form) -> Form:
    """Return the form with what went without saying written down."""
    return form.model_copy(
        update={
            "order": _order(form).id,
            "units": _units(form),
            "reason": _reason(form).code,
            "wish": _wish(form),
        }
    )


def _back(form: Form, now: Step) -> Form:
    """Return the form without the answer before `now`, and those that hang on it."""
    steps = list(Step)
    for step in reversed(steps[: steps.index(now) + 1]):
        bare = _without(form, step)
        if bare != form:
            return bare
    return form


def _without(form: Form, step: Step) -> Form:
    cleared: dict[Step, dict[str, object]] = {
        Step.ORDER: {"order": None, "units": None, "swap": ()},
        Step.UNITS: {"units": None, "swap": ()},
        Step.REASON: {"reason": None, "condition": None, "no_photo": False},
        Step.CONDITION: {"condition": None},
        Step.PHOTO: {"photos": (), "no_photo": False},
        Step.WISH: {"wish": None, "swap": ()},
        Step.SWAP: {"swap": form.swap[:-1]},
        Step.REVIEW: {},
    }
    return form.model_copy(update=cleared[step])


def _went_on(form: Form) -> Answered:
    return Answered(form=form, question=question(form))


def _order(form: Form) -> OrderOption:
    if form.order is None:
        return form.orders[0]
    return next(order for order in form.orders if order.id == form.order)


def _units(form: Form) -> tuple[str, ...]:
    """Return the units chosen, or all where there is but one; none chosen yet is ()."""
    if form.units is not None:
        return form.units
    units = _order(form).units
    return (units[0].id,) if len(units) == 1 and not units[0].why_not else ()


def _reason(form: Form) -> ReasonOption:
    if form.reason is None:
        return form.reasons[0]
    return next(reason for reason in form.reasons if reason.code == form.reason)


def _wish(form: Form) -> Wish | None:
    return form.wishes[0] if form.wish is None and len(form.wishes) == 1 else form.wish


def _unit_choice(unit: UnitOption) -> Choice:
    return Choice(value=unit.id, label=unit.label, why_not=unit.why_not)


def _none_left(order: OrderOption) -> str:
    """Return why an order cannot be chosen: the first reason, if none of its units can."""
    reasons = [unit.why_not for unit in order.units]
    return reasons[0] if reasons and all(reasons) else ""


def _choices(values: tuple[Condition, ...] | tuple[Wish, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(value=one.value, label=one.value.replace("_", " ")) for one in values)
