"""Duly's reminder engine: plan, touchpoint, decision, message, delivery, entry, one way."""
