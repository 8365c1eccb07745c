"""Drawn by chance: forms of every sort, rules, policies, people and what happened to them.

Whole minutes throughout, so that a count of minutes sees every edge; instants lie near clock changes, a leap day
and the turn of a year. What depends on an instant is drawn by functions, because making strategies anew for each
example costs many times what drawing from them does.
"""

from datetime import UTC, datetime, time

from hypothesis import strategies as st

from scheduler.domain.counters import Cap, Counted, OneChannel, Period, Scope
from scheduler.domain.facts import Contact, Facts, History, Hold, HoldKind, Stated, Unit
from scheduler.domain.holds import HoldRule
from scheduler.domain.hours import Opening, Week
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.phrases import Phrase, Turn
from scheduler.domain.plan import ContactPoint, Grant, Payment, Plan, Purpose
from scheduler.domain.points import ConsentNeeded
from scheduler.domain.policy import Policy
from scheduler.domain.rule import (
    ALWAYS,
    ANYBODY,
    Applies,
    Confidence,
    Effective,
    Form,
    Residence,
    Rule,
    TimeForm,
)
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed, ClosedDays, Hours
from tests import builders
from tests.domain.rules_and_days import ALL, BOTH, DAY, HOUR, MINUTE, SECOND, SMS, Holidays

STARTS = tuple(
    datetime.fromisoformat(each).replace(tzinfo=UTC)
    for each in (
        "2011-12-28 20:00", "2024-02-28 10:00", "2027-03-12 22:00", "2027-03-27 20:00", "2027-04-02 12:00",
        "2027-04-28 18:00", "2027-10-01 13:00", "2027-10-27 12:00", "2027-10-30 00:00", "2027-11-05 23:00",
        "2027-12-30 10:00", "2028-02-28 06:00",
    )
)  # fmt: skip
"""A day or two before the clocks change somewhere, a day is missing, a leap day comes or the year ends."""

PLACES = (
    "America/New_York", "America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo",
    "Asia/Beirut", "Asia/Kathmandu", "Europe/London", "America/Nuuk", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Pacific/Chatham", "America/Santiago", "Africa/Casablanca",
)  # fmt: skip
KINDS = (Kind.REMINDER_DUE, Kind.OVERDUE_NOTICE, Kind.RECEIPT, Kind.HELP_REPLY, Kind.LEGAL_NOTICE)
HAND = frozenset({"sms", "email", "call", "letter"})
CALENDAR = "days-of-rest"

INSTANTS = st.builds(lambda at, m: at + m * MINUTE, st.sampled_from(STARTS), st.integers(0, 2 * 1440))
SECONDS = st.integers(0, 59).map(lambda each: each * SECOND)
LATER = st.integers(0, 3 * 1440).map(lambda each: each * MINUTE)
"""How much later a second question is asked."""

ZONES = st.lists(st.sampled_from(PLACES), min_size=1, max_size=2, unique=True).map(tuple) | st.just(
    ("Pacific/Kiritimati", "Pacific/Pago_Pago")
)
"""Where somebody may be: one place, or several at once, a whole day apart even."""

SPANS = st.tuples(st.integers(-3 * 1440, 3 * 1440), st.none() | st.integers(1, 4 * 1440))
"""From when on and for how long, in minutes; None is for good."""


# --------------------------------------------------------------------------------------------------- forms


def _openings(marks: set[int]) -> tuple[Opening, ...]:
    quarters = sorted(marks)
    pairs = zip(quarters[::2], quarters[1::2], strict=False)
    return tuple((_wall(start) or time.min, _wall(end)) for start, end in pairs)


