"""Verifies the log where it lies, against the heads that its writer keeps."""

from scheduler.ledger.export import stored_entries
from scheduler.ledger.line import LineError, exported, line_of
from scheduler.ledger.verification import Verification, Verifier
from scheduler.ports import LogStore


def verify_store(store: LogStore) -> Verification:
    """Verify every entry, and that none is missing at the end of a chain. The log may grow meanwhile."""
    heads = store.heads()
    verifier = Verifier()
    for entry in stored_entries(store):
        try:
            verifier.take(line_of(exported(entry)))
        except LineError as error:
            chain, number = str(entry.body.get("chain")), entry.body.get("chain_seq")
            verifier.reject(chain, number if isinstance(number, int) else 0, entry.seq, str(error))
    verifier.compare(heads)
    if ahead := verifier.ahead_of(heads):
        verifier.compare_ahead(ahead, store.heads())
    return verifier.result()
