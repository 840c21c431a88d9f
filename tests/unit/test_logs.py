"""The log: one line an event, and no value of a local variable, whatever goes wrong."""

import io

import structlog

from bot.logs import write_logs


def test_a_traceback_shows_where_but_never_with_what() -> None:
    to = io.StringIO()
    write_logs(to)
    try:
        _post_to(" ".join(["12", "Harbour", "Street"]))
    except ValueError as error:
        structlog.get_logger().error("it failed", reference="a1b2c3d4", exc_info=error)
    finally:
        structlog.reset_defaults()
    logged = to.getvalue()
    assert "reference=a1b2c3d4" in logged
    assert "in _post_to" in logged
    assert "12 Harbour Street" not in logged


def _post_to(address: str) -> None:
    raise ValueError(f"an address of {len(address)} characters")
