"""What Andon counts, in the text format that Prometheus reads: `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.web.health import Health

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 5, 10, 25, 50, 100, 250, 500)


class Metrics:
    """Counts of one process, in a registry of its own: two Andons in one test do not add up."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._heard = Counter(
            "andon_heard", "Things heard, by platform and sort.", ["platform", "sort"],
            registry=registry,
        )  # fmt: skip
        self._batch_size = Histogram(
            "andon_intake_batch_size", "Messages in one batch.", buckets=_SIZES, registry=registry
        )
        self._batch_seconds = Histogram(
            "andon_intake_batch_seconds", "From taking a batch to its commit.", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self._deliveries = Counter(
            "andon_deliveries", "Posts tried, by platform and outcome.", ["platform", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._bugs = Counter(
            "andon_bugs", "Things set aside under a reference id, by edge.", ["edge"],
            registry=registry,
        )  # fmt: skip
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

    def heard(self, platform: str, sort: str, count: int = 1) -> None:
        """Count what came in: `sort` is chat, edit, delete, direct, command, press, form."""
        self._heard.labels(platform, sort).inc(count)

    def took_batch(self, size: int, seconds: float) -> None:
        """Count a committed batch."""
        self._batch_size.observe(size)
        self._batch_seconds.observe(seconds)

    def delivered(self, platform: str, outcome: str) -> None:
        """Count a try to post: `outcome` is sent, delayed or failed."""
        self._deliveries.labels(platform, outcome).inc()

    def set_aside(self, edge: str) -> None:
        """Count a bug that got a reference id at `edge`: intake, relay or clockwork."""
        self._bugs.labels(edge).inc()

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
