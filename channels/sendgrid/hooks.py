"""The address that SendGrid calls."""

from channels.webhook import Hook

EVENTS = Hook("events", "application/json", 4 * 1024 * 1024)
"""The event webhook, which carries many events at once."""
