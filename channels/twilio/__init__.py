"""The room that hands text messages to Twilio."""
