"""The addresses that Twilio calls."""

from channels.webhook import Hook

_FORM = "application/x-www-form-urlencoded"
_LARGEST = 64 * 1024

STATUS = Hook("status", _FORM, _LARGEST)
"""What became of a message; each message carries this address with our key in its query."""

INBOUND = Hook("inbound", _FORM, _LARGEST, '<?xml version="1.0" encoding="UTF-8"?><Response/>')
"""A message to one of our numbers; set once, at the number or its messaging service."""
