"""A person's word about a message in doubt: taken only where nothing else can tell, and logged with its author."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.doubt import LEASE
from scheduler.domain.errors import UsageError
from scheduler.domain.outcome import MessageState, Ruling
from scheduler.domain.plan import Creditor
from scheduler.ports import Doubted, RulingStore

_KNOWN = {
    MessageState.ACCEPTED: "the provider took it",
    MessageState.REJECTED: "the provider refused it for good",
    MessageState.NOT_SENT: "it certainly never left, and is tried again by itself",
    MessageState.RELEASED: "it is released, which means that it never arrived",
}


@dataclass(frozen=True, slots=True)
class Rulings:
    """Settles messages by hand, one transaction each. Raises UsageError for what is not in doubt."""

    store: RulingStore
    creditors: Mapping[str, Creditor]

    def settle(self, doubted: Doubted, ruling: Ruling, again: bool, now: datetime) -> MessageState:
        """Take a person's word for what became of a message, and return its state.

        `again` lets its touchpoint be decided afresh, which the creditor's own rule must allow.
        """
        _refuse_known(doubted, now)
        if again:
            self._refuse_repeating(doubted, ruling)
        state = self.store.rule(doubted.message_id, ruling, now, now if again else None)
        if state is None:
            raise UsageError("Its outcome has just become known; `duly explain` says what it is")
        return state

    def _refuse_repeating(self, doubted: Doubted, ruling: Ruling) -> None:
        if ruling.went_out:
            raise UsageError("--send-again contradicts --went-out; leave one of them out")
        creditor = self.creditors.get(doubted.creditor)
        if creditor is None:
            raise UsageError(
                f"The configuration has no creditor {doubted.creditor}; leave --send-again out, or add it"
            )
        if not creditor.resends_after_proof:
            raise UsageError(
                f"Creditor {creditor.id} lets nothing go out again (`resend: never`); leave --send-again out, "
                "or write `resend: when proved lost` in the creditor's file"
            )


def _refuse_known(doubted: Doubted, now: datetime) -> None:
    if (known := _KNOWN.get(doubted.state)) is not None:
        raise UsageError(f"There is no doubt about message {doubted.message_key}: {known}")
    if doubted.state is MessageState.ARMED and now < (over := doubted.armed_at + LEASE):
        raise UsageError(
            f"Message {doubted.message_key} is on its way, and its outcome may still be noted; "
            f"ask again after {over:%H:%M:%S}Z"
        )