def _wall(quarters: int) -> time | None:
    return None if quarters == 96 else time(quarters // 4, quarters % 4 * 15)


OPENINGS = st.sets(st.integers(0, 96), min_size=2, max_size=6).map(_openings)
"""Openings of a day on quarter hours that do not overlap; the last may reach the day's end."""


def _week(one: tuple[Opening, ...], two: tuple[Opening, ...], pattern: int, on_holidays: int) -> Week:
    sorts = ((), one, two)
    days = {day: sorts[pattern // 3**day % 3] for day in range(7)}
    return Week(days, (*sorts, None)[on_holidays])


WEEKS = st.builds(_week, OPENINGS, OPENINGS, st.integers(1, 3**7 - 1), st.integers(0, 3))
"""Two sorts of days and closed ones; a holiday is like any day, closed, or has openings of its own."""

ALWAYS_OPEN = Hours(Week(dict.fromkeys(range(7), ((time.min, None),)), None))
HOURS = st.just(ALWAYS_OPEN) | st.builds(
    Hours,
    WEEKS,
    calendar=st.sampled_from([None, CALENDAR]),
    margin=st.sampled_from([0, 0, 5, 20, 90]).map(lambda each: each * MINUTE),
    consented=st.none() | WEEKS,
    answers_any_time=st.booleans(),
)

COUNTED = st.builds(
    Counted,
    st.sampled_from([ALL, frozenset(KINDS[:2]), frozenset(KINDS[1:])]),
    st.sampled_from([BOTH, HAND, frozenset({"sms", "call"}), frozenset({"email"})]),
    st.sampled_from(Unit),
    st.booleans(),
)
LENGTHS = st.integers(1, 8 * 24).map(lambda each: each * HOUR) | st.integers(1, 600).map(
    lambda each: each * MINUTE
)
CAPS = st.builds(Cap, st.sampled_from(Scope), COUNTED, st.integers(1, 3), rolling=LENGTHS) | st.builds(
    Cap, st.sampled_from(Scope), COUNTED, st.integers(1, 3), period=st.sampled_from(Period)
)
ONE_CHANNELS = st.builds(OneChannel, COUNTED, st.sampled_from(Period))

NOTICES = st.builds(
    NoticeFirst,
    st.just(frozenset({Kind.FIRST_CONTACT_NOTICE})),
    st.sampled_from([frozenset({"letter"}), frozenset({"letter", "email"})]),
    wait=LENGTHS,
    within=st.none() | LENGTHS,
)
LATE = st.sampled_from([Closed("never"), Deadline(30 * MINUTE), Deadline(3000 * MINUTE)])
_RESTS = st.lists(st.tuples(st.integers(-3, 9), st.integers(0, 3)), min_size=1, max_size=3)
_FORMS = st.one_of(HOURS, CAPS, ONE_CHANNELS, NOTICES, LATE, _RESTS)


def form(draw: st.DrawFn, now: datetime) -> TimeForm:
    """Draw one form of those that open and close with time; days of rest lie around `now`."""
    found: TimeForm | list[tuple[int, int]] = draw(_FORMS)
    if not isinstance(found, list):
        return found
    firsts = ((now.date() + first * DAY, length * DAY) for first, length in found)
    return ClosedDays(tuple((first, first + length) for first, length in firsts))


# --------------------------------------------------------------------------------------------------- rules

_RESIDENCES = (
    Residence("GB"),
    Residence("GB", "SCT"),
    Residence("US"),
    Residence("GB", None, ("SW", "EC1")),
    Residence("GB", "SCT", ("EH",)),
)
APPLIES = st.just(ANYBODY) | st.builds(
    Applies,
    residence=st.lists(st.sampled_from(_RESIDENCES), max_size=2, unique=True).map(tuple),
    products=st.sampled_from([frozenset(), frozenset({"loan"}), frozenset({"loan", "card"})]),
    other_products=st.sampled_from([frozenset(), frozenset(), frozenset({"card"})]),
    debt_statuses=st.sampled_from([frozenset(), frozenset(), frozenset({"charged-off"})]),
)
_ENDS = st.none() | st.integers(-3 * 1440, 6 * 1440)
_IN_FORCE = st.none() | st.tuples(_ENDS, _ENDS)


def effective(draw: st.DrawFn, now: datetime) -> Effective:
    """Draw from when until when a rule is in force: always, or with ends near an instant."""
    ends = draw(_IN_FORCE)
    if ends is None:
        return ALWAYS
    start, end = (None if each is None else now + each * MINUTE for each in ends)
    backwards = start is not None and end is not None and end < start
    return Effective(end, start) if backwards else Effective(start, end)


_HOW_MANY = st.integers(0, 3)

Timed = tuple[tuple[Rule, TimeForm], ...]


def timed(draw: st.DrawFn, now: datetime, id: str = "p") -> Timed:
    """Draw up to three rules about time that name everything."""
    forms = (form(draw, now) for _ in range(draw(_HOW_MANY)))
    return tuple(
        (Rule(f"{id}/{number}", "none", ALL, BOTH, each, effective=effective(draw, now)), each)
        for number, each in enumerate(forms)
    )


HOLD_KINDS = (HoldKind.DISPUTE, HoldKind.CEASE, HoldKind.DECEASED, HoldKind.MORATORIUM)
_TIMELESS: st.SearchStrategy[Form] = st.one_of(
    st.builds(HoldRule, st.sets(st.sampled_from(HOLD_KINDS), min_size=1).map(frozenset)),
    st.builds(Phrase, st.just({"en": "This is about a debt."}), st.sampled_from(Turn)),
    st.sampled_from([ConsentNeeded(frozenset({each})) for each in ("contract", "consent")]),
)
_SOME_KINDS = st.sampled_from([ALL, ALL, frozenset(KINDS[:3]), frozenset(KINDS[2:])])
_SOME_CHANNELS = st.sampled_from([BOTH, BOTH, SMS])
_CONFIDENCE = st.sampled_from(Confidence)
_BOOLEANS = st.booleans()
_ONE_IN_FOUR = st.integers(0, 3).map(lambda each: each == 3)


def policy(draw: st.DrawFn, now: datetime, id: str = "p", *, fallback: bool = False) -> Policy:
    """Draw rules about some kinds and channels, for some people, at some times; hours among them."""
    forms: list[Form] = [draw(HOURS)]
    for _ in range(draw(_HOW_MANY)):
        forms.append(draw(_TIMELESS) if draw(_ONE_IN_FOUR) else form(draw, now))
    rules = (
        Rule(
            f"{id}/{index}",
            "none",
            draw(_SOME_KINDS),
            draw(_SOME_CHANNELS),
            each,
            confidence=draw(_CONFIDENCE),
            applies=draw(APPLIES),
            effective=effective(draw, now),
            fallback=fallback and draw(_BOOLEANS),
        )
        for index, each in enumerate(forms)
    )
    return Policy(id, f"version-{id}", tuple(rules))


# --------------------------------------------------------------------------------------- what is, and was

_OURS, _THEIRS, _OTHERS = ("northwind", "northwind"), ("southwind", "northwind"), ("southwind", "southwind")
_CONTACTS = st.lists(
    st.tuples(
        st.integers(0, 9 * 1440),
        st.sampled_from(KINDS),
        st.sampled_from(sorted(HAND)),
        st.sampled_from(Unit),
        st.booleans(),
        st.sampled_from([_OURS, _THEIRS, _OTHERS]),
        st.sampled_from([(1, (1,)), (1, (1, 2)), (2, (2,)), (2, (3,))]),
    ),
    max_size=5,
)


def contacts(draw: st.DrawFn, now: datetime) -> tuple[Contact, ...]:
    """Draw contacts of the last nine days."""
    return tuple(
        builders.a_contact(
            now - ago * MINUTE,
            kind,
            channel,
            address_id=number,
            debtor_id=number,
            plan_ids=plan_ids,
            creditor=creditor,
            sender_group=group,
            reached=reached,
            requested=requested,
        )
        for ago, kind, channel, reached, requested, (creditor, group), (number, plan_ids) in draw(_CONTACTS)
    )


def _ends(now: datetime, span: tuple[int, int | None]) -> tuple[datetime, datetime | None]:
    since = now + span[0] * MINUTE
    return since, None if span[1] is None else since + span[1] * MINUTE


_GRANTS = st.lists(SPANS, max_size=2)


def points(draw: st.DrawFn, now: datetime) -> tuple[ContactPoint, ...]:
    """Draw an address on each channel, perhaps with consent to hours beyond the usual."""
    return tuple(
        builders.a_contact_point(
            id=id,
            channel=channel,
            grants=[Grant(Purpose.OUTSIDE_HOURS, *_ends(now, span)) for span in draw(_GRANTS)],
        )
        for id, channel in ((1, "sms"), (2, "email"))
    )


_STATED = st.lists(st.tuples(SPANS, WEEKS, st.sampled_from([BOTH, SMS])), max_size=1)


def stated(draw: st.DrawFn, now: datetime) -> tuple[Stated, ...]:
    """Draw hours that the debtor asked for."""
    found = enumerate(draw(_STATED))
    return tuple(Stated(number, week, on, *_ends(now, span)) for number, (span, week, on) in found)


_PLANS = st.lists(
    st.tuples(st.sampled_from([None, "loan", "card"]), st.sampled_from([None, "charged-off", "current"])),
    min_size=1,
    max_size=2,
)


def plans(draw: st.DrawFn) -> tuple[Plan, ...]:
    """Draw one or two plans of known and unknown sorts."""
    found = enumerate(draw(_PLANS), start=1)
    return tuple(
        builders.a_plan(id=id, ref=f"P-{id}", product=product, debt_status=status)
        for id, (product, status) in found
    )


_AGO = st.integers(0, 9 * 1440)
_FIRSTS = st.dictionaries(st.integers(1, 2), _AGO, max_size=2)
_NOTICES = st.lists(
    st.tuples(_AGO, st.sampled_from(["letter", "email", "sms"]), st.sampled_from([(1,), (2,), (1, 2)])),
    max_size=2,
)


def history(draw: st.DrawFn, now: datetime) -> History:
    """Draw when debts were first spoken of, and formal notices since."""
    notices = (
        builders.a_contact(now - ago * MINUTE, Kind.FIRST_CONTACT_NOTICE, channel, plan_ids=about)
        for ago, channel, about in draw(_NOTICES)
    )
    firsts = {plan_id: now - ago * MINUTE for plan_id, ago in draw(_FIRSTS).items()}
    return History(firsts, tuple(notices))


_PAYMENTS = st.tuples(st.sampled_from([None, "sms", "web"]), st.sampled_from([(), ("email",)]))
_HOLDS = st.lists(st.tuples(st.sampled_from(HOLD_KINDS), st.sampled_from([None, 1, 3]), SPANS), max_size=1)


def holds(draw: st.DrawFn, now: datetime) -> tuple[Hold, ...]:
    """Draw a hold on everything or on one plan, or none."""
    return tuple(Hold(1, kind, plan_id, *_ends(now, span)) for kind, plan_id, span in draw(_HOLDS))


def payment(draw: st.DrawFn) -> Payment:
    """Draw a payment, perhaps on a medium on which it may be confirmed."""
    medium, receipt_by = draw(_PAYMENTS)
    return builders.a_payment(medium=medium, receipt_by=receipt_by)


_KINDS = st.sampled_from(KINDS)
_COUNTRIES = st.sampled_from(["GB", "GB", "GB", None])
_REGIONS = st.sampled_from([None, "SCT", "ENG"])
_POSTAL_CODES = st.sampled_from([None, "SW1A 1AA", "EH1 1AA"])
_CHANNELS = st.sampled_from([("sms",), ("email",)])
_SINCE_DUE = st.integers(0, 1440).map(lambda each: each * MINUTE)


def facts(draw: st.DrawFn, now: datetime, *, held: bool = False) -> Facts:
    """Draw everything that a decision may look at, about a message that is due and not paid."""
    of_plans, kind = plans(draw), draw(_KINDS)
    debtor = builders.a_debtor(
        zones=draw(ZONES),
        country=draw(_COUNTRIES),
        region=draw(_REGIONS),
        postal_code=draw(_POSTAL_CODES),
        contact_points=points(draw, now),
    )
    touchpoint = builders.a_touchpoint(kind=kind, channels=draw(_CHANNELS), due_at=now - draw(_SINCE_DUE))
    return builders.facts(
        touchpoint=touchpoint,
        debtor=debtor,
        plan=of_plans[0],
        claims=[builders.a_claim(each) for each in of_plans],
        payment=payment(draw) if kind is Kind.RECEIPT else None,
        holds=holds(draw, now) if held else (),
        contacts=contacts(draw, now),
        history=history(draw, now),
        stated=stated(draw, now),
    )


_DAYS = st.lists(st.integers(0, 5), max_size=2)


def calendar(draw: st.DrawFn, now: datetime) -> Holidays:
    """Draw public holidays and days of rest around an instant."""
    public, rest = ([(now + each * DAY).date() for each in draw(_DAYS)] for _ in range(2))
    return Holidays(*public, calendars={CALENDAR: rest})
