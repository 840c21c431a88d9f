"""From rows to items: the rules of a catalogue that hold between its rows, whatever the format."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from handlers.catalog.model import Item, Variant, code_key
from handlers.catalog.problems import Problems
from handlers.money import Money

__all__ = ["CatalogRow", "assemble", "code_fault", "text_fault", "tidy", "variant_key"]

LONGEST_CODE = 20
LONGEST_TEXT = 255
CODE = re.compile(r"[^\W_](?:[ -]?[^\W_])*")
# Surrogates too: they have no UTF-8, so no file and no database would take them.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogRow:
    """One variant as one row tells it, with what its row says of the whole item."""

    line: int
    code: str
    variant: str | None
    sku: str
    title: str
    price: Money
    stock: int
    limit: int | None = None
    bin: str = ""
    final_sale: bool = False
    replacements: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


def tidy(text: str) -> str:
    """`text` on one line, without space around it or more than one in a row."""
    return " ".join(text.split())


def text_fault(text: str) -> str | None:
    """What keeps `text` from being shown and stored, None if nothing does."""
    if UNPRINTABLE.search(text):
        return "Holds characters that cannot be shown; please type it anew."
    if len(text) > LONGEST_TEXT:
        return f"Is {len(text)} characters long; at most {LONGEST_TEXT} fit."
    return None


def code_fault(code: str) -> str | None:
    """What keeps `code` from being a claim code, None if nothing does."""
    if not code:
        return "A claim code is missing; every row needs one, such as A12."
    if len(code) > LONGEST_CODE:
        return f"{code!r} is longer than {LONGEST_CODE} characters; viewers have to type it."
    if CODE.fullmatch(unicodedata.normalize("NFKC", code)) is None:
        return (
            f"{code!r} is not a claim code; it takes letters and digits, "
            "with single spaces or hyphens between them, such as A12."
        )
    return None


def variant_key(name: str | None) -> str:
    """What two spellings of one variant have in common: `Blue / S` and `blue/s`."""
    plain = unicodedata.normalize("NFKC", name or "").casefold()
    return "/".join(part.strip() for part in plain.split("/"))


def assemble(
    rows: Iterable[CatalogRow], problems: Problems, *, known: Collection[str] = ()
) -> tuple[Item, ...]:
    """The items of `rows` in file order; what does not fit together is noted in `problems`.

    `known` are codes from outside the file that a replacement may name. The result is of use only
    if there are no problems.
    """
    by_code: dict[str, list[CatalogRow]] = {}
    for row in rows:
        by_code.setdefault(code_key(row.code), []).append(row)
    _check_skus((row for group in by_code.values() for row in group), problems)
    _check_one_currency((row for group in by_code.values() for row in group), problems)
    for group in by_code.values():
        _check_agreement(group, problems)
        _check_variants(group, problems)
    _check_aliases(by_code, problems)
    spelled = {code_key(code): code for code in known}
    spelled |= {key: group[0].code for key, group in by_code.items()}
    return tuple(_item(group, spelled, problems) for group in by_code.values())


def _check_skus(rows: Iterable[CatalogRow], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.line):
        if not row.sku:
            continue
        first = seen.setdefault(row.sku.casefold(), row.line)
        if first != row.line:
            problems.add(
                row.line,
                "sku",
                f"{row.sku!r} is the SKU of line {first} already; each variant needs its own.",
            )


def _check_one_currency(rows: Iterable[CatalogRow], problems: Problems) -> None:
    first: CatalogRow | None = None
    for row in sorted(rows, key=lambda row: row.line):
        first = first or row
        if row.price.currency != first.price.currency:
            problems.add(
                row.line,
                "currency",
                f"{row.price.currency} here but {first.price.currency} in line {first.line}; "
                "a catalogue has one currency.",
            )


def _check_agreement(group: list[CatalogRow], problems: Problems) -> None:
    first = group[0]
    for row in group[1:]:
        facts = {
            "title": (row.title, first.title),
            "limit": (row.limit, first.limit),
            "final_sale": (row.final_sale, first.final_sale),
            "replacements": (_keys(row.replacements), _keys(first.replacements)),
            "aliases": (sorted(_keys(row.aliases)), sorted(_keys(first.aliases))),
        }
        for column, (here, there) in facts.items():
            if here != there:
                problems.add(
                    row.line,
                    column,
                    f"Differs from line {first.line}; all rows of {first.code} must agree on it.",
                )


def _keys(names: Iterable[str]) -> list[str]:
    return [code_key(name) for name in names]


def _check_variants(group: list[CatalogRow], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for row in group:
        first = seen.setdefault(variant_key(row.variant), row.line)
        if first != row.line:
            named = f"{row.code} / {row.variant}" if row.variant else row.code
            problems.add(row.line, "variant", f"{named} is in line {first} already; keep one.")
        elif row.variant is None and len(group) > 1:
            problems.add(
                row.line,
                "variant",
                f"{row.code} has other variants, so this row must name one too.",
            )


def _check_aliases(by_code: Mapping[str, list[CatalogRow]], problems: Problems) -> None:
    owner: dict[str, str] = {}
    for key, group in by_code.items():
        for alias in group[0].aliases:
            taken = code_key(alias)
            other = taken if taken in by_code else owner.setdefault(taken, key)
            if other != key:
                what = "the code" if taken in by_code else "an alias"
                problems.add(
                    group[0].line,
                    "aliases",
                    f"{alias!r} is {what} of {by_code[other][0].code} already; "
                    "one word can mean one item only.",
                )


def _item(group: list[CatalogRow], spelled: Mapping[str, str], problems: Problems) -> Item:
    first = group[0]
    return Item(
        code=first.code,
        title=first.title,
        limit=first.limit,
        final_sale=first.final_sale,
        replacements=_replacements(first, spelled, problems),
        aliases=_distinct(first.aliases, without=code_key(first.code)),
        variants=tuple(
            Variant(
                sku=row.sku,
                name=row.variant,
                price=row.price,
                stock=row.stock,
                bin=row.bin,
                details=row.details,
            )
            for row in group
        ),
    )


def _replacements(
    row: CatalogRow, spelled: Mapping[str, str], problems: Problems
) -> tuple[str, ...]:
    ladder = []
    for code in _distinct(row.replacements):
        if code_key(code) == code_key(row.code):
            problems.add(row.line, "replacements", f"{row.code} cannot replace itself.")
        elif code_key(code) not in spelled:
            problems.add(
                row.line,
                "replacements",
                f"{code!r} is no code of this catalogue; correct it or take it out.",
            )
        else:
            ladder.append(spelled[code_key(code)])
    return tuple(ladder)


def _distinct(names: Iterable[str], *, without: str | None = None) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(code_key(name), name)
    first.pop(without or "", None)
    return tuple(first.values())
