"""A message whose outcome nobody noted or nobody can tell, and what evidence is worth.

Two rules keep a look-up from doubling a message. Evidence that a provider lists it is good whenever it comes. Evidence
that it does not is good only when the question was asked long enough after the last moment at which the call can have
been under way, twice, whatever the time is when somebody acts on the answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery import Accepted, Finding, Listed, NotSent, Unknown
from scheduler.domain.message import Inquiry
from scheduler.domain.outcome import LOOK_UP, Absent, Evidence, MessageState, Seen, TimeUp

LEASE = timedelta(seconds=90)
"""After this an armed message that nobody settled is in doubt: fence, longest call and a margin."""

BETWEEN_LOOKS = timedelta(minutes=10)
"""How long after a first valid absence a second one must be asked for."""

ALIKE_WITHIN = timedelta(minutes=4)
"""How far apart two messages with the same words to the same address may be and still be taken for each other."""

DEADLINE = timedelta(hours=26)
"""After this without evidence it is presumed sent: SendGrid repeats its events for a day."""

_FIRST_WAIT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message to settle. `absent_at` is when a valid question first found nothing."""

    message_id: int
    creditor: str
    provider: str
    state: MessageState
    inquiry: Inquiry
    absent_at: datetime | None

    @property
    def armed_at(self) -> datetime:
        """When the attempt may have begun."""
        return self.inquiry.armed_at


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is proved yet: look again at `look_at`; `absent_at` is what is kept of a valid absence."""

    look_at: datetime
    absent_at: datetime | None


def disputed(finding: Finding, bound: Collection[str], has_rival: bool) -> Finding:
    """Return what a look-up is worth when another message of ours may be the one that was found.

    A rival is one with the same words to the same address at about the same time, whose own name nobody knows yet.
    """
    if has_rival and isinstance(finding, Listed) and not set(finding.provider_ids) <= set(bound):
        return Unknown("perhaps_another")
    return finding


def judge(
    doubt: Doubt,
    finding: Finding,
    bound: Collection[str],
    asked_at: datetime,
    absence_proves_after: timedelta | None,
) -> Evidence | Later:
    """Weigh what a look-up that was asked at `asked_at` found.

    `bound` are names that belong to other messages of ours. `absence_proves_after` is how long after a call a provider
    surely lists it; None where absence proves nothing. Two candidates are nobody's proof: a person decides. What was
    made later and may be ours proves nothing either way.
    """
    if isinstance(finding, Accepted):
        return Seen(finding.provider_id, LOOK_UP)
    if isinstance(finding, NotSent):
        return finding
    perhaps_ours: set[str] | None = None
    if isinstance(finding, Listed):
        candidates = [each for each in finding.provider_ids if each not in bound]
        if len(candidates) == 1:
            return Seen(candidates[0], LOOK_UP)
        perhaps_ours = {*candidates, *finding.later} - set(bound)
    if doubt.state is MessageState.ARMED:
        return Unknown("no_outcome_noted")
    # What only a second memory knows is asked for without its words, and at the likeliest address: none proves nothing.
    is_exact = doubt.inquiry.body_sha256 != ""
    found_nothing = perhaps_ours == set() and absence_proves_after is not None and is_exact
    valid_from = doubt.armed_at + LEASE + (absence_proves_after or timedelta(0))
    if found_nothing and asked_at >= valid_from:
        return _absence(doubt, asked_at, valid_from)
    if asked_at >= doubt.armed_at + DEADLINE:
        return TimeUp()
    next_look = _next_look(doubt, asked_at)
    if found_nothing:
        return Later(min(next_look, valid_from), None)
    return Later(next_look, doubt.absent_at)


def _absence(doubt: Doubt, asked_at: datetime, valid_from: datetime) -> Absent | Later:
    """Say what it is worth that a valid question found nothing: half a proof once, a proof twice."""
    first = doubt.absent_at
    if first is None or first < valid_from or asked_at < first + BETWEEN_LOOKS:
        first = asked_at if first is None or first < valid_from else first
        return Later(first + BETWEEN_LOOKS, first)
    return Absent()


def first_look(settled_at: datetime) -> datetime:
    """Return when to look first for a message that has just become unknown: a callback may come by itself."""
    return settled_at + _FIRST_WAIT


def _next_look(doubt: Doubt, asked_at: datetime) -> datetime:
    """Look again after as long as it has been in doubt, at least two minutes, and at the deadline."""
    wait = max(asked_at - doubt.armed_at, _FIRST_WAIT)
    return min(asked_at + wait, doubt.armed_at + DEADLINE)
