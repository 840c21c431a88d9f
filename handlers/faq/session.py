"""What one transaction knows of questions: what was answered lately, to whom, and how often.

The first who asks is answered at once. Who asks the same within `join_seconds` is added to that
answer; later on, and until the cooldown is over, they are told where it stands, at most once in
such a time for all of them. Nobody is told twice.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from handlers.events import QuestionSpike
from handlers.faq.desk import Known, Standing
from handlers.faq.facts import facts_at
from handlers.faq.model import Entry
from handlers.faq.personal import without_personal
from handlers.faq.rules import FaqRules
from handlers.faq.spikes import Asking, is_spike
from handlers.hearing import Line
from handlers.messages import Channel, MessageDeleted
from handlers.snapshot import ShowView
from handlers.wording import Said
from handlers.work import Work
from storage.schema.faq import AskedState, faq_asked, faq_said, faq_spikes
from storage.unit_of_work import padded

__all__ = ["Session", "Topic", "said_of", "text_of"]

#: An entry in a channel.
Topic = tuple[Channel, str]
_SAID = ("key", "said_at", "until_at", "again_at", "due_at")


class Session:
    """The questions of one transaction."""

    def __init__(self, work: Work, known: Known) -> None:
        self._work = work
        self.known = known
        self._rules: FaqRules = work.house.faq.rules
        self._said: dict[Topic, dict[str, Any]] = {}
        #: Who was told of an answer, or is about to be; and who is named in it. By its key.
        self._told: dict[str, set[str]] = {}
        self._named: dict[str, list[dict[str, str]]] = {}
        self._asking: dict[tuple[int, str], list[Asking]] = {}
        self._earlier: dict[tuple[int, str], int] = {}
        self._spiked: dict[tuple[int, str], datetime] = {}
        self._asked: list[dict[str, Any]] = []
        self._new_spikes: dict[tuple[int, str], datetime] = {}

    @classmethod
    def begun(cls, work: Work, known: Known) -> "Session":
        """The questions of this transaction; they are written at its end."""
        session = work.parts[cls] = cls(work, known)
        work.closers.append(session.flush)
        return session

    # --- what is loaded --------------------------------------------------------------------------

    async def load(
        self, topics: Iterable[Topic], shows: Mapping[ShowView, set[str]], since: datetime
    ) -> None:
        """Load what was said of these, and what was asked in these shows up to `since`."""
        by_channel: dict[Channel, set[str]] = {}
        for channel, faq in topics:
            by_channel.setdefault(channel, set()).add(faq)
        for channel, names in sorted(by_channel.items()):
            await self._load_said(channel, names)
        for show, names in sorted(shows.items(), key=lambda one: one[0].id):
            await self._load_asked(show, names, since)

    async def _load_said(self, channel: Channel, names: set[str]) -> None:
        said, asked, tx = faq_said.c, faq_asked.c, self._work.tx
        for row in await tx.all(
            select(faq_said).where(
                said.platform == channel.platform,
                said.channel == channel.id,
                said.faq.in_(padded(names)),
            )
        ):
            self._said[channel, row.faq] = dict(row._mapping)
        keys = padded(row["key"] for row in self._said.values())
        if not keys:
            return
        rows = await tx.all(
            select(asked.answer, asked.person, asked.name, asked.state)
            .where(asked.answer.in_(keys))
            .order_by(asked.at, asked.id)
        )
        for row in rows:
            self._tell(row.answer, row.person, row.name, row.state)

    async def _load_asked(self, show: ShowView, names: set[str], since: datetime) -> None:
        asked, spikes, tx = faq_asked.c, faq_spikes.c, self._work.tx
        window = since - timedelta(minutes=self._rules.spike_minutes)
        of_show = (asked.show_id == show.id) & asked.faq.in_(padded(names))
        for faq, count in await tx.all(
            select(asked.faq, func.count()).where(of_show, asked.at <= window).group_by(asked.faq)
        ):
            self._earlier[show.id, faq] = count
        for row in await tx.all(
            select(asked.faq, asked.at, asked.platform, asked.person)
            .where(of_show, asked.at > window)
            .order_by(asked.at, asked.id)
        ):
            who = f"{row.platform}:{row.person}"
            self._asking.setdefault((show.id, row.faq), []).append((row.at, who))
        for row in await tx.all(
            select(faq_spikes).where(spikes.show_id == show.id, spikes.faq.in_(padded(names)))
        ):
            self._spiked[show.id, row.faq] = row.at

    def _tell(self, key: str, person: str, name: str, state: str) -> None:
        self._told.setdefault(key, set()).add(person)
        if state == AskedState.NAMED:
            self._named.setdefault(key, []).append({"id": person, "name": name})

    # --- what a line does ------------------------------------------------------------------------

    def answer(self, line: Line, standing: Standing, text: str, *, own: bool) -> None:
        """Someone asked for this entry: answer, add them to the answer, or tell them of it.

        What is their `own` business is never said: a button leads to it.
        """
        channel, faq = line.message.channel, standing.entry.id
        said = self._said.get((channel, faq))
        if said is None or line.at >= said["until_at"]:
            said = self._say_first(line, standing.entry)
        elif line.person.id in self._told.get(said["key"], ()):
            return
        key, joins = said["key"], line.at <= said["said_at"] + self._join
        state = self._joining(key) if joins else self._again(line, said)
        self._tell(key, line.person.id, line.person.name, state)
        self._note(line, faq, state, answer=key)
        self._count(line, standing.entry)
        if state == AskedState.NAMED:
            told = {"faq": faq, "own": own, "text": text, "who": list(self._named[key])}
            self._work.say(channel, "faq.answer", told, card=f"faq:{key}")
        elif state == AskedState.COUNTED and not joins:
            who = {"id": line.person.id, "name": line.person.name}
            self._work.say(channel, "faq.again", {"faq": faq, "who": [who], "more": 0})

    @property
    def _join(self) -> timedelta:
        return timedelta(seconds=self._rules.join_seconds)

    def _say_first(self, line: Line, entry: Entry) -> dict[str, Any]:
        channel = line.message.channel
        cooldown = timedelta(seconds=entry.cooldown or self._rules.cooldown_seconds)
        row = self._said.setdefault(
            (channel, entry.id),
            {"platform": channel.platform, "channel": channel.id, "faq": entry.id},
        )
        row |= {
            "key": line.message.key,
            "said_at": line.at,
            "until_at": line.at + cooldown,
            "again_at": line.at,
            # What is due stays due: a batch that reaches past it is cut there and taken again.
            "due_at": row.get("due_at"),
            "changed": True,
        }
        return row

    def _joining(self, key: str) -> AskedState:
        room = len(self._named.get(key, ())) < self._rules.named
        return AskedState.NAMED if room else AskedState.COUNTED

    def _again(self, line: Line, said: dict[str, Any]) -> AskedState:
        next_ = said["again_at"] + self._join
        if said["due_at"] is None and line.at >= next_:
            said |= {"again_at": line.at, "changed": True}
            return AskedState.COUNTED
        if said["due_at"] is None:
            # By the end of the cooldown the next answer may begin.
            said |= {"due_at": min(next_, said["until_at"]), "changed": True}
        return AskedState.GATHERED

    def unanswered(self, line: Line, entry: Entry | None = None) -> None:
        """Nobody knew, or what is known cannot be said: keep it, without what may be personal."""
        text = without_personal(text_of(line))
        self._note(line, "" if entry is None else entry.id, AskedState.OPEN, text=text)
        if entry is not None:
            self._count(line, entry)

    def _note(
        self, line: Line, faq: str, state: AskedState, *, answer: str = "", text: str = ""
    ) -> None:
        channel = line.message.channel
        self._asked.append(
            {
                "show_id": None if line.show is None else line.show.id,
                "platform": channel.platform,
                "channel": channel.id,
                "person": line.person.id,
                "name": line.person.name,
                "at": line.at,
                "faq": faq,
                "answer": answer,
                "text": text,
                "state": state,
            }
        )

    def _count(self, line: Line, entry: Entry) -> None:
        """Count a question against what the show has seen, and say so if it is a spike."""
        show = line.show
        if show is None or show.started_at is None:
            return
        topic = (show.id, entry.id)
        asking = self._asking.setdefault(topic, [])
        insort(asking, (line.at, f"{line.person.platform}:{line.person.id}"))
        last, quiet = self._spiked.get(topic), timedelta(minutes=self._rules.spike_quiet_minutes)
        if last is not None and line.at < last + quiet:
            return
        earlier = self._earlier.get(topic, 0)
        started = show.started_at
        if is_spike(asking, earlier, started=started, at=line.at, rules=self._rules):
            self._spiked[topic] = self._new_spikes[topic] = line.at
            # In the words of the file: what a viewer typed may be personal.
            example = entry.questions[0] if entry.questions else entry.id
            self._work.emit(QuestionSpike(show_id=show.id, topic=entry.id, example=example))

    # --- what is written -------------------------------------------------------------------------

    async def flush(self) -> None:
        """Write what was said, asked and counted."""
        tx = self._work.tx
        changed = [row for row in self._said.values() if row.pop("changed", False)]
        known = [row for row in changed if "id" in row]
        fresh = [row for row in changed if "id" not in row]
        for row, number in zip(fresh, await tx.insert_ids(faq_said, fresh), strict=True):
            row["id"] = number
        await tx.run(
            update(faq_said)
            .where(faq_said.c.id == bindparam("b_id"))
            .values({name: bindparam(f"n_{name}") for name in _SAID}),
            [{"b_id": row["id"], **{f"n_{name}": row[name] for name in _SAID}} for row in known],
        )
        asked, self._asked = self._asked, []
        await tx.insert(faq_asked, asked)
        spikes, self._new_spikes = self._new_spikes, {}
        await self._write_spikes(spikes)

    async def _write_spikes(self, spikes: Mapping[tuple[int, str], datetime]) -> None:
        table = faq_spikes.c
        for (show_id, faq), at in sorted(spikes.items()):
            mine = (table.show_id == show_id) & (table.faq == faq)
            if not await self._work.tx.run(update(faq_spikes).where(mine).values(at=at)):
                row = {"show_id": show_id, "faq": faq, "at": at}
                await self._work.tx.insert(faq_spikes, [row])


def text_of(line: Line) -> str:
    """What a line says."""
    return "" if isinstance(line.message, MessageDeleted) else line.message.text


def said_of(work: Work, entry: Entry, at: datetime) -> Said | None:
    """How an entry answers at a moment, None if a fact that it needs is missing."""
    house = work.house
    facts = facts_at(
        house.faq.rules,
        house.faq.faq.facts,
        shop_name=house.shop_name,
        hold_hours=work.rules.hold_hours,
        here=at.astimezone(house.timezone),
        locale=house.locale,
    )
    return house.faq.templates.fill(entry.answer, facts)
