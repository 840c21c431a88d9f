"""Hands what came in to the capabilities, and what they decided to the outbox.

Everything here happens inside a transaction that the intake opened. The dispatcher keeps the
snapshot that chat is read against, and gives a batch back when that has become old.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Executable, func, select, union_all

from handlers.answering import answer_to, faults_in, form_of, is_beside, may_open
from handlers.capability import Option
from handlers.chat_reading import read_batch
from handlers.claims.judging import becomes_claim
from handlers.claims.lexicon import ClaimWords
from handlers.claims.private_words import tell_by_dm_no_more
from handlers.completing import Choice, complete
from handlers.directs import direct_answer
from handlers.events import DirectsClosed
from handlers.following import Attempt, Following
from handlers.hearing import Batch, Heard, Taken
from handlers.messages import (
    Address,
    Answer,
    Channel,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    Press,
    Reach,
    TeamLine,
    Visibility,
    Webhook,
)
from handlers.mishaps import say_came_back, say_lost, say_set_aside
from handlers.people import Person
from handlers.registry import Registry
from handlers.runs.records import note_open
from handlers.snapshot import Snapshot, SnapshotStale, load_catalogue, load_timeline
from handlers.speech import button_values
from handlers.waiting import home_of
from handlers.work import House, Work
from storage.engine import Storage
from storage.repositories import versions
from storage.schema import traffic
from storage.unit_of_work import Transaction

__all__ = ["Dispatcher"]

#: Discord's tokens live 15 minutes; an answer that comes later would reach nobody.
_TOKEN_LIFE = timedelta(minutes=14)


class Dispatcher:
    """The desk where everything that comes in is handed on. See `bot.intake.desk.Desk`.

    `attempt` belongs to the edge that may turn a bug into a reference id. `wall` is the time by
    which answers go stale, also while a rehearsal has a time of its own.
    """

    def __init__(
        self,
        registry: Registry,
        house: House,
        storage: Storage,
        *,
        attempt: Attempt,
        wall: Callable[[], datetime],
    ) -> None:
        self.registry = registry
        self.house = house
        self._storage = storage
        self._following = Following(registry.followers, attempt)
        self._wall = wall
        self._words = ClaimWords(
            words=frozenset(house.rules.claim_words), bare=frozenset(house.rules.words_alone)
        )
        self._dues = _dues(registry)
        self._snapshot: Snapshot | None = None

    # --- the snapshot ----------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """What chat is read against. Raises `SnapshotStale` before the first `refresh`."""
        if self._snapshot is None:
            raise SnapshotStale("nothing was loaded yet")
        return self._snapshot

    async def refresh(self) -> None:
        """Bring the snapshot up to date, in a read transaction of its own."""
        async with self._storage.read() as tx:
            await self._fresh(tx)

    async def _fresh(self, tx: Transaction) -> Snapshot:
        """The snapshot as this transaction sees it; only the half that changed is loaded."""
        now, old = await versions.current(tx), self._snapshot
        catalogue = old.catalogue if old is not None else None
        if catalogue is None or catalogue.version != now.get("catalogue", 0):
            catalogue = await load_catalogue(tx, self._words)
        elif old is not None and old.timeline.version == now.get("timeline", 0):
            return old
        timeline = await load_timeline(tx, catalogue)
        self._snapshot = Snapshot.of(catalogue, timeline)
        if old is None:
            await note_open(self._work(tx, self._snapshot, self._wall()))
        return self._snapshot

    # --- chat ------------------------------------------------------------------------------------

    def read(self, messages: Sequence[Heard], *, in_order: bool = False) -> Batch:
        """Read lines before any transaction, as far as they may go together."""
        return read_batch(messages, self.snapshot, self.house.rules)

    async def take(self, tx: Transaction, batch: Batch, now: datetime) -> Taken:
        """Handle a batch with the effect of its lines one by one.

        Raises `SnapshotStale` where catalogue or timeline have changed since it was read.
        """
        current = await versions.current(tx)
        if batch.versions != (current.get("catalogue", 0), current.get("timeline", 0)):
            raise SnapshotStale("catalogue or timeline changed")
        work = self._work(tx, self.snapshot, batch.lines[0].at if batch.lines else now)
        for hearer in self.registry.hearers:
            await hearer.prepare(work, batch.lines)
        claims = 0
        for line in batch.lines:
            work.at = line.at
            for hearer in self.registry.hearers:
                if await hearer.hear(work, line):
                    break
            claims += becomes_claim(line, self.house.rules)
        await self._finish(work)
        return Taken(claims=claims)

    # --- commands, presses, forms, direct messages -----------------------------------------------

    def beside(self, act: Command | Press) -> bool:
        """Whether `act` only reads, and for long: its answer comes from `looking`."""
        return is_beside(self.registry, act)

    async def looking(self, tx: Transaction, act: Command | Press) -> Answer:
        """What `act` answers, from a read transaction."""
        work = self._work(tx, await self._fresh(tx), act.sent_at)
        return await answer_to(self.registry, work, act)

    async def act(
        self,
        tx: Transaction,
        act: Command | Press | FormSubmit,
        now: datetime,
        looked: Answer | None = None,
    ) -> None:
        """Handle one, and say its answer to the one who asked; `looked` if that is known."""
        work = self._work(tx, await self._fresh(tx), act.sent_at)
        answer = looked or await answer_to(self.registry, work, act)
        self._answer(work, act.channel, act.reply_to, answer)
        await self._finish(work)

    def opens(self, act: Command | Press) -> bool:
        """Whether `act` is one that may open a form."""
        return may_open(self.registry, act)

    async def opening(self, tx: Transaction, act: Command | Press) -> Form | None:
        """The form that `act` opens; None where it opens none, or is refused."""
        return await form_of(self.registry, self._work(tx, await self._fresh(tx), act.sent_at), act)

    async def checking(self, tx: Transaction, submit: FormSubmit) -> Mapping[str, str]:
        """A sentence for each field that cannot stay as it is."""
        work = self._work(tx, await self._fresh(tx), submit.sent_at)
        return await faults_in(self.registry, work, submit)

    async def home(self, tx: Transaction, person: Person, now: datetime) -> Home:
        """What waits for a person."""
        return await home_of(self._work(tx, await self._fresh(tx), now), person)

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """What may stand for `option` of a command whose other options so far are `given`."""
        return complete(option, typed, given, self.snapshot, books=self.house.playbooks)

    def _answer(self, work: Work, channel: Channel, reply_to: str, answer: Answer) -> None:
        work.say(
            Address(channel.platform, Reach.REPLY, reply_to),
            "answer",
            {
                "text": answer.text,
                "private": answer.visibility is not Visibility.PUBLIC,
                **button_values(answer.buttons),
            },
            expires_at=self._wall() + _TOKEN_LIFE,
            pictures=answer.pictures,
        )

    async def direct(self, tx: Transaction, message: DirectMessage, now: datetime) -> None:
        """Handle a direct message: a command, or what somebody here understands or passes on."""
        work = self._work(tx, await self._fresh(tx), message.sent_at)
        answer = await direct_answer(self.registry, work, message)
        if answer.text:
            work.say(
                Address(message.person.platform, Reach.PERSON, message.person.id),
                "answer",
                {"text": answer.text, "private": True, **button_values(answer.buttons)},
            )
        await self._finish(work)

    async def webhook(self, tx: Transaction, told: Webhook, now: datetime) -> None:
        """Handle what another system tells. Raises `KeyError` where nobody knows its source."""
        work = self._work(tx, await self._fresh(tx), now)
        await self.registry.webhooks[told.source].run(work, told)
        await self._finish(work)

    async def unreachable(self, tx: Transaction, platform: str, person: str, now: datetime) -> None:
        """Somebody takes no direct messages: end the wish for them, and say so in the stream."""
        work = self._work(tx, await self._fresh(tx), now)
        await tell_by_dm_no_more(work, platform, person)
        work.emit(DirectsClosed(platform=platform, person=person))
        await self._finish(work)

    def minds(self, line: TeamLine) -> bool:
        """Whether anybody wants to know of a line of the team; asks no database."""
        return any(one.heeds(self.house, line) for one in self.registry.overhears)

    async def overhear(self, tx: Transaction, line: TeamLine, now: datetime) -> None:
        """Handle a line of the team."""
        work = self._work(tx, await self._fresh(tx), line.sent_at)
        for one in self.registry.overhears:
            if one.heeds(self.house, line):
                await one.run(work, line)
        await self._finish(work)

    # --- deadlines -------------------------------------------------------------------------------

    async def tick(self, tx: Transaction, due: datetime) -> None:
        """Do what is due at or before `due`."""
        work = self._work(tx, await self._fresh(tx), due)
        for deadline in self.registry.deadlines:
            at = await tx.scalar(deadline.due)
            if at is not None and at <= due:
                await deadline.run(work, due)
                await work.put_away()
        await self._following.retry(work, due)
        await self._finish(work)

    async def next_deadline(self, tx: Transaction) -> datetime | None:
        """When something is due next: one query over all deadlines."""
        rows = await tx.all(self._dues)
        return min((row.due for row in rows if row.due is not None), default=None)

    # --- what the intake itself has to say -------------------------------------------------------

    async def set_aside(
        self,
        tx: Transaction,
        message: Heard | Command | Press | FormSubmit | DirectMessage | TeamLine,
        *,
        reference: str,
        error: str,
        now: datetime,
    ) -> None:
        """Answer one whose own error kept it from being handled, and alert the team."""
        work = self._work(tx, await self._fresh(tx), now)
        stale = self._wall() + _TOKEN_LIFE
        await say_set_aside(work, message, reference=reference, error=error, stale=stale)
        await self._finish(work)

    async def came_back(
        self, tx: Transaction, channel: Channel, *, away: timedelta, claims: int, now: datetime
    ) -> None:
        """Tell the chat that its missed lines were read back."""
        work = self._work(tx, await self._fresh(tx), now)
        say_came_back(work, channel, away=away, claims=claims)
        await self._finish(work)

    async def lost(
        self,
        tx: Transaction,
        channel: Channel,
        *,
        since: datetime,
        now: datetime,
        unheard: bool = False,
    ) -> None:
        """Lines since then cannot be read: pause what was on stage, and tell the team.

        Nobody can have claimed in an `unheard` channel while no show was live.
        """
        work = self._work(tx, await self._fresh(tx), now)
        if unheard and not work.snapshot.timeline.live_since(since):
            return
        await say_lost(work, channel, since=since)
        await self._finish(work)

    # --- one transaction -------------------------------------------------------------------------

    def _work(self, tx: Transaction, snapshot: Snapshot, at: datetime) -> Work:
        return Work(
            tx,
            self.house,
            snapshot,
            at,
            commands=self.registry.commands,
            undoes=self.registry.undoes,
            waits=self.registry.waits,
        )

    async def _finish(self, work: Work) -> None:
        await self._following.tell(work)
        await work.write()


def _dues(registry: Registry) -> Executable:
    """One query for the next instant of every deadline, built once: each transaction asks it."""
    dues = [
        deadline.due.with_only_columns(
            *(column.label("due") for column in deadline.due.selected_columns)
        )
        for deadline in registry.deadlines
    ]
    retries = select(func.min(traffic.failed_events.c.retry_due).label("due"))
    return union_all(*dues, retries)
