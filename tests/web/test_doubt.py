"""What the pages and the metrics show of messages in doubt and of stop switches."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from scheduler.domain.outcome import MessageState
from scheduler.ports import NewPause, Stopped
from scheduler.store.tables import message
from scheduler.web.app import create_app
from scheduler.web.metrics import Metrics
from tests.fakes.world import a_plan_row
from tests.web.stage import Stage, ask, words


async def one_message(stage: Stage, state: str = "accepted") -> str:
    """Send one message, put it into a state, and return its key."""
    stage.world.take_plans(a_plan_row(email=None))
    await stage.turn()
    with stage.database.write() as connection:
        now = stage.world.clock.now()
        connection.execute(update(message).values(state=state, settled_at=now, look_at=now))
    (key,) = stage.message_keys()
    return key


def pause(stage: Stage) -> None:
    """Stop everything now."""
    now = stage.world.clock.now()
    with stage.world.store.switching(now) as switches:
        switches.pause(NewPause(Stopped(), "ann", "wrong words", now, None))


async def gauges_of(stage: Stage) -> list[str]:
    """Return the gauges of doubt and of stop switches, as Prometheus reads them."""
    metrics = Metrics()
    metrics.watch(stage.database, stage.world.clock)
    answer = await ask(create_app(replace(stage.parts(), registry=metrics.registry)), "/metrics")
    assert answer.status_code == 200
    gauges = ("duly_messages_in_doubt", "duly_pauses_standing")
    return [each for each in answer.text.splitlines() if each.startswith(gauges)]


@pytest.mark.parametrize("state", list(MessageState), ids=lambda each: each.value)
async def test_a_message_in_any_state_has_its_line_and_its_page(stage: Stage, state: MessageState) -> None:
    key = await one_message(stage, state.value)
    for path in ("/outbox", f"/outbox/{key}"):
        answer = await stage.get(path)
        assert answer.status_code == 200
        assert f'class="badge {state.value}"' in answer.text


@pytest.mark.parametrize(
    ("state", "said"),
    [("unknown", "Outcome unknown"), ("presumed", "Presumed sent"), ("released", "Never arrived")],
)
async def test_doubt_goes_by_plain_words(stage: Stage, state: str, said: str) -> None:
    await one_message(stage, state)
    assert said in words((await stage.get("/outbox")).text)


async def test_what_a_pause_stops_waits_on_the_page_with_its_reason(stage: Stage) -> None:
    pause(stage)
    stage.world.take_plans(a_plan_row(email=None))
    await stage.turn()
    page = words((await stage.get("/outbox")).text)
    assert "stopped by ann: wrong words (pause 1)" in page.lower()


async def test_the_gauges_tell_what_stands_now_whoever_wrote_it(stage: Stage) -> None:
    assert await gauges_of(stage) == [
        'duly_messages_in_doubt{state="armed"} 0.0',
        'duly_messages_in_doubt{state="unknown"} 0.0',
        'duly_messages_in_doubt{state="presumed"} 0.0',
        "duly_pauses_standing 0.0",
    ]
    await one_message(stage, "presumed")
    pause(stage)
    assert await gauges_of(stage) == [
        'duly_messages_in_doubt{state="armed"} 0.0',
        'duly_messages_in_doubt{state="unknown"} 0.0',
        'duly_messages_in_doubt{state="presumed"} 1.0',
        "duly_pauses_standing 1.0",
    ]


async def test_the_gauges_say_nothing_while_the_database_is_away(stage: Stage) -> None:
    with stage.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE pause")
    assert await gauges_of(stage) == []
