"""What may be sent at an instant, read off wall clocks and counted one by one: shares no code with the rules.

It knows the rules' values and nothing of how the domain works with them. Holidays come from the same fake.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduler.domain.counters import Cap, Counted, OneChannel, Period, Scope
from scheduler.domain.facts import Contact, Facts, Hold
from scheduler.domain.holds import HoldRule
from scheduler.domain.hours import Calendar, Opening, Week
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.plan import ContactPoint, Plan, Purpose
from scheduler.domain.points import ConsentNeeded
from scheduler.domain.rule import Applies, Confidence, Effective, Residence, Rule
from scheduler.domain.windows import Closed, ClosedDays, Hours

ANSWERS = {"opt_out_confirmation", "help_reply", "dispute_ack", "reply"}
CONFIRMS = {"receipt", "plan_completed"}
GONE = {"deceased", "wrong_person", "identity_theft"}


@lru_cache(maxsize=400_000)
def wall(at: datetime, zone: str) -> datetime:
    """Return what a clock on the wall shows."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


# -------------------------------------------------------------------------------------------------- a rule


def allows(rule: Rule, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime) -> bool:
    """Whether a rule about time lets a message out at this instant."""
    return not in_force(rule.effective, at) or _lets(rule.form, facts, point, calendar, at)


def in_force(effective: Effective, at: datetime) -> bool:
    """Whether the instant lies between the two ends."""
    begun = effective.start is None or effective.start <= at
    return begun and (effective.end is None or at < effective.end)


def _lets(form: object, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime) -> bool:
    match form:
        case Hours():
            return _hours(form, facts, point, calendar, at)
        case ClosedDays():
            days = {wall(at, zone).date() for zone in facts.debtor.zones}
            return not any(first <= day <= last for day in days for first, last in form.stretches)
        case Closed():
            return False
        case Cap():
            return _cap(form, facts, point, at)
        case OneChannel():
            return _one_channel(form, facts, point, at)
        case NoticeFirst():
            return all(_notice(form, plan, facts, at) for plan in _plans(facts))
        case Deadline():
            return at - facts.touchpoint.due_at <= form.within
    raise TypeError(form)


# --------------------------------------------------------------------------------------------------- hours


def _hours(form: Hours, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime) -> bool:
    if form.answers_any_time and _answers(facts, point.channel):
        return True
    if _open_everywhere(form, form.week, facts, calendar, at):
        return True
    agreed = any(
        each.purpose is Purpose.OUTSIDE_HOURS and each.since <= at and (each.until is None or at < each.until)
        for each in point.grants
    )
    return (
        agreed and form.consented is not None and _open_everywhere(form, form.consented, facts, calendar, at)
    )


def _answers(facts: Facts, channel: str) -> bool:
    if facts.touchpoint.kind.value in ANSWERS:
        return True
    payment = facts.payment
    return (
        facts.touchpoint.kind.value in CONFIRMS
        and payment is not None
        and channel in {payment.medium, *payment.receipt_by}
    )


def _open_everywhere(form: Hours, week: Week, facts: Facts, calendar: Calendar, at: datetime) -> bool:
    return all(
        is_open(_openings(form, week, facts, calendar, shown.date()), shown.time(), form.margin)
        for shown in (wall(at, zone) for zone in facts.debtor.zones)
    )


def _openings(form: Hours, week: Week, facts: Facts, calendar: Calendar, day: date) -> Sequence[Opening]:
    usual = week.days.get(day.weekday(), ())
    if week.holidays is None:
        return usual
    try:
        if form.calendar is not None:
            is_holiday = calendar.named(form.calendar, day) is not None
        elif facts.debtor.country is None:
            return ()
        else:
            is_holiday = calendar.holiday(facts.debtor.country, facts.debtor.region, day) is not None
    except LookupError:
        return ()
    return week.holidays if is_holiday else usual


def is_open(openings: Iterable[Opening], shown: time, margin: timedelta = timedelta(0)) -> bool:
    """Whether the time on the wall lies in an opening, and not in the margin at its end."""
    now = _seconds(shown)
    return any(
        _seconds(start) <= now < (86_400 if end is None else _seconds(end)) - margin.total_seconds()
        for start, end in openings
    )


def _seconds(shown: time) -> float:
    return shown.hour * 3600 + shown.minute * 60 + shown.second + shown.microsecond / 1e6


# ------------------------------------------------------------------------------------------------ counting


def counts(of: Counted, contact: Contact) -> bool:
    """Whether a counter counts the contact."""
    named = contact.kind in of.kinds and contact.channel in of.channels
    return named and int(contact.reached) >= int(of.unit) and not (contact.requested and not of.requested)


def _plans(facts: Facts) -> Sequence[Plan]:
    return [facts.plan, *(each.plan for each in facts.claims)]


def shared_with(scope: Scope, contact: Contact, facts: Facts, point: ContactPoint, plan_id: int) -> bool:
    """Whether the contact belongs to the thing that a counter runs over."""
    return {
        Scope.PERSON: True,
        Scope.DEBTOR: contact.debtor_id == facts.debtor.id,
        Scope.PLAN: plan_id in contact.plan_ids,
        Scope.CONTACT_POINT: contact.address_id == point.address_id,
        Scope.CREDITOR: contact.creditor == facts.creditor.id,
        Scope.SENDER_GROUP: contact.sender_group == (facts.creditor.group or facts.creditor.id),
    }[scope]


