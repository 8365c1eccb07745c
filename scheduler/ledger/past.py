"""What the log had told before a message, as far as it may speak against it."""

from dataclasses import dataclass

from scheduler.ledger.contacts import Contacts
from scheduler.ledger.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Past:
    """Contacts that count, and what debtors asked for."""

    contacts: Contacts
    wishes: Wishes
