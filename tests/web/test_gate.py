"""Who may see the outbox: nobody, unless no message can leave the machine and nobody else can listen in."""

from dataclasses import replace

import pytest

from scheduler.web.app import create_app
from tests.fakes.world import a_plan_row
from tests.web.stage import BASE, Stage, ask

_PAGES = ("/", "/outbox", "/outbox/{key}", "/outbox/{key}/html")


async def _statuses(stage: Stage, base: str = BASE, **changes: object) -> list[int]:
    stage.world.take_plans(a_plan_row())
    await stage.turn()
    app = create_app(replace(stage.parts(), **changes))  # type: ignore[arg-type]  # a test names real parts
    (key,) = stage.message_keys()
    return [(await ask(app, each.format(key=key), base)).status_code for each in _PAGES]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
async def test_on_loopback_the_outbox_is_shown(stage: Stage, host: str) -> None:
    assert await _statuses(stage, host=host) == [307, 200, 200, 200]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "duly.example.com", "127.example.com", ""])
async def test_anywhere_else_it_is_not_there(stage: Stage, host: str) -> None:
    assert await _statuses(stage, host=host) == [404, 404, 404, 404]


async def test_while_a_message_may_leave_the_machine_it_is_not_there(stage: Stage) -> None:
    assert await _statuses(stage, only_outbox=False) == [404, 404, 404, 404]


@pytest.mark.parametrize("base", ["http://localhost:8400", "http://[::1]:8400", "http://127.0.0.1"])
async def test_every_name_of_loopback_will_do(stage: Stage, base: str) -> None:
    assert await _statuses(stage, base) == [307, 200, 200, 200]


@pytest.mark.parametrize(
    "base", ["http://evil.example.com:8400", "http://localhost.example.com", "http://192.0.2.7"]
)
async def test_a_name_that_was_pointed_here_by_somebody_else_sees_nothing(stage: Stage, base: str) -> None:
    assert await _statuses(stage, base) == [404, 404, 404, 404]


async def test_the_front_leads_to_the_outbox(stage: Stage) -> None:
    answer = await stage.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/outbox")


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/nothing", "/pages/style.css"])
async def test_nothing_else_is_served(stage: Stage, path: str) -> None:
    answer = await stage.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
