"""Whose business a line is: questions for oneself alone, and what of a line is personal. Pure."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.faq.owning import OWN
from handlers.faq.talk import ordinary_talk
from handlers.faq.words import words_of

__all__ = ["as_question", "asks_for_own", "looks_asked", "without_personal"]

#: Words of questions about one's own, as the fingers should have typed them.
_SPELLED = (
    *("where", "wheres", "order", "orders", "package", "packages", "parcel", "parcels"),
    *("claim", "claims", "shipment", "delivery", "refund", "payment", "tracking", "status"),
    *("arrive", "arrived", "shipped", "receive", "received", "waitlist", "total"),
)
#: Words that only look like a slip of one of them.
_OTHERS = frozenset(
    {"were", "older", "odor", "clam", "statue", "skipped", "slipped", "sipped", "stopped"}
    | {"shopped"}
)
_CLEAR, _LONG = 4, 8
_REMEMBERED = 20_000

_OPENS = frozenset(
    {"how", "what", "whats", "when", "whens", "where", "wheres", "who", "whos", "which", "why"}
    | {"is", "are", "do", "does", "did", "can", "could", "will", "would", "has", "have", "should"}
    | {"wie", "was", "wann", "wo", "cómo", "como", "cuánto", "cuanto", "cuándo", "cuando", "dónde"}
    | {"combien", "quand", "où", "comment", "est"}
)
_FEWEST, _MOST = 3, 40

_MAIL = re.compile(r"\S+@\S+\.\S+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NAMED = re.compile(r"<?@!?&?[\w.\-]+>?")
#: What follows, up to the end of the sentence, says who somebody is or where they live.
_TELLS = re.compile(
    r"\b(?:my name(?: is|'s|s)|i am called|call me|name:|ich hei(?:ß|ss)e|mein name ist"
    r"|me llamo|mi nombre es|je m'appelle|mon nom est"
    r"|(?<!do you )(?<!do u )(?:ship|send|deliver|mail|post)(?: (?:it|this|that|them|mine|my \w+))?"
    r" to(?! me\b| us\b)|(?:ship|send|deliver)(?:ing)? address(?: is)?"
    r"|(?:my|the|our) address(?: is|'s)?|i live (?:at|in|on)|adresse ist|ich wohne|wohnhaft"
    r"|mi direcci[oó]n(?: es)?|vivo en|mon adresse(?: est)?|j'habite)\b:?\s*([^.?!;\n]+)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:order|bestellung|pedido|commande)s?\b\s*(?:no|nr|number|id|n°)?[.:]?\s*#?\s*"
    r"(?=[\w-]*\d{3}|[a-z]{1,4}-?\d)[\w-]+",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?\s+(?:[\w.'-]+\s+){1,3}(?:street|str|st|road|rd|avenue|ave|lane|ln|drive|dr|"
    r"way|court|ct|place|pl|boulevard|blvd)\b\.?"
    r"|\b[\w-]*(?:straße|strasse|str\.|gasse|weg|platz|allee|ufer|damm)\s*\d+(?:\s?[a-z]\b)?"
    r"|\b(?:am|an der|an den|auf dem|auf der|im|in der|zum|zur) [\w-]+ \d+(?:\s?[a-z]\b)?"
    r"|\b\d{1,5}\s?(?:bis|ter)?,?\s+(?:rue|avenue|av\.?|boulevard|bd\.?|place|chemin|all[ée]e"
    r"|impasse|quai|route)\s+[\w'’-]+(?:\s+[\w'’-]+){0,3}"
    r"|\b(?:calle|c/|avenida|avda\.?|av\.|plaza|paseo|carrera|camino)\s*[\w'’-]+"
    r"(?:\s+[\w'’-]+){0,4}?,?\s*(?:n[ºo°.]*\s*)?#?\d+\w?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"#\s?[\w-]*\d[\w-]*|[+(]?\d(?:[\s().\-/\u2010-\u2015\u2212]{0,3}\d){3,}"
    r"|\b[a-z]{1,4}-?\d{4,}\b",
    re.IGNORECASE,
)
_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|double|triple"
    r"|null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun"
    r"|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
    r"|zéro|un|deux|trois|quatre|cinq|sept|huit|neuf|\d)"
)
_SPOKEN = re.compile(rf"\b{_DIGIT}(?:[\s,.\-\u2010-\u2015]+{_DIGIT}){{3,}}\b", re.IGNORECASE)
_STRUCK = re.compile(r"\[(?:mail|link|name|address|number|private)\]|…$")


def asks_for_own(text: str) -> bool:
    """Whether a line asks for an order, parcel or claim of its writer's own, slips forgiven."""
    words = words_of(text)
    if OWN.search(" ".join(words)):
        return True
    spelled = [_spelled(word) for word in words]
    return spelled != words and OWN.search(" ".join(spelled)) is not None


@lru_cache(maxsize=_REMEMBERED)
def _spelled(word: str) -> str:
    if len(word) < _CLEAR or word in _SPELLED or word in _common():
        return word
    near = [one for one in _SPELLED if one[0] == word[0]]
    slips = 2 if len(word) >= _LONG else 1
    found = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found else word


@cache
def _common() -> frozenset[str]:
    return _OTHERS | {word for line in ordinary_talk() for word in words_of(line)}


def looks_asked(text: str) -> bool:
    """Whether a line that no entry fits was a question all the same."""
    words: Sequence[str] = words_of(text)
    asks = text.rstrip(" !.").endswith(("?", "\uff1f")) or bool(words and words[0] in _OPENS)
    return asks and _FEWEST <= len(words) <= _MOST


def without_personal(text: str, longest: int = 160) -> str:
    """A line without what may tell who somebody is, cut to be short; `docs/faq.md` lists it."""
    kept = _MAIL.sub("[mail]", text)
    kept = _LINK.sub("[link]", kept)
    kept = _NAMED.sub("[name]", kept)
    kept = _TELLS.sub(lambda found: f"{found[0][: found.start(1) - found.start()]}[private]", kept)
    kept = _STREET.sub("[address]", kept)
    kept = _ORDER.sub("order [number]", kept)
    kept = _SPOKEN.sub("[number]", kept)
    kept = " ".join(_NUMBER.sub("[number]", kept).split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def as_question(kept: str) -> str:
    """A kept line as one of an entry's questions: nothing stands where something was struck."""
    return " ".join(_STRUCK.sub(" ", kept).split())
