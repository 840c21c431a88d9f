"""How Andon is, for those who watch over it: `/healthz`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.platforms.base import PlatformState

__all__ = ["Health", "as_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`database` says whether it can be read and written; lags are those of the oldest that waits.

    Lags are seconds, 0.0 where nothing waits. `problems` are sentences about anything else that
    makes this process not well.
    """

    database: bool
    platforms: Mapping[str, PlatformState] = field(default_factory=dict)
    intake_lag_seconds: float = 0.0
    relay_lag_seconds: float = 0.0
    problems: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether the database and every platform answer and nothing else is wrong."""
        connected = all(state.connected for state in self.platforms.values())
        return self.database and connected and not self.problems


def as_json(health: Health) -> dict[str, Any]:
    """The body of `/healthz`."""
    return {
        "status": "ok" if health.well else "degraded",
        "database": "ok" if health.database else "unreachable",
        "platforms": {
            name: {"connected": state.connected, "detail": state.detail}
            for name, state in sorted(health.platforms.items())
        },
        "intake_lag_seconds": round(health.intake_lag_seconds, 3),
        "relay_lag_seconds": round(health.relay_lag_seconds, 3),
        "problems": list(health.problems),
    }
