"""Settling on real databases: late, twice, by two processes, and for the right attempt only."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from scheduler.domain.delivery import Accepted, NotSent, Rejected, Unknown
from scheduler.domain.outcome import Absent, Evidence, Ruling, Seen, TimeUp
from scheduler.ports import Armed, Settlement
from tests.fakes.world import World, a_plan_row, events, hand_over, turn
from tests.store.attempts import arm, named, resending, row_of, settle, written
from tests.store.noting import plan_all
from tests.store.side_by_side import another_process, at_once

YES = Accepted("SM1")
SEEN = Seen("SM1", "callback")


def one_attempt(world: World) -> Armed:
    """Import one plan and arm its first message."""
    world.take_plans(a_plan_row())
    return arm(world)


def second_attempt(world: World, *first: Evidence) -> tuple[Armed, Armed]:
    """Settle a first attempt so that it may be made again, and arm the second."""
    armed = one_attempt(world)
    settle(world, armed, *first, retry_at=world.clock.now())
    world.clock.move(minutes=1)
    return armed, arm(world)


async def test_an_answer_that_comes_after_its_lease_settles_what_was_unknown_meanwhile(world: World) -> None:
    armed = one_attempt(world)
    world.clock.move(seconds=90)
    await world.reconciler.run_once()
    settle(world, armed, YES)
    assert events(world)[-3:] == ["armed", "unknown", "accepted"]
    assert written(world).touchpoints == {"P-1": "accepted"}
    assert row_of(world, armed).provider_id == "SM1"


async def test_a_certain_no_that_comes_after_its_lease_lets_the_touchpoint_be_decided_afresh(
    world: World,
) -> None:
    armed = one_attempt(world)
    world.clock.move(seconds=90)
    await world.reconciler.run_once()
    settle(world, armed, NotSent("http_429"), retry_at=world.clock.now())
    await turn(world)
    assert [each.attempt for each in world.channel.sent] == [2]
    assert written(world).attempts == {1: "not_sent", 2: "accepted"}


@pytest.mark.parametrize("evidence", [NotSent("late"), Rejected("late"), Unknown("late")], ids=named)
def test_a_no_that_comes_after_it_was_presumed_frees_nothing(world: World, evidence: Evidence) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"), TimeUp())
    before = written(world)
    settle(world, armed, evidence, retry_at=world.clock.now())
    assert written(world) == before
    assert before.touchpoints == {"P-1": "presumed"}


@pytest.mark.parametrize(
    "evidence",
    [NotSent("late"), Rejected("late"), Unknown("late"), Absent(), TimeUp(), Ruling(False, "ann", "no")],
    ids=named,
)
def test_what_is_said_of_the_first_attempt_never_moves_the_second(world: World, evidence: Evidence) -> None:
    first, second = second_attempt(resending(world), Unknown("timeout"), Absent())
    before = written(world)
    settle(world, first, evidence, retry_at=world.clock.now())
    assert written(world) == before
    assert before.attempts == {1: "released", 2: "armed"}
    assert before.touchpoints == {"P-1": "armed"}
    assert second.message.attempt == 2


@pytest.mark.parametrize("said", ["released", "not_sent"])
async def test_that_the_first_attempt_arrived_after_all_stops_the_call_of_the_second(
    world: World, said: str
) -> None:
    no = (Unknown("timeout"), Absent()) if said == "released" else (NotSent("http_429"),)
    first, second = second_attempt(resending(world), *no)
    settle(world, first, SEEN)
    (stopped,) = await hand_over(world, [second])
    assert stopped.evidence == NotSent("facts_changed")
    assert world.channel.sent == []
    world.store.settle([stopped])
    assert written(world).attempts == {1: "accepted", 2: "not_sent"}
    assert written(world).touchpoints == {"P-1": "accepted"}
    world.clock.move(days=1)
    await turn(world)
    assert world.channel.sent == []


@pytest.mark.parametrize(
    ("second_says", "then"),
    [
        (NotSent("http_429"), "not_sent"),
        (Rejected("21211"), "rejected"),
        (Unknown("timeout"), "unknown"),
        (Accepted("SM2"), "accepted"),
    ],
    ids=named,
)
def test_whatever_becomes_of_a_second_attempt_a_touchpoint_whose_first_arrived_stays_accepted(
    world: World, second_says: Evidence, then: str
) -> None:
    first, second = second_attempt(resending(world), Unknown("timeout"), Absent())
    settle(world, first, SEEN)
    settle(world, second, second_says, retry_at=world.clock.now())
    assert written(world).attempts == {1: "accepted", 2: then}
    assert written(world).touchpoints == {"P-1": "accepted"}


@pytest.mark.parametrize("told", ["one_by_one", "yes_first", "no_first"])
async def test_plans_that_an_arrived_attempt_spoke_for_are_not_asked_about_again_by_a_later_one(
    world: World, told: str
) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="7"))
    world = resending(world)
    first = arm(world)
    settle(world, first, Unknown("timeout"), Absent(), retry_at=world.clock.now())
    second = arm(world)
    yes = Settlement(first.message_id, SEEN, world.clock.now())
    no = Settlement(second.message_id, NotSent("facts_changed"), world.clock.now(), world.clock.now())
    batches = {"one_by_one": [[yes], [no]], "yes_first": [[yes, no]], "no_first": [[no, yes]]}
    for batch in batches[told]:
        world.store.settle(batch)
    assert written(world).touchpoints == {"P-1": "accepted", "P-2": "skipped"}
    world.clock.move(days=2)
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == []


@pytest.mark.parametrize(
    ("no", "is_incident"),
    [
        ((Rejected("21211"),), True),
        ((NotSent("http_429"),), True),
        ((Unknown("timeout"), Absent()), True),
        ((Unknown("timeout"), Ruling(False, "ann", "the provider says no")), True),
        ((Unknown("timeout"),), False),
        ((Unknown("timeout"), TimeUp()), False),
    ],
    ids=["rejected", "not_sent", "released", "released_by_hand", "unknown", "presumed"],
)
def test_a_yes_after_a_proof_of_the_contrary_is_noted_as_an_incident(
    world: World, no: tuple[Evidence, ...], is_incident: bool
) -> None:
    armed = one_attempt(world)
    settle(world, armed, *no)
    settle(world, armed, SEEN)
    line = written(world).log[-1]
    assert (line["event"], line["provider_id"], line["evidence"]) == ("accepted", "SM1", "callback")
    assert line.get("incident") == ("proof_was_wrong" if is_incident else None)
    assert written(world).touchpoints == {"P-1": "accepted"}


@pytest.mark.parametrize(
    "evidence",
    [
        (YES,),
        (Rejected("21211", blames_address=True),),
        (Rejected("21610", opted_out=True),),
        (NotSent("http_429"),),
        (Unknown("timeout"),),
        (Unknown("timeout"), Absent()),
        (Unknown("timeout"), TimeUp()),
        (Unknown("timeout"), TimeUp(), SEEN),
        (Unknown("timeout"), Ruling(True, "ann", "the debtor has it")),
    ],
    ids=named,
)
def test_evidence_that_comes_twice_changes_nothing(world: World, evidence: tuple[Evidence, ...]) -> None:
    armed = one_attempt(world)
    settle(world, armed, *evidence)
    once, row = written(world), row_of(world, armed)
    world.clock.move(hours=1)
    settle(world, armed, evidence[-1], times=3)
    assert written(world) == once
    assert row_of(world, armed) == row


def test_evidence_that_stands_twice_in_one_batch_counts_once(world: World) -> None:
    armed = one_attempt(world)
    now = world.clock.now()
    world.store.settle([Settlement(armed.message_id, each, now) for each in (YES, YES, SEEN)])
    assert Counter(events(world))["accepted"] == 1


def test_a_doubt_and_its_answer_in_one_batch_are_both_told_in_their_order(world: World) -> None:
    armed = one_attempt(world)
    now = world.clock.now()
    world.store.settle([Settlement(armed.message_id, each, now) for each in (Unknown("timeout"), YES)])
    assert events(world)[-2:] == ["unknown", "accepted"]
    assert row_of(world, armed).state == "accepted"


def test_evidence_of_a_message_that_is_not_there_changes_nothing(world: World) -> None:
    armed = one_attempt(world)
    before = written(world)
    world.store.settle([Settlement(armed.message_id + 1, YES, world.clock.now())])
    assert written(world) == before


def test_what_was_merged_goes_with_its_lead_when_that_is_accepted_unknown_presumed_or_released(
    world: World,
) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="7"))
    armed = arm(world)
    for evidence, lead in (
        (Unknown("timeout"), "unknown"),
        (TimeUp(), "presumed"),
        (Ruling(False, "ann", "the provider says no"), "skipped"),
        (SEEN, "accepted"),
    ):
        settle(world, armed, evidence)
        assert written(world).touchpoints == {"P-1": lead, "P-2": "skipped"}
    told = [each for each in written(world).log if each["event"] == "accepted"]
    assert [each["plan_refs"] for each in told] == [["P-1", "P-2"]]


@pytest.mark.parametrize("no", [NotSent("http_429"), Rejected("21211")], ids=named)
def test_what_was_merged_is_decided_afresh_with_its_lead_when_that_certainly_did_not_go_out(
    world: World, no: Evidence
) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="7"))
    settle(world, arm(world), no, retry_at=world.clock.now())
    assert written(world).touchpoints == {"P-1": "planned", "P-2": "planned"}


def test_a_doubt_is_looked_at_two_minutes_later_and_what_is_settled_never(world: World) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"))
    assert row_of(world, armed).look_at == world.clock.now() + timedelta(minutes=2)
    settle(world, armed, YES)
    assert row_of(world, armed).look_at is None


@pytest.mark.parametrize(
    "evidence",
    [(YES, SEEN), (YES, Unknown("no_outcome_noted")), (Unknown("no_outcome_noted"), YES), (YES, YES)],
    ids=named,
)
async def test_two_processes_that_settle_one_message_tell_it_once(
    world: World, evidence: tuple[Evidence, Evidence]
) -> None:
    armed = one_attempt(world)
    with another_process(world) as other:
        works = [
            lambda one=one, of=of: settle(one, armed, of, times=3)
            for one, of in zip((world, other), evidence, strict=True)
        ]
        await asyncio.to_thread(at_once, works)
    told = Counter(events(world))
    assert told["accepted"] == 1
    assert told["unknown"] <= 1
    assert written(world).touchpoints == {"P-1": "accepted"}


async def test_two_processes_that_settle_many_messages_in_opposite_order_do_not_block_each_other(
    world: World,
) -> None:
    rows = [
        a_plan_row(line=n, plan_ref=f"P-{n}", debtor_ref=f"D-{n}", phone=None, email=f"d{n}@example.com")
        for n in range(30)
    ]
    world.take_plans(*rows)
    await asyncio.to_thread(turn_without_settling, world)
    now = world.clock.now()
    batch = [Settlement(number, Accepted(f"SM{number}"), now) for number in range(1, 31)]
    with another_process(world) as other:
        works = [lambda: world.store.settle(batch), lambda: other.store.settle(batch[::-1])]
        await asyncio.to_thread(at_once, works)
    assert Counter(events(world))["accepted"] == 30


def turn_without_settling(world: World) -> None:
    """Plan and arm everything that is due."""
    plan_all(world)
    world.pipeline.arm(world.clock.now())
