"""A provider that keeps its own list of what it took, and what it says of each call and each question."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scheduler.domain.delivery import Accepted, Delivery, Finding, Listed, NotSent, Rejected, Unknown
from scheduler.domain.doubt import LEASE
from scheduler.domain.message import Inquiry, Message
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from tests.crash.case import ARRIVES, Callback, Fate, Kind

LISTED_AFTER = timedelta(minutes=40)
"""How long it takes until a message appears in the list."""

PROVES_AFTER = timedelta(hours=1)
LAST_AFTER = timedelta(hours=36)
"""When the last callback comes: past the deadline, when everything else is settled."""

REPEATS_AFTER = timedelta(minutes=10)
"""When a callback comes again that nobody confirmed."""

_ANSWERS: Mapping[Fate, Delivery] = {
    Fate.REJECTED: Rejected("21211", blames_address=True),
    Fate.TOO_MANY: NotSent("http_429", retry_after_s=60),
    Fate.REFUSED_CONNECTION: NotSent("refused", channel_down=True),
    Fate.UNAUTHORISED: NotSent("http_401", channel_down=True),
    Fate.TIMEOUT_BEFORE: Unknown("timeout"),
    Fate.TIMEOUT_AFTER: Unknown("timeout"),
    Fate.ERROR_BEFORE: Unknown("http_503"),
    Fate.ERROR_AFTER: Unknown("http_503"),
    Fate.UNREADABLE_YES: Unknown("answer_unreadable"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the provider took, and whether its intent was on disk before."""

    provider_id: str
    touchpoint: str
    attempt: int
    to: str
    text: str
    body_sha256: str
    at: datetime
    was_noted: bool


@dataclass(slots=True)
class Provider:
    """`taken` is the truth; `due` are callbacks still to come, by when; `confirmed` are names that were reported."""

    kind: Kind
    fate: Fate
    callback: Callback
    taken: list[Taken] = field(default_factory=list)
    calls: int = 0
    due: list[tuple[datetime, DeliveryReceipt]] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)

    @property
    def absence_proves_after(self) -> timedelta | None:
        """How long after a call it surely lists a message."""
        return PROVES_AFTER if self.kind in (Kind.LISTS, Kind.LISTS_RESENDS) else None

    def receive(self, message: Message, now: datetime, was_noted: bool) -> Delivery:
        """Take a call, note its message if it arrives, and return the answer."""
        self.calls += 1
        fate = self.fate if self.calls == 1 else Fate.ACCEPTED
        name = f"SM{self.calls}"
        if fate in ARRIVES:
            taken = Taken(
                name,
                message.touchpoint,
                message.attempt,
                message.to,
                message.words.text,
                message.words.sha256,
                now,
                was_noted,
            )
            self.taken.append(taken)
            if self.callback is not Callback.NEVER:
                at = now if self.callback is Callback.FIRST else now + LAST_AFTER
                self.due.append((at, _receipt(taken, at)))
        return Accepted(name) if fate is Fate.ACCEPTED else _ANSWERS[fate]

    def look_up(self, inquiry: Inquiry, now: datetime) -> Finding:
        """Answer a question by what is true now, as far as this kind of provider lets it be known."""
        if self.kind is Kind.SILENT:
            return Unknown("no_look_up_by_key")
        if self.kind is Kind.KNOWS:
            key = (inquiry.touchpoint, inquiry.attempt)
            found = [each for each in self.taken if (each.touchpoint, each.attempt) == key]
            return Accepted(found[0].provider_id) if found else NotSent("not_there")
        fits = [each for each in self.taken if _fits(each, inquiry, now)]
        until = inquiry.armed_at + LEASE + timedelta(minutes=1)
        in_time = tuple(each.provider_id for each in fits if each.at <= until)
        return Listed(in_time, tuple(each.provider_id for each in fits if each.at > until))

    def callbacks(self, now: datetime) -> list[DeliveryReceipt]:
        """Return the callbacks that are due; one that nobody confirms comes again."""
        ready = [receipt for at, receipt in self.due if at <= now]
        self.due = [(now + REPEATS_AFTER if receipt in ready else at, receipt) for at, receipt in self.due]
        return ready

    def copy(self) -> "Provider":
        """Return another that stands where this one stands."""
        return replace(self, taken=list(self.taken), due=list(self.due), confirmed=set(self.confirmed))

    def confirm(self, receipt: DeliveryReceipt) -> None:
        """Hear that a callback was taken, and do not repeat it."""
        self.due = [(at, each) for at, each in self.due if each != receipt]
        self.confirmed.add(receipt.provider_id)


def _receipt(taken: Taken, at: datetime) -> DeliveryReceipt:
    return DeliveryReceipt(
        ReceiptKind.DELIVERED,
        taken.provider_id,
        f"{taken.provider_id}-delivered",
        taken.touchpoint,
        taken.attempt,
        None,
        at,
    )


def _fits(taken: Taken, inquiry: Inquiry, now: datetime) -> bool:
    """Whether a listed message may be the one in question, as Twilio's list lets one tell."""
    since = inquiry.armed_at - timedelta(minutes=1)
    is_alike = (taken.to, taken.body_sha256) == (inquiry.to, inquiry.body_sha256)
    return is_alike and since <= taken.at and now >= taken.at + LISTED_AFTER
