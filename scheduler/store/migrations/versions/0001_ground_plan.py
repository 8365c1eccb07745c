"""The first schema: facts, touchpoints, messages, and a log that refuses to be changed.

Written out rather than taken from the tables, which go on changing while this step does not.
"""

import sqlalchemy as sa
from alembic import op

from scheduler.store.triggers import append_only
from scheduler.store.types import Instant, Names

revision = "0001"
down_revision = None

# SQLite counts rows only in a column of exactly this type.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _address() -> None:
    op.create_table(
        "address",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("opted_out_at", Instant(), nullable=True),
        sa.Column("invalid_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("channel", "value", name=op.f("uq_address_channel_value")),
        comment="one phone number or mailbox, whoever has it: opt-outs, bounces and caps belong to it",
    )


def _chain() -> None:
    op.create_table(
        "chain",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chain")),
        comment="the head of each chain, and the key of its payloads: without the key they are erased",
    )


def _debtor() -> None:
    op.create_table(
        "debtor",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("zones", Names(), nullable=False),
        sa.Column("facts_version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debtor")),
        sa.UniqueConstraint("creditor", "ref", name=op.f("uq_debtor_creditor_ref")),
        comment="the person; its row is the lock of everything that belongs to the person",
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("seq", _ID, autoincrement=True, nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("chain_seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=True),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entry")),
        sa.UniqueConstraint("chain", "chain_seq", name=op.f("uq_entry_chain_chain_seq")),
        comment="the log, append-only: triggers refuse UPDATE and DELETE",
        sqlite_autoincrement=True,
    )


def _payload() -> None:
    op.create_table(
        "payload",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("chain_seq", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "chain_seq", name=op.f("pk_payload")),
        comment="the personal part of an entry, sealed with its chain's key; may be erased",
    )


def _contact_point() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("consent_basis", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_contact_point_address_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_contact_point_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("debtor_id", "address_id", name=op.f("uq_contact_point_debtor_id_address_id")),
        comment="a debtor's address with the consent to use it",
    )
    op.create_index("ix_contact_point_address_id", "contact_point", ["address_id"], unique=False)


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("next_action_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_plan_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("creditor", "ref", name=op.f("uq_plan_creditor_ref")),
        comment="an agreed repayment plan; next_action_at is when the planner must look at it again",
    )
    op.create_index("ix_plan_debtor_id", "plan", ["debtor_id"], unique=False)
    op.create_index(
        "ix_plan_next_action_at",
        "plan",
        ["next_action_at"],
        unique=False,
        sqlite_where=sa.text("next_action_at IS NOT NULL"),
        postgresql_where=sa.text("next_action_at IS NOT NULL"),
    )


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("plan_id", _ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_hold_debtor_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_hold_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        comment="a reason not to contact",
    )
    op.create_index("ix_hold_debtor_id", "hold", ["debtor_id"], unique=False)


def _instalment() -> None:
    op.create_table(
        "instalment",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=True),
        sa.Column("interest_minor", sa.BigInteger(), nullable=True),
        sa.Column("fees_minor", sa.BigInteger(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_instalment_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint("plan_id", "identity", name=op.f("uq_instalment_plan_id_identity")),
        comment="one amount due on one date",
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("left_over_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_payment_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("creditor", "ref", name=op.f("uq_payment_creditor_ref")),
        comment="money received; left_over_minor is what no open instalment could take",
    )
    op.create_index("ix_payment_plan_id", "payment", ["plan_id"], unique=False)


def _allocation() -> None:
    op.create_table(
        "allocation",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("payment_id", _ID, nullable=False),
        sa.Column("instalment_id", _ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instalment_id"], ["instalment.id"], name=op.f("fk_allocation_instalment_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_allocation_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint(
            "payment_id", "instalment_id", name=op.f("uq_allocation_payment_id_instalment_id")
        ),
        comment="which part of a payment paid which instalment",
    )


def _touchpoint() -> None:
    op.create_table(
        "touchpoint",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("creditor", sa.Text(), nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("instalment_id", _ID, nullable=True),
        sa.Column("payment_id", _ID, nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("channels", Names(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("cadence_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("look_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_touchpoint_debtor_id")),
        sa.ForeignKeyConstraint(
            ["instalment_id"], ["instalment.id"], name=op.f("fk_touchpoint_instalment_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_touchpoint_payment_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_touchpoint_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint")),
        sa.UniqueConstraint("key", name=op.f("uq_touchpoint_key")),
        comment="one intended contact; told is the digest of what was last logged, repeats how often it was unchanged",
    )
    op.create_index(
        "ix_touchpoint_due",
        "touchpoint",
        ["priority", "look_at"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_touchpoint_merged_into",
        "touchpoint",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "ix_touchpoint_waiting",
        "touchpoint",
        ["debtor_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'refused')"),
        postgresql_where=sa.text("state IN ('planned', 'refused')"),
    )
    op.create_index(
        "ix_touchpoint_instalment",
        "touchpoint",
        ["instalment_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'refused')"),
        postgresql_where=sa.text("state IN ('planned', 'refused')"),
    )
    op.create_index("ix_touchpoint_plan_id", "touchpoint", ["plan_id"], unique=False)


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("touchpoint_id", _ID, nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("contact_point_id", _ID, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("armed_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_message_address_id")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_message_contact_point_id")
        ),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_message_debtor_id")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_message_touchpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("touchpoint_id", "attempt", name=op.f("uq_message_touchpoint_id_attempt")),
        comment="one attempt: on disk before the call, settled after it",
    )
    op.create_index("ix_message_address_id", "message", ["address_id", "armed_at"], unique=False)
    op.create_index("ix_message_debtor_id", "message", ["debtor_id", "armed_at"], unique=False)
    op.create_index(
        "ix_message_in_doubt",
        "message",
        ["armed_at"],
        unique=False,
        sqlite_where=sa.text("state = 'armed'"),
        postgresql_where=sa.text("state = 'armed'"),
    )


_TABLES = (
    _address,
    _chain,
    _debtor,
    _entry,
    _payload,
    _contact_point,
    _plan,
    _hold,
    _instalment,
    _payment,
    _allocation,
    _touchpoint,
    _message,
)


def upgrade() -> None:
    """Create the tables, then the triggers that keep the log append-only."""
    for create in _TABLES:
        create()
    for statement in append_only(op.get_bind().dialect.name, "entry"):
        op.execute(statement)
