"""How an address is asked for: five fields, as that is what every platform's form can hold.

A town is typed the way people write it (`10115 Berlin`, `Portland, OR 97201`) and taken apart by
the form of its country's postcodes. Pure, but for the words.
"""

from collections.abc import Mapping, Sequence

from handlers.messages import Field, FieldKind
from handlers.orders.addresses import AddressProblem, tidied
from handlers.orders.model import Address
from handlers.orders.places import country_code, form_of, region_code, regions_of
from handlers.wording import Said
from handlers.work import Work

__all__ = ["FIELDS", "address_of", "faults_of", "field_names", "typed_address"]

FIELDS = (
    Field(name="recipient", label="Name", longest=70),
    Field(
        name="street",
        label="Street and number",
        kind=FieldKind.PARAGRAPH,
        hint="A second line for a flat, a floor or a company.",
        longest=140,
    ),
    Field(
        name="town",
        label="Postcode and town",
        hint="Such as 10115 Berlin, or Portland, OR 97201.",
        longest=100,
    ),
    Field(name="country", label="Country", hint="Such as DE or Germany.", longest=60),
    Field(
        name="contact",
        label="Email or phone, for the carrier",
        required=False,
        longest=100,
    ),
)
#: Which field of the form each part of an address stands in.
_ASKED_IN: Mapping[str, str] = {
    "name": "recipient",
    "line1": "street",
    "line2": "street",
    "postcode": "town",
    "city": "town",
    "region": "town",
    "country": "country",
    "email": "contact",
    "phone": "contact",
}


def address_of(values: Mapping[str, str], *, home: str, locale: str) -> Address:
    """The address that a filled-in form means, tidied; `home` is the country if none is named."""
    street = [part.strip() for part in values.get("street", "").splitlines() if part.strip()]
    typed = values.get("country", "").strip() or home
    country = country_code(typed, locale) or typed
    postcode, city, region = _town(values.get("town", ""), country)
    contact = values.get("contact", "").strip()
    return tidied(
        Address(
            name=values.get("recipient", ""),
            line1=street[0] if street else "",
            line2=" ".join(street[1:]),
            postcode=postcode,
            city=city,
            region=region,
            country=country,
            email=contact if "@" in contact else "",
            phone="" if "@" in contact else contact,
        ),
        locale,
    )


def typed_address(line: str) -> dict[str, str]:
    """The form's fields from one line: `Ana Silva; Torstr. 1; 10115 Berlin; DE; ana@…`."""
    parts = [part.strip() for part in line.replace("\n", ";").split(";")]
    names = ("recipient", "street", "town", "country", "contact")
    return dict(zip(names, [*parts, *[""] * len(names)], strict=False))


def _town(typed: str, country: str) -> tuple[str, str, str]:
    """Postcode, city and region of what was typed as one line."""
    words = typed.replace(",", " , ").split()
    words, postcode = _postcode(words, country)
    words = [word for word in words if word != ","] if not regions_of(country) else words
    region = ""
    if regions_of(country):
        words, region = _region(words, country)
    return postcode, " ".join(word for word in words if word != ","), region


def _postcode(words: Sequence[str], country: str) -> tuple[list[str], str]:
    form = form_of(country)
    # The shortest that fits: a region before it would be read as the sign of a country.
    for size in range(1, min(3, len(words)) + 1):
        for start in (0, len(words) - size):
            piece = " ".join(words[start : start + size])
            known = form is not None and form.read(piece) is not None
            if known and "," not in piece:
                return [*words[:start], *words[start + size :]], piece
    for start in (0, len(words) - 1):
        # Digits are a postcode, if one that does not fit: then its field says so.
        if words and any(sign.isdecimal() for sign in words[start]):
            return [*words[:start], *words[start + 1 :]], words[start]
    return list(words), ""


def _region(words: Sequence[str], country: str) -> tuple[list[str], str]:
    plain = list(words)
    while plain and plain[-1] == ",":
        plain.pop()
    for size in range(min(3, len(plain) - 1), 0, -1):
        piece = " ".join(plain[-size:])
        if "," not in piece and region_code(country, piece) is not None:
            return plain[:-size], piece
    return plain, ""


def faults_of(work: Work, problems: Sequence[AddressProblem]) -> dict[str, str]:
    """A sentence for each field of the form that holds a problem; the first one counts."""
    found: dict[str, str] = {}
    for problem in problems:
        said = work.house.wording.say(
            f"address.{problem.fault.value}",
            field=field_names(work, [problem.field]),
            example=problem.example,
        )
        found.setdefault(_ASKED_IN[problem.field], said)
    return found


def field_names(work: Work, fields: Sequence[str]) -> Said:
    """The names of an address's parts, in a row."""
    names = [work.house.wording.say(f"address.field.{one}") for one in dict.fromkeys(fields)]
    return Said(", ".join(names))
