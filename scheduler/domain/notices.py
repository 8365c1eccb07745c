"""What must come first: a notice and the time to answer it; and what must come soon or not at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.facts import Contact, Facts
from scheduler.domain.hours import Calendar, local_date
from scheduler.domain.plain_words import kind_words, span
from scheduler.domain.plan import ContactPoint, Plan
from scheduler.domain.rule import Answer
from scheduler.domain.touchpoint import Kind

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class NoticeFirst:
    """Nothing before a notice of one of these kinds went out by one of these channels, and `wait` has passed.

    With `within`, contact may begin without the notice, but stops that long after the first contact until the
    notice is out. A notice that is sent again starts the wait again. It is asked for each debt that is spoken of.
    """

    kinds: frozenset[Kind]
    by: frozenset[str]
    wait: timedelta = _NOTHING
    within: timedelta | None = None

    def earliest(self, facts: Facts, _point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on at which every debt's notice has been out long enough."""
        answers = [self._of(plan, facts, at) for plan in facts.plans]
        missing = (each for each in answers if each.at is None)
        return next(missing, None) or max(answers, key=lambda each: each.at or at)

    def _of(self, plan: Plan, facts: Facts, at: datetime) -> Answer:
        out = [
            each
            for each in facts.history.notices
            if each.kind in self.kinds
            and each.channel in self.by
            and plan.id in each.plan_ids
            and each.went_out
        ]
        if out:
            notice = max(out, key=lambda each: each.at)
            free, told = notice.at + self.wait, _told(notice, facts)
            if free > at:
                return Answer(free, f"{told}, and {span(self.wait)} have not passed")
            return Answer(at, f"{told}, and {span(self.wait)} have passed" if self.wait else told)
        if self.within is not None:
            first = facts.history.first_contact_at.get(plan.id)
            if first is None or at < first + self.within:
                return Answer(at, "the first notice may still follow")
        kinds = " or ".join(sorted(kind_words(each) for each in self.kinds))
        return Answer(None, f"no {kinds} has gone out by {' or '.join(sorted(self.by))} for plan {plan.ref}")


def _told(notice: Contact, facts: Facts) -> str:
    day = local_date(notice.at, facts.debtor.zones[0]) if facts.debtor.zones else notice.at.date()
    return f"the {kind_words(notice.kind)} went out by {notice.channel} on {day}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What answers must come within this time, or not at all."""

    within: timedelta

    def earliest(self, facts: Facts, _point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return `at`, or never once the time has passed."""
        within = f"within {span(self.within)}"
        if at > facts.touchpoint.due_at + self.within:
            return Answer(None, f"it had to go out {within}")
        return Answer(at, within)
