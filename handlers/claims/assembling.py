"""Assembling: the parts of a claim or release become wishes, or the reason why they do not.

Nothing is guessed: a number that may be a code, a quantity that may belong to either of two
variants, a variant that the item lacks are problems, told to the viewer.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import NearMiss, Wish
from handlers.claims.sizing import VariantTable
from handlers.claims.vocabulary import MOST, Is, Part

__all__ = ["Outcome", "Problem", "Stage", "assemble", "mistyped"]

#: The highest bare number that counts as a quantity; more needs a sign.
_MOST_BARE = 9
#: The highest number that a glued sign makes a quantity of what is on stage.
_MOST_GLUED = 20
_GLUED = re.compile(r"x\d\d")
_NAMING = frozenset({Is.ITEM, Is.UNKNOWN})
_COUNTING = frozenset({Is.NUMBER, Is.QUANTITY})
_BOUNDARIES = frozenset({Is.AND, Is.BREAK})
#: What belongs to an item: all but the words that only make a sentence.
_ATOMS = _COUNTING | _BOUNDARIES | {Is.VARIANT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an item is not claimed: the near miss, a reason in English, and what it is about."""

    near_miss: NearMiss
    why: str
    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What parts come to: wishes for what is certain, problems for the rest."""

    wishes: Sequence[Wish]
    problems: Sequence[Problem]


class Stage(NamedTuple):
    """The one item on stage, and its variant if only that is shown.

    A named tuple, because one is made for most lines of chat.
    """

    code: str
    variant: str | None = None


class _Portion(NamedTuple):
    """An item as named and the variants, quantities and boundaries that belong to it."""

    item: Part
    atoms: list[Part]
    staged: Stage | None = None


@dataclass(slots=True, kw_only=True)
class _Group:
    """Words that together mean one variant, with their places among the atoms."""

    words: list[str]
    places: list[int]
    quantities: list[Part] = field(default_factory=list)


def mistyped(parts: Sequence[Part]) -> Sequence[Part]:
    """Parts of a claim that names no item, with `x55` as the code that was rather meant by it.

    A sign glued to so high a number reads like a code; apart (`x 55`) it is none.
    """
    return [
        replace(part, kind=Is.UNKNOWN)
        if part.kind == Is.QUANTITY
        and not part.code
        and part.number > _MOST_GLUED
        and _GLUED.fullmatch(part.text)
        else part
        for part in parts
    ]


def assemble(
    parts: Sequence[Part], lexicon: Lexicon, stage: Stage | None, *, uncounted: int | None = 1
) -> Outcome:
    """Return the wishes that the parts of a line make.

    `stage` is the item meant where none is named, None if there is none or it must be named;
    `uncounted` is the quantity of a wish that says none.
    """
    settled = _settle(parts, lexicon, stage)
    if isinstance(settled, Problem):
        return Outcome((), (settled,))
    wishes: list[Wish] = []
    problems: list[Problem] = []
    for portion in _portions(settled, lexicon, stage):
        made = _wishes(portion, lexicon, uncounted)
        if isinstance(made, Problem):
            problems.append(made)
        else:
            wishes += made
    return _united(wishes, problems) if len(wishes) > 1 else Outcome(wishes, problems)


def _settle(
    parts: Sequence[Part], lexicon: Lexicon, stage: Stage | None
) -> Sequence[Part] | Problem:
    """Decide which numbers, quantities and variants are codes (`7`, `x2`, `M` may be both)."""
    maybe = [part for part in parts if part.code and part.kind not in _NAMING]
    if stage and not maybe:
        return parts
    certain = [part for part in parts if part.kind in _NAMING]
    if not maybe:
        return parts if certain else [_as_unknown(part) for part in parts]
    codes = {part.code for part in maybe}
    if not certain and len(maybe) == 1 and (stage is None or codes == {stage.code}):
        return [replace(p, kind=Is.ITEM) if p is maybe[0] else p for p in parts]
    named = [p.code for p in certain if p.code] or ([stage.code] if stage else [])
    if certain or stage:
        maybe = [p for p in maybe if not any(p.text in lexicon.variants(c).typed for c in named)]
    if not maybe:
        return parts
    also = tuple(dict.fromkeys([*named, *(part.code for part in maybe if part.code)]))
    why = f"{maybe[0].text} is both a number and the code {maybe[0].code}: which is meant?"
    if maybe[0].kind == Is.VARIANT:
        why = f"{maybe[0].text} is both a variant and the code {maybe[0].code}: which is meant?"
    return Problem(near_miss=NearMiss.AMBIGUOUS_NUMBER, why=why, codes=also)


def _as_unknown(part: Part) -> Part:
    """Return a number that nothing can be counted by as the unknown code it then is."""
    uncounted = part.kind == Is.NUMBER and part.text.isdecimal()
    return replace(part, kind=Is.UNKNOWN) if uncounted else part


def _portions(parts: Sequence[Part], lexicon: Lexicon, stage: Stage | None) -> list[_Portion]:
    """Share variants and quantities among the items they stand with."""
    places = [at for at, part in enumerate(parts) if part.kind in _NAMING]
    if len(places) == 1:
        return [_Portion(parts[places[0]], _atoms(parts))]
    if not places:
        if stage is None:
            return []
        item = Part(kind=Is.ITEM, text=stage.code, code=stage.code)
        return [_Portion(item, _atoms(parts), stage)]
    leading = _atoms(parts[: places[0]])
    style = {atom.kind for atom in leading if atom.kind not in _BOUNDARIES}
    portions = [_Portion(parts[at], []) for at in places]
    portions[0].atoms.extend(leading)
    for at, (left, right) in enumerate(pairwise(portions)):
        _share(_atoms(parts[places[at] + 1 : places[at + 1]]), left, right, style, lexicon)
    portions[-1].atoms.extend(_atoms(parts[places[-1] + 1 :]))
    return portions


def _atoms(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.kind in _ATOMS]


def _share(
    atoms: list[Part], left: _Portion, right: _Portion, style: set[Is], lexicon: Lexicon
) -> None:
    """Share what stands between two items.

    What follows the last "and" or comma belongs to the right item. Without one, what stood
    before the first item (`2x B3 3x B4`) stands before the others too.
    """
    boundary = max((at for at, p in enumerate(atoms) if p.kind in _BOUNDARIES), default=-1)
    for at, atom in enumerate(atoms):
        ahead = at > boundary if boundary >= 0 else atom.kind in style
        if atom.kind == Is.VARIANT:
            first, second = (right, left) if ahead else (left, right)
            ahead = ahead == (_fits(atom, first, lexicon) or not _fits(atom, second, lexicon))
        (right if ahead else left).atoms.append(atom)


def _fits(atom: Part, portion: _Portion, lexicon: Lexicon) -> bool:
    code = portion.item.code
    return code is not None and atom.text in lexicon.variants(code).typed


def _wishes(portion: _Portion, lexicon: Lexicon, uncounted: int | None) -> list[Wish] | Problem:
    code = portion.item.code
    if code is None:
        return _unknown(portion.item, lexicon)
    table = lexicon.variants(code)
    words: list[str] = []
    quantities: list[Part] = []
    for atom in portion.atoms:
        if atom.kind == Is.VARIANT or (atom.kind == Is.NUMBER and atom.text in table.typed):
            words.append(atom.text)
        elif atom.kind in _COUNTING:
            quantities.append(atom)
    if lacking := [word for word in words if word not in table.typed]:
        return _lacks(code, lacking, table)
    for quantity in quantities:
        if not 1 <= quantity.number <= (_MOST_BARE if quantity.kind == Is.NUMBER else MOST):
            return _bad_quantity(code, quantity)
    if not words or table.fitting(words):
        groups: list[_Group] | Problem = [_Group(words=words, places=[], quantities=quantities)]
    else:
        groups = _grouped(portion.atoms, code, table)
    if isinstance(groups, Problem):
        return groups
    for group in groups:
        if (
            len(group.quantities) > 1
            and len({quantity.number for quantity in group.quantities}) > 1
        ):
            return _two_quantities(code)
    return [_wish(portion, group, table, uncounted) for group in groups]


def _bad_quantity(code: str, bad: Part) -> Problem:
    why = f"{bad.text} of {code} is not a quantity from 1 to {MOST}"
    if bad.kind == Is.NUMBER and bad.number > _MOST_BARE:
        why = f"{bad.text} beside {code}: over {_MOST_BARE} a quantity needs a sign, as in x12"
    return Problem(near_miss=NearMiss.BAD_QUANTITY, why=why, codes=(code,))


def _unknown(item: Part, lexicon: Lexicon) -> Problem:
    typed = item.text.upper()
    if item.alias:
        why = f"{item.text} names more than one item: the code is needed"
        return Problem(near_miss=NearMiss.UNKNOWN_CODE, why=why)
    codes = lexicon.nearest(item.text)
    why = f"no item has the code {typed}" + (f"; nearest: {', '.join(codes)}" if codes else "")
    return Problem(near_miss=NearMiss.UNKNOWN_CODE, why=why, codes=codes, unknown=(typed,))


def _lacks(code: str, lacking: Iterable[str], table: VariantTable) -> Problem:
    if table.has_options:
        why = f"{code} has no variant {' '.join(lacking)}"
    else:
        why = f"{code} has no variants, so {' '.join(lacking)} means nothing for it"
    return Problem(near_miss=NearMiss.LACKS_VARIANT, why=why, codes=(code,))


def _grouped(atoms: list[Part], code: str, table: VariantTable) -> list[_Group] | Problem:
    """Return several variants, each whole and with the quantities that stand with it."""
    groups: list[_Group] = []
    quantities: list[int] = []
    for place, atom in enumerate(atoms):
        if atom.kind not in _BOUNDARIES and atom.text not in table.typed:
            quantities.append(place)
        elif atom.kind not in _BOUNDARIES:
            if not groups or not table.fitting([*groups[-1].words, atom.text]):
                groups.append(_Group(words=[], places=[]))
            groups[-1].words.append(atom.text)
            groups[-1].places.append(place)
    if any(len(table.meant(group.words)) != 1 for group in groups):
        return _lacks(code, [word for group in groups for word in group.words], table)
    for place in quantities:
        owner = _owner(place, atoms, groups) or _paired(place, quantities, groups)
        if owner is None:
            why = f"{atoms[place].text} beside several variants of {code}: of which one?"
            return Problem(near_miss=NearMiss.AMBIGUOUS_NUMBER, why=why, codes=(code,))
        owner.quantities.append(atoms[place])
    return groups


def _two_quantities(code: str) -> Problem:
    why = f"two quantities of {code}"
    return Problem(near_miss=NearMiss.TWO_QUANTITIES, why=why, codes=(code,))


def _owner(place: int, atoms: list[Part], groups: list[_Group]) -> _Group | None:
    """Return the one variant that a quantity stands with between two boundaries."""
    boundaries = [at for at, atom in enumerate(atoms) if atom.kind in _BOUNDARIES]
    start = max((at for at in boundaries if at < place), default=-1)
    end = min((at for at in boundaries if at > place), default=len(atoms))
    beside = [g for g in groups if any(start < at < end for at in g.places)]
    return beside[0] if len(beside) == 1 else None


def _paired(place: int, quantities: list[int], groups: list[_Group]) -> _Group | None:
    """Return the variant of a quantity where each has its own: all stand before, or all after."""
    order = quantities.index(place)
    group = groups[order] if len(quantities) == len(groups) else None
    before = quantities[0] < groups[0].places[0]
    return group if group and before == (place < group.places[0]) else None


def _wish(portion: _Portion, group: _Group, table: VariantTable, uncounted: int | None) -> Wish:
    names = table.meant(group.words)
    if portion.staged and portion.staged.variant in names:
        names = (portion.staged.variant,)
    return Wish(
        code=portion.item.code or "",
        variant=names[0] if len(names) == 1 else None,
        quantity=group.quantities[0].number if group.quantities else uncounted,
        fitting=names if len(names) > 1 else (),
        counted=bool(group.quantities),
        staged=portion.staged is not None,
    )


def _united(wishes: Iterable[Wish], problems: list[Problem]) -> Outcome:
    """Say twice, mean once: unite wishes for one item and variant; two quantities are a problem."""
    united: list[Wish] = []
    disputed: dict[str, None] = {}
    for wish in wishes:
        at = next((i for i, other in enumerate(united) if _same(wish, other)), None)
        if at is None:
            united.append(wish)
            continue
        other = united[at]
        if _disputed(wish, other):
            disputed[wish.code] = None
        precise = max(other, wish, key=_precision)
        counted = wish if wish.counted else other
        united[at] = replace(precise, quantity=counted.quantity, counted=counted.counted)
    certain = [wish for wish in united if wish.code not in disputed]
    problems = [*problems, *map(_two_quantities, disputed)]
    return _bounded(certain, problems)


def _same(wish: Wish, other: Wish) -> bool:
    """Whether two wishes may be one: the same variant, or one that the other may still mean."""
    vague, precise = sorted((wish, other), key=_precision)
    return vague.code == precise.code and (
        (vague.variant, vague.fitting) == (precise.variant, precise.fitting)
        or (vague.variant is None and (not vague.fitting or precise.variant in vague.fitting))
    )


def _precision(wish: Wish) -> int:
    return 2 if wish.variant else 1 if wish.fitting else 0


def _disputed(wish: Wish, other: Wish) -> bool:
    """Whether both wishes cannot be meant: a vague one may ask for as much of another variant."""
    told = wish.counted and other.counted
    return wish.quantity != other.quantity and (told or _precision(wish) != _precision(other))


def _bounded(wishes: list[Wish], problems: list[Problem]) -> Outcome:
    total = sum(wish.quantity or 1 for wish in wishes)
    if total > MOST:
        codes = tuple(dict.fromkeys(wish.code for wish in wishes))
        why = f"{total} units in one line; {MOST} at most"
        return Outcome((), [Problem(near_miss=NearMiss.BAD_QUANTITY, why=why, codes=codes)])
    return Outcome(wishes, problems)
