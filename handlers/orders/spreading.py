"""Whole minor units shared out so that nothing is lost: the method of largest remainders."""

from collections.abc import Sequence

__all__ = ["MILLION", "percent_of", "rounded", "spread"]

#: Rates are whole millionths, because a sales tax may be 8.875 %: finer than a basis point.
MILLION = 1_000_000


def spread(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `total` in proportion to `weights`, in whole units that add up to it.

    Each gets what is whole of its share; the units left over go to the largest remainders, the
    first where they are equal. No part is more than its weight if `total` is at most their sum.
    Where all weigh nothing, all count alike. Raises `ValueError` for negative numbers, or for a
    total and nobody to take it.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("only amounts from 0 up can be shared")
    if not weights:
        if total:
            raise ValueError("an amount needs somebody to take it")
        return ()
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    over = total - sum(shares)
    for index in sorted(range(len(weights)), key=lambda at: -remainders[at])[:over]:
        shares[index] += 1
    return tuple(shares)


def rounded(numerator: int, denominator: int) -> int:
    """A fraction from 0 up as the nearest whole number; a half goes up, as shops round."""
    return (2 * numerator + denominator) // (2 * denominator)


def percent_of(amount: int, millionths: int) -> int:
    """`millionths` of an amount, to the nearest minor unit."""
    return rounded(amount * millionths, MILLION)
