"""Runs the steps on the connection that `upgrade` hands over; Alembic loads this file by its name."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
