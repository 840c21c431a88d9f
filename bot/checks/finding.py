"""What a look found."""

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, and how it is; a problem names its way out."""

    about: str
    sentence: str
    fine: bool = False
