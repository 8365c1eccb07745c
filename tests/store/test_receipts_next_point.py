"""A message that did not arrive: the next contact point follows under the same policy, each once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.store.tables import touchpoint
from tests.fakes.world import World, a_payment_row, a_plan_row, states, turn
from tests.store.reporting import (
    EMAIL,
    PHONE,
    latest,
    messages,
    report,
    take,
    told,
)

LATER = datetime(2027, 3, 9, 12, 30, tzinfo=UTC)
SHARES_THE_PHONE = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")


async def test_what_was_not_delivered_goes_out_by_the_next_contact_point(sent: World) -> None:
    take(sent, report(sent, "undelivered", code="blocked"))
    assert states(sent) == {"upcoming": "planned"}
    sent.clock.move(days=2)  # the policy's own gap between messages counts the first
    await turn(sent)
    assert messages(sent) == [("email", "accepted", "undelivered"), ("sms", "accepted", None)]
    assert [each.to for each in sent.channel.sent] == [EMAIL, PHONE]


async def test_each_contact_point_is_tried_once_and_then_it_is_refused_with_its_reasons(sent: World) -> None:
    for _ in range(2):
        take(sent, report(sent, "undelivered"))
        sent.clock.move(days=2, hours=1)
        sent.clock.instant = min(sent.clock.instant, datetime(2027, 3, 11, 11, tzinfo=UTC))
        await turn(sent)
    assert len(sent.channel.sent) == 2
    assert states(sent) == {"upcoming": "refused"}
    (entry,) = told(sent, "refused")
    assert [each["detail"] for each in entry["reasons"] if each["rule"] == "contact_point"] == [
        "email: tried before, and refused or not delivered",
        "sms: tried before, and refused or not delivered",
    ]


@pytest.mark.parametrize(
    ("hours", "state"),
    [(71, "planned"), (72, "accepted")],
    ids=["within the deadline", "after it"],
)
async def test_a_failure_that_is_reported_too_late_brings_no_other_message(
    sent: World, hours: int, state: str
) -> None:
    with sent.store.database.write() as connection:  # a step that goes on for ever
        connection.execute(update(touchpoint).values(ends_at=None))
    sent.clock.instant = latest(sent).armed_at + timedelta(hours=hours)
    take(sent, report(sent, "undelivered"))
    assert states(sent) == {"upcoming": state}
    assert messages(sent) == [("email", "accepted", "undelivered")]


@pytest.mark.parametrize(("seconds", "state"), [(-1, "planned"), (0, "accepted")])
async def test_a_step_that_has_ended_brings_no_other_message(sent: World, seconds: int, state: str) -> None:
    with sent.store.database.write() as connection:
        ends_at = sent.clock.now() + timedelta(hours=1)
        connection.execute(update(touchpoint).values(ends_at=ends_at))
    sent.clock.instant = ends_at + timedelta(seconds=seconds)
    take(sent, report(sent, "undelivered"))
    assert states(sent) == {"upcoming": state}


async def test_what_was_merged_into_a_message_that_did_not_arrive_is_decided_afresh_with_it(
    world: World,
) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="9"))
    await turn(world)
    assert len(world.channel.sent) == 1
    take(world, report(world, "undelivered"))
    with world.store.database.read() as connection:
        waiting = connection.execute(select(touchpoint.c.state, touchpoint.c.merged_into)).all()
    assert [tuple(each) for each in waiting] == [("planned", None), ("planned", None)]
    assert told(world, "undelivered")[0]["plan_refs"] == ["P-1", "P-2"]
    world.clock.move(days=2, minutes=1)
    await turn(world)
    assert [each.words.text for each in world.channel.sent[1:]] == ["upcoming P-1 [1,9] open 10000"]


async def test_what_arrived_after_all_rests_with_everything_that_it_spoke_for(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="9"))
    await turn(world)
    take(world, report(world, "undelivered"))
    await turn(world)  # it must wait for the policy's gap
    take(world, report(world, "delivered"))
    with world.store.database.read() as connection:
        found = connection.execute(select(touchpoint).order_by(touchpoint.c.id)).all()
    assert [each.state for each in found] == ["accepted", "skipped"]
    assert found[1].merged_into == found[0].key
    world.clock.move(days=2, minutes=1)
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_what_was_paid_meanwhile_is_not_sent_again(sent: World) -> None:
    sent.take_payments(a_payment_row())
    take(sent, report(sent, "undelivered"))
    sent.clock.move(days=2, minutes=1)
    await turn(sent)
    assert states(sent)["upcoming"] == "skipped"
    assert [each.words.text.split()[0] for each in sent.channel.sent] == ["upcoming", "plan-completed"]
