"""The memory: SQLAlchemy tables, queries and migrations, on SQLite or PostgreSQL."""
