"""How much, how often and how long: the numbers of the intake."""

from dataclasses import dataclass

__all__ = ["IntakeSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """Every number the intake goes by. Seconds are wall time."""

    #: Lines in one transaction, at most.
    batch_max: int = 500
    #: Lines that may wait in a lane; as many again while a gap is being closed.
    queue_max: int = 20_000
    #: A lease is renewed after a third of this, and others may take it after all of it.
    lease_seconds: float = 15.0
    lease_prefix: str = "intake"
    #: The wait after a first failure; it doubles with each one more, up to the longest.
    backoff_seconds: float = 0.1
    backoff_longest: float = 5.0
    #: Failures in a row after which people are told.
    alert_after: int = 3
    #: How often a batch is read again at once because the catalogue changed meanwhile.
    rereads: int = 5
    #: Tries to read a history that brings nothing new, and how long one may take.
    history_tries: int = 5
    history_seconds: float = 60.0
    #: The chat is told of an absence from this length on.
    away_seconds: float = 5.0
    #: How long a failed tick is left alone while chat goes on.
    tick_retry_seconds: float = 30.0
    #: Ticks for one instant after which it counts as failed: it never gets done.
    ticks_for_one_instant: int = 1000
