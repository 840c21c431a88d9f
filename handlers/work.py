"""One transaction's worth of handling: what handlers read, say, tell and record through.

Nothing reaches a platform from here. What is said is a row of the outbox, committed with the
change it tells of.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from handlers.claims.rules import SaleRules
from handlers.events import Event
from handlers.faq.desk import FaqDesk
from handlers.messages import Address, Channel, Picture, Reach
from handlers.moderation.memory import Memory
from handlers.orders.rules import OrderDesk
from handlers.payments.rules import Ways
from handlers.people import EVERYONE, Person, Role
from handlers.returns.rules import ReturnDesk
from handlers.runs.books import Playbooks
from handlers.sealed_values import sealed_values
from handlers.snapshot import Snapshot
from handlers.speech import picture_values
from handlers.support.rules import SupportRules
from handlers.team.hours import QuietHours
from handlers.team.quiet import hold_back
from handlers.wording import Wording
from storage import outbox
from storage.repositories import pictures as stored_pictures
from storage.repositories import versions
from storage.schema import traffic
from storage.sealing import Sealer
from storage.unit_of_work import Transaction

if TYPE_CHECKING:
    from handlers.capability import CommandSpec, UndoSpec, Waits

__all__ = ["House", "Work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every handler may know of the shop; the same for the whole run."""

    rules: SaleRules
    wording: Wording
    shop_name: str
    timezone: ZoneInfo
    locale: str
    currency: str
    #: The channels in which viewers claim.
    stream: tuple[Channel, ...]
    #: The roles that somebody can have by the settings.
    given: frozenset[Role] = EVERYONE
    #: When an audience of the team wants to hear only what is urgent.
    quiet_hours: Mapping[str, QuietHours] = field(default_factory=dict)
    #: The playbooks of the library and of the shop.
    playbooks: Playbooks = field(default_factory=Playbooks)
    #: The answers to what is always asked.
    faq: FaqDesk = field(default_factory=FaqDesk)
    #: The rules of moderation, and what they remember of the chat between transactions.
    moderation: Memory = field(default_factory=Memory)
    #: How orders are priced, shipped and looked over.
    orders: OrderDesk = field(default_factory=OrderDesk)
    #: The ways in which customers can pay, and the rules for them.
    payments: Ways = field(default_factory=Ways)
    #: What may come back, and why.
    returns: ReturnDesk = field(default_factory=ReturnDesk)
    #: When letters to the team are answered, and how long what came with them is kept.
    support: SupportRules = field(default_factory=SupportRules)
    #: What seals addresses, contacts, letters and pictures before they are stored.
    sealer: Sealer = field(default_factory=Sealer)

    def stream_of(self, platform: str) -> Channel:
        """The channel in which people of `platform` are told of their claims."""
        return next(
            (channel for channel in self.stream if channel.platform == platform), self.stream[0]
        )

    def hears_claims(self, platform: str) -> bool:
        """Whether viewers claim on `platform`."""
        return any(one.platform == platform for one in self.stream)

    def who(self, platform: str, person: str, name: str) -> dict[str, Any]:
        """A person for the `at` filter: mentioned in a stream of their own platform, else named."""
        elsewhere = {} if self.hears_claims(platform) else {"elsewhere": True}
        return {"id": person, "name": name, **elsewhere}


