"""The one error that is meant for a person's eyes."""


class UsageError(Exception):
    """Something a person gave cannot be used: one sentence with its place and a remedy.

    The command line prints the sentence and exits 2.
    """
