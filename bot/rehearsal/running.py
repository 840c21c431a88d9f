"""Runs a rehearsal: opens everything, plays the script, reads what came of it.

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
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.andon import Andon
from bot.clock import ManualClock
from bot.platforms.rehearsal import REHEARSE, RehearsalPlatform
from bot.rehearsal.incidents import Wanted, planned
from bot.rehearsal.log import Log, opening, read_log
from bot.rehearsal.playing import Player
from bot.rehearsal.script import Stretch, script
from bot.settings import Settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.catalog.model import Catalog
from handlers.incidents.happening import incidents
from handlers.incidents.model import Incident
from handlers.registry import Registry, find_capabilities
from handlers.reports import CATALOGUE, Report, outbox_lines, report
from storage.engine import open_storage
from storage.one_process import one_process
from storage.repositories import messages
from storage.unit_of_work import Transaction
from storage.upgrade import upgrade

__all__ = ["RehearsalResult", "rehearse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """What came of it: known ids with other content, lines that could not be read, the report.

    `broken` are the numbers of those lines, from 1.
    """

    conflicts: tuple[str, ...]
    broken: tuple[int, ...]
    report: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Play:
    """What is rehearsed, all of it read and found good; it ends at `end`."""

    log: Log
    items: Catalog
    digest: str
    incidents: tuple[Incident, ...]
    end: datetime

    @property
    def stretches(self) -> list[Stretch]:
        """The log and its incidents, in order; a log that starts no show gets one."""
        stretches = script(self.log, self.incidents, self.end)
        if self.log.messages and not self.log.starts_show:
            stretches.insert(0, Stretch(said=[opening(self.log.messages[0])]))
        return stretches

    @property
    def registry(self) -> Registry:
        """All that Andon can do, and what lets incidents happen, if there are any."""
        if not self.incidents:
            return Registry.of()
        return Registry.of((*find_capabilities(), incidents(self.incidents)))


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
    wanted: Sequence[Wanted] = (),
) -> RehearsalResult:
    """Run the log, with the incidents that are `wanted`, and write what came of it into `out`.

    That is `outbox.jsonl` and `report.json`. Raises `OSError`, `CatalogError`, `ImportRefused`,
    `IncidentRefused` and `StorageError`, each with its sentence.
    """
    began = time.monotonic()
    play = await asyncio.to_thread(_read, settings, chat, catalogue, out, wanted, until)
    conflicts: list[str] = []
    async with AsyncExitStack() as stack:
        url = database or _temporary(stack)
        await upgrade(url)
        stack.enter_context(one_process(url))
        storage = await stack.enter_async_context(open_storage(url))
        async with storage.write() as tx:
            await _stock(tx, play.items, CATALOGUE + play.digest, play.log.first)
        clock, platform = ManualClock(play.log.first), RehearsalPlatform(play.log.channels)
        andon = Andon(
            settings,
            storage,
            [platform],
            clock=clock,
            registry=play.registry,
            in_order=True,
            on_conflict=lambda message, _stored: conflicts.append(message.key),
        )
        player = Player(andon, clock, platform, speed=speed, progress=progress)
        await _run(andon, player, play)
        seconds = round(time.monotonic() - began, 3)
        written, said = await _reported(andon, play, seconds, clock.now())
    await asyncio.to_thread(_write, out, said, written)
    ids = tuple(dict.fromkeys(key.removeprefix(f"{REHEARSE}:") for key in conflicts))
    return RehearsalResult(conflicts=ids, broken=tuple(play.log.broken), report=written)


async def _reported(
    andon: Andon, play: _Play, seconds: float, until: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    figures = Report(
        duplicates=andon.intake.figures.duplicates,
        broken=len(play.log.broken),
        seconds=seconds,
        until=until,
    )
    sealer = andon.house.sealer
    async with andon.storage.read() as tx:
        return await report(tx, figures), [line async for line in outbox_lines(tx, sealer)]


def _read(
    settings: Settings,
    chat: Path,
    catalogue: Path,
    out: Path,
    wanted: Sequence[Wanted],
    until: datetime | None,
) -> _Play:
    """What is rehearsed; the folder for what comes of it is made first, since it may be refused."""
    out.mkdir(parents=True, exist_ok=True)
    data = catalogue.read_bytes()
    items = read_catalog(data, name=str(catalogue), currency=settings.shop.currency)
    log = read_log(chat)
    return _Play(
        log=log,
        items=items,
        digest=hashlib.sha256(data).hexdigest(),
        incidents=planned(wanted, log, items, until),
        end=log.last if until is None else max(log.last, until),
    )


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


async def _run(andon: Andon, player: Player, play: _Play) -> None:
    await andon.dispatcher.refresh()
    running = [asyncio.create_task(andon.intake.run()), asyncio.create_task(andon.relay.run())]
    feeding = asyncio.create_task(player.play(play.stretches))
    try:
        await _beside(running, feeding)
        await _beside(running, asyncio.create_task(andon.intake.run_until(play.end)))
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


def _write(out: Path, said: Sequence[dict[str, Any]], written: dict[str, Any]) -> None:
    with (out / "outbox.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in said)
    (out / "report.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
