"""Reports on real databases: once each, in any order, each effect in the transaction that keeps the event."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest

from scheduler.domain.delivery import NotSent, Rejected, Unknown
from scheduler.domain.news import PlanRow
from scheduler.domain.outcome import Absent, TimeUp
from scheduler.domain.receipt import ReceiptKind
from scheduler.ports import Settlement
from tests.fakes.world import World, a_plan_row, states, turn
from tests.store.noting import plan_all
from tests.store.reporting import (
    PHONE,
    all_messages,
    callbacks,
    closed,
    count,
    everything,
    latest,
    messages,
    personal,
    report,
    take,
    told,
    words,
)
from tests.store.side_by_side import another_process, at_once

LATER = datetime(2027, 3, 9, 12, 30, tzinfo=UTC)
SHARES_THE_PHONE = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")


def settle(world: World, evidence: object) -> None:
    """Settle the latest message by evidence."""
    world.store.settle([Settlement(latest(world).id, evidence, world.clock.now())])  # type: ignore[arg-type]


async def test_a_report_raises_what_is_known_of_its_message_and_is_told(sent: World) -> None:
    row = latest(sent)
    take(sent, report(sent, "delivered", code="250", at=LATER))
    assert messages(sent) == [("email", "accepted", "delivered")]
    assert latest(sent).reported_at == sent.clock.now()
    (entry,) = told(sent, "delivered")
    assert entry == {
        "event": "delivered",
        "chain": "northwind/D-1",
        "debtor_ref": "D-1",
        "plan_refs": ["P-1"],
        "touchpoint": row.key,
        "kind": "reminder_pre_due",
        "step": "upcoming",
        "cadence": "standard",
        "cadence_version": "v1",
        "template": "upcoming",
        "channel": "email",
        "provider": "fake",
        "provider_id": "fake-1",
        "attempt": 1,
        "outcome": "delivered",
        "code": "250",
        "provider_at": "2027-03-09T12:30:00.000000Z",
    }


async def test_a_report_that_brings_no_key_finds_its_message_by_the_providers_name(sent: World) -> None:
    take(sent, report(sent, "delivered", named=False))
    assert messages(sent) == [("email", "accepted", "delivered")]
    assert callbacks(sent)[0].message_id == latest(sent).id


async def test_a_report_that_comes_fifty_times_changes_nothing_more(sent: World) -> None:
    take(sent, report(sent, "delivered"))
    before = everything(sent, but=())
    for _ in range(50):
        sent.clock.move(minutes=7)
        take(sent, report(sent, "delivered"))
    assert everything(sent, but=()) == before


async def test_a_report_twice_in_one_batch_is_one(sent: World) -> None:
    once = report(sent, "delivered")
    take(sent, once, once, replace(once, kind=ReceiptKind.COMPLAINED))
    assert (count(sent), messages(sent)) == (1, [("email", "accepted", "delivered")])


async def test_an_event_that_was_replayed_days_later_changes_nothing(sent: World) -> None:
    old = report(sent, "sent")
    take(sent, old)
    take(sent, report(sent, "delivered"))
    before = everything(sent, but=())
    sent.clock.move(days=9)
    take(sent, old)
    assert everything(sent, but=()) == before


async def test_a_report_that_is_below_what_is_known_is_kept_and_not_told(sent: World) -> None:
    take(sent, report(sent, "delivered"))
    take(sent, report(sent, "sent"))
    take(sent, report(sent, "queued"), report(sent, "unknown"))
    assert count(sent) == 4
    assert messages(sent) == [("email", "accepted", "delivered")]
    assert [each["event"] for each in told(sent, "sent", "delivered")] == ["delivered"]


REPORTS = [
    ("sent", {}),
    ("undelivered", {"code": "bounce", "invalid_address": True}),
    ("delivered", {}),
    ("complained", {}),
]


async def test_reports_come_to_the_same_end_in_every_order(world: World) -> None:
    """Every order, each of its own message."""
    orders = list(permutations(REPORTS))
    world.take_plans(*map(of_number, range(len(orders))))
    await turn(world)
    for row, order in zip(all_messages(world), orders, strict=True):
        for kind, more in order:
            take(world, report(world, kind, f"{row.id}-{kind}", of=row, **more))
    assert messages(world) == [("email", "accepted", "complained")] * 24
    assert closed(world) == {f"{number}@example.com": (True, True) for number in range(24)}
    assert states(world) == {"upcoming": "accepted"}


def of_number(number: int) -> PlanRow:
    """Return the plan of one of many debtors."""
    return a_plan_row(
        line=number + 2,
        plan_ref=f"P-{number}",
        debtor_ref=f"D-{number}",
        phone=f"+4420794601{number:02}",
        email=f"{number}@example.com",
    )


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param(None, id="armed"),
        pytest.param(Unknown("time-out"), id="unknown"),
        pytest.param(NotSent("http_429"), id="not sent"),
        pytest.param(Rejected("21211"), id="rejected"),
    ],
)
@pytest.mark.parametrize("kind", ["queued", "sent", "delivered", "unknown"])
async def test_a_report_that_brings_our_key_settles_what_is_open(
    world: World, evidence: object, kind: str
) -> None:
    world.take_plans(a_plan_row())
    plan_all(world)
    world.pipeline.arm(world.clock.now())
    if evidence is not None:
        settle(world, evidence)
    take(world, report(world, kind, provider_id="theirs-1"))
    row = latest(world)
    assert (row.state, row.provider_id) == ("accepted", "theirs-1")
    assert states(world) == {"upcoming": "accepted"}
    (entry,) = told(world, "accepted")
    assert (entry["evidence"], entry["provider_id"]) == ("callback", "theirs-1")


@pytest.mark.parametrize("verdict", [Absent(), TimeUp()], ids=["released", "presumed"])
async def test_what_was_released_or_presumed_is_settled_too(world: World, verdict: object) -> None:
    world.take_plans(a_plan_row())
    plan_all(world)
    world.pipeline.arm(world.clock.now())
    settle(world, Unknown("time-out"))
    settle(world, verdict)
    take(world, report(world, "delivered"))
    assert messages(world) == [("email", "accepted", "delivered")]
    incident = "proof_was_wrong" if isinstance(verdict, Absent) else None
    assert told(world, "accepted")[0].get("incident") == incident


async def test_our_own_answer_that_comes_after_the_callback_changes_nothing(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_all(world)
    world.pipeline.arm(world.clock.now())
    take(world, report(world, "delivered", provider_id="theirs-1"))
    before = everything(world)
    settle(world, Unknown("time-out"))
    assert everything(world) == before


async def test_a_late_bounce_without_a_name_settles_and_names_nothing(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_all(world)
    world.pipeline.arm(world.clock.now())
    take(world, report(world, "undelivered", provider_id=""))
    assert (latest(world).state, latest(world).provider_id) == ("accepted", None)
    assert "provider_id" not in told(world, "accepted")[0]


async def test_evidence_of_an_earlier_attempt_is_not_applied_to_a_later_one(world: World) -> None:
    world.take_plans(a_plan_row())
    world.channel.answers = [NotSent("http_429")]
    await turn(world)
    first = report(world, "undelivered", provider_id="theirs-1")
    world.clock.move(minutes=10)
    await turn(world)
    take(world, first)
    assert messages(world) == [("email", "accepted", "undelivered"), ("email", "accepted", None)]
    assert states(world) == {"upcoming": "accepted"}


async def test_two_who_bring_the_same_events_at_once_have_one_effect(sent: World) -> None:
    batch = [report(sent, "delivered", f"e-{number}", at=LATER) for number in range(20)]
    batch.append(report(sent, "complained"))
    with another_process(sent) as other:
        at_once([lambda: take(sent, *batch), lambda: take(other, *batch[::-1])])
    assert count(sent) == 21
    assert len(told(sent, "delivered", "complained", "consent_changed")) in (2, 3)
    assert len(told(sent, "consent_changed")) == 1
    assert messages(sent) == [("email", "accepted", "complained")]


async def test_texts_that_no_database_takes_are_kept_in_other_letters(world: World) -> None:
    world.take_plans(a_plan_row())
    take(world, words("so\x00 \ud800 what", event_id="w\x00" + "x" * 500))
    assert personal(world, "inbound") == [{"from": PHONE, "text": "so\ufffd ? what"}]
    assert len(callbacks(world)[0].event_id) == 64


async def test_nothing_is_kept_of_a_batch_whose_effect_fails(
    sent: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(sent, but=())
    monkeypatch.setattr("scheduler.store.closing.close", _broken)
    with pytest.raises(RuntimeError):
        take(sent, report(sent, "delivered"), report(sent, "complained"))
    assert everything(sent, but=()) == before


def _broken(*_: object) -> None:
    raise RuntimeError("away")
