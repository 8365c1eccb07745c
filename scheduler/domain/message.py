"""Rendered words for one channel, with the key that goes to the provider."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.decision import Send
from scheduler.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Words:
    """What the debtor reads; `subject` and `html` are None where the channel has none. Never prints itself."""

    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        """The digest of the exact words, over subject, text and HTML in that order."""
        parts = (self.subject or "", self.text, self.html or "")
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Message:
    """One attempt to hand over words to one address.

    `not_after` is when the contact window closes: a provider must not deliver later. `sender` is the creditor's
    own identity for the channel ("Name <address>" for email), or empty where the provider's settings name it.
    """

    touchpoint: str
    attempt: int
    channel: str
    to: str = field(repr=False)
    to_name: str = field(repr=False)
    sender: str
    reply_to: str | None
    words: Words
    locale: str
    not_after: datetime

    @property
    def key(self) -> str:
        """The message's own key: touchpoint, channel and attempt."""
        return f"{self.touchpoint}-{self.channel}-{self.attempt}"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a provider may be asked about one attempt, whose words are no longer at hand.

    `body_sha256` is `Words.sha256` of the exact words; `armed_at` is when the attempt may have begun.
    """

    touchpoint: str
    attempt: int
    channel: str
    to: str = field(repr=False)
    sender: str
    body_sha256: str
    armed_at: datetime

    @property
    def message_key(self) -> str:
        """The message's own key."""
        return f"{self.touchpoint}-{self.channel}-{self.attempt}"


def address(facts: Facts, decision: Send, words: Words) -> Message:
    """Put words into an envelope: to the decision's contact point, from the creditor's own identity."""
    point, by_email = decision.contact_point, decision.contact_point.channel == "email"
    return Message(
        touchpoint=facts.touchpoint.key,
        attempt=facts.touchpoint.attempts + 1,
        channel=point.channel,
        to=point.address,
        to_name=facts.debtor.name,
        sender=facts.creditor.email_from if by_email else "",
        reply_to=facts.creditor.email if by_email else None,
        words=words,
        locale=facts.debtor.locale,
        not_after=decision.closes_at,
    )
