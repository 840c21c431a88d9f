"""Releases of what is paid already: chat cannot take them back, so a person decides."""

from datetime import datetime
from typing import Any

from handlers.claims.records import Member
from handlers.exceptions.opening import open_exception
from handlers.work import Work

__all__ = ["PaidReleases"]


class PaidReleases:
    """What viewers of one transaction want to give back though they have paid for it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._wished: list[tuple[datetime, str, dict[str, Any]]] = []

    @classmethod
    def of(cls, work: Work) -> "PaidReleases":
        """The releases of this transaction."""
        releases = work.parts.get(cls)
        if releases is None:
            releases = work.parts[cls] = cls(work)
            work.closers.append(releases.flush)
        return releases

    def ask(self, member: Member, variant_id: int, label: str, units: int) -> None:
        """Ask support to decide about units of a variant that this customer has paid."""
        values = {"name": member.name, "item": label, "units": units}
        subject = f"{member.customer_id}:{variant_id}"
        self._wished.append((self._work.at, subject, values))

    async def flush(self) -> None:
        """Open the exceptions, each at its time: one per customer and variant."""
        work, now = self._work, self._work.at
        wished, self._wished = self._wished, []
        for at, subject, values in wished:
            # A line of a batch counts from when it was sent, not from the end of the batch.
            work.at = at
            await open_exception(
                work, "paid_release", subject=subject, owner_role="support", values=values
            )
        work.at = now
