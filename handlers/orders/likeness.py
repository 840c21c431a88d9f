"""Whether two customers are likely one: the same door and name, or the same contact.

Likeness is only ever shown to a person; customers are joined by a one-time code, never by this.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from rapidfuzz import fuzz

from handlers.orders.model import Address

__all__ = ["Likeness", "Twin", "door_key", "likely_twins"]

_WORDS = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9]+")
# `Torstraße` and `Torstr.` are `Tor st`, `12b` is `12 b`.
_GLUED_STREET = re.compile(r"(?<=[^\W\d_]{3})(?:straße|strasse|str\b\.?)")
_GLUED_NUMBER = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
#: Streets and names that are this much alike, of 100, are one: a slip or a swapped word apart.
_SAME_STREET = 88
_SAME_NAME = 86
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("street", "str", "straße", "strasse"), "st"),
        **dict.fromkeys(("avenue", "av"), "ave"),
        **dict.fromkeys(("apartment", "appartement", "unit", "flat", "suite", "ste"), "apt"),
        **{"road": "rd", "drive": "dr", "lane": "ln", "boulevard": "blvd", "court": "ct"},
        **{"place": "pl", "square": "sq", "highway": "hwy", "north": "n", "south": "s"},
        **{"east": "e", "west": "w", "platz": "pl", "weg": "w"},
    }
)
_TITLES = frozenset({"mr", "mrs", "ms", "mx", "dr", "herr", "frau", "mme", "m"})


class Likeness(StrEnum):
    """What two addresses have in common."""

    PERSON = "person"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Another customer who is likely the same."""

    customer_id: int
    likeness: Likeness


def door_key(address: Address) -> str:
    """What addresses of one door have in common: country, and postcode or city.

    Only addresses with the same key need be compared; kept, it should be hashed with a key.
    """
    where = address.postcode or address.city
    return f"{address.country}:{''.join(_words(where))}".casefold()


def likely_twins(
    address: Address, customer_id: int, others: Iterable[tuple[int, Address]]
) -> tuple[Twin, ...]:
    """Other customers, by id, whose address says that they are likely this one."""
    found: dict[int, Likeness] = {}
    for other_id, other in others:
        if other_id == customer_id or found.get(other_id) is Likeness.PERSON:
            continue
        likeness = _likeness(address, other)
        if likeness is not None:
            found[other_id] = likeness
    return tuple(Twin(customer_id=one, likeness=found[one]) for one in sorted(found))


def _likeness(one: Address, other: Address) -> Likeness | None:
    if door_key(one) == door_key(other) and _same_street(one, other):
        names = _name(one), _name(other)
        # People of one household share a door and a surname: only a whole name counts.
        if all(names) and fuzz.token_sort_ratio(*names) >= _SAME_NAME:
            return Likeness.PERSON
    if one.email and one.email.casefold() == other.email.casefold():
        return Likeness.CONTACT
    phones = _phone(one), _phone(other)
    return Likeness.CONTACT if phones[0] and phones[0] == phones[1] else None


def _same_street(one: Address, other: Address) -> bool:
    # `12 Main St` and `14 Main St` are as alike as a slip, and two houses.
    numbers = [sorted(_DIGITS.findall(_lines(address))) for address in (one, other)]
    if numbers[0] != numbers[1]:
        return False
    # As it is typed, where a slip spoils the word for street, or with all words for it alike.
    return any(
        fuzz.token_sort_ratio(spelled(one), spelled(other)) >= _SAME_STREET
        for spelled in (_as_typed, _shortened)
    )


def _as_typed(address: Address) -> str:
    return " ".join(_words(_lines(address)))


def _shortened(address: Address) -> str:
    parted = _GLUED_STREET.sub(" st", _lines(address))
    return " ".join(_SHORT.get(word, word) for word in _words(_GLUED_NUMBER.sub(" ", parted)))


def _lines(address: Address) -> str:
    return f"{address.line1} {address.line2}".casefold()


def _name(address: Address) -> str:
    return " ".join(word for word in _words(address.name) if word not in _TITLES)


def _phone(address: Address) -> str:
    digits = "".join(_DIGITS.findall(address.phone))
    # The last eight tell a line apart, with or without the country before them.
    return digits[-8:] if len(digits) >= 8 else ""


def _words(text: str) -> list[str]:
    """Its words without case, accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return _WORDS.findall("".join(sign for sign in bare if not unicodedata.combining(sign)))
