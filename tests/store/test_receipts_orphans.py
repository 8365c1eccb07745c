"""Reports of what the database does not know: kept, alarmed about, and where it should have known, a quarantine."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from scheduler.domain.inbound import Keyword
from scheduler.domain.receipt import ReceiptKind
from scheduler.store.tables import message
from scheduler.store.tables_delivery import lost_intent, quarantine
from tests.fakes.world import World, a_plan_row, events, states
from tests.store.reporting import (
    callbacks,
    closed,
    latest,
    messages,
    report,
    take,
    told,
    words,
)

LATER = datetime(2027, 3, 9, 12, 30, tzinfo=UTC)
SHARES_THE_PHONE = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")


async def test_an_orphan_is_kept_and_raised_as_an_alarm_once_an_hour(sent: World) -> None:
    before = messages(sent), states(sent)
    for minute in range(4):
        take(sent, report(sent, "delivered", f"o-{minute}", named=False, provider_id=f"nobody-{minute}"))
        sent.clock.move(minutes=20)
    assert [each.message_id for each in callbacks(sent)] == [None] * 4
    assert [
        (each["chain"], each["provider"], each["named"], each["in_a_day"]) for each in told(sent, "alarm")
    ] == [("_system", "fake", False, 1), ("_system", "fake", False, 4)]
    assert {each["alarm"] for each in told(sent, "alarm")} == {"orphan_callback"}
    assert (messages(sent), states(sent)) == before


async def test_an_orphan_that_comes_twice_is_counted_once(sent: World) -> None:
    for minutes in (0, 50, 11):
        sent.clock.move(minutes=minutes)
        take(sent, report(sent, "delivered", "o-1", named=False, provider_id="nobody"))
    take(sent, report(sent, "delivered", "o-2", named=False, provider_id="nobody"))
    assert [each["in_a_day"] for each in told(sent, "alarm")] == [1, 2]


async def test_words_from_a_number_that_nobody_has_are_an_orphan(world: World) -> None:
    world.take_plans(a_plan_row())
    take(world, words("STOP", Keyword.STOP, sender="+442079460099"))
    assert [(each.kind, each.code) for each in callbacks(world)] == [("stray", "stop")]
    assert told(world, "inbound", "consent_changed") == []
    assert len(told(world, "alarm")) == 1


@pytest.mark.parametrize("key", ["f" * 32, None], ids=["another touchpoint", "another attempt"])
async def test_a_key_of_ours_that_the_database_does_not_know_starts_a_quarantine(
    sent: World, key: str | None
) -> None:
    row = latest(sent)
    lost = report(sent, "sent", "o-1", touchpoint=key or row.key, attempt=7, provider_id="theirs-7", at=LATER)
    take(sent, lost)
    with sent.store.database.read() as connection:
        stands = connection.execute(select(quarantine)).all()
        kept = connection.execute(select(lost_intent)).all()
    assert [(each.cause, each.released_at) for each in stands] == [("lost_tail", None)]
    assert [(each.touchpoint, each.attempt, each.channel, each.provider, each.armed_at) for each in kept] == [
        (key or row.key, 7, "email", "fake", LATER)
    ]
    assert events(sent)[-2:] == ["alarm", "quarantined"]
    assert told(sent, "alarm")[0]["named"] is True
    take(sent, replace(lost, event_id="o-2", kind=ReceiptKind.DELIVERED))
    assert events(sent)[-1] == "quarantined"


async def test_what_is_known_to_be_lost_starts_no_second_quarantine(sent: World) -> None:
    lost = report(sent, "sent", "o-1", attempt=7, provider_id="theirs-7")
    take(sent, lost)
    with sent.store.database.write() as connection:
        connection.execute(update(quarantine).values(released_at=sent.clock.now(), released_by="ann"))
    sent.clock.move(hours=2)
    take(sent, replace(lost, event_id="o-2", kind=ReceiptKind.DELIVERED))
    assert events(sent).count("quarantined") == 1
    assert len(told(sent, "alarm")) == 2


@pytest.mark.parametrize("key", ["f" * 31, "F" * 32, "", "x" * 32])
async def test_a_key_that_is_no_key_of_ours_is_no_lost_tail(sent: World, key: str) -> None:
    take(sent, report(sent, "sent", "o-1", touchpoint=key, provider_id="theirs-7"))
    assert told(sent, "quarantined") == []
    assert told(sent, "alarm")[0]["named"] is False


async def test_a_key_over_another_provider_is_an_orphan_and_no_lost_tail(sent: World) -> None:
    with sent.store.database.write() as connection:
        connection.execute(update(message).values(provider="another"))
    take(sent, report(sent, "undelivered", invalid_address=True))
    assert told(sent, "quarantined", "undelivered") == []
    assert told(sent, "alarm")[0]["named"] is True
    assert closed(sent) == {}


async def test_a_second_message_for_one_attempt_is_an_alarm(sent: World) -> None:
    take(sent, report(sent, "sent", "a", provider_id="fake-1.filter"), report(sent, "sent", "b"))
    assert told(sent, "alarm") == []
    take(sent, report(sent, "delivered", "c", provider_id="another-1"))
    assert [each["alarm"] for each in told(sent, "alarm")] == ["second_message"]
