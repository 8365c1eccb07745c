"""Where the reports of one message lead: how far it rises, what is told of it, and whether another one may follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.entry import Draft, Event, Json, chain_of, instant_text, touchpoint_fields
from scheduler.domain.outcome import MessageState, Seen
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind, risen
from scheduler.ports import Fresh, Reported, Settlement

DELIVERY_DEADLINE = timedelta(hours=72)
"""How long after a message was armed its failure may still bring another contact point: SendGrid tries for so long."""

_EVENTS: Mapping[ReceiptKind, Event] = {
    ReceiptKind.SENT: Event.SENT,
    ReceiptKind.UNDELIVERED: Event.UNDELIVERED,
    ReceiptKind.DELIVERED: Event.DELIVERED,
    ReceiptKind.COMPLAINED: Event.COMPLAINED,
}


@dataclass(frozen=True, slots=True)
class Course:
    """Where the reports of one message lead, in the order in which they came. `after` is None when it does not rise."""

    message: Reported
    settlement: tuple[Settlement, ...]
    after: ReceiptKind | None
    drafts: tuple[Draft, ...]
    blames_address: bool
    cause: str | None
    is_undelivered: bool

    @property
    def arrived_after_all(self) -> bool:
        """Whether it was held to have failed and has not."""
        before = self.message.reported
        return before is ReceiptKind.UNDELIVERED and self.after is not None


def courses(fresh: Fresh, provider: str, now: datetime) -> list[Course]:
    """Return where each message goes that a provider reported of, by all that is reported at once."""
    of_message: dict[int, list[DeliveryReceipt]] = {}
    messages: dict[int, Reported] = {}
    for each in fresh.receipts:
        if (message := fresh.messages.get(each.event_id)) is not None:
            messages[message.message_id] = message
            of_message.setdefault(message.message_id, []).append(each)
    return [_course(messages[id_], receipts, provider, now) for id_, receipts in of_message.items()]


def _course(message: Reported, receipts: Sequence[DeliveryReceipt], provider: str, now: datetime) -> Course:
    known, drafts = message.reported, list[Draft]()
    for each in receipts:
        rise = risen(known, each.kind)
        if rise is not None or each.invalid_address:
            drafts.append(_report(message, each, rise or known, provider, now))
        known = rise or known
    after = known if known is not message.reported else None
    return Course(
        message=message,
        settlement=_settlement(message, receipts, now),
        after=after,
        drafts=tuple(drafts),
        blames_address=any(each.invalid_address for each in receipts),
        cause=_cause(receipts),
        is_undelivered=after is ReceiptKind.UNDELIVERED and _may_still_follow(message, now),
    )


def _settlement(
    message: Reported, receipts: Sequence[DeliveryReceipt], now: datetime
) -> tuple[Settlement, ...]:
    """Whatever a provider reports of a message, it has had it."""
    if message.state is MessageState.ACCEPTED:
        return ()
    name = next((each.provider_id for each in receipts if each.provider_id), message.provider_id)
    return (Settlement(message.message_id, Seen(name or "", "callback"), now),)


def _may_still_follow(message: Reported, now: datetime) -> bool:
    """Whether a touchpoint whose message did not arrive is decided afresh, so that another contact point may follow."""
    touchpoint = message.touchpoint
    is_latest = touchpoint.attempts == message.attempt
    goes_on = touchpoint.ends_at is None or now < touchpoint.ends_at
    return is_latest and goes_on and now < message.armed_at + DELIVERY_DEADLINE


def _cause(receipts: Iterable[DeliveryReceipt]) -> str | None:
    """Return why the address is closed, where it is."""
    kinds = {each.kind for each in receipts if each.closes_address}
    if not kinds:
        return None
    return "complaint" if ReceiptKind.COMPLAINED in kinds else "opt_out"


def _report(
    message: Reported,
    receipt: DeliveryReceipt,
    known: ReceiptKind | None,
    provider: str,
    now: datetime,
) -> Draft:
    """Return the entry of a report; `known` is what is known of the message with it."""
    fields: dict[str, Json] = touchpoint_fields(message.touchpoint, message.debtor_ref, message.plan_refs)
    fields |= {
        "channel": message.channel,
        "provider": provider,
        "provider_id": receipt.provider_id or message.provider_id,
        "attempt": message.attempt,
        "outcome": None if known is None else known.value,
        "code": receipt.code,
        "provider_at": None if receipt.at is None else instant_text(receipt.at),
        "address_invalid": True if receipt.invalid_address else None,
    }
    chain = chain_of(message.touchpoint.creditor, message.debtor_ref)
    return Draft(chain, _EVENTS.get(receipt.kind, Event.UNDELIVERED), now, fields)
