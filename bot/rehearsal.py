"""`andon rehearse`: a chat log through the whole way of a message, as fast as it goes.

The log drives the clock. Everything that is reported is read from the database afterwards, so a
rehearsal that was cut off is simply run again.
"""

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Andon
from bot.clock import ManualClock
from bot.platforms.rehearsal import AUDIENCES, REHEARSE, RehearsalPlatform
from bot.settings import Settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.catalog.model import Catalog
from handlers.messages import Channel, ChatMessage, Command
from handlers.people import Person, Role
from handlers.reports import CATALOGUE, OPENING, Report, outbox_lines, report
from storage.engine import open_storage
from storage.one_process import one_process
from storage.repositories import messages
from storage.unit_of_work import Transaction
from storage.upgrade import upgrade

__all__ = ["Log", "RehearsalResult", "log_message", "opening", "read_log", "rehearse"]

_STREAM = "stream"
_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
#: A time that is wildly wrong would move the clock there, and every deadline with it.
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_LONGEST_ID = 200
_STEP = 2_000
_SYSTEM = Person(
    platform=REHEARSE, id="rehearsal", name="Rehearsal", roles=frozenset({Role.MODERATOR})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """What came of it: known ids with other content, lines that could not be read, the report.

    `broken` are the numbers of those lines, from 1.
    """

    conflicts: tuple[str, ...]
    broken: tuple[int, ...]
    report: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Log:
    """A chat log as read: its lines in file order and the numbers of lines that are broken."""

    messages: list[ChatMessage | Command] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    @property
    def channels(self) -> list[str]:
        """The stream channels it speaks of."""
        named = dict.fromkeys([_STREAM, *(message.channel.id for message in self.messages)])
        return [channel for channel in named if channel not in AUDIENCES]


def read_log(path: Path) -> Log:
    """Read a log of JSON objects, one a line. Raises `OSError`."""
    log = Log()
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            message = log_message(line)
            if message is None:
                log.broken.append(number)
            else:
                log.messages.append(message)
    return log


def log_message(line: str) -> ChatMessage | Command | None:
    """One line of a log; None if it is broken."""
    try:
        said = json.loads(line)
        at, text = _instant(said["at"]), said["text"]
        key_id, author = _known_by(said["id"]), _known_by(said["author"])
        role = Role(said.get("role") or Role.VIEWER)
        channel = _known_by(said.get("channel") or _STREAM)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    if not isinstance(text, str):
        return None
    name = str(said.get("name") or author)
    person = Person(platform=REHEARSE, id=author, name=name, roles=frozenset({role}))
    key, where = f"{REHEARSE}:{channel}:{key_id}", Channel(REHEARSE, channel)
    if text.startswith("/"):
        return Command(
            key=key, person=person, channel=where, sent_at=at, line=text, reply_to=author
        )
    return ChatMessage(
        key=key, channel=where, native_id=key_id, person=person, text=text, sent_at=at
    )


def _known_by(value: Any) -> str:
    """An id as people write it: a number is the same as its digits. Raises `ValueError`."""
    name = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(name) <= _LONGEST_ID or not name.isprintable():
        raise ValueError("no id")
    return name


def _instant(at: Any) -> datetime:
    if isinstance(at, bool):
        raise ValueError("no time")
    if isinstance(at, int | float):
        read = _YEAR_2000 + timedelta(seconds=at)
    else:
        read = datetime.fromisoformat(at)
        read = read.astimezone(UTC) if read.tzinfo is not None else read.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise ValueError("not of this age")
    return read


async def rehearse(
    settings: Settings,
    chat: Path,
    catalogue: Path,
    out: Path,
    *,
    database: str | None,
    speed: float | None,
    until: datetime | None,
    progress: Callable[[int, int], None],
) -> RehearsalResult:
    """Run the log and write `outbox.jsonl` and `report.json` into `out`.

    Raises `OSError`, `CatalogError`, `ImportRefused` and `StorageError`, each with its sentence.
    """
    began = time.monotonic()
    log, items, digest = await asyncio.to_thread(_read, settings, chat, catalogue, out)
    conflicts: list[str] = []
    async with AsyncExitStack() as stack:
        url = database or _temporary(stack)
        await upgrade(url)
        stack.enter_context(one_process(url))
        storage = await stack.enter_async_context(open_storage(url))
        async with storage.write() as tx:
            await _stock(tx, items, CATALOGUE + digest, _first(log))
        clock = ManualClock(_first(log))
        andon = Andon(
            settings,
            storage,
            [RehearsalPlatform(log.channels)],
            clock=clock,
            in_order=True,
            on_conflict=lambda message, _stored: conflicts.append(message.key),
        )
        await _run(andon, log, speed, until, progress)
        figures = Report(
            duplicates=andon.intake.figures.duplicates,
            broken=len(log.broken),
            seconds=round(time.monotonic() - began, 3),
        )
        async with storage.read() as tx:
            written = await report(tx, figures)
            said = [line async for line in outbox_lines(tx)]
    await asyncio.to_thread(_write, out, said, written)
    ids = tuple(dict.fromkeys(key.removeprefix(f"{REHEARSE}:") for key in conflicts))
    return RehearsalResult(conflicts=ids, broken=tuple(log.broken), report=written)


def _read(settings: Settings, chat: Path, catalogue: Path, out: Path) -> tuple[Log, Catalog, str]:
    """What is rehearsed; the folder for what comes of it is made first, since it may be refused."""
    out.mkdir(parents=True, exist_ok=True)
    data = catalogue.read_bytes()
    items = read_catalog(data, name=str(catalogue), currency=settings.shop.currency)
    return read_log(chat), items, hashlib.sha256(data).hexdigest()


async def _stock(tx: Transaction, items: Catalog, key: str, at: datetime) -> None:
    """Bring a catalogue in, once: fed again it must not take back what commands changed since."""
    if await messages.known(tx, [key]):
        return
    await import_catalog(tx, items, stock="keep")
    row = {"key": key, "platform": REHEARSE, "channel": "", "person": "", "name": "", "text": ""}
    await messages.remember(tx, [{**row, "sent_at": at, "kind": "catalogue"}])


def _temporary(stack: AsyncExitStack) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="andon-rehearsal-"))
    return f"sqlite+aiosqlite:///{folder}/rehearsal.db"


