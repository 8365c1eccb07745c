"""Whatever is asked in whatever order, no counter is ever exceeded: counted by code that shares nothing with it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.counters import Cap, OneChannel, Period, Scope
from scheduler.domain.decision import Send
from scheduler.domain.facts import Contact, Facts, Unit
from scheduler.domain.policy import Policy, decide
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.domain import drawn, oracle
from tests.domain.rules_and_days import DAY, HOUR, MINUTE, NO_HOLIDAYS, hours, policy, rule

ZONES = st.sampled_from(
    [
        ("UTC",),
        ("Europe/London",),
        ("America/New_York", "Asia/Kathmandu"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
        ("Australia/Lord_Howe",),
    ]
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([7 * MINUTE, HOUR, 5 * HOUR, 11 * HOUR, DAY, 2 * DAY]),
        st.sampled_from(drawn.KINDS),
        st.sampled_from(["sms", "email"]),
        st.sampled_from([(1,), (2,), (1, 2)]),
        st.sampled_from(["northwind", "southwind"]),
        st.sampled_from(Unit),
        st.booleans(),
    ),
    min_size=5,
    max_size=25,
)
"""What is tried, each so long after the one before."""

Step = tuple[timedelta, Kind, str, tuple[int, ...], str, Unit, bool]
COUNTERS = st.lists(drawn.CAPS | drawn.ONE_CHANNELS, min_size=1, max_size=3)


def rules(counters: Sequence[Cap | OneChannel]) -> Policy:
    """Always open, and limited by these; each limits just what it counts, so that it can be broken by nothing else."""
    limits = (
        rule(each, f"p/{number}", kinds=each.counted.kinds, channels=each.counted.channels)
        for number, each in enumerate(counters)
    )
    return policy(hours("00:00-24:00", id="p/hours"), *limits)


def tried(of: Policy, zones: tuple[str, ...], now: datetime, steps: Sequence[Step]) -> list[Contact]:
    """Decide one after the other, and note what is sent."""
    sent: list[Contact] = []
    for after, kind, channel, plan_ids, creditor, reached, requested in steps:
        now += after
        facts = _facts(zones, kind, channel, plan_ids, creditor, sent)
        decision = decide(facts, of, NO_HOLIDAYS, now)
        if isinstance(decision, Send):
            point = decision.contact_point
            sent.append(
                builders.a_contact(
                    now,
                    kind,
                    channel,
                    address_id=point.address_id,
                    creditor=creditor,
                    sender_group=creditor,
                    plan_ids=plan_ids,
                    reached=reached,
                    requested=requested,
                )
            )
    return sent


def _facts(
    zones: tuple[str, ...],
    kind: Kind,
    channel: str,
    plan_ids: tuple[int, ...],
    creditor: str,
    sent: Sequence[Contact],
) -> Facts:
    plans = [builders.a_plan(id=id, ref=f"P-{id}") for id in plan_ids]
    touchpoint = builders.a_touchpoint(kind=kind, channels=(channel,), plan_id=plans[0].id)
    return builders.facts(
        touchpoint=touchpoint,
        creditor=builders.a_creditor(id=creditor),
        debtor=builders.a_debtor(zones=zones),
        plan=plans[0],
        claims=[builders.a_claim(each) for each in plans],
        payment=builders.a_payment(),
        contacts=sent,
    )


def things(scope: Scope, contact: Contact) -> Sequence[object]:
    """Return what a counter of this scope counts the contact for."""
    of: dict[Scope, Sequence[object]] = {
        Scope.PERSON: ["the person"],
        Scope.DEBTOR: [contact.debtor_id],
        Scope.PLAN: sorted(contact.plan_ids),
        Scope.CONTACT_POINT: [contact.address_id],
        Scope.CREDITOR: [contact.creditor],
        Scope.SENDER_GROUP: [contact.sender_group],
    }
    return of[scope]


def periods(period: Period | None, at: datetime, zones: Sequence[str]) -> list[tuple[str, str]]:
    """Name the day, week or month on each zone's calendar."""
    shape = {Period.DAY: "%Y-%m-%d", Period.WEEK: "%G-W%V", Period.MONTH: "%Y-%m"}[period or Period.DAY]
    return [(zone, oracle.wall(at, zone).strftime(shape)) for zone in zones]


def exceeded(of: Rule, sent: Sequence[Contact], zones: Sequence[str]) -> list[object]:
    """Return where a counter was exceeded."""
    form = of.form
    if isinstance(form, OneChannel):
        counted = [each for each in sent if oracle.counts(form.counted, each)]
        used = {(*name, each.channel) for each in counted for name in periods(form.period, each.at, zones)}
        return [name for name, count in Counter(each[:2] for each in used).items() if count > 1]
    assert isinstance(form, Cap)
    counted = [each for each in sent if oracle.counts(form.counted, each)]
    by_thing: dict[object, list[datetime]] = {}
    for each in counted:
        for thing in things(form.scope, each):
            by_thing.setdefault(thing, []).append(each.at)
    if form.rolling is None:
        tally = Counter(
            (thing, name)
            for thing, instants in by_thing.items()
            for at in instants
            for name in periods(form.period, at, zones)
        )
        return [name for name, count in tally.items() if count > form.maximum]
    return [
        (thing, first)
        for thing, instants in by_thing.items()
        for first, last in zip(instants, instants[form.maximum :], strict=False)
        if last - first < form.rolling
    ]


@given(COUNTERS, ZONES, drawn.INSTANTS, STEPS)
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_decisions_exceeds_a_counter_anywhere(
    counters: list[Cap | OneChannel], zones: tuple[str, ...], now: datetime, steps: list[Step]
) -> None:
    of = rules(counters)

    sent = tried(of, zones, now, steps)

    assert all(earlier.at < later.at for earlier, later in pairwise(sent))
    for each in of.rules[1:]:
        assert exceeded(each, sent, zones) == []


@given(COUNTERS, ZONES, drawn.INSTANTS, STEPS)
@settings(max_examples=50, deadline=None)
def test_nothing_waits_that_exceeds_no_counter(
    counters: list[Cap | OneChannel], zones: tuple[str, ...], now: datetime, steps: list[Step]
) -> None:
    of = rules(counters)
    sent = tried(of, zones, now, steps)
    at = now + sum((each[0] for each in steps), timedelta(0)) + MINUTE
    kind, channel, plan_ids, creditor = steps[-1][1:5]

    decision = decide(_facts(zones, kind, channel, plan_ids, creditor, sent), of, NO_HOLIDAYS, at)

    one_more = builders.a_contact(
        at, kind, channel,
        address_id=1 if channel == "sms" else 2,
        creditor=creditor, sender_group=creditor, plan_ids=plan_ids,
        reached=Unit.CONVERSATION,
    )  # fmt: skip
    breaks = any(
        kind in each.kinds and channel in each.channels and exceeded(each, [*sent, one_more], zones)
        for each in of.rules[1:]
    )
    assert isinstance(decision, Send) != breaks
