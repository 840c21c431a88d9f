"""`andon rehearse`: a chat log through the whole way of a message, as fast as it goes.

The log drives the clock. Everything that is reported is read from the database afterwards, so a
rehearsal that was cut off is simply run again.
"""

import asyncio
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
from handlers.reports import Report, outbox_lines, report
from storage.engine import open_storage
from storage.one_process import one_process
from storage.upgrade import upgrade

__all__ = ["Log", "RehearsalResult", "log_message", "opening", "read_log", "rehearse"]

_STREAM = "stream"
_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_STEP = 2_000
_SYSTEM = Person(
    platform=REHEARSE, id="rehearsal", name="Rehearsal", roles=frozenset({Role.MODERATOR})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """What came of it: known ids with other content, lines that could not be read, the report."""

    conflicts: int
    broken: int
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
    with path.open(encoding="utf-8", errors="replace") as lines:
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
        at = _instant(said["at"])
        key_id, author, text = str(said["id"]), str(said["author"]), said["text"]
        role = Role(said.get("role") or "viewer")
        channel = str(said.get("channel") or _STREAM)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    if not isinstance(text, str) or not key_id or not author:
        return None
    person = Person(
        platform=REHEARSE, id=author, name=str(said.get("name") or author), roles=frozenset({role})
    )
    key, where = f"{REHEARSE}:{channel}:{key_id}", Channel(REHEARSE, channel)
    if text.startswith("/"):
        return Command(
            key=key, person=person, channel=where, sent_at=at, line=text, reply_to=author
        )
    return ChatMessage(
        key=key, channel=where, native_id=key_id, person=person, text=text, sent_at=at
    )


def _instant(at: Any) -> datetime:
    if isinstance(at, bool):
        raise ValueError("no time")
    if isinstance(at, int | float):
        return _YEAR_2000 + timedelta(seconds=at)
    read = datetime.fromisoformat(at)
    return read.astimezone(UTC) if read.tzinfo is not None else read.replace(tzinfo=UTC)


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
    log, items = await asyncio.to_thread(_read, settings, chat, catalogue, out)
    conflicts: list[str] = []
    async with AsyncExitStack() as stack:
        url = database or _temporary(stack)
        await upgrade(url)
        stack.enter_context(one_process(url))
        storage = await stack.enter_async_context(open_storage(url))
        async with storage.write() as tx:
            await import_catalog(tx, items, stock="keep")
        clock = ManualClock(_first(log))
        andon = Andon(
            settings,
            storage,
            [RehearsalPlatform(log.channels)],
            clock=clock,
            in_order=True,
            on_conflict=lambda message, stored: conflicts.append(message.key),
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
    return RehearsalResult(conflicts=len(conflicts), broken=len(log.broken), report=written)


def _read(settings: Settings, chat: Path, catalogue: Path, out: Path) -> tuple[Log, Catalog]:
    """What is rehearsed; the folder for what comes of it is made first, since it may be refused."""
    out.mkdir(parents=True, exist_ok=True)
    items = read_catalog(
        catalogue.read_bytes(), name=str(catalogue), currency=settings.shop.currency
    )
    return read_log(chat), items


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
        await asyncio.wait([feeding, *running], return_when=asyncio.FIRST_COMPLETED)
        if not feeding.done():
            await asyncio.gather(*(task for task in running if task.done()))
        await feeding
        last = max((message.sent_at for message in log.messages), default=_YEAR_2000)
        await andon.intake.run_until(max(last, until) if until is not None else last)
        await andon.relay.drain()
    finally:
        feeding.cancel()
        await andon.intake.stop()
        await andon.relay.stop()
        await asyncio.gather(*running)


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
        key=f"{REHEARSE}:{_STREAM}:the show",
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
