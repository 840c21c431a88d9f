"""The catalogue: what viewers or the team would stumble over."""

from collections.abc import Iterator, Mapping, Sequence

from bot.checks.finding import Finding
from bot.settings import Settings
from handlers.catalog.import_values import KnownItem
from handlers.catalog.model import code_key
from handlers.claims.folding import fold
from handlers.claims.lexicon import ClaimWords, Lexicon
from handlers.claims.sizing import known_spellings
from handlers.claims.vocabulary import Is

__all__ = ["check_catalogue"]

_SIZES = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "one size")


def check_catalogue(items: Sequence[KnownItem], settings: Settings) -> list[Finding]:
    """Look for what viewers or the team would stumble over."""
    if not items:
        sentence = "It is empty: `andon catalog import FILE.csv`, or /item add during the show."
        return [Finding(about="catalogue", sentence=sentence, fine=True, note=True)]
    found = [
        Finding(about="catalogue", sentence=sentence)
        for sentences in (
            _words_taken(items, settings),
            _names_clashing(items),
            _unknown_replacements(items),
            _other_currencies(items, settings.shop.currency),
        )
        for sentence in sentences
    ]
    skus = sum(len(item.variants) for item in items)
    counted = Finding(about="catalogue", sentence=f"{len(items)} items, {skus} SKUs.", fine=True)
    empty = [
        Finding(about="catalogue", sentence=sentence, fine=True, note=True)
        for sentence in _without_stock(items, settings)
    ]
    return [counted, *empty, *found]


def _without_stock(items: Sequence[KnownItem], settings: Settings) -> Iterator[str]:
    """What nobody can get: it may be on its way."""
    stock = "/andon stock" if settings.slack.configured else "/stock"
    for item in items:
        named = [one.name for one in item.variants if not one.on_hand]
        if not named:
            continue
        label = item.code if named == [None] else f"{item.code} in {', '.join(map(str, named))}"
        which = "" if named[0] is None else f" {named[0].replace(' / ', ' ')}"
        yield (
            f"{label} has no stock: {stock} set {item.code} UNITS{which}, or import it with stock."
        )


def _words_taken(items: Sequence[KnownItem], settings: Settings) -> Iterator[str]:
    words = ClaimWords(words=frozenset(settings.sale.claim_words))
    table: Mapping[str, Sequence[object]] = (spoken := Lexicon.of((), words)).table
    sizes = known_spellings({*_SIZES, *(v.name for i in items for v in i.variants if v.name)})
    for item in items:
        for name in (item.code, *item.aliases):
            folded = fold(name).replace("-", "").replace(" ", "")
            what = "alias" if name != item.code else "code"
            if folded in sizes:
                yield (
                    f"The {what} {name!r} of {item.code} is also a size or colour, so a claim of "
                    "it may be read as that; choose another."
                )
            elif folded in table and not folded.isdecimal():
                kinds = {part.kind for part in spoken.table[folded]}
                yield (
                    f"The {what} {name!r} of {item.code} is "
                    f"{'a claim word' if Is.WORD in kinds else 'a word of claims'} itself; "
                    "choose another."
                )


def _names_clashing(items: Sequence[KnownItem]) -> Iterator[str]:
    owners: dict[str, KnownItem] = {}
    for item in items:
        owner = owners.setdefault(code_key(item.code), item)
        if owner is not item:
            yield f"The codes {owner.code} and {item.code} read alike; change one of them."
    for item in items:
        for alias in item.aliases:
            owner = owners.setdefault(code_key(alias), item)
            if owner is not item:
                yield (
                    f"The alias {alias!r} of {item.code} also means {owner.code}; take it from "
                    "one of them."
                )


def _unknown_replacements(items: Sequence[KnownItem]) -> Iterator[str]:
    keys = {code_key(item.code) for item in items}
    for item in items:
        for code in item.replacements:
            if code_key(code) not in keys:
                yield f"{item.code} is to be replaced by {code}, which there is not; correct it."


def _other_currencies(items: Sequence[KnownItem], currency: str) -> Iterator[str]:
    priced: dict[str, list[str]] = {}
    for item in items:
        for one in {variant.price.currency for variant in item.variants} - {currency}:
            priced.setdefault(one, []).append(item.code)
    for other, codes in sorted(priced.items()):
        named = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
        yield (
            f"{named}: priced in {other}, though the shop's currency is {currency}; set "
            "shop.currency, or import prices in it."
        )
