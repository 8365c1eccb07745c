"""Where addresses come from, as files say it over time."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.news import PlanRow
from scheduler.domain.plan import UNKNOWN_ORIGIN, Origin, Source
from scheduler.intake.consents import SaidOfOrigin
from scheduler.intake.plans import PlanIntake
from tests.fakes.world import World, a_plan_row
from tests.intake.notes import desk, noted

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
USED = datetime(2027, 2, 1, 10, 0, tzinfo=UTC)
CHECKED = datetime(2027, 2, 2, 10, 0, tzinfo=UTC)
USUAL = frozenset({"phone", "email", "country", "time_zone", "locale"})
SAID = {"phone_source": Source.DEBTOR, "phone_used_at": USED, "email_checked_at": CHECKED}


def a_row(**cells: object) -> PlanRow:
    """A row of a file that has the usual columns and these."""
    return a_plan_row(given=USUAL | cells.keys(), **cells)


def origin(world: World, channel: str = "sms") -> Origin:
    """What is known of the usual debtor's address."""
    with world.store.intake(world.clock.now()) as transaction:
        person = transaction.people({("northwind", "D-1")})["northwind", "D-1"]
    return person.origins.get(channel, UNKNOWN_ORIGIN)


def test_a_new_debtor_has_the_origins_that_the_row_says(world: World) -> None:
    world.take_plans(a_row(**SAID))
    assert origin(world) == Origin(Source.DEBTOR, used_at=USED)
    assert origin(world, "email") == Origin(checked_at=CHECKED)


def test_the_same_file_again_changes_nothing_and_another_origin_is_an_amendment(world: World) -> None:
    world.take_plans(a_row(**SAID))
    assert world.take_plans(a_row(**SAID)) == ["unchanged"]
    assert world.take_plans(a_row(**SAID | {"phone_source": Source.FOUND})) == ["amended"]
    assert origin(world) == Origin(Source.FOUND, used_at=USED)
    ((entry, _),) = noted(world, "plan_amended")
    assert (entry["changed"], entry["plan_refs"]) == (["origins"], ["P-1"])


def test_a_file_without_the_columns_leaves_what_is_known_and_an_empty_cell_clears_it(world: World) -> None:
    world.take_plans(a_row(**SAID))
    assert world.take_plans(a_plan_row()) == ["unchanged"]
    assert world.take_plans(a_row(phone_used_at=None)) == ["amended"]
    assert origin(world) == Origin(Source.DEBTOR)
    assert world.take_plans(a_row(phone_source=None)) == ["amended"]
    assert origin(world) == UNKNOWN_ORIGIN


def test_columns_of_origins_that_say_nothing_change_nothing(world: World) -> None:
    world.take_plans(a_plan_row())
    assert world.take_plans(a_row(phone_source=None, email_used_at=None)) == ["unchanged"]


def test_nothing_is_known_of_another_number_but_what_the_row_says(world: World) -> None:
    world.take_plans(a_row(**SAID))
    world.take_plans(a_row(phone="+442079460019", phone_used_at=CHECKED))
    assert origin(world) == Origin(used_at=CHECKED)


def test_an_earlier_number_comes_back_with_what_was_known_of_it_or_with_what_the_row_says(
    world: World,
) -> None:
    world.take_plans(a_row(**SAID))
    world.take_plans(a_plan_row(phone="+442079460019"))
    world.take_plans(a_plan_row())
    assert origin(world) == Origin(Source.DEBTOR, used_at=USED)
    world.take_plans(a_plan_row(phone="+442079460019"))
    world.take_plans(a_row(phone_source=None, phone_used_at=None))
    assert origin(world) == UNKNOWN_ORIGIN


def test_what_a_person_noted_outlives_an_import_that_says_nothing_of_it(world: World) -> None:
    world.take_plans(a_row(**SAID))
    desk(world).consents.set_origin(None, "D-1", "sms", SaidOfOrigin(work=True, shared=True), "ann", NOW)
    world.take_plans(a_row(phone_source=Source.CREDITOR))
    assert origin(world) == Origin(Source.CREDITOR, used_at=USED, work=True, shared=True)


@pytest.mark.parametrize("column", ["phone_used_at", "phone_checked_at", "email_used_at", "email_checked_at"])
def test_an_address_is_not_shown_to_be_good_by_what_lies_ahead(world: World, column: str) -> None:
    intake = PlanIntake(world.store, world.creditors, world.cadences)
    a_day_ahead = NOW + timedelta(days=1)
    (taken,) = intake.take_plans([a_row(**{column: a_day_ahead})], NOW)
    (refused,) = intake.take_plans([a_row(**{column: a_day_ahead + timedelta(seconds=1)})], NOW)
    assert taken.outcome.value == "added"
    assert (refused.outcome.value, refused.column) == ("rejected", column)
    assert "in the future" in refused.reason
