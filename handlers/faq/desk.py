"""The FAQ of this shop as it stands: its file, what the team changed, and what was learned of it.

Learning takes a moment, so a thread does it, from the commit of a change on. Meanwhile the answers
are the newest, a question that is asked word for word as it was taught is known, and only what is
like it is still judged as before. Where the clock stands still (a rehearsal, a test), the
moment is waited for, so that the same log comes out the same.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

import structlog
from sqlalchemy import select

from handlers.faq.entries import FaqError, Problem, read_faq, starter, variables
from handlers.faq.facts import own_names
from handlers.faq.matching import THRESHOLD, Match, Matcher, Taught
from handlers.faq.model import Entry, Faq
from handlers.faq.personal import asks_for_own
from handlers.faq.rendering import Templates
from handlers.faq.rules import FaqRules
from storage.repositories import versions
from storage.schema.faq import faq_entries
from storage.unit_of_work import Transaction

__all__ = ["FaqDesk", "Known", "Standing", "load_faq"]

_log = structlog.get_logger(__name__)
#: What a matcher is learned from: the entries' names and questions.
_Lesson = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An entry as it stands. One that `lacks` facts cannot be said; `added` is by the team."""

    entry: Entry
    muted: bool = False
    added: bool = False
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The entries at one version, by name, and what tells which of them a line asks for."""

    version: int
    entries: Mapping[str, Standing]
    taught: Taught
    matcher: Matcher | None = None
    learning: bool = False

    def best(self, text: str) -> Match | None:
        """The likeliest entry that there is, however unsure."""
        if (exact := self.taught.best(text)) is not None:
            return exact
        best = None if self.matcher is None else self.matcher.best(text)
        return best if best is not None and best.faq in self.entries else None

    def ask(self, text: str) -> Match | None:
        """The entry that a line asks for, if that is sure."""
        best = self.best(text)
        return best if best is not None and best.score >= THRESHOLD else None


class FaqDesk:
    """Keeps what is known for as long as it stands; see `fresh`."""

    def __init__(
        self,
        faq: Faq | None = None,
        rules: FaqRules | None = None,
        *,
        problems: Sequence[Problem] = (),
        waits: bool = True,
    ) -> None:
        """Without a file and rules it is off. It `waits` for what is being learned, or goes on."""
        self.faq = faq or Faq()
        self.rules = rules or FaqRules(answers=False)
        self.problems = tuple(problems)
        self.templates = Templates()
        self._waits = waits
        self._known: Known | None = None
        self._lesson: _Lesson = ()
        self._future: Future[Matcher] | None = None
        self._thread: ThreadPoolExecutor | None = None

    @property
    def on(self) -> bool:
        """Whether questions are answered."""
        return self.rules.answers

    async def fresh(self, tx: Transaction) -> Known:
        """What is known, as this transaction sees it."""
        version = (await versions.current(tx)).get("faq", 0)
        if self._known is None or self._known.version != version:
            self._take(version, await self._entries(tx))
        if self._future is not None and self._waits:
            await asyncio.wait([asyncio.wrap_future(self._future)])
        return self._learned()

    async def warm(self, tx: Transaction) -> None:
        """Begin to learn before the first question; where learning is waited for, it can wait."""
        if self.on and not self._waits:
            await self.fresh(tx)

    async def _entries(self, tx: Transaction) -> Mapping[str, Standing]:
        rows = await tx.all(select(faq_entries).order_by(faq_entries.c.name))
        return {one.entry.id: one for one in self._standing(rows)}

    async def changed(self, tx: Transaction) -> None:
        """An entry was changed in this transaction: begin to learn as soon as it is committed."""
        entries = await self._entries(tx)
        tx.on_commit(lambda: self._learn(entries))

    def _standing(self, rows: Sequence[Any]) -> Iterable[Standing]:
        """The entries of the file, changed as the rows say, and those that were added."""
        changes = {row.name: row for row in rows}
        for entry in self.faq.entries:
            row = changes.pop(entry.id, None)
            if row is None:
                yield self._stands(entry)
            elif not row.removed:
                yield self._stands(_changed(entry, row), muted=row.muted, added=bool(row.answer))
        for row in changes.values():
            # What was changed in a file that has lost it since is nothing any more.
            if not row.removed and row.questions and row.answer:
                blank = Entry(id=row.name, questions=(), answer="")
                yield self._stands(_changed(blank, row), muted=row.muted, added=True)

    def _stands(self, entry: Entry, *, muted: bool = False, added: bool = False) -> Standing:
        if any(map(asks_for_own, entry.questions)):
            entry = replace(entry, audience="private")
        lacks = variables(entry.answer) - own_names(self.rules) - self.faq.facts.keys()
        return Standing(entry=entry, muted=muted, added=added, lacks=tuple(sorted(lacks)))

    def _take(self, version: int, entries: Mapping[str, Standing]) -> None:
        matcher = None if self._known is None else self._known.matcher
        taught = Taught([one.entry for one in entries.values()])
        self._known = Known(version=version, entries=entries, taught=taught, matcher=matcher)
        self._learn(entries)

    def _learn(self, entries: Mapping[str, Standing]) -> None:
        """Learn the questions of these entries, unless they are being learned or known."""
        lesson = tuple((name, one.entry.questions) for name, one in entries.items())
        if lesson == self._lesson:
            return
        self._lesson, self._future = lesson, None
        if not lesson:
            if self._known is not None:
                self._known = replace(self._known, matcher=None)
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="faq")
        learned = [one.entry for one in entries.values()]
        self._future = self._thread.submit(Matcher.of, learned)

    def _learned(self) -> Known:
        """What is known, with what has been learned by now."""
        if self._known is None:
            raise LookupError("nothing was loaded yet")
        if self._future is not None and self._future.done():
            error = self._future.exception()
            if error is None:
                self._known = replace(self._known, matcher=self._future.result())
            else:
                # The chat goes on with what was learned before: claims must not wait for this.
                _log.error("the FAQ could not be learned", exc_info=error)
            self._future = None
        return replace(self._known, learning=self._future is not None)


def _changed(entry: Entry, row: Any) -> Entry:
    if row.questions:
        entry = entry.asked_as(row.questions)
    return replace(
        entry, answer=row.answer or entry.answer, audience=row.audience or entry.audience
    )


def load_faq(rules: FaqRules, *, zone: tzinfo, waits: bool) -> FaqDesk:
    """The FAQ of the settings; nothing is raised, what is wrong stands in `problems`.

    Without a file Andon's own entries are taken, without their facts, which are examples.
    """
    if rules.file is None:
        return FaqDesk(replace(starter(), facts={}), rules, waits=waits)
    try:
        content = rules.file.read_bytes()
        faq = read_faq(content, name=rules.file.name, zone=zone, known=own_names(rules))
    except OSError as error:
        why = f"cannot be read: {error.strerror}; check faq.file."
        problem = Problem(file=str(rules.file), line=0, field="", why=why)
        return FaqDesk(None, rules, problems=[problem], waits=waits)
    except FaqError as error:
        return FaqDesk(None, rules, problems=error.problems, waits=waits)
    return FaqDesk(faq, rules, waits=waits)
