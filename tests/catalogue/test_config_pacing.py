"""Speed, ramps and breakers as the configuration says them, and what they mean where it says nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.catalogue import load
from scheduler.domain.pacing import Pacing
from scheduler.domain.watch import Limits
from tests.catalogue.configuration import CADENCE, DULY, PROVIDERS, add_file, write_configuration

QUARTER = timedelta(minutes=15)


def test_without_a_word_hours_begin_smoothly_nobody_is_slowed_and_something_wrong_stops_it(
    tmp_path: Path,
) -> None:
    found = load(write_configuration(tmp_path), PROVIDERS)
    assert found.pacing == Pacing(smooth_start=QUARTER)
    assert found.limits == Limits(None, None, duplicates=True, undelivered_percent=10, of_reports=200)


def test_what_is_said_is_what_holds(tmp_path: Path) -> None:
    said = """\
pacing: {per_second: {outbox: 10}, smooth_start: 1 hour}
breakers:
  volume: {per_hour: 2000, per_day: 10000}
  duplicates: no
  bounces: {percent: 5, of_last: 50}
"""
    found = load(write_configuration(tmp_path, duly=DULY + said), PROVIDERS)
    assert found.pacing == Pacing({"outbox": 10}, timedelta(hours=1))
    assert found.limits == Limits(2000, 10000, duplicates=False, undelivered_percent=5, of_reports=50)


@pytest.mark.parametrize("text", ["0", "4 hours"])
def test_a_start_may_be_as_short_as_none_and_as_long_as_four_hours(tmp_path: Path, text: str) -> None:
    duly = f"{DULY}pacing: {{smooth_start: {text}}}\n"
    expected = timedelta(0) if text == "0" else timedelta(hours=4)
    assert load(write_configuration(tmp_path, duly=duly), PROVIDERS).pacing.smooth_start == expected


def test_a_ramp_is_kept_by_its_cadence_and_is_no_part_of_what_any_cadence_means(tmp_path: Path) -> None:
    plain = load(write_configuration(tmp_path / "plain"), PROVIDERS)
    ramped = load(
        write_configuration(tmp_path / "ramped", cadence=f"{CADENCE}ramp: [100, 500, 500]\n"), PROVIDERS
    )
    add_file(tmp_path / "ramped", "cadences/other.yaml", CADENCE.replace("id: standard", "id: other"))
    both = load(tmp_path / "ramped", PROVIDERS)
    assert plain.pacing.ramps == {}
    assert both.pacing.ramps == {"standard": (100, 500, 500)}
    assert plain.cadences["standard"].version == ramped.cadences["standard"].version
    assert plain.version != ramped.version, "yet the configuration is another one"


def test_another_speed_is_another_configuration(tmp_path: Path) -> None:
    slow = f"{DULY}pacing: {{per_second: {{outbox: 1}}}}\n"
    fast = f"{DULY}pacing: {{per_second: {{outbox: 2}}}}\n"
    versions = {
        load(write_configuration(tmp_path / str(n), duly=each), PROVIDERS).version
        for n, each in enumerate((DULY, slow, fast))
    }
    assert len(versions) == 3
