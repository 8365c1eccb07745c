"""Turns what a scenario gives into the facts that a decision looks at. Every person in them is made up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scheduler.catalogue.models_hours import week
from scheduler.domain.facts import Claim, Contact, Facts, History, Hold, Stated, Unit
from scheduler.domain.plan import (
    ContactPoint,
    Creditor,
    Debtor,
    Grant,
    Instalment,
    Origin,
    Payment,
    Plan,
    PlanStatus,
)
from scheduler.domain.touchpoint import FORMAL, Touchpoint
from scheduler.intake.weeks import outside
from scheduler.rehearsal.scenario_given import (
    ContactGiven,
    CreditorGiven,
    DebtorGiven,
    GivenModel,
    HoldGiven,
    PlanGiven,
    PointGiven,
    StatedGiven,
)
from scheduler.rehearsal.scenario_models import ScenarioModel

_THIS_PLAN, _OTHER_PLAN = 1, 2
_THIS_DEBTOR, _OTHER_RECORD = 1, 2
_POINT_IDS, _OTHER_POINT_IDS = {"sms": 1, "email": 2}, {"sms": 3, "email": 4}
_ANOTHER_ADDRESS = 5
_ADDRESSES = {1: "+442079460018", 2: "maria@example.com", 3: "+442079460019", 4: "silva@example.com"}
_AMOUNT_MINOR = 10_000


def build_facts(given: GivenModel, scenario: ScenarioModel, lookback: timedelta) -> Facts:
    """Return the facts of a scenario. Contacts count as far back as `lookback`, as they do when it is in earnest."""
    creditor, when = given.creditor, scenario.when
    plan = _plan(given.plan, creditor, when.due_at or when.at)
    contacts = tuple(_contact(each, creditor) for each in scenario.contacts)
    return Facts(
        touchpoint=_touchpoint(scenario, creditor),
        creditor=_creditor(creditor),
        debtor=_debtor(given.debtor, creditor, tuple(_points(given))),
        plan=plan,
        claims=(Claim(plan, plan.instalments[0]),),
        payment=_payment(scenario),
        holds=tuple(_hold(id_, each) for id_, each in enumerate(scenario.holds, 1)),
        contacts=tuple(each for each in contacts if each.at > when.at - lookback),
        tried=frozenset(),
        history=_history(scenario, contacts),
        stated=tuple(_stated(id_, each) for id_, each in enumerate(scenario.stated, 1)),
    )


def _creditor(given: CreditorGiven) -> Creditor:
    return Creditor(
        id=given.id,
        name="Harbour Lending",
        role=given.role,
        address="12 Harbour Street, Bristol",
        email="help@harbour.example.com",
        phone=None,
        zone="UTC",
        policies=(),
        cadence="standard",
        payment_link=None,
        default_consent_basis=None,
        writes_as="Harbour Lending",
        email_from="plans@harbour.example.com",
        group=given.group,
    )


def _debtor(given: DebtorGiven, creditor: CreditorGiven, points: tuple[ContactPoint, ...]) -> Debtor:
    return Debtor(
        id=_THIS_DEBTOR,
        creditor=creditor.id,
        ref="D-1",
        name="Maria Silva",
        locale=given.locale,
        country=given.country,
        region=given.region,
        zones=given.zones,
        contact_points=points,
        postal_code=given.postal_code,
    )


def _points(given: GivenModel) -> Iterator[ContactPoint]:
    first, others = (
        {"sms": given.sms, "email": given.email},
        {"sms": given.other_sms, "email": given.other_email},
    )
    for ids, points in ((_POINT_IDS, first), (_OTHER_POINT_IDS, others)):
        for channel, point in points.items():
            if point is not None:
                yield _point(ids[channel], channel, point)


def _point(id_: int, channel: str, given: PointGiven) -> ContactPoint:
    return ContactPoint(
        id=id_,
        channel=channel,
        address=_ADDRESSES[id_],
        address_id=id_,
        consent_basis=given.consent,
        opted_out=given.opted_out,
        origin=Origin(given.source, given.used_at, given.checked_at, given.work, given.shared),
        grants=tuple(Grant(each.purpose, each.since, each.until) for each in given.grants),
    )


def _plan(given: PlanGiven, creditor: CreditorGiven, due_at: datetime) -> Plan:
    instalment = Instalment(1, "1", "1", due_at.astimezone(UTC).date(), _AMOUNT_MINOR, None, None, None, 0)
    return Plan(
        id=_THIS_PLAN,
        creditor=creditor.id,
        ref="P-1",
        debtor_id=_THIS_DEBTOR,
        currency="USD",
        zone="UTC",
        cadence="standard",
        status=PlanStatus.ACTIVE,
        instalments=(instalment,),
        product=given.product,
        debt_status=given.debt_status,
    )


def _touchpoint(scenario: ScenarioModel, creditor: CreditorGiven) -> Touchpoint:
    when = scenario.when
    return Touchpoint(
        id=1,
        key="scenario",
        creditor=creditor.id,
        debtor_id=_THIS_DEBTOR,
        plan_id=_THIS_PLAN,
        instalment_id=None,
        payment_id=1 if scenario.payment or when.kind.confirms_payment else None,
        step=when.kind.value,
        kind=when.kind,
        template=when.kind.value,
        channels=when.channels,
        cadence="standard",
        cadence_version="",
        due_at=when.due_at or when.at,
        ends_at=None,
        attempts=0,
    )


def _payment(scenario: ScenarioModel) -> Payment | None:
    given, when = scenario.payment, scenario.when
    if given is None and not when.kind.confirms_payment:
        return None
    medium, receipt_by, at = (given.medium, given.receipt_by, given.at) if given else (None, (), None)
    received_at = at or when.due_at or when.at
    return Payment(1, "PAY-1", _THIS_PLAN, _AMOUNT_MINOR, "USD", received_at, None, medium, receipt_by)


_ADDRESSED_AS = {"call": "sms"}
"""A call goes to the number for SMS."""


def _contact(given: ContactGiven, creditor: CreditorGiven) -> Contact:
    """Another creditor writes about another debt of the same person, under another record, unless it is said."""
    is_own = given.creditor in (None, creditor.id)
    sender = creditor.id if is_own else str(given.creditor)
    plan = given.plan or ("same" if is_own else "other")
    is_same_address = given.address == "same"
    return Contact(
        at=given.at,
        kind=given.kind,
        channel=given.channel,
        address_id=_POINT_IDS.get(_ADDRESSED_AS.get(given.channel, given.channel))
        if is_same_address
        else _ANOTHER_ADDRESS,
        debtor_id=_THIS_DEBTOR if is_own else _OTHER_RECORD,
        creditor=sender,
        sender_group=given.group or (creditor.group if is_own else None) or sender,
        plan_ids=frozenset({_plan_id(plan)}),
        reached=given.reached,
        requested=given.requested,
    )


def _plan_id(which: str) -> int:
    return _THIS_PLAN if which == "same" else _OTHER_PLAN


def _history(scenario: ScenarioModel, contacts: tuple[Contact, ...]) -> History:
    about = [each for each in contacts if _THIS_PLAN in each.plan_ids]
    earliest = min((each.at for each in about), default=None)
    heard = min((each.at for each in about if each.reached >= Unit.DELIVERED), default=None)
    first, spoken = earliest, heard
    if scenario.says_first_contact:
        first = scenario.first_contact
        spoken = first if heard is not None or not about else None
    return History(
        first_contact_at={} if first is None else {_THIS_PLAN: first},
        notices=tuple(each for each in contacts if each.kind in FORMAL and each.went_out),
        spoken_at={} if spoken is None else {_THIS_PLAN: spoken},
    )


def _hold(id_: int, given: HoldGiven) -> Hold:
    plan_id = None if given.plan is None else _plan_id(given.plan)
    return Hold(id_, given.kind, plan_id, given.since, given.until)


def _stated(id_: int, given: StatedGiven) -> Stated:
    open_hours = week(given.only) if given.only is not None else outside(week(given.never or {}))
    return Stated(id_, open_hours, frozenset(given.channels), given.since, given.until)
