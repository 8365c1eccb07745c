"""The room that hands email to Twilio SendGrid."""
