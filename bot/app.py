"""The composition root: opens everything on one exit stack and closes it in reverse.

`Andon` is the process without its doors; `serve` adds these, the clockwork and the signals of the
system.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import structlog

from bot.andon import Andon, new_reference
from bot.clock import SystemClock
from bot.clockwork import Clockwork
from bot.housekeeping import Privacy, Tokens
from bot.serving import open_doors
from bot.settings import Settings
from storage.engine import open_storage
from storage.one_process import one_process

__all__ = ["Andon", "serve"]

_TICK_SECONDS = 1.0
#: Answers to interactions go to a token, which is cut once it has ended.
_TOKENS_SECONDS = 60.0
_ANSWERS = ("discord|reply|", "slack|reply|")
_ELSEWHERE_SECONDS = 15.0
_REPORT_SECONDS = 2.0
_PRIVACY_SECONDS = 3600.0
_SIGHT_SECONDS = 10.0
_STOP_WITHIN = 25.0
#: Where it ended by itself, the database is what failed, and waiting for it helps nobody.
_FAILED_WITHIN = 1.0
#: How long what was decided is still being said.
_SAY_WITHIN = 5.0
#: How long the loop may keep the interpreter from the database's thread, which needs it some thirty
#: times a batch and then for microseconds: Python's own 5 ms cost a fifth of the throughput.
_SWITCH_SECONDS = 0.001
_log = structlog.get_logger("andon")


async def serve(
    settings: Settings,
    *,
    ready: Callable[[Andon, str], Awaitable[None]] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run until told to stop by SIGTERM, SIGINT or `stop`; then finish what was taken in.

    `ready` is called once everything runs, with the address of the page. Raises `StorageRefused`,
    `PortBusy`, `PlatformRefused` or `CopyError` with a sentence for the one who starts it.
    """
    stopping = stop or asyncio.Event()
    sys.setswitchinterval(_SWITCH_SECONDS)
    async with AsyncExitStack() as stack:
        stack.enter_context(one_process(settings.database_url))
        storage = await stack.enter_async_context(open_storage(settings.database_url))
        doors = await open_doors(settings, storage)
        andon, clock = doors.andon, SystemClock()
        await andon.dispatcher.refresh()
        clockwork = Clockwork(clock, new_reference=new_reference, alert=andon.alert_directly)
        clockwork.every(_TICK_SECONDS, "what is due", andon.intake.tick)
        clockwork.every(_TICK_SECONDS, "what payments ask for", doors.till.desk.tick)
        clockwork.every(_REPORT_SECONDS, "what shows report", doors.reports.tick)
        clockwork.every(_ELSEWHERE_SECONDS, "what must be said elsewhere", andon.fallback.tick)
        clockwork.every(_SIGHT_SECONDS, "whether the platforms are there", andon.lookout.tick)
        clockwork.every(_TOKENS_SECONDS, "old tokens", Tokens(storage, _ANSWERS).forget)
        privacy = Privacy(storage, andon.house.sealer, settings.privacy.keep_days)
        clockwork.every(_PRIVACY_SECONDS, "what is private", privacy.tick)
        running = [
            asyncio.create_task(andon.intake.run()),
            asyncio.create_task(andon.relay.run()),
            asyncio.create_task(doors.boards.run()),
        ]
        stack.push_async_callback(_finish, andon, clockwork, running)
        stack.push_async_callback(doors.till.stop)
        stack.push_async_callback(doors.boards.stop)
        for platform in andon.platforms.values():
            await platform.start(andon.intake)
        await storage.listen()
        clockwork.start()
        await doors.web.start()
        stack.push_async_callback(doors.web.stop)
        _stop_on_signals(stopping)
        if ready is not None:
            await ready(andon, doors.web.url)
        # What is loaded by now stays to the end. Looking through it for what nobody needs any more
        # held everything up for a tenth of a second, now and again.
        gc.collect()
        gc.freeze()
        ended = asyncio.create_task(stopping.wait())
        await asyncio.wait([ended, *running], return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()


async def _finish(
    andon: Andon, clockwork: Clockwork, running: Sequence[asyncio.Task[None]]
) -> None:
    """Hear no more, finish what was taken in, say what was decided, then let go.

    Raises what ended one of `running`.
    """
    failed = any(task.done() for task in running)
    await clockwork.stop()
    for platform in andon.platforms.values():
        await platform.stop()
    await andon.intake.stop(within=_FAILED_WITHIN if failed else _STOP_WITHIN)
    if not failed:
        try:
            await asyncio.wait_for(andon.relay.drain(), _SAY_WITHIN)
        except TimeoutError:
            _log.warning("not everything could be said; it is kept and said after the next start")
    await andon.relay.stop()
    for platform in andon.platforms.values():
        await platform.close()
    for result in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopping.set)
        except (NotImplementedError, RuntimeError):
            # Windows, or a loop outside the main thread (tests): the caller stops it.
            return
