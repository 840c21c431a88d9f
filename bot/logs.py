"""How the log is written: one line an event on standard error, tracebacks without local values.

A traceback that shows values would put addresses and tokens into the log; so it shows none.
"""

import sys
from typing import TextIO

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
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
        cache_logger_on_first_use=False,
    )
