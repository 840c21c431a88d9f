"""Addresses: put in order, looked over, and kept as one text that can be encrypted whole.

Nothing here logs, and no error or problem says what stands in an address.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from handlers.orders.model import Address
from handlers.orders.places import (
    HOUSE_NUMBERED,
    NO_POSTCODE,
    country_code,
    form_of,
    region_code,
    region_fits,
    regions_of,
)

__all__ = [
    "AddressFault",
    "AddressProblem",
    "check_address",
    "read_address",
    "tax_place",
    "tidied",
    "written",
]

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
_PHONE_SIGNS = re.compile(r"[\s().\-/]+")
_LETTERS = re.compile(r"[^\W\d_]")
#: What a label has room for.
_LONGEST = 70


class AddressFault(StrEnum):
    """What is wrong with one field."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_FORM = "wrong_form"
    NO_HOUSE_NUMBER = "no_house_number"
    NOT_THERE = "not_there"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressProblem:
    """One field that cannot stay as it is; `example` is how its country writes it."""

    field: str
    fault: AddressFault
    example: str = ""


def tidied(address: Address, locale: str = "en") -> Address:
    """The address as the post would write it: no spare spaces, codes for country and region."""
    plain = replace(
        address, **{name: " ".join(value.split()) for name, value in asdict(address).items()}
    )
    country = country_code(plain.country, locale) or plain.country
    form = form_of(country)
    postcode = (form.read(plain.postcode) if form else None) or plain.postcode
    return replace(
        plain,
        country=country,
        region=region_code(country, plain.region) or plain.region,
        postcode=postcode,
        email=plain.email.casefold(),
    )


def check_address(address: Address) -> tuple[AddressProblem, ...]:
    """What is incomplete or does not fit in a tidied address, by field; empty if all is well."""
    found = [
        AddressProblem(field=name, fault=AddressFault.TOO_LONG)
        for name, value in asdict(address).items()
        if len(value) > _LONGEST
    ]
    found += [
        AddressProblem(field=name, fault=AddressFault.MISSING)
        for name in ("name", "line1", "city", "country")
        if not _LETTERS.search(getattr(address, name))
    ]
    for look in _LOOKS:
        found += look(address)
    return tuple(found)


def tax_place(address: Address) -> str:
    """The place whose taxes apply, as a tax table names it: `DE`, or `US-NY`."""
    known = address.region in regions_of(address.country)
    return f"{address.country}-{address.region}" if known else address.country


def written(address: Address) -> str:
    """An address as one text, to be encrypted and kept."""
    return json.dumps(asdict(address))


def read_address(text: str) -> Address:
    """The address in such a text. Raises `ValueError`, which does not say what stood there."""
    try:
        return Address(**json.loads(text))
    except (TypeError, ValueError):
        raise ValueError("a kept address cannot be read") from None


def _country(address: Address) -> list[AddressProblem]:
    if address.country and country_code(address.country) != address.country:
        return [AddressProblem(field="country", fault=AddressFault.UNKNOWN)]
    return []


def _street(address: Address) -> list[AddressProblem]:
    numbered = any(sign.isdecimal() for sign in address.line1 + address.line2)
    if address.country in HOUSE_NUMBERED and address.line1 and not numbered:
        return [AddressProblem(field="line1", fault=AddressFault.NO_HOUSE_NUMBER)]
    return []


def _postcode(address: Address) -> list[AddressProblem]:
    form = form_of(address.country)
    example = "" if form is None else form.example
    if not address.postcode:
        if form is None:
            return []
        return [AddressProblem(field="postcode", fault=AddressFault.MISSING, example=example)]
    if address.country in NO_POSTCODE or form is None or form.read(address.postcode):
        return []
    return [AddressProblem(field="postcode", fault=AddressFault.WRONG_FORM, example=example)]


def _region(address: Address) -> list[AddressProblem]:
    known = regions_of(address.country)
    if not known:
        return []
    example = next(iter(known))
    if not address.region:
        return [AddressProblem(field="region", fault=AddressFault.MISSING, example=example)]
    code = region_code(address.country, address.region)
    if code is None:
        return [AddressProblem(field="region", fault=AddressFault.UNKNOWN, example=example)]
    form = form_of(address.country)
    postcode = None if form is None else form.read(address.postcode)
    if postcode and not region_fits(address.country, code, postcode):
        return [AddressProblem(field="postcode", fault=AddressFault.NOT_THERE)]
    return []


def _contact(address: Address) -> list[AddressProblem]:
    found = []
    if address.email and _EMAIL.fullmatch(address.email) is None:
        found.append(AddressProblem(field="email", fault=AddressFault.WRONG_FORM))
    digits = _PHONE_SIGNS.sub("", address.phone)
    if address.phone and _PHONE.fullmatch(digits) is None:
        found.append(AddressProblem(field="phone", fault=AddressFault.WRONG_FORM))
    return found


_LOOKS: tuple[Callable[[Address], list[AddressProblem]], ...] = (
    _country,
    _street,
    _postcode,
    _region,
    _contact,
)
