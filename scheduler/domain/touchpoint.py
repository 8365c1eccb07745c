"""One intended contact: its kind, its key and its states."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a message is, so that every rule can name the kinds it covers."""

    REMINDER_PRE_DUE = "reminder_pre_due"
    REMINDER_DUE = "reminder_due"
    OVERDUE_NOTICE = "overdue_notice"
    PROMISE_FOLLOWUP = "promise_followup"
    RECEIPT = "receipt"
    PLAN_UPDATE = "plan_update"
    PLAN_COMPLETED = "plan_completed"
    FIRST_CONTACT_NOTICE = "first_contact_notice"
    VALIDATION_NOTICE = "validation_notice"
    LEGAL_NOTICE = "legal_notice"
    FINAL_CEASE_NOTICE = "final_cease_notice"
    MEDIATION_OFFER = "mediation_offer"
    CONSENT_REQUEST = "consent_request"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    HELP_REPLY = "help_reply"
    DISPUTE_ACK = "dispute_ack"
    REPLY = "reply"

    @property
    def confirms_payment(self) -> bool:
        """Whether it answers a payment, and so is owed to the debtor even when nothing else may be sent."""
        return self in CONFIRMING


ASKING = frozenset(
    {
        Kind.REMINDER_PRE_DUE,
        Kind.REMINDER_DUE,
        Kind.OVERDUE_NOTICE,
        Kind.PROMISE_FOLLOWUP,
        Kind.MEDIATION_OFFER,
    }
)
"""What asks the debtor for something."""

CONFIRMING = frozenset({Kind.RECEIPT, Kind.PLAN_COMPLETED})
"""What answers a payment."""

REPLIES = frozenset({Kind.OPT_OUT_CONFIRMATION, Kind.HELP_REPLY, Kind.DISPUTE_ACK, Kind.REPLY})
"""What answers words of the debtor, on the medium on which they came."""

ANSWERING = CONFIRMING | REPLIES | {Kind.PLAN_UPDATE}
"""What answers something that the debtor did or asked for."""

FORMAL = frozenset(
    {
        Kind.FIRST_CONTACT_NOTICE,
        Kind.VALIDATION_NOTICE,
        Kind.LEGAL_NOTICE,
        Kind.FINAL_CEASE_NOTICE,
        Kind.CONSENT_REQUEST,
    }
)
"""What law or prudence asks to be said in due form."""


class State(StrEnum):
    """The life of a touchpoint; see the design.

    Retired is what news closed (a payment, an amendment) and what may be planned anew when other news reopens it.
    """

    PLANNED = "planned"
    ARMED = "armed"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    PRESUMED = "presumed"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    RETIRED = "retired"
    REFUSED = "refused"


RECEIPT_STEP = "receipt"
"""The step name under which payment confirmations are kept."""


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One intended contact: this debtor, this step, this instalment or payment.

    `id` is 0 until the store has given it one.
    """

    id: int
    key: str
    creditor: str
    debtor_id: int
    plan_id: int
    instalment_id: int | None
    payment_id: int | None
    step: str
    kind: Kind
    template: str
    channels: tuple[str, ...]
    cadence: str
    cadence_version: str
    due_at: datetime
    ends_at: datetime | None
    attempts: int


def touchpoint_key(creditor: str, plan_ref: str, subject: str, step: str, occurrence: str = "1") -> str:
    """Return the same key for the same intended contact, whatever is planned again or edited meanwhile.

    `subject` is the instalment's or the payment's identity. The key is a digest, so that it may travel in a
    callback's URL without telling who the debtor is.
    """
    source = "\x1f".join((creditor, plan_ref, subject, step, occurrence))
    return hashlib.sha256(source.encode()).hexdigest()[:32]