def _cap(form: Cap, facts: Facts, point: ContactPoint, at: datetime) -> bool:
    for plan in _plans(facts):
        instants = [
            each.at
            for each in facts.contacts
            if counts(form.counted, each) and shared_with(form.scope, each, facts, point, plan.id)
        ]
        if form.rolling is not None:
            if sum(at - each < form.rolling for each in instants) >= form.maximum:
                return False
        elif any(
            sum(same_period(form.period, each, at, zone) for each in instants) >= form.maximum
            for zone in facts.debtor.zones
        ):
            return False
    return True


def _one_channel(form: OneChannel, facts: Facts, point: ContactPoint, at: datetime) -> bool:
    others = [
        each.at for each in facts.contacts if counts(form.counted, each) and each.channel != point.channel
    ]
    return not any(same_period(form.period, each, at, zone) for zone in facts.debtor.zones for each in others)


def same_period(period: Period | None, one: datetime, other: datetime, zone: str) -> bool:
    """Whether both fall on one day, or in one week from Monday, or in one month, on the zone's calendar."""
    return _label(period, wall(one, zone).date()) == _label(period, wall(other, zone).date())


def _label(period: Period | None, day: date) -> tuple[int, ...]:
    if period is Period.MONTH:
        return day.year, day.month
    return day.isocalendar()[:2] if period is Period.WEEK else (day.year, day.month, day.day)


def _notice(form: NoticeFirst, plan: Plan, facts: Facts, at: datetime) -> bool:
    out = [
        each.at
        for each in facts.history.notices
        if each.kind in form.kinds and each.channel in form.by and plan.id in each.plan_ids
    ]
    if out:
        return all(at - each >= form.wait for each in out)
    begun = facts.history.first_contact_at.get(plan.id)
    return form.within is not None and (begun is None or at - begun < form.within)


# ---------------------------------------------------------------------------------------- a whole decision


def may_send(
    rules: Iterable[Rule], facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime
) -> bool:
    """Whether holds, consent, rules about time and the debtor's own hours let a message out to this contact point.

    Says nothing of provenance and words. Where local law does not surely give hours, the fallback's hold.
    """
    kind = facts.touchpoint.kind
    mine = [each for each in rules if _applies(each.applies, facts, surely=False)]
    if any(_holds(each, facts, mine, at) for each in facts.holds):
        return False
    named = [each for each in mine if kind in each.kinds and point.channel in each.channels]
    if any(_is_local(each, facts, at) for each in named):
        named = [each for each in named if not each.fallback]
    if any(
        isinstance(each.form, ConsentNeeded)
        and in_force(each.effective, at)
        and point.consent_basis not in each.form.bases
        for each in named
    ):
        return False
    in_hours = [each for each in named if isinstance(each.form, Hours) and in_force(each.effective, at)]
    if not in_hours or not all(
        allows(each, facts, point, calendar, at) for each in named if isinstance(each.form, _TIMED)
    ):
        return False
    return all(
        kind.value in ANSWERS
        or point.channel not in each.channels
        or not in_force(Effective(each.since, each.until), at)
        or all(
            is_open(each.week.days.get(shown.weekday(), ()), shown.time())
            for shown in (wall(at, zone) for zone in facts.debtor.zones)
        )
        for each in facts.stated
    )


_TIMED = (Hours, ClosedDays, Closed, Cap, OneChannel, NoticeFirst, Deadline)


def _is_local(rule: Rule, facts: Facts, at: datetime) -> bool:
    return (
        bool(rule.applies.residence)
        and rule.confidence is not Confidence.UNVERIFIED
        and not rule.fallback
        and isinstance(rule.form, Hours)
        and in_force(rule.effective, at)
        and _applies(rule.applies, facts, surely=True)
    )


def _applies(applies: Applies, facts: Facts, *, surely: bool) -> bool:
    """Whether a rule may hold for one of the debts, or surely holds for all of them."""
    if applies.roles and facts.creditor.role not in applies.roles:
        return False
    if applies.residence and not any(_lives(each, facts, surely) for each in applies.residence):
        return False
    of_each = [_covers(applies, plan, surely) for plan in _plans(facts)]
    return all(of_each) if surely else any(of_each)


def _lives(residence: Residence, facts: Facts, surely: bool) -> bool:
    debtor, unknown = facts.debtor, not surely
    country = unknown if debtor.country is None else debtor.country == residence.country
    region = unknown if debtor.region is None else debtor.region == residence.region
    code = debtor.postal_code
    begins = unknown if code is None else any(code[: len(each)] == each for each in residence.postal_codes)
    return country and (region or residence.region is None) and (begins or not residence.postal_codes)


def _covers(applies: Applies, plan: Plan, surely: bool) -> bool:
    unknown = not surely
    product = unknown if plan.product is None else plan.product in applies.products
    other = unknown if plan.product is None else plan.product not in applies.other_products
    status = unknown if plan.debt_status is None else plan.debt_status in applies.debt_statuses
    return (
        (product or not applies.products)
        and (other or not applies.other_products)
        and (status or not applies.debt_statuses)
    )


def _holds(hold: Hold, facts: Facts, rules: Sequence[Rule], at: datetime) -> bool:
    """Whether a hold stops the message: of itself, or because a rule says so."""
    if not in_force(Effective(hold.since, hold.until), at):
        return False
    if hold.plan_id is not None and hold.plan_id not in {plan.id for plan in _plans(facts)}:
        return False
    kind, passes = facts.touchpoint.kind, CONFIRMS | ANSWERS
    if hold.kind.value in GONE:
        passes = set()
    elif hold.kind.value == "cease":
        passes = {"opt_out_confirmation", "final_cease_notice"}
    stops = (
        isinstance(each.form, HoldRule)
        and hold.kind in each.form.of
        and kind in each.kinds
        and in_force(each.effective, at)
        for each in rules
    )
    return kind.value not in passes or any(stops)
