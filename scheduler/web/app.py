"""Puts the web together from the parts it is given, and serves it beside the worker."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.routing import Route

from channels.tools import web_address
from channels.webhook import OpenHooks
from scheduler.ports import Clock, Report
from scheduler.settings import Settings
from scheduler.store.engine import Database
from scheduler.store.outbox_log import OutboxLog
from scheduler.web.health import look, watching_routes
from scheduler.web.manners import Manners
from scheduler.web.metrics import Metrics
from scheduler.web.outbox import outbox_routes
from scheduler.web.parts import WebParts as WebParts
from scheduler.web.refusals import Refusals
from scheduler.web.serving import say_nothing
from scheduler.web.serving import serve as serve
from scheduler.web.webhooks import PATH, Webhooks

_PAGES = Path(__file__).parent / "pages"


class Assembled(Protocol):
    """What the web needs of the assembled application."""

    @property
    def settings(self) -> Settings:
        """Where things lie."""
        ...

    @property
    def database(self) -> Database:
        """The open database."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        ...

    @property
    def uses_only_the_outbox(self) -> bool:
        """Whether no message can leave this machine."""
        ...

    def open_hooks(self) -> OpenHooks:
        """Open what providers may call."""
        ...

    def take_reports(self, provider: str, reports: Sequence[Report]) -> None:
        """Take what a provider reports."""
        ...


class Working(Protocol):
    """What the web needs of the worker beside it."""

    @property
    def last_turn_at(self) -> datetime | None:
        """When it last gave a sign of life."""
        ...

    @property
    def stopping(self) -> asyncio.Event:
        """Set when the process is to stop."""
        ...


def create_app(parts: WebParts) -> FastAPI:
    """Return the ASGI application."""
    app = FastAPI(title="Duly", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    pages = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.include_router(watching_routes(parts.health, parts.registry))
    app.include_router(outbox_routes(parts, pages))
    app.router.routes.append(Route(PATH, _webhooks(parts)))
    _add_furniture(app)
    _add_refusals(app, pages)
    app.add_middleware(Manners)
    return app


def _webhooks(parts: WebParts) -> Webhooks:
    return Webhooks(parts.hooks, parts.public_url, parts.take, Refusals(parts.registry, parts.clock))


def _add_furniture(app: FastAPI) -> None:
    @app.get("/style.css")
    def style() -> FileResponse:
        return FileResponse(_PAGES / "style.css", media_type="text/css")

    @app.get("/mark.svg")
    def mark() -> FileResponse:
        return FileResponse(_PAGES / "mark.svg", media_type="image/svg+xml")


def _add_refusals(app: FastAPI, pages: Environment) -> None:
    """Answer what is not there with a page; a key or number that cannot be one is simply not there."""

    def refuse(status: int) -> HTMLResponse:
        return HTMLResponse(pages.get_template("refusal.html").render(status=status), status)

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: HTTPException) -> Response:
        answer = refuse(error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    def unreadable(_request: Request, _error: RequestValidationError) -> Response:
        return refuse(404)


async def serve_app(
    app: Assembled,
    worker: Working,
    metrics: Metrics,
    port: int,
    announce: Callable[[str], None] = say_nothing,
) -> None:
    """Serve the assembled application beside its worker until that is told to stop. Raises UsageError as `serve`."""
    metrics.watch(app.database, app.clock)
    public_url = app.settings.public_url
    parts = WebParts(
        messages=OutboxLog(app.database),
        outbox_dir=app.settings.outbox_dir,
        only_outbox=app.uses_only_the_outbox,
        host=app.settings.host,
        clock=app.clock,
        registry=metrics.registry,
        health=lambda: look(app.database, worker.last_turn_at, app.clock.now()),
        hooks=app.open_hooks(),
        public_url=None if public_url is None else web_address("DULY_PUBLIC_URL", public_url),
        take=app.take_reports,
    )
    await serve(create_app(parts), app.settings.host, port, worker.stopping, announce)
