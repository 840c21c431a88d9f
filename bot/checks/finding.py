"""What a look found."""

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, and how it is; a problem names its way out.

    What is `fine` may still be a `note`: worth a thought before the show. A problem that `stops`
    keeps the platform from starting at all.
    """

    about: str
    sentence: str
    fine: bool = False
    note: bool = False
    stops: bool = False
