"""How long the pick lists of 10,000 open orders take: `python -m benchmarks.picking`.

Each order has one to five lines out of 1,200 SKUs in twelve zones; every twelfth is a bundle.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from handlers.fulfilment.pick_lists import (
    Article,
    Want,
    pick_batch,
    pick_parcels,
    pick_zones,
)

ORDERS = 10_000
SKUS = 1_200
RUNS = 3


def shop() -> dict[str, Article]:
    """Return the articles; every twelfth is a bundle of the two before it."""
    articles = {}
    for number in range(SKUS):
        place = f"{chr(65 + number % 12)}-{number % 37}-{number % 11}"
        article = Article(sku=f"SKU-{number}", title="Linen shirt", bin=place, on_hand=22)
        if number % 12 == 11:
            parts = ((f"SKU-{number - 1}", 1), (f"SKU-{number - 2}", 2))
            article = replace(article, parts=parts)
        articles[article.sku] = article
    return articles


def wants() -> list[Want]:
    """Return the open lines of all orders."""
    dice = random.Random(7)
    return [
        Want(parcel=f"P{order}", sku=f"SKU-{dice.randrange(SKUS)}", units=dice.choice((1, 1, 2)))
        for order in range(ORDERS)
        for _ in range(dice.randint(1, 5))
    ]


def fastest(make: Callable[[Sequence[Want], Mapping[str, Article]], object]) -> float:
    """Return the seconds of the fastest of some runs."""
    articles, open_ = shop(), wants()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        make(open_, articles)
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> None:
    """Print the seconds of each kind of list."""
    print(f"{ORDERS:,} orders, {len(wants()):,} lines, {SKUS:,} SKUs")
    for name, make in (("parcels", pick_parcels), ("batch", pick_batch), ("zones", pick_zones)):
        print(f"{name:8} {fastest(make):.3f} s")


if __name__ == "__main__":
    main()