class Work:
    """A transaction, the snapshot it was read against, and what is to be written at its end.

    `at` is the moment that is being handled: when a line was sent, a command given, or a deadline
    due. It moves forward inside a batch.
    """

    def __init__(
        self,
        tx: Transaction,
        house: House,
        snapshot: Snapshot,
        at: datetime,
        *,
        commands: "Mapping[str, CommandSpec]",
        undoes: "Mapping[str, UndoSpec]",
        waits: "Sequence[Waits]",
    ) -> None:
        #: The command table, for help; what takes acts back, for undo; and what waits for people.
        self.commands = commands
        self.undoes = undoes
        self.waits = waits
        self.tx = tx
        self.house = house
        self.snapshot = snapshot
        self.at = at
        self.events: list[Event] = []
        #: Working sets that this transaction shares between handlers, by their class.
        self.parts: dict[type[Any], Any] = {}
        #: What writes the working sets, in the order in which they were opened.
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self._said: list[dict[str, Any]] = []
        self._records: list[dict[str, Any]] = []
        self._bumped: set[str] = set()
        self._pictures: dict[str, Picture] = {}

    @property
    def rules(self) -> SaleRules:
        """The rules of the sale."""
        return self.house.rules

    def say(
        self,
        to: Address | Channel,
        kind: str,
        values: Mapping[str, Any],
        *,
        card: str | None = None,
        expires_at: datetime | None = None,
        at: datetime | None = None,
        pictures: Sequence[Picture] = (),
    ) -> None:
        """Put something into the outbox, to be said once this transaction has committed.

        `at` is when it became true, where that is not the moment being handled. `pictures` go with
        a kind that stands for itself.
        """
        # One without content is kept elsewhere: sealed.
        self._pictures |= {one.id: one for one in pictures if one.content}
        address = Address(to.platform, Reach.CHANNEL, to.id) if isinstance(to, Channel) else to
        self._said.append(
            {
                "address": str(address),
                "kind": kind,
                "values": {**values, **picture_values(pictures)} if pictures else values,
                "at": at or self.at,
                "card": card,
                "expires_at": expires_at,
            }
        )

    def tell_team(
        self,
        audience: str,
        kind: str,
        values: Mapping[str, Any],
        *,
        card: str | None = None,
        at: datetime | None = None,
        due_at: datetime | None = None,
        pictures: Sequence[Picture] = (),
    ) -> None:
        """Say something to an audience of the team, if need be once its quiet hours are over.

        What brings the severity `urgent`, or is due before they are over, is said at once.
        """
        to = Address("", Reach.AUDIENCE, audience)
        self.say(to, kind, values, card=card, at=at, pictures=pictures)
        quiet = self.house.quiet_hours.get(audience)
        until = None if quiet is None else quiet.until(self.at, self.house.timezone)
        if (
            until is None
            or values.get("severity") == "urgent"
            or (due_at is not None and due_at < until)
        ):
            return
        self._said[-1]["until"] = until

    def tell_stream(self, kind: str, values: Mapping[str, Any]) -> None:
        """Say something in every stream channel."""
        for channel in self.house.stream:
            self.say(channel, kind, values)

    def emit(self, event: Event) -> None:
        """Let followers know, at the end of this transaction."""
        self.events.append(event if event.at is not None else replace(event, at=self.at))

    def record(
        self,
        person: Person,
        action: str,
        subject: str,
        *,
        why: str = "",
        values: Mapping[str, Any] | None = None,
        undo: Mapping[str, Any] | None = None,
    ) -> None:
        """Put into the audit who did what to what, and what would take it back."""
        self._records.append(
            {
                "at": self.at,
                "platform": person.platform,
                "person": person.id,
                "name": person.name,
                "action": action,
                "subject": subject,
                "why": why,
                "values": dict(values or {}),
                "undo": None if undo is None else dict(undo),
            }
        )

    def bump(self, name: str) -> None:
        """Say that what readers cached under `name` (`catalogue`, `timeline`) has changed."""
        self._bumped.add(name)

    async def close(self) -> None:
        """Write the working sets, before followers look."""
        for close in self.closers:
            await close()

    async def put_away(self) -> None:
        """Write the working sets and forget them: whoever needs one next loads it anew."""
        await self.close()
        self.parts.clear()
        self.closers.clear()

    async def write(self) -> None:
        """Write the working sets, what was said and what was recorded."""
        await self.close()
        if self._pictures:
            kept, self._pictures = self._pictures, {}
            await stored_pictures.keep(self.tx, {one.id: one.content for one in kept.values()})
        if self._said:
            said, self._said = self._said, []
            if self.house.quiet_hours:
                said = await hold_back(self.tx, said)
            sealer = self.house.sealer
            await outbox.put(
                self.tx,
                [
                    {**one, "values": sealed_values(one["address"], one["values"], sealer)}
                    for one in said
                ]
                if sealer.seals
                else said,
            )
        if self._records:
            await self.tx.insert(traffic.audit, self._records)
            self._records = []
        for name in sorted(self._bumped):
            await versions.bump(self.tx, name)
        self._bumped.clear()

    def mark(self) -> tuple[int, int, int]:
        """A point that `back_to` returns to, when a follower failed."""
        return len(self._said), len(self._records), len(self.events)

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Forget what was said, recorded and emitted since `mark`, and what is loaded."""
        said, records, events = mark
        del self._said[said:], self._records[records:], self.events[events:]
        # Working sets may hold what was taken back; whoever needs one loads it anew.
        self.parts.clear()
        self.closers.clear()
