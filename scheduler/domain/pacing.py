"""How fast messages go out: so many a second of one sender, slowly when hours open, and few of a new cadence."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from scheduler.domain.decision import Decision, Defer, Reason, Send, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.hours import DAY, Calendar
from scheduler.domain.message import Message
from scheduler.domain.policy import Policy, decide, no_later_than_its_end
from scheduler.domain.segments import segments
from scheduler.domain.windows import ClosedDays, Hours

BURST = timedelta(seconds=2)
"""How far ahead of its sender's pace a message may go out: about what is handed over in one breath."""

LATE = timedelta(seconds=5)
"""How far ahead one may go out that has waited for its slot: workers look every two seconds, and a batch takes time."""

PACE = "pace"
"""The rule that makes messages wait for a slot."""

_TICK = timedelta(microseconds=1)
_SHARES = 1 << 32


@dataclass(frozen=True, slots=True)
class Pacing:
    """The configured speed. `per_second` is by provider; a provider that is missing there goes as fast as it can.

    What waits for hours to open is spread over the `smooth_start` after it. `ramps` say, by cadence, how many messages
    go out at most on the first day of each version, the second, and so on.
    """

    per_second: Mapping[str, int] = field(default_factory=dict)
    smooth_start: timedelta = timedelta(0)
    ramps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


UNPACED = Pacing()

Queue = tuple[int, str]
"""Who waits together: the priority and the creditor of their touchpoints."""


def parts_of(message: Message) -> int:
    """Return how many a message counts for: providers pace the parts of an SMS, and whole emails."""
    return segments(message.words.text).count if message.channel == "sms" else 1


@dataclass(slots=True)
class Pace:
    """One sender's pace, over all workers (a generic cell rate).

    The next message is due at `free_at`. Whoever finds too many before waits in a queue of its own creditor's, whose
    last slot ends at its instant in `queues`; confirmations of payments have queues of their own.
    """

    per_second: int
    free_at: datetime
    queues: dict[Queue, datetime]

    def take(self, queue: Queue, parts: int, now: datetime, *, waited: bool) -> datetime | None:
        """Let a message go out now, or return the slot at which it is its turn.

        One that has `waited` for its slot goes before those that have not. Only confirmations that wait, and other
        creditors' queues, share the pace with a queue: so they come back no faster than they can be handed over, one
        creditor's million does not hold up another's ten, and reminders hold up no confirmation.
        """
        starts = max(self.free_at, now)
        ends = self.queues.get(queue, now)
        if (waited or ends <= now) and starts - now <= (LATE if waited else BURST):
            self.free_at = starts + self._lasts(parts)
            return None
        slot = max(starts, ends)
        sharing = [end for other, end in self.queues.items() if other != queue and other[0] <= queue[0]]
        self.queues[queue] = slot + self._lasts(parts * (1 + sum(end > slot for end in sharing)))
        return slot

    def _lasts(self, parts: int) -> timedelta:
        return timedelta(seconds=parts) / self.per_second


def paced(facts: Facts, provider: str, per_second: int, slot: datetime) -> Decision:
    """Return the deferral of a message until its slot."""
    return _until(slot, PACE, f"others are before it, and {provider} is handed {per_second} a second", facts)


def ramped(facts: Facts, limit: int, now: datetime) -> Decision:
    """Return the deferral of a message of a new cadence that has sent enough for today."""
    detail = f"cadence {facts.touchpoint.cadence} is new: at most {limit} messages on this day"
    return _until(day_of(now) + DAY, "ramp", detail, facts)


def _until(until: datetime, rule: str, detail: str, facts: Facts) -> Decision:
    return no_later_than_its_end(Defer(until, (Reason(rule, Verdict.DEFER, detail, until),)), facts)


def day_of(now: datetime) -> datetime:
    """Return when the day began, in UTC: the day of a ramp is nobody's own."""
    return datetime.combine(now.astimezone(UTC).date(), time.min, UTC)


def ramp_limit(ramp: tuple[int, ...], began: datetime, now: datetime) -> int | None:
    """Return how many messages may go out today of what sent its first on the day of `began`; None for any number."""
    day = (day_of(now) - day_of(began)) // DAY
    return ramp[day] if day < len(ramp) else None


def smoothed(
    decision: Decision, facts: Facts, policy: Policy, calendar: Calendar, over: timedelta
) -> Decision:
    """Spread what waits for hours to open over some time after it, so that not everybody is written to at once.

    Each debtor has a share of that time of its own, always the same, so that what may be merged stays together. It
    lies in the first half of the opening at the latest, and before the step ends. Confirmations come first.
    """
    if not over or not isinstance(decision, Defer) or facts.touchpoint.kind.confirms_payment:
        return decision
    opens_at = decision.until
    before, then = (decide(facts, policy, calendar, at) for at in (opens_at - _TICK, opens_at))
    if not isinstance(then, Send) or not _is_closed(before, policy):
        return decision
    ends = min(then.closes_at, facts.touchpoint.ends_at or then.closes_at)
    at = opens_at + min(over, (ends - opens_at) / 2) * _share(facts) // _SHARES
    detail = f"hours open for many at once, who are written to over {_words(over)}"
    return replace(
        decision, until=at, reasons=(*decision.reasons, Reason("smooth_start", Verdict.DEFER, detail, at))
    )


def _is_closed(decision: Decision, policy: Policy) -> bool:
    """Whether it was hours that spoke against it."""
    if not isinstance(decision, Defer):
        return False
    named = {each.rule for each in decision.reasons}
    return any(each.startswith("debtor/stated-hours-") for each in named) or any(
        isinstance(rule.form, Hours | ClosedDays) for rule in policy.rules if rule.id in named
    )


def _share(facts: Facts) -> int:
    """Return a number below `_SHARES`, the same for a debtor whenever it is asked, and as good as drawn."""
    whom = f"{facts.debtor.creditor}/{facts.debtor.ref}"
    return int.from_bytes(hashlib.sha256(whom.encode()).digest()[:4])


def _words(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
