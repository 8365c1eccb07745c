"""The first schema: facts, touchpoints, messages, and a log that refuses to be changed."""

from alembic import op

from scheduler.store.tables import metadata
from scheduler.store.triggers import append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, then the triggers that keep the log append-only."""
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in append_only(connection.dialect.name, "entry"):
        op.execute(statement)


def downgrade() -> None:
    """Drop everything that this step made."""
    metadata.drop_all(op.get_bind())
