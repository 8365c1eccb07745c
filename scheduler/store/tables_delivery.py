"""The tables of delivery beyond the messages themselves: callbacks, switches, quarantine, paces and counts."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint, text

from scheduler.store.tables import foreign, identity, metadata
from scheduler.store.types import Instant

callback = Table(
    "callback",
    metadata,
    identity(),
    Column("provider", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("provider_id", Text),
    Column("touchpoint", Text),
    Column("attempt", Integer),
    Column("code", Text),
    Column("at", Instant),
    Column("received_at", Instant, nullable=False),
    foreign("message", nullable=True),
    UniqueConstraint("provider", "event_id", name="uq_callback_provider_event_id"),
    Index("ix_callback_message_id", "message_id"),
    comment="what a provider reported, once each; without a message it is an orphan",
)

pause = Table(
    "pause",
    metadata,
    identity(),
    Column("creditor", Text),
    Column("channel", Text),
    foreign("debtor", nullable=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("resumed_at", Instant),
    Column("resumed_by", Text),
    Index(
        "ix_pause_standing",
        "id",
        sqlite_where=text("resumed_at IS NULL"),
        postgresql_where=text("resumed_at IS NULL"),
    ),
    comment="a stop switch: nothing goes out that it names, of everybody where it names nothing",
)

quarantine = Table(
    "quarantine",
    metadata,
    identity(),
    Column("cause", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("released_at", Instant),
    Column("released_by", Text),
    Column("note", Text),
    Index(
        "ix_quarantine_standing",
        "id",
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
    comment="times when history is in doubt: everything is received and nothing sent until a person releases it",
)

lost_intent = Table(
    "lost_intent",
    metadata,
    Column("touchpoint", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("message_id", BigInteger),
    Column("armed_at", Instant, nullable=False),
    Column("noted_at", Instant, nullable=False),
    comment="intents that the journal knows and the database forgot: their touchpoints come back as unknown",
)

custody = Table(
    "custody",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="by what the database is recognised as the one that was written to last",
)

pace = Table(
    "pace",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("free_at", Instant, nullable=False),
    comment="when each sender's next message may be handed over, over all workers",
)

pulse = Table(
    "pulse",
    metadata,
    identity(),
    Column("at", Instant, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Index("ix_pulse_at", "what", "subject", "at"),
    comment="how many of a thing happened in a batch; summed over an hour or a day, then dropped",
)
