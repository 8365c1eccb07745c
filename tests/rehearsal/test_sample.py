"""The sample portfolio: the same for a seed, importable without a reject, and alive at any hour."""

import csv
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.allocation import allocate
from scheduler.domain.errors import UsageError
from scheduler.domain.money import exponent
from scheduler.domain.news import PaymentRow, PlanRow
from scheduler.domain.plan import Instalment, Source
from scheduler.intake.zones import candidate_zones
from scheduler.rehearsal.markets import MARKETS, names
from scheduler.rehearsal.sample import write_sample
from scheduler.rehearsal.streets import phone
from tests.intake.reading.files import Notebook, take_payments, take_plans

TODAY = date(2027, 3, 9)
FROM_EIGHT, TO_TWENTY = time(8), time(20)


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[PlanRow], list[PaymentRow]]:
    """The rows of a sample of 234 plans, read as an import reads them."""
    plan_file, payment_file = write_sample(tmp_path_factory.mktemp("sample"), 234, 1, TODAY)
    notebook = Notebook()
    reports = take_plans(plan_file, notebook), take_payments(payment_file, notebook)
    assert [each.rejected for each in reports] == [0, 0]
    return (
        [row for batch in notebook.plan_batches for row in batch],
        [row for batch in notebook.payment_batches for row in batch],
    )


def zones_of(row: PlanRow) -> tuple[str, ...]:
    return candidate_zones(row.time_zone, row.country, row.region, [row.phone] if row.phone else [])


def balances(rows: list[PlanRow], payments: list[PaymentRow]) -> dict[str, list[Instalment]]:
    """The instalments of each plan after its payments."""
    plans: dict[str, list[Instalment]] = defaultdict(list)
    for number, row in enumerate(rows):
        label = row.instalment_no
        plans[row.plan_ref].append(
            Instalment(number, label, label, row.due_date, row.amount_minor, None, None, None, 0)
        )
    for payment in payments:
        parts, left_over = allocate(payment.amount_minor, tuple(plans[payment.plan_ref]), None)
        assert left_over == 0
        paid = {each.instalment_id: each.amount_minor for each in parts}
        plans[payment.plan_ref] = [
            Instalment(
                i.id,
                i.number,
                i.identity,
                i.due_date,
                i.amount_minor,
                None,
                None,
                None,
                i.paid_minor + paid.get(i.id, 0),
            )
            for i in plans[payment.plan_ref]
        ]
    return plans


def test_the_same_seed_and_day_make_the_same_bytes_and_others_do_not(tmp_path: Path) -> None:
    def content(folder: str, seed: int, today: date) -> list[bytes]:
        return [path.read_bytes() for path in write_sample(tmp_path / folder, 40, seed, today)]

    assert content("a", 1, TODAY) == content("b", 1, TODAY)
    assert content("a", 1, TODAY) != content("c", 2, TODAY)
    assert content("a", 1, TODAY) != content("d", 1, TODAY + timedelta(days=1))


def test_a_longer_sample_begins_with_the_shorter_one(tmp_path: Path) -> None:
    short, long = (write_sample(tmp_path / str(count), count, 1, TODAY)[0].read_text() for count in (30, 60))
    assert long.startswith(short)


