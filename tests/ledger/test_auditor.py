"""The log read again without the engine: a clean one has no violation, and each that is planted is found once."""

import ast
import asyncio
import json
import secrets
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue, load
from scheduler.domain.delivery import NotSent, Rejected, Unknown
from scheduler.domain.facts import HoldKind
from scheduler.domain.touchpoint import Kind
from scheduler.intake.contacts import Made
from scheduler.intake.desk import Desk
from scheduler.ledger.export import exported_lines
from scheduler.ledger.verification import verify_export
from scheduler.planner import plan_due
from scheduler.ports import NewHold
from scheduler.store.engine import open_database
from scheduler.store.log import SqlLog
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.fakes.world import World, a_payment_row, a_plan_row
from tests.ledger.audited import DAY, HOUR, UPCOMING, Ink, audited, broken
from tests.ledger.plants import (
    PLANTS,
    Plant,
    in_the_margin,
    on_a_public_holiday,
    third_in_seven_days,
    too_soon_after_another,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clean(law: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The log of the real flow under that law: weeks of reminders, with most of what can come between."""
    catalogue = load(law)
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('flow') / 'duly.db'}")
    upgrade(database)
    store, policy = SqlStore(database, secrets.token_bytes), catalogue.policy_for("northwind")
    world = World(store, creditors=catalogue.creditors, policy=policy)
    world.channel.answers = [Rejected("550", blames_address=True), Unknown("timeout"), NotSent("dns_failure")]
    _live(world, catalogue)
    lines = list(exported_lines(SqlLog(database)))
    database.close()
    return lines


def _live(world: World, catalogue: Catalogue) -> None:
    """Let debtors go through six weeks; two of them share a phone, and one may live in New York or in Los Angeles."""
    everywhere: dict[str, object] = {"country": "US", "time_zone": None, "phone": "+12125550123"}
    kinds: list[dict[str, object]] = [
        {},
        {},
        {"phone": "+442079460000"},
        everywhere,
        {"product": "card"},
        {},
        {},
    ]
    for line, kind in enumerate(kinds):
        own = {"plan_ref": f"P-{line}", "debtor_ref": f"D-{line}", "email": f"debtor{line}@example.com"}
        usual = {
            "phone": f"+44207946000{line}",
            "product": "loan",
            "due_date": date(2027, 3, 12) + line * DAY,
        }
        world.take_plans(a_plan_row(line=line + 2, **{**own, **usual, **kind}))
    desk, noted = Desk(world.store, world.creditors), dict[str, int]()
    for day in range(42):
        now = world.clock.now()
        if day == 2:
            noted["hold"] = desk.hold(None, "D-5", None, NewHold(HoldKind.DISPUTE, "ann", "-", now, None))
            said = Made(Kind.FIRST_CONTACT_NOTICE, "letter", "sent", now - HOUR, False, "ann", None)
            desk.contacts.log(None, "D-4", ["P-4"], said, now)
        if day == 5:
            said = Made(Kind.OVERDUE_NOTICE, "call", "conversation", now - HOUR, False, "ann", None)
            desk.contacts.log(None, "D-1", ["P-1"], said, now)
            desk.consent(None, "D-6", "sms", True, "ann", now)
        if day == 12:
            desk.release(noted["hold"], "ann", now)
            world.take_payments(a_payment_row(plan_ref="P-0", received_at=now, medium="sms"))
        asyncio.run(_day(world, catalogue))


async def _day(world: World, catalogue: Catalogue) -> None:
    for _ in range(6):
        pipeline = world.pipeline
        pipeline = replace(pipeline, rules=replace(pipeline.rules, calendar=catalogue.calendar))
        while plan_due(world.store, world.cadences, world.clock.now()):
            pass
        while await pipeline.run_batch():
            pass
        world.clock.move(hours=4)


def test_a_clean_log_of_the_real_flow_has_no_violation(clean: list[bytes], law: Path) -> None:
    found = audited(Ink(clean), law)
    assert found.violations == []
    assert (found.erased, found.unrecorded, found.by_hand) == (0, 0, 2)
    armed = [each for each in map(json.loads, clean) if each["event"] == "armed"]
    assert found.messages == found.audited == len(armed) > 15
    assert {each["channel"] for each in armed} == {"sms", "email"}
    assert {"rejected", "unknown", "deferred", "refused"} < {json.loads(each)["event"] for each in clean}
    spoken = {reason["rule"] for each in map(json.loads, clean) for reason in each["reasons"] or ()}
    assert {
        f"northern/{name}" for name in ("hours", "two-in-seven-days", "one-channel", "notice-first")
    } < spoken
    assert {"hold", "contact_point"} < spoken
    assert verify_export(clean, "log.jsonl").is_sound


def test_a_message_moved_to_another_hour_is_found(clean: list[bytes], law: Path) -> None:
    lines = [json.loads(each) for each in clean]
    armed = next(each for each in lines if each["event"] == "armed")
    armed["at"] = armed["at"][:11] + "04:59:59.000000Z"
    forged = [json.dumps(each).encode() for each in lines]
    (found,) = audited(Ink(forged), law).violations
    assert (found.seq, found.rule, found.debtor_ref) == (armed["seq"], "northern/hours", armed["debtor_ref"])


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_violation_is_found_exactly_once(clean: list[bytes], law: Path, plant: Plant) -> None:
    ink = Ink(clean)
    assert plant(ink, "X-1") == broken(ink, law)


def test_all_planted_violations_are_found_together_and_told_by_rule(clean: list[bytes], law: Path) -> None:
    ink = Ink(clean)
    planted = [each for place, plant in enumerate(PLANTS) for each in plant(ink, f"X-{place}")]
    assert broken(ink, law) == planted
    rules = [rule for _, rule in planted]
    assert audited(ink, law).by_rule == {rule: rules.count(rule) for rule in rules}


def test_a_violation_is_told_in_a_plain_sentence_with_local_times(ink: Ink, law: Path) -> None:
    ink.message(UPCOMING.replace(hour=17))
    third_in_seven_days(ink, "X-2")
    too_soon_after_another(ink, "X-3")
    on_a_public_holiday(ink, "X-4")
    in_the_margin(ink, "X-5")
    first, *rest = audited(ink, law).violations
    assert (first.creditor, first.debtor_ref) == ("northwind", "X-1")
    assert {zone: str(wall) for zone, wall in first.local.items()} == {
        "Europe/London": "2027-04-06 18:00:00+01:00"
    }
    assert [each.what for each in (first, *rest)] == [
        "Tuesday 18:00 in Europe/London lies outside the hours (09:00-18:00)",
        "at most 2 in 7 days for a person, and before it came entries 3, 5",
        "1 day must pass after entry 9, and it was 23 hours",
        "Friday 10:00 in Europe/London lies on a holiday (Good Friday) outside the hours (closed)",
        "Tuesday 17:57 in Europe/London lies in the last 5 minutes before 18:00",
    ]


def test_an_erased_message_is_not_auditable_and_still_counts(ink: Ink, law: Path) -> None:
    ink.message(UPCOMING.replace(hour=23), kind="reminder_due", personal=None, commitment="0" * 64)
    after = ink.message(UPCOMING + 22 * HOUR, kind="reminder_due")
    found = audited(ink, law)
    assert (found.messages, found.audited, found.erased, found.contacts) == (2, 1, 1, 2)
    assert [(each.seq, each.rule) for each in found.violations] == [(after, "northern/day-between")]


def test_a_message_whose_entry_tells_no_facts_is_not_auditable(ink: Ink, law: Path) -> None:
    ink.message(UPCOMING.replace(hour=23), personal={"to": "somewhere"})
    ink.message(UPCOMING.replace(hour=23), "X-2", policy=None)
    found = audited(ink, law)
    assert (found.unrecorded, found.audited, found.violations) == (2, 0, [])


def test_what_a_provider_does_not_carry_is_no_policy_of_the_configuration(ink: Ink, law: Path) -> None:
    ink.message(policy="northern+outbox+fake+strict-fallback", policy_version="1+2+3+4")
    found = audited(ink, law)
    assert found.violations == []
    assert found.versions == {"northern": {"1"}, "outbox": {"2"}, "fake": {"3"}, "strict-fallback": {"4"}}


OWN = {
    path.stem: path
    for path in (ROOT / "scheduler/ledger").glob("*.py")
    if path.stem not in ("__init__", "export", "store_check", "verification")
}


def test_the_auditor_shares_nothing_with_the_engine() -> None:
    allowed = {f"scheduler.ledger.{name}" for name in OWN}
    # The gazetteer says where places lie; it decides nothing.
    allowed |= {f"scheduler.domain.{name}" for name in ("entry", "errors", "places", "touchpoint")}
    strangers = {
        f"{name}: {module}"
        for name, path in OWN.items()
        for module in imported(ast.parse(path.read_bytes()))
        if module.startswith(("scheduler", "channels")) and module not in allowed
    }
    assert strangers == set()


def imported(tree: ast.Module) -> set[str]:
    """Return the names of the modules that a module imports."""
    plain = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    return plain | {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_an_audit_runs_without_the_engine_the_catalogue_and_the_store() -> None:
    program = (
        "import sys, scheduler.ledger.auditor, scheduler.ledger.policy_file\n"
        "print(*sorted(name for name in sys.modules if name.startswith('scheduler.')))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    own = {f"scheduler.ledger.{name}" for name in OWN} | {"scheduler.ledger", "scheduler.domain"}
    values = {
        f"scheduler.domain.{name}" for name in ("decision", "entry", "errors", "places", "plan", "touchpoint")
    }
    assert set(outcome.stdout.split()) <= own | values
