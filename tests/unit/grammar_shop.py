"""The shop that the grammar's tests read claims for."""

from handlers.catalog.model import Item, Variant
from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Reading, Wish
from handlers.money import Money

__all__ = ["LEXICON", "claimed", "heard", "item"]


def item(code: str, *variants: str, aliases: tuple[str, ...] = ()) -> Item:
    """Return an item with these variants, or with no options if none are named."""
    price = Money(minor=1900, currency="EUR")
    return Item(
        code=code,
        title=f"Item {code}",
        variants=tuple(
            Variant(sku=f"{code}-{number}", name=name or None, price=price, stock=10)
            for number, name in enumerate(variants or ("",))
        ),
        aliases=aliases,
    )


LEXICON = Lexicon.of(
    [
        item("K21", "S", "M", "L", aliases=("gown", "wrap gown")),
        item("K22", "One size"),
        item("K25", "Green / S", "Green / M", "Pink / S", "Pink / M", aliases=("blouse",)),
        item("H3", aliases=("teapot", "t-pot")),
        item("H4"),
        item("T9", "Black", "Blue", "Dusty Rose", "Rose"),
        item("S5", "38", "39", "7.5"),
        item("M2"),
        item("X4"),
        item("44B"),
        item("8"),
        item("250"),
        item("GEM1"),
    ]
)


def heard(text: str, stage: str | None = None) -> Reading:
    """Return how a line is read in this shop."""
    return read(text, LEXICON, stage)


def claimed(wishes: tuple[Wish, ...]) -> str:
    """Return wishes in short: `K21 M x2, H3 x1`; no quantity for a release of all."""
    return ", ".join(
        f"{wish.code}{f' {wish.variant}' if wish.variant else ''}"
        f"{f' x{wish.quantity}' if wish.quantity else ''}"
        for wish in wishes
    )
