"""What has nothing to do with channels or hours: the debt is open, the step current, nobody held."""

from datetime import datetime

from scheduler.domain.decision import AMENDED, EXPIRED, PAID, Decision, Reason, Skip, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.plan import PlanStatus
from scheduler.domain.touchpoint import ANSWERING, touchpoint_key


def paid(facts: Facts, _now: datetime) -> Decision | None:
    """Nothing is asked for that is already paid or called off; what the debtor did is answered."""
    if facts.touchpoint.kind in ANSWERING:
        return None
    if facts.plan.status is not PlanStatus.ACTIVE:
        return Skip((Reason("paid", Verdict.SKIP, f"the plan is {facts.plan.status.value}"),))
    if not any(claim.instalment.open_minor for claim in facts.claims):
        return Skip((PAID,))
    return None


def ended(facts: Facts, now: datetime) -> Decision | None:
    """A step ends when the next one comes due, and one before the due date ends with it."""
    ends_at = facts.touchpoint.ends_at
    if ends_at is None or now < ends_at:
        return None
    return Skip((EXPIRED,))


def amended(facts: Facts, _now: datetime) -> Decision | None:
    """A step of a due date that no longer stands is not sent, however it came back into the queue."""
    touchpoint, plan = facts.touchpoint, facts.plan
    if touchpoint.instalment_id is None:
        return None
    for each in plan.instalments:
        if each.id == touchpoint.instalment_id:
            occurrence = each.due_date.isoformat()
            key = touchpoint_key(plan.creditor, plan.ref, each.identity, touchpoint.step, occurrence)
            return None if key == touchpoint.key else Skip((AMENDED,))
    return Skip((AMENDED,))


STANDING = (paid, amended, ended)
