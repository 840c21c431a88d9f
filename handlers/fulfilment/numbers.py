"""What a parcel is called: `P0042` is the 42nd. It stands on slips and in label software."""

import re
import unicodedata

__all__ = ["parcel_number", "read_parcel_number"]

_NUMBER = re.compile(r"(?:PARCEL)?[\s#]*P?[\s#\-]*([0-9OIL]{1,9})")
#: Read off a slip, a zero looks like an O and a one like an I or an l.
_LOOKALIKES = str.maketrans("OIL", "011")


def parcel_number(id: int) -> str:
    """The number of the parcel with this row id."""
    return f"P{id:04d}"


def read_parcel_number(text: str) -> int | None:
    """The row id in a number as people type it: `P0042`, `p42`, `#P 42`; None if it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    found = _NUMBER.fullmatch(plain)
    return int(found[1].translate(_LOOKALIKES)) or None if found else None
