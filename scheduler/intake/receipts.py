"""What providers report becomes facts: what became of messages, who wants no more, and what people write back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.inbound import Inbound, Keyword
from scheduler.intake.courses import courses
from scheduler.intake.printable import printable
from scheduler.ports import Fresh, Haver, ReceiptStore, ReceiptTransaction, Report, Rise


@dataclass(frozen=True, slots=True)
class ReceiptIntake:
    """Takes what providers report. `channels` says which channel each of them serves."""

    store: ReceiptStore
    channels: Mapping[str, str]

    def take(self, provider: str, reports: Sequence[Report], now: datetime) -> None:
        """Take everything in one transaction; what was taken before changes nothing, in whatever order it comes."""
        with self.store.receiving(provider, now) as transaction:
            fresh = transaction.take([printable(each) for each in reports])
            desk = _Desk(transaction, provider, now)
            desk.follow(fresh)
            desk.hear(fresh)
            desk.raise_alarms(fresh, self.channels[provider])


_ASKED = (Keyword.STOP, Keyword.START)
"""What words are acted upon by a machine; a person answers the others."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """Works on one open transaction. What goes into the chain of the system comes last, because others wait for it."""

    transaction: ReceiptTransaction
    provider: str
    now: datetime

    def follow(self, fresh: Fresh) -> None:
        """Let every message rise as far as the reports of it lead, and have what they tell of addresses its effect."""
        found = courses(fresh, self.provider, self.now)
        self.transaction.settle([settled for each in found for settled in each.settlement])
        self.transaction.rise([Rise(each.message.message_id, each.after) for each in found if each.after])
        self.transaction.append([draft for each in found for draft in each.drafts])
        self.transaction.plan_again([each.message for each in found if each.is_undelivered])
        back = [each.message for each in found if each.arrived_after_all]
        self.transaction.append(self.transaction.take_back(back))
        self.transaction.mark_invalid({each.message.address_id for each in found if each.blames_address})
        for each in found:
            if each.cause is not None:
                having = self.transaction.close(each.message.address_id)
                self.transaction.append(self._consent(having, opted_out=True, cause=each.cause))

    def hear(self, fresh: Fresh) -> None:
        """Keep what people write on their chains; STOP closes an address, START opens what STOP closed."""
        for words in fresh.inbound:
            having = fresh.havers.get(words.sender, ())
            self.transaction.append([_words(each, words, self.now) for each in _addressees(having)])
            address_id = self.transaction.address_of(words.channel, words.sender) if having else None
            if address_id is not None and words.keyword in _ASKED:
                self._close_or_open(address_id, words.keyword)

    def _close_or_open(self, address_id: int, keyword: Keyword) -> None:
        opted_out = keyword is Keyword.STOP
        change = self.transaction.close if opted_out else self.transaction.open_again
        self.transaction.append(self._consent(change(address_id), opted_out, keyword=keyword.value))

    def _consent(self, having: Iterable[Haver], opted_out: bool, **more: Json) -> list[Draft]:
        """Return the entries that an address is closed or open from now on, as for an opt-out by hand."""
        return [
            _about(
                each,
                Event.CONSENT_CHANGED,
                self.now,
                {"channel": each.channel, "opted_out": opted_out, "author": self.provider, **more},
                {"address": each.address},
            )
            for each in having
        ]

    def raise_alarms(self, fresh: Fresh, channel: str) -> None:
        """Alarm about what nothing of ours is known for, and about a second message for one attempt."""
        receipts = [each for each in fresh.receipts if each.event_id not in fresh.messages]
        strays = [each for each in fresh.inbound if not fresh.havers.get(each.sender)]
        if number := len(receipts) + len(strays):
            named = any(each.touchpoint is not None for each in receipts)
            self.transaction.alarm("orphan_callback", number, {"named": named})
        if number := sum(map(fresh.is_second, fresh.receipts)):
            self.transaction.alarm("second_message", number, {})
        if lost := [each for each in receipts if each.event_id in fresh.lost]:
            self.transaction.lose_tail(channel, lost)


def _addressees(having: Sequence[Haver]) -> Sequence[Haver]:
    """Return whose words they may be: who uses the number, else who ever did."""
    return [each for each in having if each.in_use] or having


def _words(haver: Haver, words: Inbound, now: datetime) -> Draft:
    public: dict[str, Json] = {
        "channel": words.channel,
        "provider": words.provider,
        "provider_id": words.event_id,
        "keyword": None if words.keyword is None else words.keyword.value,
    }
    return _about(haver, Event.INBOUND, now, public, {"from": words.sender, "text": words.text})


def _about(
    haver: Haver, event: Event, now: datetime, public: Mapping[str, Json], personal: Mapping[str, Json]
) -> Draft:
    fields: dict[str, Json] = {"debtor_ref": haver.debtor_ref, "plan_refs": [], **public}
    return Draft(chain_of(haver.creditor, haver.debtor_ref), event, now, fields, personal)
