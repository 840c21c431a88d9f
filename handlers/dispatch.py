"""Hands what came in to the capabilities, and what they decided to the outbox.

Everything here happens inside a transaction that the intake opened. The dispatcher keeps the
snapshot that chat is read against, and gives a batch back when that has become old.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Executable, func, select, union_all, update

from handlers.answering import answer_to, faults_in, form_of, may_open
from handlers.capability import Option
from handlers.claims.grammar import read
from handlers.claims.judging import becomes_claim
from handlers.claims.lexicon import ClaimWords
from handlers.claims.private_words import direct_words, tell_by_dm_no_more
from handlers.claims.reading import Kind
from handlers.completing import Choice, complete
from handlers.events import ItemStateChanged
from handlers.following import Attempt, Following
from handlers.hearing import NOT_READ, Batch, Heard, Line, Taken
from handlers.messages import (
    Address,
    Answer,
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    MessageDeleted,
    Press,
    Reach,
    Visibility,
)
from handlers.people import Person
from handlers.registry import Registry
from handlers.snapshot import Snapshot, SnapshotStale, load_catalogue, load_timeline
from handlers.speech import button_values
from handlers.team.alerts import Severity, raise_alert
from handlers.waiting import home_of
from handlers.work import House, Work
from storage.engine import Storage
from storage.repositories import versions
from storage.schema import sale, traffic
from storage.schema.states import ItemState, RetryState
from storage.unit_of_work import Transaction, padded

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
        self._delay = timedelta(seconds=house.rules.stream_delay_seconds)
        self._release_delay = timedelta(seconds=house.rules.release_delay_seconds)

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
        return self._snapshot

    # --- chat ------------------------------------------------------------------------------------

    def read(self, messages: Sequence[Heard], *, in_order: bool = False) -> Batch:
        """Read lines before any transaction, as far as they may go together.

        An edit or a deletion stands alone, since it may move the line. A batch ends where a release
        that was typed in it comes due.
        """
        snapshot = self.snapshot
        lines: list[Line] = []
        until: datetime | None = None
        for message in messages:
            if not isinstance(message, ChatMessage):
                if not lines:
                    lines.append(self._line(message, snapshot))
                break
            line = self._line(message, snapshot)
            if until is not None and line.at >= until:
                break
            lines.append(line)
            if line.reading.kind is Kind.CANCEL and until is None:
                until = line.at + self._release_delay
        return Batch(
            messages=tuple(messages[: len(lines)]), lines=tuple(lines), versions=snapshot.versions
        )

    def _line(self, message: Heard, snapshot: Snapshot) -> Line:
        if isinstance(message, MessageDeleted):
            show = snapshot.timeline.show_at(message.deleted_at)
            return Line(
                message=message,
                person=Person(platform=message.channel.platform, id="", name=""),
                at=message.deleted_at,
                show=show,
                reading=NOT_READ,
            )
        at = message.edited_at or message.sent_at
        show = snapshot.timeline.show_at(at)
        seen, switched = (None, None) if show is None else show.meant_at(at, self._delay)
        quoted = message.quotes or (message.reply and _only_agrees(message.text))
        reading = NOT_READ
        if not quoted:
            reading = read(
                message.text,
                snapshot.lexicon,
                seen.code if seen else None,
                stage_variant=seen.variant if seen else None,
            )
        return Line(
            message=message,
            person=message.person,
            at=at,
            show=show,
            reading=reading,
            staged=seen.code if seen else None,
            switched=switched.code if switched else None,
        )

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

    async def act(self, tx: Transaction, act: Command | Press | FormSubmit, now: datetime) -> None:
        """Handle one, and say its answer to the one who asked."""
        work = self._work(tx, await self._fresh(tx), act.sent_at)
        answer = await answer_to(self.registry, work, act)
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
        return complete(option, typed, given, self.snapshot)

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
        )

    async def direct(self, tx: Transaction, message: DirectMessage, now: datetime) -> None:
        """Handle a direct message: a command, or one of the few words a DM understands."""
        work = self._work(tx, await self._fresh(tx), message.sent_at)
        channel = Channel(message.person.platform, "")
        line = message.text.strip()
        if line.lower() in ("cart", "my cart", "my claims"):
            line = "/cart"
        elif line.lower() in ("help", "mine"):
            line = f"/{line}"
        if line.startswith("/"):
            command = Command(
                key=message.key,
                person=message.person,
                channel=channel,
                sent_at=message.sent_at,
                line=line,
                reply_to="",
            )
            answer = await answer_to(self.registry, work, command)
        else:
            answer = await direct_words(work, message.person, line)
        work.say(
            Address(message.person.platform, Reach.PERSON, message.person.id),
            "answer",
            {"text": answer.text, "private": True, **button_values(answer.buttons)},
        )
        await self._finish(work)

    async def unreachable(self, tx: Transaction, platform: str, person: str, now: datetime) -> None:
        """Somebody takes no direct messages: end the wish for them, and say so in the stream."""
        work = self._work(tx, await self._fresh(tx), now)
        await tell_by_dm_no_more(work, platform, person)
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
        message: Heard | Command | Press | FormSubmit | DirectMessage,
        *,
        reference: str,
        error: str,
        now: datetime,
    ) -> None:
        """Answer one whose own error kept it from being handled, and alert the team."""
        work = self._work(tx, await self._fresh(tx), now)
        await tx.insert(
            traffic.set_aside,
            [
                {
                    "key": message.key,
                    "reference": reference,
                    "error": error[:500],
                    "at": now,
                    "state": RetryState.WAITING,
                }
            ],
        )
        sorry = {"reference": reference}
        if isinstance(message, DirectMessage):
            address = Address(message.person.platform, Reach.PERSON, message.person.id)
            work.say(address, "bug.sorry", sorry)
        elif isinstance(message, Command | Press | FormSubmit):
            work.say(
                Address(message.channel.platform, Reach.REPLY, message.reply_to),
                "bug.sorry",
                {**sorry, "private": True},
                expires_at=self._wall() + _TOKEN_LIFE,
            )
        elif not isinstance(message, MessageDeleted):
            who = {"id": message.person.id, "name": message.person.name}
            work.say(message.channel, "bug.sorry_line", {**sorry, "who": who})
        await raise_alert(
            work,
            key=f"bug:{error.partition(':')[0]}:{_place(message)}",
            kind="bug.alert",
            values={"reference": reference, "error": error[:200]},
        )
        await self._finish(work)

    async def came_back(
        self, tx: Transaction, channel: Channel, *, away: timedelta, claims: int, now: datetime
    ) -> None:
        """Tell the chat that its missed lines were read back."""
        work = self._work(tx, await self._fresh(tx), now)
        seconds = round(away.total_seconds())
        work.say(channel, "gap.back", {"seconds": seconds, "claims": claims})
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
        live = work.snapshot.timeline.live
        codes: list[str] = []
        if live is not None:
            codes = sorted(
                {
                    stage.code
                    for stage in live.stages
                    if stage.until_at is None or stage.until_at >= since
                }
            )
        ids = [work.snapshot.catalogue.items[code].id for code in codes]
        if ids:
            await tx.run(
                update(sale.items)
                .where(sale.items.c.id.in_(padded(ids)), sale.items.c.state == ItemState.ON_SALE)
                .values(state=ItemState.PAUSED)
            )
        for item_id in ids:
            work.emit(ItemStateChanged(item_id=item_id))
        shown = f"{since.astimezone(self.house.timezone):%H:%M:%S}"
        await raise_alert(
            work,
            key=f"gap:{channel.platform}:{channel.id}",
            kind="gap.lost" if codes else "gap.lost_none",
            severity=Severity.URGENT if codes else Severity.WARNING,
            values={"since": shown, "codes": ", ".join(codes)},
        )
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


def _place(message: Heard | Command | Press | FormSubmit | DirectMessage) -> str:
    """Where a bug was met, so that many of one kind are one alert."""
    match message:
        case Command(line=line):
            return line.partition(" ")[0]
        case Press(button=pressed):
            return pressed.partition(":")[0]
        case FormSubmit(form=form):
            return form.partition(":")[0]
    return type(message).__name__


def _only_agrees(text: str) -> bool:
    return text.strip() in ("+1", "＋1", "+ 1")
