"""What a direct message is to the team's support: a wish for a person, small talk, or a letter.

Pure, but for the patterns that are read once.
"""

import unicodedata
from functools import cache

from handlers.claims.grammar import read
from handlers.claims.reading import Kind as ClaimKind
from handlers.faq.words import words_of
from handlers.returns.intent import IntentReader
from handlers.returns.intent import Kind as Wish
from handlers.snapshot import Snapshot

__all__ = ["is_letter", "is_reply_word", "wants_a_person"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Asked for by one word, or two; sentences are read by the patterns of returns.
_PERSON = _words(
    """
    human person someone somebody agent support staff operator representative
    mensch jemand mitarbeiter mitarbeiterin kundendienst kundenservice
    humain humaine quelqu'un quelquun conseiller conseillere personne
    humano humana persona alguien agente asesor asesora soporte
    """
)
#: What may stand around that word; "great support!" is praise.
_AROUND = _words(
    """
    hi hello hey hallo hola bonjour please pls bitte svp stp porfa now
    a an the ein eine einen un une
    """
)
#: What people say that asks for nothing.
_SMALL_TALK = _words(
    """
    hi hello hey heya hiya yo howdy there morning afternoon evening night good day all everyone
    people folks friends
    hallo hej moin servus guten tag morgen abend hola buenos buenas dias tardes noches bonjour
    bonsoir salut coucou ciao
    thanks thank you thx ty cheers danke vielen dank merci beaucoup gracias muchas
    ok okay kk cool nice great super perfect awesome lovely love it this wow yay yes no yep nope
    yeah sure fine lol haha hahaha hehe omg oh ah hm hmm so much very bye goodbye see ya tschuss
    adios andon bot test ping what huh was quoi que gg wp please bitte
    """
)
#: What answers a question of somebody of the team, and means something else to the bot alone.
_REPLY_WORDS = frozenset({"yes", "ok", "ja", "oui", "si", "sí", "no", "nein"})
#: A longer message is no claim, whatever it looks like.
_LONG = 9
#: One word of a script without spaces between words may be a whole sentence.
_SENTENCE = 6


def wants_a_person(text: str) -> bool:
    """Whether somebody asks for a person, in a word or a sentence of four languages."""
    words = text.casefold().strip(" .!?…").split()
    asked = [word.strip(",.!?") for word in words if word.strip(",.!?") not in _AROUND]
    if len(asked) == 1 and asked[0] in _PERSON:
        return True
    # The patterns take a moment to load, and one word says it or does not.
    return len(words) > 1 and _intents().read(text).kind is Wish.HUMAN


def is_reply_word(text: str) -> bool:
    """Whether this is a yes or a no, and nothing else."""
    return text.strip(" .!").casefold() in _REPLY_WORDS


def is_letter(text: str, snapshot: Snapshot) -> bool:
    """Whether a person should read this: it says something, and is no claim and no small talk."""
    said = [word for word in words_of(text) if word not in _SMALL_TALK]
    if not said:
        return False
    if len(said) == 1:
        return len(words_of(text)) > 2 or _is_sentence(said[0])
    if len(said) >= _LONG:
        return True
    return read(text, snapshot.lexicon, None).kind is ClaimKind.NONE


def _is_sentence(word: str) -> bool:
    letters = [one for one in word if unicodedata.category(one) == "Lo"]
    return len(letters) >= _SENTENCE


@cache
def _intents() -> IntentReader:
    return IntentReader.load()
