"""The room that hands email to a mail server of the operator's own."""
