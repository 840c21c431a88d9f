"""What an order is called: `S12-0042` is the 42nd order of show 12."""

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["OrderNumber"]

_DASHES = re.compile(r"[\s\-_/#\u2010-\u2015\u2212]+")
# As it is shown, or as it is typed: without `S`, with spaces, or with no zeros.
_NUMBER = re.compile(r"S?-?([0-9OIL]{1,9})-([0-9OIL]{1,9})")
# Read off a slip, a zero looks like an O and a one like an I or an l.
_LOOKALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True, order=True)
class OrderNumber:
    """The number of an order: its show, and its place among that show's orders."""

    show: int
    serial: int

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        if self.show < 1 or self.serial < 1:
            raise ValueError("shows and their orders are counted from 1")

    def __str__(self) -> str:
        return f"S{self.show}-{self.serial:04d}"

    @classmethod
    def parse(cls, text: str) -> "OrderNumber | None":
        """Read a number as people type it: `s12-42`, `S12 0042`, `#S12-0042`, `order 12/42`.

        None if it is no number of an order.
        """
        plain = unicodedata.normalize("NFKC", text).strip().upper()
        plain = _DASHES.sub("-", plain.removeprefix("ORDER")).strip("-")
        found = _NUMBER.fullmatch(plain)
        if found is None:
            return None
        show, serial = (int(part.translate(_LOOKALIKES)) for part in found.groups())
        return cls(show, serial) if show and serial else None
