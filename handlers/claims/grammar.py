"""The claim grammar: what a chat line asks for, if it asks for anything.

    line     = clause { separator clause }            separators: . , ! ; newline
    claim    = words of the closed vocabulary, one of them a claim word or a signed quantity
    release  = a release word, an item and nothing but my, the, on, variants, quantities ...

A clause is a string of kinds (see `vocabulary.Is`), and the rules below are patterns over it. One
word outside the vocabulary makes a clause talk, so a false claim is impossible by default. `read`
is pure: a line, a lexicon and what is on stage give the same reading everywhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from handlers.claims.assembling import Outcome, Stage, assemble, mistyped
from handlers.claims.clauses import Role, role_of
from handlers.claims.folding import fold, latin
from handlers.claims.lexicon import TALK, Lexicon
from handlers.claims.markup import plain
from handlers.claims.reading import Kind, NearMiss, Reading
from handlers.claims.scanning import Clause, kinds_of, scan
from handlers.claims.tone import SAYING, conditional_item, tone_of
from handlers.claims.vocabulary import Is, Part

__all__ = ["LONGEST", "read", "read_variant"]

#: A longer line is never a claim.
LONGEST = 500

#: Something claimed, and then "no", "wait", "actually" ...; or "no" and a comma before it.
_SECOND_THOUGHT = re.compile(r"[wiuvnq].*[xo]|o.*,")
#: A word that stands for the item on stage: nothing but variants and quantities before it.
_BARE_WORD = re.compile(r"[^cw]*w")
#: A quantity that claims what is on stage, where nothing else is said.
_SIGNED_ON_STAGE = re.compile(r"[qvpc&,]*")
#: A claim word that is no part of a release (`cancel my claim A12` is one).
_CLAIMS_BESIDE_RELEASE = re.compile(
    r"[^rw]*w.*r|[^r]*r[^,]*,.*w|[^r]*r[^iuvnq]*[iuvnq][^w]*w.*[iuvnq]"
)
#: A number and a full stop in front may count the lines of a list.
_NUMBERED = re.compile(r"n,")
_ONLY_RELEASE = re.compile(r"[rwpyx&,]*")
_BARE_CODE = re.compile(r"[iuvn&cpjl,]*")
_ONLY_POLITE = re.compile(r"[cpjx&]*")
_SEPARATOR = re.compile(r"[.,!;\n\r\v\f]|[^\x00-\x7f]")
_DOUBTFUL = frozenset("xo$@")
_NAMING = frozenset("iu")

_NOT_A_CLAIM = Reading(kind=Kind.NONE, why="talk: it holds more, or less, than a claim")
_QUESTION = Reading(kind=Kind.NONE, why="a question")
_TOO_LONG = Reading(kind=Kind.NONE, why=f"longer than {LONGEST} characters")
_SAID = {
    NearMiss.CHANGED_MIND: "takes something back",
    NearMiss.ASKS: "asks something",
    NearMiss.CONDITION: "makes a condition",
}
_COMMA = Part(kind=Is.BREAK, text=",")


class _Line(NamedTuple):
    """A line without its talk: the parts that may claim, their kinds, and the clauses of talk.

    A named tuple, because one is made for every claim.
    """

    parts: Sequence[Part]
    kinds: str
    talk: Sequence[Sequence[str]]


def read(
    text: str, lexicon: Lexicon, stage: str | None = None, *, stage_variant: str | None = None
) -> Reading:
    """Return what a chat line asks for.

    `stage` is the code of the one item on stage, None if there is none or several; with
    `stage_variant` only that variant is on stage, and a bare `mine` means it.
    """
    if len(text) > LONGEST:
        return _TOO_LONG
    folded = fold(text)
    if _is_only_talk(folded, lexicon):
        return _QUESTION if "?" in folded else _NOT_A_CLAIM
    shown = Stage(stage, stage_variant) if stage and stage in lexicon.items else None
    line = plain(folded)
    reading = _read(line, lexicon, shown)
    if not line.isascii() and reading.kind in (Kind.NONE, Kind.NEAR_MISS):
        return _look_alike(line, lexicon, shown) or reading
    return _QUESTION if reading is _NOT_A_CLAIM and "?" in line else reading


def read_variant(text: str, lexicon: Lexicon, code: str) -> tuple[str, ...]:
    """Return the variants of `code` that an answer to "which size?" may mean.

    The answer holds nothing but the words of one variant and politeness; () if it says more.
    """
    if len(text) > LONGEST or code not in lexicon.items:
        return ()
    clauses = scan(plain(fold(text)), lexicon, code)
    if any(clause.talk for clause in clauses):
        return ()
    parts = [part for clause in clauses for part in clause.parts]
    typed = lexicon.variants(code).typed
    words = [part.text for part in parts if part.text in typed]
    rest = kinds_of([p for p in parts if p.text not in typed and p.text != "one"])
    return lexicon.variants(code).meant(words) if words and _ONLY_POLITE.fullmatch(rest) else ()


def _is_only_talk(folded: str, lexicon: Lexicon) -> bool:
    """Whether the first word already shows that a line of one clause is talk: most of chat."""
    first = next(iter(folded.split(None, 1)), "")
    return (
        first.isascii()
        and first.isalpha()
        and "if" not in folded
        and lexicon.is_talk(first)
        and not _SEPARATOR.search(folded.rstrip(" .!"))
    )


def _read(line: str, lexicon: Lexicon, stage: Stage | None) -> Reading:
    clauses = scan(line, lexicon, stage.code if stage else None)
    if "if" in line and (condition := _condition(clauses, lexicon)):
        return condition
    if len(clauses) == 1 and clauses[0].talk:
        return _misspelled(clauses, lexicon) or _NOT_A_CLAIM
    if request := _request(clauses, lexicon, stage):
        return request
    said = _without_talk(clauses)
    if not said.parts:
        return _misspelled(clauses, lexicon) or _NOT_A_CLAIM
    if "r" in said.kinds:
        return _release(said, lexicon)
    if "w" in said.kinds:
        return _claim(said, lexicon, stage)
    if "q" in said.kinds:
        return _signed(said, lexicon, stage)
    return _bare_code(said, lexicon)


def _look_alike(line: str, lexicon: Lexicon, stage: Stage | None) -> Reading | None:
    """Return the near miss of a line that only reads in letters of another script."""
    drawn = latin(line)
    meant = _read(drawn, lexicon, stage) if drawn != line else _NOT_A_CLAIM
    if meant.kind == Kind.NONE:
        return None
    codes = meant.codes or tuple(dict.fromkeys(wish.code for wish in meant.items))
    why = "letters of another script that only look like the code or word"
    return _near(NearMiss.LOOK_ALIKE, why, codes)


def _without_talk(clauses: Sequence[Clause]) -> _Line:
    """Join the clauses that may claim; what only goes on with talk is talk."""
    if len(clauses) == 1 and role_of(clauses[0].kinds) != Role.TALKS:
        return _Line(clauses[0].parts, clauses[0].kinds, ())
    parts: list[Part] = []
    talk: list[Sequence[str]] = []
    talking = False
    for clause in clauses:
        role = Role.TALKS if clause.talk else role_of(clause.kinds)
        if role not in (Role.NEUTRAL, Role.GOES_ON):
            announced = talking and talk[-1][-1] in SAYING
            talking = announced or role not in (Role.CLAIMS, Role.RELEASES)
        if talking and role != Role.NEUTRAL:
            talk.append(clause.tokens)
        elif clause.parts:
            parts += [_COMMA, *clause.parts] if parts else clause.parts
    return _Line(parts, kinds_of(parts), talk)


def _condition(clauses: Iterable[Clause], lexicon: Lexicon) -> Reading | None:
    tokens = [token for clause in clauses for token in clause.tokens]
    code = conditional_item(tokens, lexicon)
    if not code:
        return None
    why = f"a condition: {code} is claimed only when it is said without an if"
    return _near(NearMiss.CONDITION, why, (code,))


def _misspelled(clauses: Iterable[Clause], lexicon: Lexicon) -> Reading | None:
    """Return the near miss of a claim in which one word misses an item's name by a slip."""
    for tokens in (clause.tokens for clause in clauses if clause.talk):
        if lexicon.claiming.isdisjoint(tokens):
            continue
        known = [lexicon.table.get(token) or lexicon.spelled(token) for token in tokens]
        kinds = "".join(parts[0].kind for parts in known if parts)
        before, _, after = kinds.partition(Is.TALK)
        if TALK not in known or Is.WORD not in before:
            continue
        if role_of(before + Is.ITEM + after) != Role.CLAIMS:
            continue
        typed = tokens[known.index(TALK)]
        if code := lexicon.misspelled(typed):
            why = f"no item is called {typed}; nearest: {code}"
            return _near(NearMiss.UNKNOWN_CODE, why, (code,), (typed.upper(),))
    return None


