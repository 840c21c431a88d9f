"""How many examples of a kind hypothesis makes up: few in `make test`, many in the soak."""

import os

from hypothesis import HealthCheck, settings

__all__ = ["examples", "load_profile"]

_SOAK = "ANDON_SOAK" in os.environ
_MORE = 10


def examples(usual: int) -> int:
    """This many in `make test`; ten times as many in the soak."""
    return usual * _MORE if _SOAK else usual


def load_profile() -> None:
    """Make up the same examples each time in `make test`, others each time in the soak.

    A gate that fails by chance teaches nobody; what chance finds, the soak is for. Neither looks at
    the clock: how long an example takes is up to whatever else the machine does.
    """
    settings.register_profile(
        "andon",
        max_examples=examples(100),
        derandomize=not _SOAK,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("andon")
