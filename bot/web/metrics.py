"""What Andon counts, in the text format that Prometheus reads: `/metrics`."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from bot.intake.figures import Figures as IntakeFigures
from bot.relay.figures import Figures as RelayFigures
from bot.web.health import Health

__all__ = ["CONTENT_TYPE", "INTAKE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
#: The intake's figures: one counter each, in the words of whoever watches.
INTAKE: Mapping[str, str] = MappingProxyType(
    {
        "messages": "Lines of chat taken in.",
        "duplicates": "Things that a platform delivered again.",
        "batches": "Transactions that took in lines.",
        "acts": "Commands, presses, forms and direct messages.",
        "ticks": "Times that something due was done.",
        "set_aside": "Messages set aside under a reference id.",
        "dropped": "Lines that did not fit into a full lane; they are read back.",
        "read_back": "Lines read back from history after a gap.",
        "lost": "Gaps that could not be read back.",
    }
)


class Metrics:
    """Figures of one process, read when they are asked for.

    They stand in a registry of their own: two Andons in one test do not add up.
    """

    def __init__(
        self, *, intake: IntakeFigures | None = None, relay: RelayFigures | None = None
    ) -> None:
        registry = self._registry = CollectorRegistry()
        if intake is not None:
            registry.register(_Read(lambda: _of_intake(intake)))
        if relay is not None:
            registry.register(_Read(lambda: _of_relay(relay)))
        self._database = Gauge("andon_database_up", "1 if the database answers.", registry=registry)
        self._platforms = Gauge(
            "andon_platform_connected", "1 if connected.", ["platform"], registry=registry
        )
        self._intake_lag = Gauge(
            "andon_intake_lag_seconds", "Age of the oldest line not yet read.", registry=registry
        )
        self._relay_lag = Gauge(
            "andon_relay_lag_seconds", "Age of the oldest word not yet said.", registry=registry
        )
        self._pages = Gauge("andon_stage_pages", "Open pages of the stage.", registry=registry)

    def pages(self, open_now: int) -> None:
        """Set how many pages of the stage are open."""
        self._pages.set(open_now)

    def text(self, health: Health) -> bytes:
        """Everything counted so far, and how things are right now."""
        self._database.set(health.database)
        self._intake_lag.set(health.intake_lag_seconds)
        self._relay_lag.set(health.relay_lag_seconds)
        for name, state in health.platforms.items():
            self._platforms.labels(name).set(state.connected)
        return generate_latest(self._registry)


class _Read(Collector):
    """Counters whose values are elsewhere."""

    def __init__(self, read: Callable[[], Iterator[CounterMetricFamily]]) -> None:
        self._read = read

    def collect(self) -> Iterator[CounterMetricFamily]:
        return self._read()


def _of_intake(figures: IntakeFigures) -> Iterator[CounterMetricFamily]:
    for name, meaning in INTAKE.items():
        yield CounterMetricFamily(f"andon_intake_{name}", meaning, value=getattr(figures, name))


def _of_relay(figures: RelayFigures) -> Iterator[CounterMetricFamily]:
    tries = CounterMetricFamily(
        "andon_deliveries", "Tries to post, by how they ended.", labels=["outcome"]
    )
    for outcome in ("sent", "delayed", "failed"):
        tries.add_metric([outcome], getattr(figures, outcome))
    yield tries
    yield CounterMetricFamily(
        "andon_relay_bugs", "Errors of the relay's own, each under a reference id.",
        value=figures.bugs,
    )  # fmt: skip
