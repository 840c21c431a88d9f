"""Tone: whether the talk beside a claim denies, asks or takes back what the claim says."""

import re
from collections.abc import Sequence

from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import NearMiss
from handlers.claims.vocabulary import Is

__all__ = ["SAYING", "conditional_item", "tone_of"]

#: Words that announce what others say or should type: what follows is not a claim.
SAYING = frozenset(
    re.findall(
        r"\w+",
        "say says said saying type types typed typing write writes wrote comment comments "
        "commented like goes told reads means",
    )
)
_HARMLESS = re.compile(
    r"\b(?:can't (?:wait|believe)|cant (?:wait|believe)|cannot wait|why not|no (?:regrets?|worries|"
    r"problem|way|cap|doubt|idea|joke)|not (?:gonna|going to) lie|if not)\b"
)
_DENIES = re.compile(
    r"^(?:no|not|nope|nah|never)\b"
    r"|\b(?:not|don't|dont|didn't|didnt|won't|wont|can't|cant|cannot|never|isn't|isnt)\b.*"
    r"\b(?:it|this|that|mine|claim|claiming|want|need|buy|buying|take|taking|me|one)\b"
    # Cut off by a comma or a full stop, a negation stands for what follows it.
    r"|\b(?:not|don't|dont|didn't|didnt|won't|wont|can't|cant|cannot|never|isn't|isnt|wouldn't|"
    r"shouldn't)$"
)
_CONDITION = re.compile(r"^(?:(?:only|but|as|even) )?(?:if|unless)\b")
#: What somebody said, or once said, is nobody's claim now.
_REPORTS = re.compile(
    r"\b(?:he|she|they|someone|somebody|everyone|people|who) (?:said|says|typed|wrote)\b"
    r"|\bsaid no ?one\b|\bthat(?:'s| is|s) what\b|\bthat was\b|^e ?g\b|\bi wish\b"
)
_ASKS = re.compile(
    r"\?|^(?:is|are|do|does|did|can|could|will|would|has|was|were|when|where|who|which|"
    r"how (?:much|many|long|do|does|is|are)|why (?:is|are|do|does|did|was|were|can't|cant))\b"
)
_TAKES_BACK = re.compile(
    r"\b(?:jk|just kidding|kidding|nvm|never ?mind|changed my mind|change my mind|scratch that|"
    r"no wait|wait no|my bad|wrong (?:one|code|size|item|colou?r)|take (?:it|that) back|i meant?|"
    r"forget (?:it|that)|false alarm|psych|undo)\b"
    r"|^(?:wait|actually|oops|whoops|hold on)\b|^wrong$"
)
_TONES = (
    (NearMiss.CHANGED_MIND, _TAKES_BACK),
    (NearMiss.ASKS, _ASKS),
    (NearMiss.CHANGED_MIND, _DENIES),
    (NearMiss.CONDITION, _CONDITION),
    (NearMiss.CHANGED_MIND, _REPORTS),
)
_TAKES_IF = re.compile(
    r"\b(?:i'll|ill|we'll|i will|i'd|id|i would) (?:take|have|claim|grab|get|buy)\b"
)


def tone_of(tokens: Sequence[str]) -> NearMiss | None:
    """Return what a clause of talk does to a claim in the same line, None if nothing."""
    said = _HARMLESS.sub(" ", " ".join(tokens)).strip()
    return next((tone for tone, pattern in _TONES if pattern.search(said)), None)


def conditional_item(tokens: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return the code of the item in "if …, I'll take it", None where nothing of it is said."""
    if "if" not in tokens or not _TAKES_IF.search(" ".join(tokens)):
        return None
    for at, token in enumerate(tokens):
        if code := lexicon.code_of(token.replace("-", "")):
            return code
        for part in lexicon.table.get(token, ()):
            if part.kind == Is.ITEM:
                return part.code
        if at and (code := lexicon.code_of(tokens[at - 1] + token)):
            return code
    return None
