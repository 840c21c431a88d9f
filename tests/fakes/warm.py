"""Commands of `andon` in processes that need not load it: forked from one that has.

Each is a process of its own, with its own arguments, folder, environment and exit code; but the
second that Python takes to load Andon and what it stands on is spent once in a run of the tests.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from pkgutil import walk_packages
from typing import NoReturn

import handlers

__all__ = ["run"]

#: What most commands load sooner or later, besides every capability.
_LOADED = ("bot.cli", "bot.rehearsal.running", "storage.upgrade", "alembic.command", "aiosqlite")


def run(
    arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str], out: Path, longest: float
) -> int | None:
    """Run `andon` with these arguments; returns its exit code, None if it takes too long.

    What it says stands in `out` and, of its standard error, in the file beside it, `out.err`.
    """
    process = _warm().Process(target=_andon, args=(list(arguments), folder, dict(environ), out))
    process.start()
    try:
        process.join(longest)
        return process.exitcode
    finally:
        process.kill()
        process.join()
        process.close()


@cache
def _warm() -> ForkServerContext:
    context = get_context("forkserver")
    offerings = (one.name for one in walk_packages(handlers.__path__, prefix="handlers."))
    loaded = [*_LOADED, *(name for name in offerings if name.endswith(".offering"))]
    context.set_forkserver_preload(loaded)
    return context


def _andon(arguments: list[str], folder: Path, environ: Mapping[str, str], out: Path) -> NoReturn:
    for number, path in ((1, out), (2, Path(f"{out}.err"))):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
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
