"""Looks at a form that was filled in, before anything is done: each field by its kind. Pure."""

from collections.abc import Iterable, Mapping

from handlers.messages import Field, FieldKind
from handlers.speech import split_text
from handlers.wording import Said, Wording

__all__ = ["faults_of", "returned"]

#: Longer numbers fit into no column.
_MOST_DIGITS = 9
#: A value that stands inside a sentence is cut short; what was typed comes back whole.
_PIECE = 100


def faults_of(
    fields: Iterable[Field], values: Mapping[str, str], wording: Wording
) -> dict[str, str]:
    """A sentence for each of `fields` whose value cannot stay as it is, by the field's name.

    A choice whose `choices` are empty here is made of what there is when the form opens: only its
    own form can check it.
    """
    found = {}
    for field in fields:
        fault = _fault(field, values.get(field.name, "").strip(), wording)
        if fault is not None:
            found[field.name] = fault
    return found


def _fault(field: Field, typed: str, wording: Wording) -> str | None:
    told = {"label": field.label}
    if not typed:
        return wording.say("form.required", **told) if field.required else None
    if len(typed) > field.longest:
        return wording.say("form.too_long", **told, longest=field.longest, length=len(typed))
    if field.kind is FieldKind.NUMBER and not _is_whole(typed):
        return wording.say("form.number", **told, typed=typed)
    choices = dict(field.choices)
    if field.kind is FieldKind.CHOICE and choices and typed not in choices:
        return wording.say("form.choice", **told, choices=list(choices.values()))
    return None


def _is_whole(typed: str) -> bool:
    digits = typed.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS


def returned(
    fields: Iterable[Field],
    values: Mapping[str, str],
    faults: Mapping[str, str],
    wording: Wording,
) -> Said:
    """What to say where `faults` could not stand beside their fields; what was typed comes back."""
    labels = {field.name: field.label for field in fields}
    typed = [
        wording.say(
            "form.typed", label=labels.get(name, name), typed=split_text(value.strip(), _PIECE)
        ).rstrip()
        for name, value in values.items()
        if value.strip()
    ]
    told = [Said(fault) for fault in faults.values()]
    head = wording.say("form.returned", faults=told, typed=bool(typed))
    return Said("\n".join([head, *typed]))