def _request(clauses: Iterable[Clause], lexicon: Lexicon, stage: Stage | None) -> Reading | None:
    """Return the near miss of a line that asks for an item or wants it, without claiming it."""
    for clause in clauses:
        role = Role.TALKS if clause.talk else role_of(clause.kinds)
        if role not in (Role.ASKS, Role.WANTS):
            continue
        asks = role == Role.ASKS
        codes = _codes(clause.parts)
        if codes:
            verb = "asks for" if asks else "wants"
            near_miss = NearMiss.ASKS if asks else NearMiss.WANTS
            return _near(near_miss, f"{verb} {codes[0]} without claiming it", codes)
        if asks and "u" in clause.kinds and "w" in clause.kinds:
            return _reading(assemble(clause.parts, lexicon, None), Kind.CLAIM)
        if not asks and stage:
            why = f"wants {stage.code}, on stage, without claiming it"
            return _near(NearMiss.WANTS, why, (stage.code,))
    return None


def _release(said: _Line, lexicon: Lexicon) -> Reading:
    codes = _codes(said.parts)
    kinds = said.kinds.replace("yw", "y").replace("cw", "c")
    signed = any(part.kind == Is.QUANTITY and part.text[0] == "+" for part in said.parts)
    if signed or _CLAIMS_BESIDE_RELEASE.match(kinds):
        return _near(NearMiss.CLAIM_AND_RELEASE, "a claim and a release in one line", codes)
    if not codes and "u" not in said.kinds:
        if not _ONLY_RELEASE.fullmatch(said.kinds):
            return _NOT_A_CLAIM
        return _near(NearMiss.NOTHING_TO_RELEASE, "a release that names no item", codes)
    return _reading(assemble(said.parts, lexicon, None, uncounted=None), Kind.CANCEL)


