"""How the log is written: one line an event on standard error, tracebacks without local values.

A traceback that shows values would put addresses and tokens into the log; so it shows none.
"""

import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog

__all__ = ["write_logs"]


def write_logs(to: TextIO | None = None) -> None:
    """Write events as `time level event key=value …`, a traceback plainly below."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Forgiving(to or sys.stderr))),
        cache_logger_on_first_use=False,
    )


class _Forgiving:
    """A stream whose failure ends nothing: what the log only tells of goes on.

    The disk may be full, and at the end of the process the stream may be closed already.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()
