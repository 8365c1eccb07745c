"""Whether the process lives, whether it could do its work, and what it has counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.domain.entry import Draft, Event
from scheduler.store.engine import open_database
from scheduler.web.app import create_app
from scheduler.web.health import SILENT_AFTER_S, Health, look
from scheduler.web.metrics import Metrics
from tests.web.stage import Stage, ask

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_process_that_answers_lives_whatever_else_is_wrong(stage: Stage, method: str) -> None:
    app = create_app(replace(stage.parts(), health=lambda: Health(False, None)))
    assert (await ask(app, "/healthz", method=method)).status_code == 200


@pytest.mark.parametrize(
    ("health", "status"),
    [
        (Health(True, 0.0), 200),
        (Health(True, SILENT_AFTER_S), 200),
        (Health(True, SILENT_AFTER_S + 0.1), 503),
        (Health(True, None), 503),
        (Health(False, 0.0), 503),
    ],
)
async def test_ready_needs_a_database_and_a_worker_that_beats(
    stage: Stage, health: Health, status: int
) -> None:
    answer = await ask(create_app(replace(stage.parts(), health=lambda: health)), "/readyz")
    assert answer.status_code == status
    assert answer.json()["ready"] is (status == 200)


def test_the_heartbeats_age_is_counted_from_now(stage: Stage) -> None:
    assert look(stage.database, NOW - timedelta(seconds=7), NOW) == Health(True, 7.0)


def test_a_database_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'gone' / 'duly.db'}")
    (tmp_path / "gone").rmdir()
    assert look(database, None, NOW) == Health(False, None)


def _draft(event: Event, **public: str) -> Draft:
    return Draft("northwind/D-1", event, NOW, {"debtor_ref": "D-1", "touchpoint": "abc", **public})


async def test_entries_are_counted_by_event_channel_and_kind_and_name_nobody(stage: Stage) -> None:
    metrics = Metrics()
    metrics.listen([_draft(Event.ARMED, channel="sms", kind="receipt")] * 2)
    metrics.listen([_draft(Event.PLAN_IMPORTED)])
    app = create_app(replace(stage.parts(), registry=metrics.registry))
    answer = await ask(app, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    counted = [each for each in answer.text.splitlines() if not each.startswith("#") and "_total" in each]
    assert counted == [
        'duly_log_entries_total{channel="sms",event="armed",kind="receipt"} 2.0',
        'duly_log_entries_total{channel="",event="plan_imported",kind=""} 1.0',
    ]
    assert "D-1" not in answer.text
    assert "abc" not in answer.text


def test_two_metrics_do_not_share_a_registry() -> None:
    first, second = Metrics(), Metrics()
    first.listen([_draft(Event.ARMED)])
    assert next(iter(second.registry.collect())).samples == []
