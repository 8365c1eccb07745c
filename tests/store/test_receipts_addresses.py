"""What reports and words say of an address: it is invalid, closed, or open again, for everybody who has it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.inbound import Keyword
from scheduler.intake.desk import Desk
from scheduler.store.tables import debtor
from tests.fakes.world import World, a_plan_row, turn
from tests.store.noting import plan_all
from tests.store.reporting import (
    EMAIL,
    PHONE,
    callbacks,
    closed,
    messages,
    personal,
    report,
    take,
    told,
    words,
)

LATER = datetime(2027, 3, 9, 12, 30, tzinfo=UTC)
SHARES_THE_PHONE = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")


async def test_a_late_bounce_marks_the_address_for_everybody_though_the_message_had_arrived(
    world: World,
) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", phone=None))
    await turn(world)
    (first, second) = _versions(world)
    take(world, report(world, "delivered"))
    take(world, report(world, "undelivered", code="bounce", invalid_address=True))
    assert messages(world)[-1] == ("email", "accepted", "delivered")
    assert closed(world) == {EMAIL: (False, True)}
    (entry,) = told(world, "undelivered")
    assert (entry["outcome"], entry["address_invalid"], entry["code"]) == ("delivered", True, "bounce")
    assert all(after > before for before, after in zip((first, second), _versions(world), strict=True))


def _versions(world: World) -> list[int]:
    with world.store.database.read() as connection:
        return list(connection.execute(select(debtor.c.facts_version).order_by(debtor.c.id)).scalars())


@pytest.mark.parametrize(
    ("kind", "more", "cause"),
    [
        ("complained", {}, "complaint"),
        ("opted_out", {}, "opt_out"),
        ("undelivered", {"opted_out": True}, "opt_out"),
    ],
)
async def test_a_complaint_and_an_opt_out_close_the_address_for_everybody_who_has_it(
    world: World, kind: str, more: dict[str, Any], cause: str
) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", phone=None))
    await turn(world)
    before = _versions(world)
    take(world, report(world, kind, **more))
    assert closed(world) == {EMAIL: (True, False)}
    for entry, ref in zip(told(world, "consent_changed"), ("D-1", "D-2"), strict=True):
        assert entry == {
            "event": "consent_changed",
            "chain": f"northwind/{ref}",
            "debtor_ref": ref,
            "plan_refs": [],
            "channel": "email",
            "opted_out": True,
            "author": "fake",
            "cause": cause,
        }
    assert personal(world, "consent_changed") == [{"address": EMAIL}] * 2
    assert all(after > earlier for earlier, after in zip(before, _versions(world), strict=True))
    take(world, report(world, "complained", event_id="again"))
    assert len(told(world, "consent_changed")) == 2


async def test_what_is_armed_does_not_go_out_once_its_address_is_closed(sent: World) -> None:
    complaint = report(sent, "complained")
    sent.clock.instant = datetime(2027, 3, 12, 10, tzinfo=UTC)
    plan_all(sent)
    armed = sent.pipeline.arm(sent.clock.now())[1]
    assert armed
    take(sent, complaint)
    assert set(sent.store.last_look(armed, sent.clock.now())) == {each.message_id for each in armed}


async def test_words_are_kept_on_the_chain_of_everybody_who_has_the_number(world: World) -> None:
    world.take_plans(a_plan_row(), SHARES_THE_PHONE)
    take(world, words("is this my old plan?"))
    for entry, ref in zip(told(world, "inbound"), ("D-1", "D-2"), strict=True):
        assert entry == {
            "event": "inbound",
            "chain": f"northwind/{ref}",
            "debtor_ref": ref,
            "plan_refs": [],
            "channel": "sms",
            "provider": "fake",
            "provider_id": "w-1",
        }
    assert personal(world, "inbound") == [{"from": PHONE, "text": "is this my old plan?"}] * 2
    assert closed(world) == {}
    assert [(each.kind, each.message_id) for each in callbacks(world)] == [("inbound", None)]


async def test_words_that_come_twice_are_kept_once(world: World) -> None:
    world.take_plans(a_plan_row())
    take(world, words("hello"), words("hello"))
    take(world, words("hello"))
    take(world, words("hello", event_id="w-2"))
    assert [each["provider_id"] for each in told(world, "inbound")] == ["w-1", "w-2"]


async def test_words_belong_to_whoever_uses_the_number_today(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_plans(a_plan_row(phone="+442079460033"))
    world.take_plans(SHARES_THE_PHONE)
    take(world, words("hello"))
    assert [each["debtor_ref"] for each in told(world, "inbound")] == ["D-2"]
    take(world, words("STOP", Keyword.STOP, event_id="w-2"))
    assert [each["debtor_ref"] for each in told(world, "consent_changed")] == ["D-1", "D-2"]


async def test_stop_closes_the_number_and_start_opens_what_stop_closed(world: World) -> None:
    world.take_plans(a_plan_row(), SHARES_THE_PHONE)
    take(world, words("STOP", Keyword.STOP))
    assert closed(world) == {PHONE: (True, False)}
    world.clock.move(days=1)
    take(world, words("Start", Keyword.START, event_id="w-2"))
    assert closed(world) == {}
    said = [
        (each["debtor_ref"], each["opted_out"], each["author"], each["keyword"])
        for each in told(world, "consent_changed")
    ]
    assert said == [
        ("D-1", True, "fake", "stop"),
        ("D-2", True, "fake", "stop"),
        ("D-1", False, "fake", "start"),
        ("D-2", False, "fake", "start"),
    ]


async def test_a_number_that_was_closed_twice_over_opens_with_one_start(world: World) -> None:
    world.take_plans(a_plan_row())
    for number in range(3):
        take(world, words("STOP", Keyword.STOP, event_id=f"w-{number}"))
        world.clock.move(hours=1)
    assert len(told(world, "consent_changed")) == 1
    take(world, words("START", Keyword.START, event_id="w-9"))
    assert closed(world) == {}


def _by_hand(world: World) -> None:
    Desk(world.store, world.creditors).consent(None, "D-1", "sms", True, "ann", world.clock.now())


def _stop(world: World) -> None:
    take(world, words("STOP", Keyword.STOP))


@pytest.mark.parametrize(
    "closings",
    [
        pytest.param([_by_hand], id="a person closed it"),
        pytest.param([_by_hand, _stop], id="a person, and STOP after that"),
        pytest.param([_stop, _by_hand], id="STOP, and a person after that"),
    ],
)
@pytest.mark.parametrize("at_one_instant", [True, False])
async def test_start_does_not_open_what_a_person_closed(
    world: World, closings: list[Callable[[World], None]], at_one_instant: bool
) -> None:
    world.take_plans(a_plan_row(), SHARES_THE_PHONE)
    for close in closings:
        close(world)
        world.clock.move(hours=0 if at_one_instant else 1)
    before = closed(world)
    take(world, words("START", Keyword.START, event_id="w-2"))
    assert closed(world) == before == {PHONE: (True, False)}
    assert len(told(world, "inbound")) >= 2


async def test_start_does_not_open_what_the_provider_reported_closed(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    await turn(world)
    take(world, report(world, "undelivered", opted_out=True))
    take(world, words("START", Keyword.START))
    assert closed(world) == {PHONE: (True, False)}


async def test_start_of_another_number_opens_nothing(world: World) -> None:
    world.take_plans(
        a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", phone="+442079460033")
    )
    take(world, words("STOP", Keyword.STOP))
    take(world, words("START", Keyword.START, sender="+442079460033", event_id="w-2"))
    assert closed(world) == {PHONE: (True, False)}


@pytest.mark.parametrize("keyword", [Keyword.HELP, None])
async def test_other_words_close_and_open_nothing(world: World, keyword: Keyword | None) -> None:
    world.take_plans(a_plan_row())
    _stop(world)
    before = closed(world)
    take(world, words("help me", keyword, event_id="w-2"))
    assert closed(world) == before


async def test_stop_stops_what_is_armed(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    plan_all(world)
    armed = world.pipeline.arm(world.clock.now())[1]
    _stop(world)
    assert set(world.store.last_look(armed, world.clock.now())) == {armed[0].message_id}
