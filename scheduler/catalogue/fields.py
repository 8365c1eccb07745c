"""What a template may say: the documented fields, and how the facts of one message fill them.

Every field is text, a whole number, yes or no, a list or a group; templates/README.md describes each for
those who write the words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial

from scheduler.catalogue import formats
from scheduler.domain.facts import Claim, Facts
from scheduler.domain.hours import local_date
from scheduler.domain.plan import Creditor, Instalment, Payment, Plan, Role


@dataclass(frozen=True, slots=True)
class CreditorFields:
    """Who is owed and who writes; `phone` and `payment_link` are empty where there is none."""

    name: str
    writes_as: str
    on_behalf: bool
    email: str
    phone: str
    address: str
    payment_link: str


@dataclass(frozen=True, slots=True)
class DebtorFields:
    """The person who reads."""

    name: str


@dataclass(frozen=True, slots=True)
class ItemFields:
    """One instalment; `principal`, `interest`, `fees` and `paid` are empty where there is nothing to say."""

    plan: str
    number: str
    due_date: str
    amount: str
    principal: str
    interest: str
    fees: str
    has_parts: bool
    paid: str
    remaining: str
    days_until: int
    days_past: int
    days: str


@dataclass(frozen=True, slots=True)
class TotalFields:
    """What is still to be paid in one currency, over all instalments of the message."""

    currency: str
    remaining: str


@dataclass(frozen=True, slots=True)
class PaymentFields:
    """The payment that the message confirms; `method` is empty where it is not known."""

    amount: str
    date: str
    reference: str
    method: str


@dataclass(frozen=True, slots=True)
class Fields:
    """Everything that a template may say; `balance` is empty once nothing is owed on the plan.

    `says_stop` is whether what the policy requires tells the debtor already to answer STOP.
    """

    creditor: CreditorFields
    debtor: DebtorFields
    reference: str
    items: tuple[ItemFields, ...]
    first: ItemFields | None
    several: bool
    unlisted: int
    totals: tuple[TotalFields, ...]
    payment: PaymentFields | None
    balance: str
    next_due: ItemFields | None
    says_stop: bool


@dataclass(frozen=True, slots=True)
class Manner:
    """How one message is written: the locale of its formats; `brief` and `plain` (GSM-7) for an SMS."""

    locale: str
    brief: bool
    plain: bool

    @property
    def name_limit(self) -> int:
        """How many characters a name may take."""
        return 60 if self.brief else 120

    @property
    def most_listed(self) -> int:
        """How many instalments are listed; the total counts the others too."""
        return 5 if self.brief else 100

    def money(self, amount_minor: int, currency: str) -> str:
        """Return an amount as the debtor writes it."""
        return formats.money(amount_minor, currency, self.locale, self.plain)

    def day(self, value: date) -> str:
        """Return a date as the debtor writes it."""
        return formats.day(value, self.locale, "medium" if self.brief else "long")


def build(facts: Facts, manner: Manner, now: datetime, says_stop: bool = False) -> Fields:
    """Fill the fields of one message; days are counted in the zone of each plan.

    Raises ValueError when the creditor's payment link is not a web address.
    """
    unpaid, upcoming = _unpaid(facts), _next_open(facts.plan)
    items = tuple(
        [_item(claim.plan, claim.instalment, manner, now) for claim in unpaid[: manner.most_listed]]
    )
    return Fields(
        creditor=_creditor(facts.creditor, manner.name_limit),
        debtor=DebtorFields(formats.clean(facts.debtor.name, manner.name_limit)),
        reference=items[0].plan if items else formats.clean(facts.plan.ref),
        items=items,
        first=items[0] if items else None,
        several=len(unpaid) > 1,
        unlisted=len(unpaid) - len(items),
        totals=_totals(unpaid, manner),
        payment=_payment(facts.payment, facts.plan, manner) if facts.payment else None,
        balance=manner.money(facts.plan.balance_minor, facts.plan.currency) if upcoming else "",
        next_due=_listed(unpaid, items, upcoming) or _item(facts.plan, upcoming, manner, now)
        if upcoming
        else None,
        says_stop=says_stop,
    )


def _listed(unpaid: Sequence[Claim], items: Sequence[ItemFields], wanted: Instalment) -> ItemFields | None:
    """Return the fields of an instalment that the message asks for."""
    return next(
        (item for claim, item in zip(unpaid, items, strict=False) if claim.instalment is wanted), None
    )


def _unpaid(facts: Facts) -> list[Claim]:
    """Return what the message asks for, in the order of due dates: nothing in a receipt."""
    if facts.touchpoint.kind.confirms_payment:
        return []
    unpaid = [claim for claim in facts.claims if claim.instalment.open_minor]
    return sorted(unpaid, key=lambda claim: (claim.instalment.due_date, claim.plan.ref))


@lru_cache(maxsize=1024)
def _creditor(creditor: Creditor, name_limit: int) -> CreditorFields:
    third_party = creditor.role is Role.THIRD_PARTY
    return CreditorFields(
        name=formats.clean(creditor.name, name_limit),
        writes_as=formats.clean(creditor.writes_as, name_limit),
        on_behalf=third_party and creditor.writes_as != creditor.name,
        email=formats.clean(creditor.email),
        phone=formats.clean(creditor.phone or ""),
        address=formats.clean(creditor.address),
        payment_link=_web_address(formats.clean(creditor.payment_link or "")),
    )


def _web_address(link: str) -> str:
    if link and not link.startswith(("https://", "http://")):
        raise ValueError("the creditor's payment_link does not begin with https://")
    return link


_local_date = lru_cache(maxsize=1024)(local_date)
"""The messages of a batch ask for one instant in few zones."""


def _item(plan: Plan, instalment: Instalment, manner: Manner, now: datetime) -> ItemFields:
    money = partial(manner.money, currency=plan.currency)
    parts = (instalment.principal_minor, instalment.interest_minor, instalment.fees_minor)
    principal, interest, fees = ["" if part is None else money(part) for part in parts]
    away = (instalment.due_date - _local_date(now, plan.zone)).days
    return ItemFields(
        plan=formats.clean(plan.ref),
        number=formats.clean(instalment.number),
        due_date=manner.day(instalment.due_date),
        amount=money(instalment.amount_minor),
        principal=principal,
        interest=interest,
        fees=fees,
        has_parts=bool(principal or interest or fees),
        paid=money(instalment.paid_minor) if instalment.paid_minor else "",
        remaining=money(instalment.open_minor),
        days_until=max(0, away),
        days_past=max(0, -away),
        days=formats.days(abs(away), manner.locale),
    )


def _next_open(plan: Plan) -> Instalment | None:
    unpaid = (each for each in plan.instalments if each.open_minor)
    return min(unpaid, key=lambda each: each.due_date, default=None)


def _totals(claims: Iterable[Claim], manner: Manner) -> tuple[TotalFields, ...]:
    sums: dict[str, int] = {}
    for claim in claims:
        sums[claim.plan.currency] = sums.get(claim.plan.currency, 0) + claim.instalment.open_minor
    return tuple(TotalFields(currency, manner.money(minor, currency)) for currency, minor in sums.items())


def _payment(payment: Payment, plan: Plan, manner: Manner) -> PaymentFields:
    return PaymentFields(
        amount=manner.money(payment.amount_minor, payment.currency),
        date=manner.day(local_date(payment.received_at, plan.zone)),
        reference=formats.clean(payment.ref),
        method=formats.clean(payment.method or "", manner.name_limit),
    )
