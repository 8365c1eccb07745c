"""The room that sends nothing: every message becomes a file that a person can open."""