def _claim(said: _Line, lexicon: Lexicon, stage: Stage | None) -> Reading:
    if (said.talk or not _DOUBTFUL.isdisjoint(said.kinds)) and (doubt := _doubt(said, stage)):
        return doubt
    if _NUMBERED.match(said.kinds) and not said.parts[0].code:
        why = f"{said.parts[0].text} stands apart: is it a quantity?"
        return _near(NearMiss.AMBIGUOUS_NUMBER, why, _codes(said.parts))
    if _NAMING.isdisjoint(said.kinds):
        if stage is None and "n" not in said.kinds and not _codes(said.parts):
            return _near(NearMiss.NO_STAGE, "a claim word without an item, and none on stage")
        if stage and not _BARE_WORD.match(said.kinds):
            return _NOT_A_CLAIM
        if stage and not any(part.text in lexicon.words.bare for part in said.parts):
            return Reading(kind=Kind.NONE, why="this word claims only together with a code")
        return _reading(assemble(mistyped(said.parts), lexicon, stage), Kind.CLAIM)
    return _reading(assemble(said.parts, lexicon, stage), Kind.CLAIM)


def _doubt(said: _Line, stage: Stage | None) -> Reading | None:
    """Return the near miss of a claim that the line itself takes back, bargains or passes on."""
    meant = _codes(said.parts) or ((stage.code,) if stage else ())
    about = meant[0] if meant else "it"
    if _SECOND_THOUGHT.search(said.kinds):
        return _near(NearMiss.CHANGED_MIND, f"a change of mind about {about} in one line", meant)
    if not meant and ("$" in said.kinds or "@" in said.kinds):
        return _NOT_A_CLAIM
    if "$" in said.kinds:
        return _near(NearMiss.PRICE, f"a claim of {about} with a price", meant)
    if "@" in said.kinds:
        return _near(NearMiss.PERSON, f"a claim of {about} with another person", meant)
    tone = next(filter(None, map(tone_of, said.talk)), None)
    return _near(tone, f"the line also {_SAID[tone]}", meant) if tone else None


