"""What moderation did and why, what it was taught, and what chat does not say about its lines."""

from enum import StrEnum

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, text

from storage.schema.traffic import deliveries
from storage.schema.types import Instant, metadata, one_of

__all__ = [
    "LogState",
    "moderation_log",
    "moderation_permits",
    "moderation_seen",
    "moderation_slow",
    "moderation_switches",
    "moderation_taught",
]


class LogState(StrEnum):
    """What became of an entry: it stands, was taken back, or was wrong from the start."""

    STANDS = "stands"
    UNDONE = "undone"
    FALSE_ALARM = "false_alarm"


#: Every finding, and every act by hand; strikes are the rows that stand.
moderation_log = Table(
    "moderation_log",
    metadata,
    # Made of the line's key and the rule, so that it is known before the row is written.
    Column("ref", String(16), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    # The key and the platform's id of the line, empty where there was none.
    Column("key", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rule", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("action", String(8), nullable=False),
    # False where the rules only watched.
    Column("acted", Boolean, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    # Who of the team did it; empty where Andon did.
    Column("by", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("settled_by", Text, nullable=False),
    Column("settled_at", Instant),
    # Why the platform refused to carry it out.
    Column("error", Text),
    # When what was only watched is told to the team at the latest.
    Column("report_due", Instant),
    one_of("state", LogState),
    Index("ix_moderation_log_person", "platform", "person", "at"),
    Index(
        "ix_moderation_log_report_due",
        "report_due",
        sqlite_where=text("report_due IS NOT NULL"),
        postgresql_where=text("report_due IS NOT NULL"),
    ),
)

#: Lines of which more must be known than `messages` keeps, for when the memory is built anew.
moderation_seen = Table(
    "moderation_seen",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("name", Text, nullable=False),
    # `team`, `machine`, or empty.
    Column("standing", String(8), nullable=False),
    # It was quoted, forwarded or so: never a claim.
    Column("quoted", Boolean, nullable=False),
    # When the account was made, where it is young.
    Column("joined", Instant),
    Index(
        "ix_moderation_seen_team",
        "at",
        sqlite_where=text("standing = 'team'"),
        postgresql_where=text("standing = 'team'"),
    ),
)

#: Who may post links, and until when.
moderation_permits = Table(
    "moderation_permits",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("until", Instant, nullable=False),
)

#: What false alarms taught: a domain, an invite, a phrase, a line or a person that is allowed.
moderation_taught = Table(
    "moderation_taught",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("value", Text, primary_key=True),
    # The rule that is not to find it any more; empty for all that ask.
    Column("rule", String(20), primary_key=True),
    Column("ref", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)

#: Rules that the team set by command: `on`, `dry` or `off`, whatever the settings say.
moderation_switches = Table(
    "moderation_switches",
    metadata,
    Column("rule", String(20), primary_key=True),
    Column("setting", String(4), nullable=False),
)

#: Channels in which there was a flood, and whether their chat is slow because of it.
moderation_slow = Table(
    "moderation_slow",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("channel", Text, primary_key=True),
    # When a flood was seen last, and when the stage is looked at because of it.
    Column("looked_at", Instant, nullable=False),
    Column("look_due", Instant),
    # What the newest slow time is called, its pace, and when it ends by itself; null once it has.
    Column("ref", String(16), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("ends_due", Instant),
    # Who of the team ended it; empty where nobody did.
    Column("ended_by", Text, nullable=False),
    # Why the platform refused it.
    Column("error", Text),
)

# Acts that a platform refused, until their card says so.
Index(
    "ix_deliveries_failed_acts",
    deliveries.c.at,
    sqlite_where=text("state = 'failed' AND kind = 'moderation.act'"),
    postgresql_where=text("state = 'failed' AND kind = 'moderation.act'"),
)
