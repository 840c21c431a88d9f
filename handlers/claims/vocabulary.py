"""The closed vocabulary of a claim: every word that may stand beside a claim, and what it is.

A clause is read as a sequence of kinds, one letter each, so that a rule of the grammar is a
pattern over kinds. A word that has no kind here and none in the catalogue makes its clause talk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["CLAIM_WORDS", "MOST", "PHRASES", "WORDS", "ClaimWords", "Is", "Part"]

#: The most units one line may claim.
MOST = 99

CLAIM_WORDS = ("claim", "claiming", "sold", "mine", "dibs", "cf", "เอา", "chốt", "我要")


class Is(StrEnum):
    """What a word of a line can be."""

    WORD = "w"
    RELEASE = "r"
    ITEM = "i"
    UNKNOWN = "u"
    VARIANT = "v"
    NUMBER = "n"
    QUANTITY = "q"
    CONNECTOR = "c"
    AND = "&"
    BREAK = ","
    POLITE = "p"
    INTERJECTION = "j"
    IF_LEFT = "l"
    RETRACT = "x"
    NO = "o"
    PRICE = "$"
    PERSON = "@"
    QUESTION = "?"
    MODAL = "m"
    SELF = "s"
    WILL = "f"
    WANT = "d"
    TAKE = "t"
    MY = "y"
    SIGN = "g"
    UNIT = "h"
    MINUS = "-"
    CURRENCY = "¤"
    FOR = "b"
    KIN = "k"
    SIZE = "z"
    MARK = "#"
    IF = "."
    TALK = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One word as the vocabulary knows it.

    `code` is the item it names, or the one that a number, quantity or variant (`7`, `x2`, `M`)
    might name; `number` is what a number or quantity counts; `alias` that the item is named by
    another word than its code.
    """

    kind: Is
    text: str
    code: str | None = None
    number: int = 0
    alias: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWords:
    """The claim words a shop uses, and those of them that count alone for the item on stage."""

    words: frozenset[str] = field(default_factory=lambda: frozenset(CLAIM_WORDS))
    bare: frozenset[str] = field(default_factory=lambda: frozenset(CLAIM_WORDS))


_SPOKEN: Mapping[Is, str] = {
    Is.RELEASE: "unclaim cancel drop remove pass nvm nevermind",
    Is.CONNECTOR: ("the a an on in of this these it that"),
    Is.AND: "and & plus n also",
    Is.BREAK: ". , ! ; \n \r \v \f",
    Is.POLITE: (
        "please pls plz plez pleas plss pleease kindly thanks thank thankyou thx thnx tnx ty tysm "
        "tyvm cheers ka kha kaa krub krab kub ค่ะ คะ คับ ครับ ค้าบ จ้า จ้ะ นะ นะคะ หน่อย "
        "nhé nha ạ ơi 请 謝謝 谢谢 谢"
    ),
    Is.INTERJECTION: (
        "omg omfg omgg yes yess yas yass yay yey yeah yea yep yup ya finally lol lmao lmfao rofl "
        "haha hahaha hehe wow woww woah whoa ooh oooh oh ohh ah ahh aah eek eee hey hi hello woo "
        "woohoo wohoo ok okay okey kk hurray hooray aww gosh damn dang xd uwu owo wee yippee sweet "
        "alright asap hurry quick quickly"
    ),
    Is.RETRACT: "wait actually sorry oops whoops jk instead rather scratch edit correction",
    Is.NO: "no nope nah",
    Is.QUESTION: "?",
    Is.MODAL: "can could may might",
    Is.SELF: "i we",
    Is.WILL: "i'll ill we'll",
    Is.TAKE: "get have take grab buy order reserve",
    Is.MY: "my from cart order basket all both",
    Is.SIGN: "x × * + qty quantity qnty",
    Is.UNIT: "pcs pc piece pieces unit units",
    Is.MINUS: "-",
    Is.CURRENCY: (
        "$ € £ ¥ ฿ ₫ ₩ ₱ ₹ usd eur gbp thb vnd sgd myr aud cad dollar dollars bucks euro euros "
        "pound pounds baht quid"
    ),
    Is.FOR: "for at",
    Is.KIN: (
        "him her them mom mum mother dad father sister sis brother bro friend bestie bff husband "
        "hubby wife bf gf boyfriend girlfriend daughter son kid kids aunt auntie cousin niece "
        "nephew grandma grandpa someone"
    ),
    Is.SIZE: "size sz color colour",
    Is.MARK: "# number num nr item code lot",
    Is.IF: "if",
}

#: Marks between words that say nothing.
_SILENT = "( ) [ ] { } / : = _ ~ | < > ^ ' \" \\"

#: Words of several words; those of the claim words are made with the lexicon.
_SPOKEN_PHRASES: Mapping[Is, str] = {
    Is.RELEASE: "never mind / un claim",
    Is.CONNECTOR: "for me / for myself / for us / to me / this one / that one / the one",
    Is.POLITE: "thank you / thank u / thanks so much / thank you so much / many thanks",
    Is.INTERJECTION: "oh my god / oh my gosh / oh my / let's go / lets go / at last",
    Is.RETRACT: (
        "no wait / wait no / i mean / i meant / make that / make it / scratch that / "
        "just kidding / change that / change it / on second thought"
    ),
    Is.WILL: "i will / we will / i would / i'd / id",
    Is.WANT: (
        "i want / i want to / i wanna / i need / i need to / i'd like / i would like / "
        "i'd like to / i would like to / id like / id like to / i'd love / i'd love to / "
        "we want / we need / i really want / i really need / gimme / give me"
    ),
}

_NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _single_words() -> dict[str, tuple[Part, ...]]:
    spoken = {
        word: (Part(kind=kind, text=word),)
        for kind, words in _SPOKEN.items()
        for word in words.split(" ")
    }
    counted = {
        word: (Part(kind=Is.NUMBER, text=word, number=number),)
        for number, word in enumerate(_NUMERALS, start=1)
    }
    return spoken | counted | dict.fromkeys(_SILENT.split(" "), ())


def _phrases() -> dict[tuple[str, ...], tuple[Part, ...]]:
    return {
        tuple(phrase.split(" ")): (Part(kind=kind, text=phrase),)
        for kind, phrases in _SPOKEN_PHRASES.items()
        for phrase in phrases.split(" / ")
    }


WORDS: Mapping[str, tuple[Part, ...]] = _single_words()
PHRASES: Mapping[tuple[str, ...], tuple[Part, ...]] = _phrases()
