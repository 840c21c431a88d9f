"""A progress bar for long work, on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Told", "progress"]

#: Called with how much is done and how much there is; from any thread.
Told = Callable[[int, int], None]


@contextmanager
def progress(what: str, *, stream: TextIO | None = None) -> Iterator[Told]:
    """Show a bar named `what` on `stream` (standard error) while the body runs.

    Where that is no terminal nothing is shown.
    """
    shown_on = stream or sys.stderr
    if not shown_on.isatty():
        yield lambda _done, _total: None
        return
    # Here, not at the top: a command without a bar should not wait for rich.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(file=shown_on), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
