"""`andon rehearse`: a chat log through the whole way of a message, as fast as it goes."""

from bot.rehearsal.incidents import IncidentRefused, Wanted, read_incident, read_incidents
from bot.rehearsal.log import Log, log_message, opening, read_log
from bot.rehearsal.running import RehearsalResult, rehearse

__all__ = [
    "IncidentRefused",
    "Log",
    "RehearsalResult",
    "Wanted",
    "log_message",
    "opening",
    "read_incident",
    "read_incidents",
    "read_log",
    "rehearse",
]
