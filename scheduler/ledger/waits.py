"""What must come first, and what must come soon: notices with their time to answer, and deadlines."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.ledger.contacts import Plan
from scheduler.ledger.lengths import in_words
from scheduler.ledger.past import Past
from scheduler.ledger.told import Message


@dataclass(frozen=True, slots=True)
class NoticeFirst:
    """A notice of one of these kinds by one of these channels goes before, by `wait`.

    With `within`, contact may begin without it, and stops that long after its beginning until the notice is out.
    """

    kinds: frozenset[str]
    by: frozenset[str]
    wait: timedelta
    within: timedelta | None

    def objection(self, message: Message, past: Past) -> str | None:
        """Return for which plan the notice was missing or too recent, or None."""
        for plan in message.contact.plans:
            if (found := self._of(plan, message, past)) is not None:
                return found
        return None

    def _of(self, plan: Plan, message: Message, past: Past) -> str | None:
        out = [
            each
            for each in past.contacts.notices(plan)
            if each.kind in self.kinds and each.channel in self.by
        ]
        if out:
            latest = max(out, key=lambda each: each.at)
            if message.at >= latest.at + self.wait:
                return None
            return f"{in_words(self.wait)} must pass after the notice, entry {latest.seq}"
        began = past.contacts.began(plan)
        if self.within is not None and (began is None or message.at < began + self.within):
            return None
        kinds, by = " or ".join(sorted(self.kinds)), " or ".join(sorted(self.by))
        return f"no {kinds} had gone out by {by} for plan {plan[1]}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What answers must come within this time, or not at all."""

    within: timedelta

    def objection(self, message: Message, _past: Past) -> str | None:
        """Return how late it was, or None; what it answers is not always told."""
        if message.asked_at is None or message.at <= message.asked_at + self.within:
            return None
        late = in_words(message.at - message.asked_at)
        return f"it had to go out within {in_words(self.within)}, and went out after {late}"
