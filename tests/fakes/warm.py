"""`andon` in processes that need not load it: forked from one that has.

Each is a process of its own, with its own arguments, folder, environment, exit code and signals;
but the seconds that Python takes to load Andon and what it stands on are spent once in a run of the
tests. What a cold start is like, the tests of `andon run` and of the wheel know.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from pkgutil import walk_packages
from typing import NoReturn

import handlers

__all__ = ["Program", "run"]

#: What most commands load sooner or later, besides every capability.
_LOADED = (
    *("bot.cli", "bot.rehearsal.running", "bot.serving", "bot.web.server", "bot.show_board"),
    *("storage.upgrade", "alembic.command", "aiosqlite", "rapidfuzz", "babel.numbers", "jinja2"),
)


def run(
    arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str], out: Path, longest: float
) -> int | None:
    """Run `andon` with these arguments; returns its exit code, None if it takes too long.

    What it says stands in `out` and, of its standard error, in the file beside it, `out.err`.
    """
    process = _started(arguments, folder, environ, out, Path(f"{out}.err"))
    try:
        process.join(longest)
        return process.exitcode
    finally:
        process.kill()
        process.join()
        process.close()


class Program:
    """An `andon` that runs until it is told to end: what the tests need of asyncio's `Process`."""

    def __init__(self, process: ForkServerProcess, said: asyncio.StreamReader) -> None:
        self._process = process
        self.stdout = said

    @classmethod
    async def started(
        cls, arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str]
    ) -> "Program":
        """Start it; all that it says is in `stdout`."""
        pipe = folder / f"said-{os.urandom(4).hex()}"
        os.mkfifo(pipe)
        # Open before anybody writes, or opening would wait for whoever does.
        said = os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb")
        reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), said)
        return cls(_started(arguments, folder, environ, pipe, pipe), reader)

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal. Raises `ProcessLookupError` if it has ended."""
        if self._process.pid is None or self.returncode is not None:
            raise ProcessLookupError
        os.kill(self._process.pid, number)

    async def wait(self) -> int | None:
        """Wait for its end; returns its exit code."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        return self.returncode


@cache
def _warm() -> ForkServerContext:
    context = get_context("forkserver")
    offerings = (one.name for one in walk_packages(handlers.__path__, prefix="handlers."))
    loaded = [*_LOADED, *(name for name in offerings if name.endswith(".offering"))]
    context.set_forkserver_preload(loaded)
    return context


def _started(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str], out: Path, err: Path
) -> ForkServerProcess:
    into = ((1, out), (2, err))
    process = _warm().Process(target=_andon, args=(list(arguments), folder, dict(environ), into))
    process.start()
    return process


def _andon(
    arguments: list[str],
    folder: Path,
    environ: dict[str, str],
    into: tuple[tuple[int, Path], ...],
) -> NoReturn:
    for number, path in into:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    # Those that Python began with know another file.
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv = ["andon", *arguments]
    from bot.cli import main

    try:
        main()
    finally:
        error = sys.exc_info()
        if error[0] is not None and error[0] is not SystemExit:
            # multiprocessing would say it in its own words.
            sys.excepthook(*error)
            sys.stderr.flush()
            os._exit(1)
