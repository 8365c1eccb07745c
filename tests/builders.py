"""Fictional creditors, debtors, plans and facts with sensible defaults, for any test to vary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scheduler.domain.facts import NO_HISTORY, Claim, Contact, Facts, History, Hold, Stated, Unit
from scheduler.domain.plan import (
    UNKNOWN_ORIGIN,
    ContactPoint,
    Creditor,
    Debtor,
    Grant,
    Instalment,
    Origin,
    Payment,
    Plan,
    PlanStatus,
    Role,
)
from scheduler.domain.touchpoint import Kind, Touchpoint, touchpoint_key

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
"""A Tuesday morning, three days before the default instalment is due."""

DUE = date(2027, 3, 12)
"""The default instalment's due date."""


def a_creditor(
    *,
    id: str = "northwind",
    name: str = "Northwind Credit",
    role: Role = Role.ORIGINAL_CREDITOR,
    address: str = "1 Harbour Street, London",
    email: str = "help@northwind.example.com",
    phone: str | None = "+44 20 7946 0018",
    zone: str = "Europe/London",
    policies: tuple[str, ...] = ("courtesy",),
    cadence: str = "standard",
    payment_link: str | None = "https://pay.example.com/northwind",
    default_consent_basis: str | None = "contract",
    writes_as: str | None = None,
    email_from: str = "plans@northwind.example.com",
    group: str | None = None,
    approvals: frozenset[str] = frozenset(),
) -> Creditor:
    """A creditor that writes for itself; `writes_as` is its name unless said otherwise."""
    return Creditor(
        id=id,
        name=name,
        role=role,
        address=address,
        email=email,
        phone=phone,
        zone=zone,
        policies=policies,
        cadence=cadence,
        payment_link=payment_link,
        default_consent_basis=default_consent_basis,
        writes_as=name if writes_as is None else writes_as,
        email_from=email_from,
        group=group,
        approvals=approvals,
    )


def a_contact_point(
    *,
    id: int = 1,
    channel: str = "sms",
    address: str | None = None,
    address_id: int | None = None,
    consent_basis: str | None = "contract",
    opted_out: bool = False,
    invalid: bool = False,
    origin: Origin = UNKNOWN_ORIGIN,
    grants: Sequence[Grant] = (),
) -> ContactPoint:
    """A reachable contact point with consent; its address follows from its channel."""
    usual = "maria@example.com" if channel == "email" else "+447700900123"
    return ContactPoint(
        id=id,
        channel=channel,
        address=usual if address is None else address,
        address_id=id if address_id is None else address_id,
        consent_basis=consent_basis,
        opted_out=opted_out,
        invalid=invalid,
        origin=origin,
        grants=tuple(grants),
    )


def a_debtor(
    *,
    id: int = 1,
    creditor: str = "northwind",
    ref: str = "D-1",
    name: str = "Maria Silva",
    locale: str = "en-GB",
    country: str | None = "GB",
    region: str | None = None,
    zones: tuple[str, ...] = ("Europe/London",),
    contact_points: Sequence[ContactPoint] | None = None,
    postal_code: str | None = None,
    opted_out_channels: frozenset[str] = frozenset(),
) -> Debtor:
    """A debtor who can be reached by SMS and by email."""
    usual = (a_contact_point(id=1, channel="sms"), a_contact_point(id=2, channel="email"))
    return Debtor(
        id=id,
        creditor=creditor,
        ref=ref,
        name=name,
        locale=locale,
        country=country,
        region=region,
        zones=zones,
        contact_points=usual if contact_points is None else tuple(contact_points),
        postal_code=postal_code,
        opted_out_channels=opted_out_channels,
    )


def an_instalment(
    *,
    id: int = 1,
    identity: str | None = None,
    number: str = "1",
    due_date: date = DUE,
    amount_minor: int = 23_450,
    principal_minor: int | None = 20_000,
    interest_minor: int | None = 3_000,
    fees_minor: int | None = 450,
    paid_minor: int = 0,
) -> Instalment:
    """An unpaid instalment of 234.50 whose parts add up; its identity is its number unless said otherwise."""
    return Instalment(
        id=id,
        identity=number if identity is None else identity,
        number=number,
        due_date=due_date,
        amount_minor=amount_minor,
        principal_minor=principal_minor,
        interest_minor=interest_minor,
        fees_minor=fees_minor,
        paid_minor=paid_minor,
    )


def a_plan(
    *,
    id: int = 1,
    creditor: str = "northwind",
    ref: str = "NW-2027-0042",
    debtor_id: int = 1,
    currency: str = "GBP",
    zone: str = "Europe/London",
    cadence: str = "standard",
    status: PlanStatus = PlanStatus.ACTIVE,
    instalments: Sequence[Instalment] | None = None,
    product: str | None = None,
    debt_status: str | None = None,
) -> Plan:
    """An active plan of two instalments, due on `DUE` and thirty-one days later."""
    usual = (an_instalment(), an_instalment(id=2, number="2", due_date=DUE + timedelta(days=31)))
    return Plan(
        id=id,
        creditor=creditor,
        ref=ref,
        debtor_id=debtor_id,
        currency=currency,
        zone=zone,
        cadence=cadence,
        status=status,
        instalments=usual if instalments is None else tuple(instalments),
        product=product,
        debt_status=debt_status,
    )


