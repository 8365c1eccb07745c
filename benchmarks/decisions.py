"""Decisions a second under a full stack of layers and fifty past contacts, where the time goes, and policy's share."""

import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

import scheduler.pipeline
from benchmarks.parts import DEFAULTS, app_on
from benchmarks.portfolio import fill
from benchmarks.report import ROOT, row
from benchmarks.sending import DUE, refuse_void, work
from scheduler.bootstrap import App
from scheduler.domain.decision import Send
from scheduler.domain.facts import Facts, Unit
from scheduler.domain.plan import Purpose
from scheduler.domain.policy import Policy, decide
from scheduler.domain.touchpoint import Kind
from scheduler.store.inspecting import facts_of_debtor
from scheduler.store.tables import consent_grant, contact, contact_point, debtor

NOW = datetime(2027, 3, 9, 18, 0, tzinfo=UTC)
"""Noon in Chicago, when both coasts are open."""

LAYERS = ("us-regf", "us-tcpa-sms", "us-ny", "us-nyc")
CONTACTS = 50
NOTICES = (Kind.FIRST_CONTACT_NOTICE, Kind.VALIDATION_NOTICE)
_FUNCTIONS = ("decide", "standing", "wording_objection")


def run(quick: bool) -> None:
    """Decide about one debtor many times, then send to many and see what part of it was deciding."""
    messages = 300 if quick else 3_000
    with tempfile.TemporaryDirectory() as name:
        app = _app(Path(name), messages)
        _decisions(app, 2_000 if quick else 20_000)
        _share(app, messages)
        app.database.close()


def _decisions(app: App, rounds: int) -> None:
    policy, facts = app.catalogue.policy_for("harbour"), _facts(app)
    calendar = app.catalogue.calendar
    decision = decide(facts, policy, calendar, NOW)
    if not isinstance(decision, Send):
        raise SystemExit(f"void: {decision}")
    start = time.process_time()
    for second in range(rounds):
        decide(facts, policy, calendar, NOW + timedelta(seconds=second % 60))
    each_us = (time.process_time() - start) / rounds * 1e6
    rules = len(decision.reasons)
    row(
        f"{rules} rules that have a say, {len(facts.contacts)} past contacts, {len(facts.debtor.zones)} zones",
        f"{1e6 / each_us:,.0f} decisions/s, {each_us:.0f} us each",
    )
    for name, spent_us in sorted(_by_form(facts, policy, app, rounds // 20).items()):
        row(f"  {name}", f"{spent_us:.0f} us")


def _by_form(facts: Facts, policy: Policy, app: App, rounds: int) -> dict[str, float]:
    """Return microseconds of one decision by form."""
    spent: dict[str, float] = defaultdict(float)
    point = facts.debtor.contact_points[0]
    for rule, form in policy.governing(facts).on(facts.touchpoint.kind, point.channel).timed:
        start = time.process_time()
        for _ in range(rounds):
            rule.earliest(form, facts, point, app.catalogue.calendar, NOW)
        spent[type(form).__name__] += (time.process_time() - start) / rounds * 1e6
    return spent


def _share(app: App, messages: int) -> None:
    """Send a message to everybody and say which part of the processor's time the policy took."""
    with _measured() as spent:
        start = time.process_time()
        work(app)
        whole_s = time.process_time() - start
    refuse_void(app, messages)
    policy_ms, whole_ms = sum(spent.values()) / messages * 1e3, whole_s / messages * 1e3
    row(
        f"{messages:,} messages to the outbox, {CONTACTS} past contacts each",
        f"{whole_ms:.2f} ms processor each, policy {policy_ms:.2f} ms",
    )
    row("policy, share of the cost of sending", f"{policy_ms / whole_ms:.2f} (must stay under 0.20)")


@contextmanager
def _measured() -> Iterator[dict[str, float]]:
    """Count the seconds that the pipeline spends in the policy."""
    spent: dict[str, float] = defaultdict(float)
    before = {name: getattr(scheduler.pipeline, name) for name in _FUNCTIONS}
    for name, function in before.items():
        setattr(scheduler.pipeline, name, _timed(function, name, spent))
    try:
        yield spent
    finally:
        for name, function in before.items():
            setattr(scheduler.pipeline, name, function)


def _timed(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*given: object) -> object:
        start = time.thread_time()
        try:
            return function(*given)
        finally:
            spent[name] += time.thread_time() - start

    return timed


def _facts(app: App) -> Facts:
    policy, creditors = app.catalogue.policy_for("harbour"), app.catalogue.creditors
    found = facts_of_debtor(
        app.database, "harbour", "D-1", creditors, NOW, policy.lookback, Kind.REMINDER_PRE_DUE, ("email",)
    )
    if found is None:
        raise SystemExit("void: there is no debtor")
    return found


def _app(folder: Path, debtors: int) -> App:
    """Return the application over debtors on both coasts, each with past calls, under every layer of New York."""
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "templates", folder / "templates")
    creditor = folder / "config" / "creditors" / "harbour.yaml"
    text = creditor.read_text("utf-8").replace("role: original_creditor", "role: third_party")
    creditor.write_text(f"{text}\npolicies: [{', '.join(LAYERS)}]\n", "utf-8")
    app = app_on(f"sqlite:///{folder / 'duly.db'}", folder, DEFAULTS, NOW, folder / "config")
    fill(app.database, debtors, DUE, NOW, channels=("email",))
    _lived(app, debtors)
    return app


def _lived(app: App, debtors: int) -> None:
    """Move everybody to New York, with a phone from the other coast, and a year of conversations behind them."""
    with app.database.write() as connection:
        place = {"country": "US", "region": "NY", "postal_code": "10001"}
        connection.execute(update(debtor).values(**place, zones=("America/Los_Angeles", "America/New_York")))
        connection.execute(
            update(contact_point).values(consent_basis="consent", source="debtor", used_at=NOW)
        )
        points = connection.execute(select(contact_point.c.id)).scalars().all()
        grants = [_grant(point, purpose) for point in points for purpose in Purpose]
        connection.execute(insert(consent_grant), grants)
        for number in range(1, debtors + 1):
            calls = [_contact(number, days, "call", Kind.OVERDUE_NOTICE) for days in range(1, CONTACTS - 1)]
            notices = [_contact(number, CONTACTS, "letter", kind) for kind in NOTICES]
            connection.execute(insert(contact), [*calls, *notices])


def _grant(contact_point_id: int, purpose: Purpose) -> dict[str, object]:
    return {
        "contact_point_id": contact_point_id,
        "purpose": purpose.value,
        "evidence": "a form",
        "author": "benchmark",
        "noted_at": NOW - timedelta(days=30),
        "since": NOW - timedelta(days=30),
    }


def _contact(debtor_id: int, number: int, channel: str, kind: Kind) -> dict[str, object]:
    at = NOW - timedelta(days=8, hours=10 * number)
    return {
        "debtor_id": debtor_id,
        "kind": kind.value,
        "channel": channel,
        "reached": Unit.SENT.value,
        "requested": False,
        "plans": (str(debtor_id),),
        "at": at,
        "noted_at": at,
        "author": "benchmark",
    }
