"""What delivery remembers: doubts and their evidence, callbacks, switches, quarantine, paces and counts."""

import sqlalchemy as sa
from alembic import op

from scheduler.store.types import Instant

revision = "0003"
down_revision = "0002"

# SQLite counts rows only in a column of exactly this type.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = "state IN ('armed', 'unknown')"
_CLOSED = "state IN ('presumed', 'released')"
_FINAL = "reported IN ('delivered', 'undelivered', 'complained')"
_KEEP_LOOKING = """
UPDATE message SET look_at = armed_at WHERE state IN ('armed', 'unknown')
"""
"""What was in doubt before is looked at again at once."""


def _message() -> None:
    op.add_column("message", sa.Column("body_sha256", sa.Text(), server_default="", nullable=False))
    op.add_column("message", sa.Column("sender", sa.Text(), server_default="", nullable=False))
    for name in ("look_at", "absent_at", "reported_at"):
        op.add_column("message", sa.Column(name, Instant(), nullable=True))
    op.add_column("message", sa.Column("reported", sa.Text(), nullable=True))
    op.execute(_KEEP_LOOKING)
    op.drop_index("ix_message_in_doubt", "message")
    op.create_index(
        "ix_message_open",
        "message",
        ["look_at"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.create_index(
        "ix_message_closed",
        "message",
        ["settled_at"],
        sqlite_where=sa.text(_CLOSED),
        postgresql_where=sa.text(_CLOSED),
    )
    op.create_index(
        "ix_message_provider_id",
        "message",
        ["provider_id"],
        sqlite_where=sa.text("provider_id IS NOT NULL"),
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )


def _touchpoint() -> None:
    op.drop_index("ix_touchpoint_due", "touchpoint")
    op.create_index(
        "ix_touchpoint_due",
        "touchpoint",
        ["priority", "creditor", "look_at"],
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )


def _callback() -> None:
    op.create_table(
        "callback",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_callback_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_callback_provider_event_id")),
        comment="what a provider reported, once each; without a message it is an orphan",
    )
    op.create_index("ix_callback_message_id", "callback", ["message_id"], unique=False)


def _pause() -> None:
    op.create_table(
        "pause",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("creditor", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("debtor_id", _ID, nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("resumed_at", Instant(), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_pause_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
        comment="a stop switch: nothing goes out that it names, of everybody where it names nothing",
    )
    op.create_index(
        "ix_pause_standing",
        "pause",
        ["id"],
        unique=False,
        sqlite_where=sa.text("resumed_at IS NULL"),
        postgresql_where=sa.text("resumed_at IS NULL"),
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        comment="times when history is in doubt: everything is received and nothing sent until a person releases it",
    )
    op.create_index(
        "ix_quarantine_standing",
        "quarantine",
        ["id"],
        unique=False,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "lost_intent",
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("armed_at", Instant(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("touchpoint", "attempt", name=op.f("pk_lost_intent")),
        comment="intents that the journal knows and the database forgot: their touchpoints come back as unknown",
    )
    op.create_table(
        "custody",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_custody")),
        comment="by what the database is recognised as the one that was written to last",
    )


def _pacing() -> None:
    op.create_table(
        "pace",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_pace")),
        comment="when each sender's next message may be handed over, over all workers",
    )
    op.create_table(
        "pulse",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
        comment="how many of a thing happened in a batch; summed over an hour or a day, then dropped",
    )
    op.create_index("ix_pulse_at", "pulse", ["what", "subject", "at"], unique=False)
    op.create_index(
        "ix_message_final",
        "message",
        ["channel", "reported_at"],
        sqlite_where=sa.text(_FINAL),
        postgresql_where=sa.text(_FINAL),
    )


def upgrade() -> None:
    """Widen what is there, then add what is new."""
    _message()
    _touchpoint()
    _callback()
    _pause()
    _quarantine()
    _pacing()
