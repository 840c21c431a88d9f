"""What a transaction writes about moderation: its log, and lines of which more must be known."""

from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import select

from handlers.work import Work
from storage.schema.moderation import LogState, moderation_log, moderation_seen

__all__ = ["AUTOMOD", "BY_HAND", "Ledger", "find_entry", "ref_of"]

#: Rules of no Guard: what a moderator did, and what the platform's own filter held back.
BY_HAND: Final = "by_hand"
AUTOMOD: Final = "automod"
_LONGEST_TEXT: Final = 2_000
_EMPTY: Final = {
    "channel": "",
    "key": "",
    "native_id": "",
    "text": "",
    "why": "",
    "acted": True,
    "weight": 0,
    "minutes": 0,
    "by": "",
    "state": LogState.STANDS,
    "settled_by": "",
    "settled_at": None,
    "error": None,
    "report_due": None,
}


def ref_of(key: str, rule: str) -> str:
    """What an entry is called: the same each time the same thing is found."""
    return blake2b(f"{key}:{rule}".encode(), digest_size=6).hexdigest()


class Ledger:
    """The entries of one transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._log: list[dict[str, Any]] = []
        self._seen: list[dict[str, Any]] = []

    @classmethod
    def of(cls, work: Work) -> "Ledger":
        """The ledger of this transaction."""
        ledger = work.parts.get(cls)
        if not isinstance(ledger, cls):
            ledger = work.parts[cls] = cls(work)
            work.closers.append(ledger.flush)
        return ledger

    def enter(self, **values: Any) -> dict[str, Any]:
        """Put an entry into the log, and return it as it will stand there."""
        row = {"at": self._work.at, **_EMPTY, **values}
        row["text"] = row["text"][:_LONGEST_TEXT]
        self._log.append(row)
        return row

    def saw(self, **values: Any) -> None:
        """Keep what `messages` does not say about a line."""
        self._seen.append(values)

    async def flush(self) -> None:
        """Write what is new."""
        log, self._log = self._log, []
        seen, self._seen = self._seen, []
        await self._work.tx.insert(moderation_log, log)
        await self._work.tx.insert(moderation_seen, seen)


async def find_entry(work: Work, ref: str) -> Any:
    """The entry of this name, locked; None if there is none."""
    return await work.tx.first(
        select(moderation_log).where(moderation_log.c.ref == ref).with_for_update()
    )
