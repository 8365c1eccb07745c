"""Portfolios that the default words must cope with, and how a test reads what came of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scheduler.catalogue.words import Wording
from scheduler.domain.facts import Claim, Facts
from scheduler.domain.message import Words
from scheduler.domain.plan import Creditor, Debtor, Instalment, Plan, Role
from scheduler.domain.touchpoint import Kind
from tests.builders import NOW, a_creditor, a_debtor, a_payment, a_plan, a_touchpoint, an_instalment, facts

ROOT = Path(__file__).parents[2] / "templates"
REMINDERS = {
    "upcoming": Kind.REMINDER_PRE_DUE,
    "due-today": Kind.REMINDER_DUE,
    "overdue-gentle": Kind.OVERDUE_NOTICE,
    "overdue-help": Kind.OVERDUE_NOTICE,
}
KINDS = REMINDERS | {"payment-received": Kind.RECEIPT, "plan-completed": Kind.PLAN_COMPLETED}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}


@dataclass(frozen=True)
class Case:
    """One portfolio's oddity; its plans are what the message speaks of."""

    name: str
    plans: Sequence[Plan] = field(default_factory=lambda: (a_plan(),))
    creditor: Creditor = field(default_factory=a_creditor)
    debtor: Debtor = field(default_factory=a_debtor)

    def facts(self, template: str, locale: str) -> Facts:
        plan, kind = self.plans[0], KINDS[template]
        debtor = a_debtor(name=self.debtor.name, locale=locale, country=self.debtor.country)
        touchpoint = a_touchpoint(step=template, kind=kind)
        if not kind.confirms_payment:
            claims = [Claim(plan, plan.instalments[0]) for plan in self.plans]
            return facts(
                touchpoint=touchpoint, creditor=self.creditor, debtor=debtor, plan=plan, claims=claims
            )
        if kind is Kind.PLAN_COMPLETED:
            plan = paid(plan)
        payment = a_payment(currency=plan.currency, amount_minor=10_000)
        return facts(
            touchpoint=touchpoint,
            creditor=self.creditor,
            debtor=debtor,
            plan=plan,
            claims=[],
            payment=payment,
        )


def paid(plan: Plan) -> Plan:
    return a_plan(ref=plan.ref, currency=plan.currency, instalments=[an_instalment(paid_minor=23_450)])


def bare(amount_minor: int = 5_000) -> Instalment:
    return an_instalment(
        amount_minor=amount_minor, principal_minor=None, interest_minor=None, fees_minor=None
    )


def in_currency(currency: str, id: int = 1) -> Plan:
    return a_plan(id=id, ref=f"NW-{currency}-{id}", currency=currency)


THIRD_PARTY = a_creditor(role=Role.THIRD_PARTY, writes_as="Harbour Accounts")
PART_PAID = a_plan(
    instalments=[an_instalment(paid_minor=10_000), an_instalment(id=2, due_date=date(2027, 4, 12))]
)

ORDINARY = [
    Case("ordinary"),
    Case("euro", plans=(in_currency("EUR"),)),
    Case("rupees", plans=(in_currency("INR"),), debtor=a_debtor(country="IN")),
    Case("an amount of thousands", plans=(a_plan(instalments=[bare(1_234_567)]),)),
    Case("parts missing", plans=(a_plan(instalments=[bare()]),)),
    Case(
        "one part stated",
        plans=(a_plan(instalments=[an_instalment(principal_minor=None, interest_minor=None)]),),
    ),
    Case("two plans", plans=(in_currency("GBP", 1), in_currency("GBP", 2))),
]
NASTY = [
    Case("yen", plans=(in_currency("JPY"),), debtor=a_debtor(country="JP")),
    Case("dinars", plans=(in_currency("KWD"),), debtor=a_debtor(country="KW")),
    Case("part-paid", plans=(PART_PAID,)),
    Case("third party, part-paid", plans=(PART_PAID,), creditor=THIRD_PARTY),
    Case("several currencies", plans=(in_currency("EUR", 1), in_currency("JPY", 2), in_currency("KWD", 3))),
    Case("many plans", plans=tuple(in_currency("GBP", each) for each in range(1, 12))),
    Case("long names", debtor=a_debtor(name="M" * 2_000), creditor=a_creditor(name="N" * 2_000)),
    Case(
        "right to left",
        debtor=a_debtor(name="\u202eمريم الفاسي"),
        creditor=a_creditor(name="بنك \u2067مصرف"),
    ),
    Case(
        "emoji", debtor=a_debtor(name="Maria 👩\u200d👩\u200d👧 🎉"), creditor=a_creditor(name="Northwind 🌬")
    ),
    Case("markup", debtor=a_debtor(name='<b>&"{{ 7 * 7 }}{% x %}'), creditor=a_creditor(name="<i>N&N</i>")),
    Case(
        "line breaks",
        debtor=a_debtor(name="Maria\r\nBcc: a@example.com"),
        creditor=a_creditor(name="North\nwind"),
    ),
    Case("no phone", creditor=a_creditor(phone=None)),
    Case("no payment link", creditor=a_creditor(payment_link=None)),
    Case("neither", creditor=a_creditor(payment_link=None, phone=None)),
    Case("empty name", debtor=a_debtor(name="")),
    Case("no country", debtor=a_debtor(country=None)),
]
CASES = ORDINARY + NASTY


def named(cases: Iterable[Case]) -> list[object]:
    """Return the cases as parameters with their names."""
    return [pytest.param(case, id=case.name) for case in cases]


def composed(wording: Wording, case: Case, template: str, channel: str, language: str) -> Words:
    """Return what a template says of a case."""
    return wording.compose(case.facts(template, LOCALES[language]), channel, NOW)


def every(words: Words) -> str:
    """Return everything that the debtor may read of a message."""
    return "\n".join((words.subject or "", words.text, words.html or ""))


class Balance(HTMLParser):
    """Notes whatever is not well formed, and keeps the words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.elements: set[str] = set()
        self.words = ""
        self.feed(source)
        self.close()
        self.faults += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data
