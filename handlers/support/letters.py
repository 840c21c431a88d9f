"""Letters: cut and made harmless for a card, sealed as they are kept."""

from collections.abc import Iterator
from typing import Any

from handlers.speech import split_text
from handlers.wording import Said, plain
from handlers.work import Work
from storage.sealing import Locked

__all__ = ["LONGEST", "opened", "quoted", "sealed", "spoken"]

#: More of one letter is not kept: its writer is told.
LONGEST = 10_000
_PIECE = 180
_MARK = "┃ "


def quoted(text: str, most: int) -> Said:
    """A customer's words as a card shows them: line by line, no mention, link or format alive."""
    shown = text.strip()
    cut = shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"
    return Said("\n".join(f"{_MARK}{line}" for line in _lines(cut)))


def spoken(text: str) -> Said:
    """The team's words as a customer reads them: they mention nobody, and links work."""
    return Said("\n".join(_lines(text.strip())).replace("\u2236//", "://"))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip():
            # Joined again, what was cut in two may be alive: so once more over the whole.
            joined = " ".join(plain(piece) for piece in split_text(line, _PIECE))
            yield joined.replace("://", "\u2236//").replace("](", "] (")


def sealed(work: Work, text: str) -> dict[str, Any]:
    """The columns that keep a letter."""
    kept = work.house.sealer.seal(text)
    return {"content": kept.content, "key_name": kept.key_name}


def opened(work: Work, row: Any) -> str:
    """The letter of a row; a sentence instead where its key is not among the settings'."""
    try:
        return work.house.sealer.open(bytes(row.content), row.key_name).decode()
    except Locked:
        return work.house.wording.say("support.locked")
