"""The tables, each with what it is for. Facts are appended; what changes is state derived from them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from scheduler.store.types import Instant, Names, WeekText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

WAITING = "state IN ('planned', 'refused')"
"""Touchpoints that may still be sent, in the very words of their indexes: SQLite uses an index for no others."""

OPEN = "state IN ('armed', 'unknown')"
"""Messages whose outcome is still to be settled, in the very words of their index."""

PERHAPS = ("armed", "unknown", "presumed")
"""States of a message that may have arrived, or may be about to, while nobody knows for certain."""

CLOSED = "state IN ('presumed', 'released')"
"""Messages that were in doubt and were settled without an answer, in the very words of their index."""

FINAL = "reported IN ('delivered', 'undelivered', 'complained')"
"""Messages of which it is known whether they arrived, in the very words of their index."""

# SQLite counts rows only in a column of exactly this type.
_Id = BigInteger().with_variant(Integer(), "sqlite")


def identity() -> Column[int]:
    """Return a table's own number."""
    return Column("id", _Id, primary_key=True, autoincrement=True)


def foreign(target: str, *, nullable: bool = False) -> Column[int]:
    """Return a column that names a row of another table."""
    return Column(f"{target}_id", _Id, ForeignKey(f"{target}.id"), nullable=nullable)


