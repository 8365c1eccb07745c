"""Whoever watches the process sees that it sends nothing, and still takes it for ready."""

from dataclasses import replace

from scheduler.store.custody import SqlCustody
from scheduler.web.app import create_app
from scheduler.web.health import look
from scheduler.web.metrics import Metrics
from tests.web.stage import Stage, ask


async def gauge(stage: Stage) -> list[str]:
    """Return what the metrics say of quarantine."""
    metrics = Metrics()
    metrics.watch(stage.database, stage.world.clock)
    app = create_app(replace(stage.parts(), registry=metrics.registry))
    lines = (await ask(app, "/metrics")).text.splitlines()
    return [each for each in lines if each.startswith("duly_quarantined")]


async def test_quarantine_shows_in_the_metrics_whichever_process_began_or_ended_it(stage: Stage) -> None:
    now, custody = stage.world.clock.now(), SqlCustody(stage.world.store)
    assert await gauge(stage) == ["duly_quarantined 0.0"]
    custody.start("ann", "a copy was put back", now)
    assert await gauge(stage) == ["duly_quarantined 1.0"]
    assert look(stage.database, now, now).is_ready, "it receives, so it must not be taken for dead"
    custody.release("ann", "checked", now, although_unknown=False)
    assert await gauge(stage) == ["duly_quarantined 0.0"]
