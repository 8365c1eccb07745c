"""Answers those who watch the process: does it live, could it do its work right now, and what has it done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from sqlalchemy.exc import SQLAlchemyError

from scheduler.store.engine import Database

SILENT_AFTER_S = 60.0
"""A worker whose heartbeat is older than this is taken for stuck; it beats every few seconds."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was found: `heartbeat_age_s` is None while the worker has not begun."""

    database: bool
    heartbeat_age_s: float | None

    @property
    def is_ready(self) -> bool:
        """Whether the work can be done."""
        return self.database and self.heartbeat_age_s is not None and self.heartbeat_age_s <= SILENT_AFTER_S


def look(database: Database, last_turn_at: datetime | None, now: datetime) -> Health:
    """Ask the database for a sign of life, and see how old the worker's last one is."""
    age_s = None if last_turn_at is None else (now - last_turn_at).total_seconds()
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return Health(False, age_s)
    return Health(True, age_s)


def watching_routes(health: Callable[[], Health], registry: CollectorRegistry) -> APIRouter:
    """Return the routes for whoever restarts the process, sends it work, or counts what it does."""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def lives() -> JSONResponse:
        return JSONResponse({"alive": True})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def is_ready() -> JSONResponse:
        found = health()
        age = None if found.heartbeat_age_s is None else round(found.heartbeat_age_s, 1)
        content = {"ready": found.is_ready, "database": found.database, "heartbeat_age_s": age}
        return JSONResponse(content, status_code=200 if found.is_ready else 503)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    return router
