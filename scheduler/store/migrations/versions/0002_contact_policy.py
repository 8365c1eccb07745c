"""What the contact policy remembers: where addresses come from, explicit consents, stated hours, contacts by hand."""

import sqlalchemy as sa
from alembic import op

from scheduler.store.types import Instant, Names

revision = "0002"
down_revision = "0001"

# SQLite counts rows only in a column of exactly this type.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_NAME_MERGED = """
UPDATE message SET plans = (
    SELECT {joined} FROM (
        SELECT plan_id FROM touchpoint WHERE id = message.touchpoint_id
        UNION
        SELECT merged.plan_id FROM touchpoint AS merged JOIN touchpoint AS head ON merged.merged_into = head.key
        WHERE head.id = message.touchpoint_id
    ) AS spoken_of
)
WHERE touchpoint_id IN (
    SELECT head.id FROM touchpoint AS head JOIN touchpoint AS merged ON merged.merged_into = head.key
)
"""
"""Messages that spoke of several plans say so; all others are about their touchpoint's plan, as before."""


def _columns() -> None:
    op.add_column("contact_point", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("contact_point", sa.Column("used_at", Instant(), nullable=True))
    op.add_column("contact_point", sa.Column("checked_at", Instant(), nullable=True))
    for name in ("work", "shared"):
        no: sa.Column[bool] = sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)
        op.add_column("contact_point", no)
    op.add_column("plan", sa.Column("product", sa.Text(), nullable=True))
    op.add_column("plan", sa.Column("debt_status", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("medium", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("receipt_by", Names(), server_default="", nullable=False))
    op.add_column("message", sa.Column("plans", Names(), server_default="", nullable=False))


def _name_merged_plans() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    joined = "group_concat(plan_id, ' ')" if sqlite else "string_agg(CAST(plan_id AS TEXT), ' ')"
    op.execute(_NAME_MERGED.format(joined=joined))


def _consent_grant() -> None:
    op.create_table(
        "consent_grant",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("contact_point_id", _ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_consent_grant_contact_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_grant")),
        comment="a consent that a debtor gave explicitly, for one purpose",
    )
    op.create_index("ix_consent_grant_contact_point_id", "consent_grant", ["contact_point_id"], unique=False)


def _stated_hours() -> None:
    op.create_table(
        "stated_hours",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("channels", Names(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_stated_hours_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_hours")),
        comment="hours that a debtor asked for; week is what remains open",
    )
    op.create_index("ix_stated_hours_debtor_id", "stated_hours", ["debtor_id"], unique=False)


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("debtor_id", _ID, nullable=False),
        sa.Column("address_id", _ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False),
        sa.Column("plans", Names(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_contact_address_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_contact_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        comment="a contact made by hand, which counts like a message; reached is how far it got",
    )
    op.create_index("ix_contact_address_id", "contact", ["address_id", "at"], unique=False)
    op.create_index("ix_contact_debtor_id", "contact", ["debtor_id", "at"], unique=False)


def upgrade() -> None:
    """Widen what is there, then add what is new."""
    _columns()
    _name_merged_plans()
    _consent_grant()
    _stated_hours()
    _contact()
