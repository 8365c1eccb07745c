"""The web over a small world whose messages land in a real outbox."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from channels.registry import open_channel
from channels.tools import Tools
from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts
from scheduler.domain.message import Words
from scheduler.planner import plan_due
from scheduler.ports import Channel
from scheduler.store.engine import Database
from scheduler.store.outbox_log import OutboxLog
from scheduler.store.store import SqlStore
from scheduler.store.tables import message, touchpoint
from scheduler.web.app import WebParts, create_app
from scheduler.web.health import Health
from tests.fakes.world import World

BASE = "http://127.0.0.1:8400"


class Letters:
    """Writes to a debtor by name, with HTML where the channel is email."""

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return words that contain what the debtor's name contains."""
        text = f"Dear {facts.debtor.name},\nyour plan {facts.plan.ref} is open."
        if channel == "sms":
            return Words(text)
        return Words(text, subject="A note about your plan", html="<p>Dear <b>reader</b></p>")


@dataclass(slots=True)
class Stage:
    """One world, its outbox, and the web over both."""

    database: Database
    folder: Path
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(SqlStore(self.database, secrets.token_bytes), composer=Letters())

    async def turn(self) -> None:
        """Plan what is due and write it into the outbox."""
        while plan_due(self.world.store, self.world.cadences, self.world.clock.now()):
            pass
        plain = self.world.pipeline
        rules = replace(plain.rules, providers={"sms": ["outbox"], "email": ["outbox"]})
        pipeline = replace(plain, rules=rules, channels=self._channels())
        while await pipeline.run_batch():
            pass

    def _channels(self) -> Mapping[tuple[str, str], Channel]:
        tools = Tools(outbox_dir=self.folder, public_url=None, now=self.world.clock.now, in_flight=2)
        return {
            ("outbox", each): open_channel("outbox", each, lambda _: None, tools) for each in ("sms", "email")
        }

    def parts(self) -> WebParts:
        """Return the parts of a web that may show the outbox; a test varies them."""
        return WebParts(
            messages=OutboxLog(self.database),
            outbox_dir=self.folder,
            only_outbox=True,
            host="127.0.0.1",
            clock=self.world.clock,
            registry=CollectorRegistry(),
            health=lambda: Health(True, 1.0),
        )

    def message_keys(self) -> list[str]:
        """Return the keys of all messages, oldest first."""
        query = (
            select(touchpoint.c.key, message.c.channel, message.c.attempt)
            .join_from(message, touchpoint)
            .order_by(message.c.id)
        )
        with self.database.read() as connection:
            return [f"{row.key}-{row.channel}-{row.attempt}" for row in connection.execute(query)]

    async def get(self, path: str) -> httpx.Response:
        """Ask the web for one page."""
        return await ask(create_app(self.parts()), path)


async def ask(app: FastAPI, path: str, base: str = BASE, method: str = "GET") -> httpx.Response:
    """Ask an application in this process."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        return await client.request(method, path)


class _Counter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element with the names of its attributes."""
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text.append(data)


def elements(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return a page's elements in order, each with the names of its attributes."""
    counter = _Counter()
    counter.feed(page)
    counter.close()
    return counter.found


def words(page: str) -> str:
    """Return a page's text as a reader would read it, with single spaces."""
    counter = _Counter()
    counter.feed(page)
    counter.close()
    return " ".join(" ".join(counter.text).split())
