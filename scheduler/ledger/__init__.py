"""The log, from outside the store: exported, and verified with nothing but what is exported."""