def _signed(said: _Line, lexicon: Lexicon, stage: Stage | None) -> Reading:
    """Read a quantity with its sign and no word (`A12+1`, `+1`), where nothing else is said."""
    if _NAMING.isdisjoint(said.kinds) and not any(part.code for part in said.parts):
        negative = any(part.text[0] == "-" for part in said.parts)
        if not stage or negative or said.talk or not _SIGNED_ON_STAGE.fullmatch(said.kinds):
            return _NOT_A_CLAIM
        return _reading(assemble(said.parts, lexicon, stage), Kind.CLAIM)
    codes = _codes(said.parts)
    if not codes:
        unknown = assemble(said.parts, lexicon, None)
        near = not said.talk and any(problem.codes for problem in unknown.problems)
        return _reading(unknown, Kind.CLAIM) if near else _NOT_A_CLAIM
    if doubt := _doubt(said, stage):
        return doubt
    if said.talk:
        why = f"{codes[0]} and a quantity, among other talk and without a claim word"
        return _near(NearMiss.BARE_CODE, why, codes)
    return _reading(assemble(said.parts, lexicon, stage), Kind.CLAIM)


def _bare_code(said: _Line, lexicon: Lexicon) -> Reading:
    codes = tuple(
        dict.fromkeys(p.code for p in said.parts if p.kind == Is.ITEM and p.code and not p.alias)
    )
    if not codes or said.talk or not _BARE_CODE.fullmatch(said.kinds):
        return _NOT_A_CLAIM
    near = _near(NearMiss.BARE_CODE, f"{codes[0]} without a claim word", codes)
    return replace(near, typed=_typed(assemble(said.parts, lexicon, None)))


def _typed(meant: Outcome) -> str:
    """How one item with its size is typed; nothing where the line says more, or less."""
    if len(meant.wishes) != 1 or meant.problems or not meant.wishes[0].variant:
        return ""
    (wish,) = meant.wishes
    return " ".join([wish.code, *str(wish.variant).replace(" / ", " ").split()])


def _reading(outcome: Outcome, kind: Kind) -> Reading:
    """Return the reading of what is certain; `why` names the rest."""
    if outcome.wishes:
        why = "claims " if kind == Kind.CLAIM else "releases "
        why += ", ".join([f"{w.code} {w.variant}" if w.variant else w.code for w in outcome.wishes])
        if outcome.problems:
            why += "; left out: " + "; ".join(problem.why for problem in outcome.problems)
        return _read_as(kind, why, outcome)
    if not outcome.problems:
        return _NOT_A_CLAIM
    why = "; ".join(problem.why for problem in outcome.problems)
    return _read_as(Kind.NEAR_MISS, why, outcome)


def _read_as(kind: Kind, why: str, outcome: Outcome) -> Reading:
    if not outcome.problems:
        return Reading(kind=kind, why=why, items=tuple(outcome.wishes))
    return Reading(
        kind=kind,
        why=why,
        items=tuple(outcome.wishes),
        near_miss=outcome.problems[0].near_miss,
        codes=_all(problem.codes for problem in outcome.problems),
        unknown=_all(problem.unknown for problem in outcome.problems),
    )


def _near(
    near_miss: NearMiss, why: str, codes: tuple[str, ...] = (), unknown: tuple[str, ...] = ()
) -> Reading:
    return Reading(kind=Kind.NEAR_MISS, why=why, near_miss=near_miss, codes=codes, unknown=unknown)


def _codes(parts: Iterable[Part]) -> tuple[str, ...]:
    """Return the codes of the items that parts name or, as a number, may name."""
    return tuple(dict.fromkeys(part.code for part in parts if part.code))


def _all(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))