def _first(log: Log) -> datetime:
    return log.messages[0].sent_at if log.messages else _YEAR_2000


async def _run(
    andon: Andon,
    log: Log,
    speed: float | None,
    until: datetime | None,
    progress: Callable[[int, int], None],
) -> None:
    await andon.dispatcher.refresh()
    running = [asyncio.create_task(andon.intake.run()), asyncio.create_task(andon.relay.run())]
    feeding = asyncio.create_task(_feed(andon, log, speed, progress))
    try:
        await _beside(running, feeding)
        last = max((message.sent_at for message in log.messages), default=_YEAR_2000)
        end = max(last, until) if until is not None else last
        await _beside(running, asyncio.create_task(andon.intake.run_until(end)))
        await _beside(running, asyncio.create_task(andon.relay.drain()))
    finally:
        feeding.cancel()
        await andon.intake.stop()
        await andon.relay.stop()
        await asyncio.gather(*running)


async def _beside(running: Sequence[asyncio.Task[None]], work: asyncio.Task[None]) -> None:
    """Await `work`; raise what ended one of `running` before its time."""
    await asyncio.wait([work, *running], return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        work.cancel()
        await asyncio.gather(*(task for task in running if task.done()))
    await work


async def _feed(
    andon: Andon, log: Log, speed: float | None, progress: Callable[[int, int], None]
) -> None:
    total, began = len(log.messages), time.monotonic()
    if not any(_starts_show(message) for message in log.messages) and log.messages:
        await andon.intake.feed([opening(log.messages[0])])
    for start in range(0, total, 1 if speed else _STEP):
        part = log.messages[start : start + (1 if speed else _STEP)]
        if speed:
            passed = (part[0].sent_at - log.messages[0].sent_at).total_seconds() / speed
            await asyncio.sleep(max(0.0, began + passed - time.monotonic()))
        await andon.intake.feed(part)
        progress(start + len(part), total)


def _starts_show(message: ChatMessage | Command) -> bool:
    return isinstance(message, Command) and message.line.lower().split()[:2] == ["/show", "start"]


def opening(first: ChatMessage | Command) -> Command:
    """Start a show for a log that starts none, once, however often the log is fed."""
    return Command(
        key=OPENING,
        person=_SYSTEM,
        channel=Channel(REHEARSE, _STREAM),
        sent_at=first.sent_at,
        line="/show start Rehearsal",
        reply_to=_SYSTEM.id,
    )


def _write(out: Path, said: Sequence[dict[str, Any]], written: dict[str, Any]) -> None:
    with (out / "outbox.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in said)
    (out / "report.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