def test_debtors_live_in_at_least_twelve_countries_from_auckland_to_honolulu(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    assert len({row.country for row in rows}) >= 20
    zones = {zone for row in rows for zone in zones_of(row)}
    assert {
        "Pacific/Auckland",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/St_Johns",
        "Pacific/Honolulu",
    } <= zones
    assert all(zones_of(row) for row in rows)


def test_currencies_have_nil_two_and_three_decimals(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    assert {exponent(row.currency) for row in rows} == {0, 2, 3}
    assert len({row.currency for row in rows}) >= 15


def test_locales_are_english_chinese_and_many_others(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    languages = {row.locale.partition("-")[0] for row in rows if row.locale}
    assert {"en", "zh", "de", "ar", "ja"} <= languages


def test_plans_are_before_at_and_past_their_due_dates_part_paid_and_completed(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    plans = balances(*portfolio)
    first_open = {
        ref: next((each for each in instalments if each.open_minor), None)
        for ref, instalments in plans.items()
    }
    states = Counter(
        "completed" if each is None else (each.due_date > TODAY) - (each.due_date < TODAY)
        for each in first_open.values()
    )
    assert min(states["completed"], states[1], states[0], states[-1]) >= 20
    assert any(each is not None and each.paid_minor for each in first_open.values())
    assert 1 <= min(map(len, plans.values())) < 12 < max(map(len, plans.values())) <= 24


def test_some_have_two_plans_some_share_a_phone_and_some_have_only_one_way_to_be_reached(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    plans_of, debtors_of = defaultdict(set), defaultdict(set)
    for row in rows:
        plans_of[row.debtor_ref].add(row.plan_ref)
        debtors_of[row.phone].add(row.debtor_ref)
    assert max(map(len, plans_of.values())) == 2
    assert any(len(debtors) == 2 for number, debtors in debtors_of.items() if number)
    assert any(row.phone is None for row in rows)
    assert any(row.email is None for row in rows)


def test_some_rows_state_their_consent_or_that_there_is_none(tmp_path: Path) -> None:
    plan_file, _ = write_sample(tmp_path, 234, 1, TODAY)
    with plan_file.open(encoding="utf-8", newline="") as stream:
        found = Counter((row["consent_sms"], row["consent_email"]) for row in csv.DictReader(stream))
    consented = ("consent", "consent"), ("consent", "")
    assert found.keys() == {("", ""), *consented, ("contract", ""), ("none", ""), ("", "none")}
    assert found["", ""] > sum(found.values()) * 0.7


def test_every_debtor_lives_somewhere_in_their_country_as_far_as_it_has_regions_and_postal_codes(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    assert {row.country for row in rows if row.region is None} == {"SG"}
    assert {row.country for row in rows if row.postal_code is None} == {"AE"}
    assert {row.region for row in rows if row.country == "US"} == {"NY", "CO", "CA", "AK", "HI"}
    assert len({row.postal_code for row in rows if row.region == "NY"}) == 4


def test_addresses_come_from_debtors_and_others_and_some_are_no_longer_fresh(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    midnight = datetime.combine(TODAY, time(), UTC)
    given = [row for row in rows if row.phone]
    assert {row.phone_source for row in given} == {None, *Source}
    assert not any(row.phone_source for row in rows if row.phone is None)
    by_debtor = [row for row in given if row.phone_source is Source.DEBTOR]
    used = [row.phone_used_at for row in by_debtor if row.phone_used_at is not None]
    assert len(used) == len(by_debtor) > len(given) / 2
    assert {midnight - at < timedelta(days=60) for at in used} == {True, False}
    assert max(used) < midnight
    elsewhere = [row for row in given if row.phone_source in (Source.COLLECTOR, Source.CREDITOR)]
    assert all(row.phone_checked_at for row in elsewhere)


def test_debts_are_of_several_kinds_and_standings_and_each_plan_of_one(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    rows, _ = portfolio
    kinds = defaultdict(set)
    for row in rows:
        kinds[row.plan_ref].add((row.product, row.debt_status))
    assert {len(each) for each in kinds.values()} == {1}
    products, statuses = ({row.product for row in rows}, {row.debt_status for row in rows})
    assert {"microfinance", "credit-card", None} <= products
    assert statuses == {"performing", "in-arrears", "charged-off"}


def test_some_payments_say_how_they_were_made_and_where_they_may_be_confirmed(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    _, payments = portfolio
    assert {each.medium for each in payments} == {"web", "branch", "call", "sms", None}
    assert {each.receipt_by for each in payments} == {(), ("email",), ("sms",), ("sms", "email")}


@pytest.mark.parametrize("hour", range(24))
def test_at_any_hour_some_confirmation_may_go_and_another_must_wait(
    hour: int, portfolio: tuple[list[PlanRow], list[PaymentRow]]
) -> None:
    rows, payments = portfolio
    now = datetime.combine(TODAY, time(hour, 30), UTC)
    recent = {each.plan_ref for each in payments if now - timedelta(days=3) <= each.received_at <= now}
    zones = {row.plan_ref: zones_of(row) for row in rows if row.plan_ref in recent}
    may_go = {
        ref: all(FROM_EIGHT <= now.astimezone(ZoneInfo(zone)).time() < TO_TWENTY for zone in each)
        for ref, each in zones.items()
    }
    assert Counter(may_go.values())[True] >= 5
    assert Counter(may_go.values())[False] >= 5


def test_every_payment_was_received_before_the_day_began(
    portfolio: tuple[list[PlanRow], list[PaymentRow]],
) -> None:
    _, payments = portfolio
    assert max(each.received_at for each in payments) < datetime.combine(TODAY, time(), UTC)


def test_every_number_of_a_place_is_different_until_there_are_no_more() -> None:
    market = next(each for each in MARKETS if each.region == "HI")
    numbers = [phone(market, each) for each in range(1_101)]
    assert numbers[:2] == ["+18085550100", "+18085550101"]
    assert len(set(numbers[:1_100])) == 1_100
    assert numbers[1_100] == ""


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: f"{market.country}{market.region}")
def test_names_are_written_as_people_there_write_them_and_need_no_quotes(market: object) -> None:
    found = names(getattr(market, "locale", ""))
    assert len(set(found)) == len(found) >= 40
    assert not any(set(name) & set(',"\n') for name in found)


def test_chinese_family_names_come_first_without_a_space() -> None:
    assert "云晓明" in names("zh-CN")
    assert "Amelia Fairweather" in names("en-GB")


def test_a_sample_is_written_over_and_other_files_are_not(tmp_path: Path) -> None:
    write_sample(tmp_path, 5, 1, TODAY)
    write_sample(tmp_path, 5, 2, TODAY)
    (tmp_path / "plans.csv").write_text("plan_ref,debtor_ref\nP-1,D-1\n")
    with pytest.raises(UsageError, match="is no sample; give another folder"):
        write_sample(tmp_path, 5, 1, TODAY)
    assert (tmp_path / "plans.csv").read_text().endswith("P-1,D-1\n")


def test_a_sample_has_at_least_one_plan(tmp_path: Path) -> None:
    write_sample(tmp_path, 1, 1, TODAY)
    with pytest.raises(UsageError, match="at least one plan"):
        write_sample(tmp_path, 0, 1, TODAY)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_sample(tmp_path / "file", 1, 1, TODAY)
