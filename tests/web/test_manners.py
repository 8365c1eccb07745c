"""Every answer carries the security headers, and a fault tells nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from scheduler.store.outbox_log import OutboxLog, Tally
from scheduler.web import manners
from scheduler.web.app import create_app
from scheduler.web.manners import HEADERS, LETTER_POLICY
from tests.fakes.world import a_plan_row
from tests.web.stage import Stage, ask


def _paths(routes: Iterable[BaseRoute]) -> Iterator[str]:
    for each in routes:
        if isinstance(each, APIRoute):
            yield each.path
        elif included := getattr(each, "original_router", None):
            yield from _paths(included.routes)


async def test_every_route_answers_with_the_headers(stage: Stage) -> None:
    stage.world.take_plans(a_plan_row())
    await stage.turn()
    (key,) = stage.message_keys()
    paths = ["/", "/outbox", f"/outbox/{key}", f"/outbox/{key}/html", "/healthz", "/readyz", "/metrics"]
    for path in [*paths, "/style.css", "/mark.svg", "/nothing", "/outbox?before=x"]:
        answer = await stage.get(path)
        expected = HEADERS | ({"content-security-policy": LETTER_POLICY} if path.endswith("/html") else {})
        assert {name: answer.headers.get(name) for name in HEADERS} == expected, path


async def test_no_route_was_forgotten_above(stage: Stage) -> None:
    known = {"/", "/outbox", "/outbox/{key}", "/outbox/{key}/html", "/healthz", "/readyz", "/metrics"}
    assert set(_paths(create_app(stage.parts()).routes)) == known | {"/style.css", "/mark.svg"}


def test_pages_load_nothing_from_anywhere_and_run_nothing() -> None:
    policy = HEADERS["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert not any("script" in each or "http" in each or "unsafe" in each for each in policy)
    for page in Path(manners.__file__).with_name("pages").glob("*"):
        text = page.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, page
        assert "<script" not in text, page
        assert " style=" not in text, page


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_can_be_changed_here(stage: Stage, method: str) -> None:
    answer = await ask(create_app(stage.parts()), "/outbox", method=method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["x-content-type-options"] == "nosniff"


class _Broken(OutboxLog):
    def tally(self, now: datetime) -> Tally:
        raise RuntimeError("Ada Example owes")


async def test_a_fault_is_logged_by_its_place_and_told_without_details(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(replace(stage.parts(), messages=_Broken(stage.database)))
    answer = await ask(app, "/outbox")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    logged = capsys.readouterr().out
    assert "Ada" not in answer.text + logged
    assert "RuntimeError" in logged
    assert "tally" in logged
