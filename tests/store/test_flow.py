"""The flow on real databases: planned, decided, armed, sent, settled, logged."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from scheduler.domain.cadence import Step
from scheduler.domain.delivery import NotSent, Rejected, Unknown
from scheduler.domain.notices import NoticeFirst
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import ASKING, FORMAL, Kind
from scheduler.domain.windows import Hours
from scheduler.planner import plan_due
from scheduler.store.tables import message
from tests.domain.rules_and_days import week
from tests.fakes.world import BOTH, CADENCE, World, a_payment_row, a_plan_row, events, hand_over, states, turn


async def test_a_due_step_is_sent_once_and_logged(world: World) -> None:
    assert world.take_plans(a_plan_row()) == ["added"]
    await turn(world)
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["upcoming P-1 [1] open 10000"]
    assert events(world) == ["plan_imported", "planned", "armed", "accepted"]


async def test_a_step_outside_contact_hours_waits_and_is_told_once(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    await turn(world)
    assert world.channel.sent == []
    world.clock.instant = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
    await turn(world)
    assert len(world.channel.sent) == 1
    assert events(world) == ["plan_imported", "planned", "deferred", "armed", "accepted"]


async def test_the_same_row_again_changes_nothing_and_a_changed_one_is_an_amendment(world: World) -> None:
    assert world.take_plans(a_plan_row()) == ["added"]
    assert world.take_plans(a_plan_row()) == ["unchanged"]
    assert world.take_plans(a_plan_row(amount_minor=12_000)) == ["amended"]
    assert events(world) == ["plan_imported", "plan_amended"]


async def test_an_amended_due_date_retires_what_is_queued_for_the_old_one(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    await turn(world)
    world.take_plans(a_plan_row(due_date=date(2027, 4, 12)))
    assert states(world) == {"upcoming": "retired"}
    world.clock.instant = datetime(2027, 4, 9, 10, 0, tzinfo=UTC)
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_passed_steps_are_superseded_and_only_the_latest_goes_out(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 16, 10, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["gentle P-1 [1] open 10000"]
    assert states(world) == {"upcoming": "skipped", "due-today": "skipped", "gentle": "accepted"}


async def test_debts_that_coincide_share_one_message(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="7"))
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["upcoming P-1 [1,7] open 10000"]


async def test_a_merged_message_that_was_not_sent_still_speaks_for_all(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="7"))
    world.channel.answers = [NotSent("refused")]
    await turn(world)
    world.clock.move(minutes=2)
    await turn(world)
    assert world.channel.sent[1].words.text == "upcoming P-1 [1,7] open 10000"
    assert [each.attempt for each in world.channel.sent] == [1, 2]


async def test_a_payment_retires_what_is_queued_and_is_confirmed_once(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    world.take_plans(a_plan_row(), a_plan_row(line=3, instalment_no="2", due_date=date(2027, 4, 12)))
    await turn(world)
    assert world.take_payments(a_payment_row(received_at=datetime(2027, 3, 9, 4, tzinfo=UTC))) == ["added"]
    assert world.take_payments(a_payment_row(received_at=datetime(2027, 3, 9, 4, tzinfo=UTC))) == [
        "unchanged"
    ]
    assert states(world) == {"upcoming": "retired", "receipt": "planned"}
    world.clock.instant = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
    await turn(world)
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["payment-received P-1 [] open 10000"]


async def test_the_last_payment_says_that_the_plan_is_completed(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row())
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["plan-completed P-1 [] open 0"]


async def test_an_old_payment_is_not_confirmed_any_more(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row(received_at=datetime(2027, 3, 6, 9, 59, tzinfo=UTC)))
    await turn(world)
    assert world.channel.sent == []


async def test_a_payment_reference_with_another_amount_is_a_conflict(world: World) -> None:
    world.take_plans(a_plan_row())
    assert world.take_payments(a_payment_row(), a_payment_row(amount_minor=9_999)) == ["added", "rejected"]


async def test_what_is_unknown_is_never_repeated(world: World) -> None:
    world.take_plans(a_plan_row())
    world.channel.answers = [Unknown("timeout")]
    await turn(world)
    world.clock.move(hours=1)
    await turn(world)
    assert len(world.channel.sent) == 1
    assert states(world) == {"upcoming": "unknown"}


async def test_a_refused_address_lets_the_next_channel_follow(world: World) -> None:
    world.take_plans(a_plan_row())
    world.channel.answers = [Rejected("550", blames_address=True)]
    await turn(world)
    assert [each.channel for each in world.channel.sent] == ["email", "sms"]


async def test_when_every_channel_refused_the_touchpoint_is_refused(world: World) -> None:
    world.take_plans(a_plan_row())
    world.channel.answers = [Rejected("550"), Rejected("21211")]
    await turn(world)
    assert [each.channel for each in world.channel.sent] == ["email", "sms"]
    assert states(world) == {"upcoming": "refused"}


async def test_what_was_not_sent_is_tried_again_later(world: World) -> None:
    world.take_plans(a_plan_row())
    world.channel.answers = [NotSent("429", retry_after_s=120)]
    await turn(world)
    world.clock.move(seconds=119)
    await turn(world)
    assert len(world.channel.sent) == 1
    world.clock.move(seconds=1)
    await turn(world)
    assert len(world.channel.sent) == 2


async def test_news_between_arming_and_the_call_stops_the_call(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.take_payments(a_payment_row())
    world.store.settle(await hand_over(world, armed))
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["plan-completed P-1 [] open 0"]


async def test_an_old_intent_is_not_handed_over(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.clock.move(seconds=6)
    (settlement,) = await hand_over(world, armed)
    assert settlement.evidence == NotSent("fence")
    assert world.channel.sent == []


async def test_a_crash_after_arming_leaves_a_doubt_that_counts_as_sent(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    world.pipeline.arm(world.clock.now())
    world.clock.move(seconds=91)
    assert await world.reconciler.run_once() == 1
    assert await world.reconciler.run_once() == 0
    await turn(world)
    assert states(world) == {"upcoming": "unknown"}
    assert world.channel.sent == []
    with world.store.database.read() as connection:
        assert list(connection.execute(select(message.c.state)).scalars()) == ["unknown"]


async def test_a_provider_that_can_prove_it_never_had_it_lets_the_message_go_out(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    world.pipeline.arm(world.clock.now())
    world.channel.found = NotSent("not_there")
    world.clock.move(seconds=91)
    await world.reconciler.run_once()
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_the_third_message_in_a_week_waits(world: World) -> None:
    rows = [
        a_plan_row(line=n, plan_ref=f"P-{n}", due_date=date(2027, 3, day))
        for n, day in ((1, 12), (2, 15), (3, 16))
    ]
    world.take_plans(*rows)
    for _ in range(6 * 24):
        await turn(world)
        world.clock.move(hours=1)
    assert len(world.channel.sent) == 2


async def test_what_waits_for_a_notice_goes_out_once_duly_has_sent_it(world: World) -> None:
    first = Kind.FIRST_CONTACT_NOTICE
    steps = (
        Step("notice", -1, time(11), first, "notice", ("email",)),
        Step("due-today", 0, time.min, Kind.REMINDER_DUE, "due-today", ("email",)),
    )
    world.cadences = {CADENCE.id: replace(CADENCE, steps=steps)}
    noticed = Rule("courtesy/notice", "house rule", ASKING, BOTH, NoticeFirst(frozenset({first}), BOTH))
    hours = Rule("courtesy/formal-hours", "house rule", FORMAL, BOTH, Hours(week("08:00-20:00")))
    world.policy = replace(world.policy, rules=(*world.policy.rules, noticed, hours))
    tomorrow = a_plan_row(line=3, instalment_no="2", due_date=date(2027, 3, 10))
    world.take_plans(a_plan_row(due_date=date(2027, 3, 9)), tomorrow)
    await turn(world)
    assert states(world)["due-today"] == "refused"
    world.clock.move(hours=2)
    await turn(world)
    assert states(world) == {"due-today": "accepted", "notice": "accepted"}


@pytest.mark.parametrize(("version", "told"), [("v1", 1), ("v2", 2)])
async def test_the_same_answer_under_another_version_of_the_policy_is_told_again(
    world: World, version: str, told: int
) -> None:
    world.take_plans(a_plan_row())
    world.policy = replace(world.policy, rules=())
    await turn(world)
    world.policy = replace(world.policy, version=version)
    world.take_plans(a_plan_row(debtor_name="Ada B. Example"))
    await turn(world)
    assert events(world).count("refused") == told