debtor = Table(
    "debtor",
    metadata,
    identity(),
    Column("creditor", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("country", Text),
    Column("region", Text),
    Column("postal_code", Text),
    Column("time_zone", Text),
    Column("zones", Names, nullable=False),
    Column("facts_version", Integer, nullable=False, server_default="0"),
    UniqueConstraint("creditor", "ref"),
    comment="the person; its row is the lock of everything that belongs to the person",
)

address = Table(
    "address",
    metadata,
    identity(),
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("opted_out_at", Instant),
    Column("invalid_at", Instant),
    UniqueConstraint("channel", "value"),
    comment="one phone number or mailbox, whoever has it: opt-outs, bounces and caps belong to it",
)

contact_point = Table(
    "contact_point",
    metadata,
    identity(),
    foreign("debtor"),
    foreign("address"),
    Column("channel", Text, nullable=False),
    Column("consent_basis", Text),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("source", Text),
    Column("used_at", Instant),
    Column("checked_at", Instant),
    Column("work", Boolean, nullable=False, server_default=text("false")),
    Column("shared", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("debtor_id", "address_id"),
    Index("ix_contact_point_address_id", "address_id"),
    comment="a debtor's address with the consent to use it",
)

consent_grant = Table(
    "consent_grant",
    metadata,
    identity(),
    foreign("contact_point"),
    Column("purpose", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("revoked_at", Instant),
    Column("revoked_by", Text),
    Index("ix_consent_grant_contact_point_id", "contact_point_id"),
    comment="a consent that a debtor gave explicitly, for one purpose",
)

plan = Table(
    "plan",
    metadata,
    identity(),
    Column("creditor", Text, nullable=False),
    Column("ref", Text, nullable=False),
    foreign("debtor"),
    Column("currency", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("next_action_at", Instant),
    Column("product", Text),
    Column("debt_status", Text),
    UniqueConstraint("creditor", "ref"),
    Index("ix_plan_debtor_id", "debtor_id"),
    Index(
        "ix_plan_next_action_at",
        "next_action_at",
        sqlite_where=text("next_action_at IS NOT NULL"),
        postgresql_where=text("next_action_at IS NOT NULL"),
    ),
    comment="an agreed repayment plan; next_action_at is when the planner must look at it again",
)

instalment = Table(
    "instalment",
    metadata,
    identity(),
    foreign("plan"),
    Column("identity", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("principal_minor", BigInteger),
    Column("interest_minor", BigInteger),
    Column("fees_minor", BigInteger),
    Column("paid_minor", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("plan_id", "identity"),
    comment="one amount due on one date",
)

payment = Table(
    "payment",
    metadata,
    identity(),
    Column("creditor", Text, nullable=False),
    Column("ref", Text, nullable=False),
    foreign("plan"),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("method", Text),
    Column("left_over_minor", BigInteger, nullable=False, server_default="0"),
    Column("medium", Text),
    Column("receipt_by", Names, nullable=False, server_default=""),
    UniqueConstraint("creditor", "ref"),
    Index("ix_payment_plan_id", "plan_id"),
    comment="money received; left_over_minor is what no open instalment could take",
)

allocation = Table(
    "allocation",
    metadata,
    identity(),
    foreign("payment"),
    foreign("instalment"),
    Column("amount_minor", BigInteger, nullable=False),
    UniqueConstraint("payment_id", "instalment_id"),
    comment="which part of a payment paid which instalment",
)

hold = Table(
    "hold",
    metadata,
    identity(),
    foreign("debtor"),
    foreign("plan", nullable=True),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("released_at", Instant),
    Column("released_by", Text),
    Index("ix_hold_debtor_id", "debtor_id"),
    comment="a reason not to contact",
)

stated_hours = Table(
    "stated_hours",
    metadata,
    identity(),
    foreign("debtor"),
    Column("week", WeekText, nullable=False),
    Column("channels", Names, nullable=False),
    Column("source", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", Text),
    Index("ix_stated_hours_debtor_id", "debtor_id"),
    comment="hours that a debtor asked for; week is what remains open",
)

touchpoint = Table(
    "touchpoint",
    metadata,
    identity(),
    Column("key", Text, nullable=False, unique=True),
    Column("creditor", Text, nullable=False),
    foreign("debtor"),
    foreign("plan"),
    foreign("instalment", nullable=True),
    foreign("payment", nullable=True),
    Column("step", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("channels", Names, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("cadence_version", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("look_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("told", Text, nullable=False, server_default=""),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("merged_into", Text),
    Index("ix_touchpoint_plan_id", "plan_id"),
    Index(
        "ix_touchpoint_merged_into",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    Index(
        "ix_touchpoint_due",
        "priority",
        "creditor",
        "look_at",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index("ix_touchpoint_waiting", "debtor_id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    Index(
        "ix_touchpoint_instalment",
        "instalment_id",
        sqlite_where=text(WAITING),
        postgresql_where=text(WAITING),
    ),
    comment="one intended contact; told is the digest of what was last logged, repeats how often it was unchanged",
)

message = Table(
    "message",
    metadata,
    identity(),
    foreign("touchpoint"),
    foreign("debtor"),
    foreign("contact_point"),
    foreign("address"),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("armed_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("provider_id", Text),
    Column("code", Text),
    Column("plans", Names, nullable=False, server_default=""),
    Column("body_sha256", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("look_at", Instant),
    Column("absent_at", Instant),
    Column("reported", Text),
    Column("reported_at", Instant),
    UniqueConstraint("touchpoint_id", "attempt"),
    Index("ix_message_debtor_id", "debtor_id", "armed_at"),
    Index("ix_message_address_id", "address_id", "armed_at"),
    Index("ix_message_open", "look_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index(
        "ix_message_final",
        "channel",
        "reported_at",
        sqlite_where=text(FINAL),
        postgresql_where=text(FINAL),
    ),
    Index("ix_message_closed", "settled_at", sqlite_where=text(CLOSED), postgresql_where=text(CLOSED)),
    Index(
        "ix_message_provider_id",
        "provider_id",
        sqlite_where=text("provider_id IS NOT NULL"),
        postgresql_where=text("provider_id IS NOT NULL"),
    ),
    comment="one attempt: on disk before the call, settled after it",
)

contact = Table(
    "contact",
    metadata,
    identity(),
    foreign("debtor"),
    foreign("address", nullable=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reached", Integer, nullable=False),
    Column("requested", Boolean, nullable=False),
    Column("plans", Names, nullable=False),
    Column("author", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_contact_debtor_id", "debtor_id", "at"),
    Index("ix_contact_address_id", "address_id", "at"),
    comment="a contact made by hand, which counts like a message; reached is how far it got",
)

chain = Table(
    "chain",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
    Column("key", LargeBinary),
    comment="the head of each chain, and the key of its payloads: without the key they are erased",
)

entry = Table(
    "entry",
    metadata,
    Column("seq", _Id, primary_key=True, autoincrement=True),
    Column("chain", Text, nullable=False),
    Column("chain_seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", Text, nullable=False),
    Column("public", Text, nullable=False),
    Column("commitment", Text),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("chain", "chain_seq"),
    sqlite_autoincrement=True,
    comment="the log, append-only: triggers refuse UPDATE and DELETE",
)

payload = Table(
    "payload",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("chain_seq", BigInteger, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    comment="the personal part of an entry, sealed with its chain's key; may be erased",
)