def a_claim(plan: Plan | None = None) -> Claim:
    """The first instalment of a plan, with the plan."""
    plan = a_plan() if plan is None else plan
    return Claim(plan, plan.instalments[0])


def a_payment(
    *,
    id: int = 1,
    ref: str = "PAY-0007",
    plan_id: int = 1,
    amount_minor: int = 23_450,
    currency: str = "GBP",
    received_at: datetime = NOW - timedelta(hours=2),
    method: str | None = "bank transfer",
    medium: str | None = None,
    receipt_by: tuple[str, ...] = (),
) -> Payment:
    """A payment of 234.50, received two hours before `NOW`."""
    return Payment(
        id=id,
        ref=ref,
        plan_id=plan_id,
        amount_minor=amount_minor,
        currency=currency,
        received_at=received_at,
        method=method,
        medium=medium,
        receipt_by=receipt_by,
    )


def a_contact(
    at: datetime = NOW,
    kind: Kind = Kind.OVERDUE_NOTICE,
    channel: str = "sms",
    *,
    address_id: int | None = 1,
    debtor_id: int = 1,
    creditor: str = "northwind",
    sender_group: str = "northwind",
    plan_ids: Sequence[int] = (1,),
    reached: Unit = Unit.DELIVERED,
    requested: bool = False,
) -> Contact:
    """An overdue notice that reached the default debtor at `NOW` by SMS, about the default plan."""
    return Contact(
        at=at,
        kind=kind,
        channel=channel,
        address_id=address_id,
        debtor_id=debtor_id,
        creditor=creditor,
        sender_group=sender_group,
        plan_ids=frozenset(plan_ids),
        reached=reached,
        requested=requested,
    )


def a_touchpoint(
    *,
    id: int = 0,
    key: str | None = None,
    creditor: str = "northwind",
    debtor_id: int = 1,
    plan_id: int = 1,
    instalment_id: int | None = 1,
    payment_id: int | None = None,
    step: str = "upcoming",
    kind: Kind = Kind.REMINDER_PRE_DUE,
    template: str | None = None,
    channels: tuple[str, ...] = ("sms", "email"),
    cadence: str = "standard",
    cadence_version: str = "v1",
    due_at: datetime = NOW,
    ends_at: datetime | None = None,
    attempts: int = 0,
) -> Touchpoint:
    """A touchpoint that is due at `NOW`; template and key follow from the step unless said otherwise.

    `facts` gives it the key of the instalment that it names, unless it was given one here.
    """
    made = Touchpoint(
        id=id,
        key="" if key is None else key,
        creditor=creditor,
        debtor_id=debtor_id,
        plan_id=plan_id,
        instalment_id=instalment_id,
        payment_id=payment_id,
        step=step,
        kind=kind,
        template=step if template is None else template,
        channels=channels,
        cadence=cadence,
        cadence_version=cadence_version,
        due_at=due_at,
        ends_at=ends_at,
        attempts=attempts,
    )
    return replace(made, key=_usual_key(made)) if key is None else made


def _usual_key(touchpoint: Touchpoint) -> str:
    subject = str(touchpoint.instalment_id or touchpoint.payment_id)
    return touchpoint_key(touchpoint.creditor, str(touchpoint.plan_id), subject, touchpoint.step)


def facts(
    *,
    touchpoint: Touchpoint | None = None,
    creditor: Creditor | None = None,
    debtor: Debtor | None = None,
    plan: Plan | None = None,
    claims: Sequence[Claim] | None = None,
    payment: Payment | None = None,
    holds: Sequence[Hold] = (),
    contacts: Sequence[Contact] = (),
    tried: frozenset[int] = frozenset(),
    history: History = NO_HISTORY,
    stated: Sequence[Stated] = (),
) -> Facts:
    """Facts about one touchpoint; the claims are the plan's instalment that it names, unless given."""
    touchpoint = a_touchpoint() if touchpoint is None else touchpoint
    plan = a_plan() if plan is None else plan
    named = [Claim(plan, each) for each in plan.instalments if each.id == touchpoint.instalment_id]
    if touchpoint.key == _usual_key(touchpoint) and named:
        of = (named[0].instalment.identity, touchpoint.step, named[0].instalment.due_date.isoformat())
        touchpoint = replace(touchpoint, key=touchpoint_key(plan.creditor, plan.ref, *of))
    return Facts(
        touchpoint=touchpoint,
        creditor=a_creditor() if creditor is None else creditor,
        debtor=a_debtor() if debtor is None else debtor,
        plan=plan,
        claims=tuple(named if claims is None else claims),
        payment=payment,
        holds=tuple(holds),
        contacts=tuple(contacts),
        tried=tried,
        history=history,
        stated=tuple(stated),
    )


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write files by their path under a folder, and return the folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root
