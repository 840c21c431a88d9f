"""What a chat line was read as: the values that the grammar gives and the sale acts on."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Kind", "NearMiss", "Reading", "Wish"]


class Kind(StrEnum):
    """How a line was read."""

    CLAIM = "claim"
    CANCEL = "cancel"
    NEAR_MISS = "near_miss"
    NONE = "none"


class NearMiss(StrEnum):
    """Why a line that is nearly a claim is not one; each has a sentence in the shop's copy."""

    UNKNOWN_CODE = "unknown_code"
    LOOK_ALIKE = "look_alike"
    BARE_CODE = "bare_code"
    NO_STAGE = "no_stage"
    AMBIGUOUS_NUMBER = "ambiguous_number"
    LACKS_VARIANT = "lacks_variant"
    BAD_QUANTITY = "bad_quantity"
    TWO_QUANTITIES = "two_quantities"
    CLAIM_AND_RELEASE = "claim_and_release"
    NOTHING_TO_RELEASE = "nothing_to_release"
    ASKS = "asks"
    CONDITION = "condition"
    WANTS = "wants"
    PRICE = "price"
    PERSON = "person"
    CHANGED_MIND = "changed_mind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One item of a claim or release.

    `variant` is None where the item has no options or several still fit; then `fitting` names
    those that do. `quantity` is None on a release of all. `counted` says that the viewer wrote the
    quantity (`x2`), so a repeat means that many. `staged` says that the item came from the stage.
    """

    code: str
    variant: str | None
    quantity: int | None
    fitting: tuple[str, ...] = ()
    counted: bool = False
    staged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A line as read: `items` for a claim or release, `near_miss` with what it is about.

    `codes` are the codes of known items that a near miss names or nearly names, best first;
    `unknown` the codes as typed (folded, upper case) that no item has. A claim or release from
    which something was left out has its items and the near miss of the rest, which `why` names.
    `typed` is what a bare code with its size would be as a claim, without the claim word.
    """

    kind: Kind
    why: str
    items: tuple[Wish, ...] = ()
    near_miss: NearMiss | None = None
    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    typed: str = ""
