"""Whether Python finds our own packages, or others of the same names before them.

Imports nothing of ours, since that is what may be someone else's.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

__all__ = ["strangers"]

_PACKAGES = ("bot", "handlers", "playbooks", "storage")


def strangers() -> Iterator[str]:
    """A sentence with the way out for each package of ours that another one hides."""
    home = Path(__file__).parents[1]
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if home / name not in [Path(place) for place in places[:1]]:
            yield (
                f"Python finds another package called {name} ({''.join(places[:1])}); start Andon "
                "in another folder, or install it in an environment of its own."
            )
