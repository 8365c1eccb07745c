"""A web that providers may call, over a real store with messages that they have accepted, and their signatures."""

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import update

from channels.registry import ROOMS, open_reader
from channels.tools import Tools
from channels.webhook import OpenHooks
from scheduler.domain.delivery import Accepted
from scheduler.intake.receipts import ReceiptIntake
from scheduler.ports import Report
from scheduler.store.engine import Database
from scheduler.store.outbox_log import OutboxLog
from scheduler.store.store import SqlStore
from scheduler.store.tables import message
from scheduler.web.app import WebParts, create_app
from scheduler.web.health import Health
from tests.fakes.signing import a_key, public_key
from tests.fakes.world import HandClock, World, a_plan_row, turn
from tests.store.reporting import all_messages

FORM = "application/x-www-form-urlencoded"
PUBLIC_URL = "https://duly.example.com"
ELSEWHERE = "http://10.0.0.7:8400"
"""Where the request arrives behind a proxy; what is signed is the public address."""

VARIABLES: Mapping[str, str] = {
    "TWILIO_AUTH_TOKEN": "newest",
    "TWILIO_AUTH_TOKEN_PREVIOUS": "previous",
    "SENDGRID_WEBHOOK_PUBLIC_KEY": public_key("newest"),
    "SENDGRID_WEBHOOK_PUBLIC_KEY_PREVIOUS": public_key("previous"),
}


def all_hooks(variables: Mapping[str, str] = VARIABLES) -> OpenHooks:
    """Open every hook with fictional secrets."""
    tools = Tools(Path("nowhere"), PUBLIC_URL, HandClock().now)
    return {
        (provider, name): (hook, open_reader(provider, variables.get, tools))
        for provider, room in ROOMS.items()
        for name, hook in room.webhooks.items()
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a provider accepted; `number` tells it from the others."""

    number: int
    message_id: int
    touchpoint: str
    provider_id: str
    phone: str


@dataclass(slots=True)
class House:
    """One world and the web over it."""

    database: Database
    public_url: str | None = PUBLIC_URL
    hooks: OpenHooks = field(default_factory=all_hooks)
    world: World = field(init=False)
    app: FastAPI = field(init=False)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _number: int = 0
    _untold: dict[str, Sent] = field(default_factory=dict)
    _began: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.world = World(SqlStore(self.database, secrets.token_bytes))
        self.app = create_app(self.parts())

    def parts(self) -> WebParts:
        """Return the parts of the web; a test varies them."""
        return WebParts(
            messages=OutboxLog(self.database),
            outbox_dir=Path("nowhere"),
            only_outbox=False,
            host="127.0.0.1",
            clock=self.world.clock,
            registry=self.registry,
            health=lambda: Health(True, 1.0),
            hooks=self.hooks,
            public_url=self.public_url,
            take=self.take,
        )

    def take(self, provider: str, reports: Sequence[Report]) -> None:
        """Take reports as the assembled application does."""
        intake = ReceiptIntake(self.world.store, {"twilio": "sms", "sendgrid": "email"})
        self.world.store.patiently(lambda now: intake.take(provider, reports, now), self.world.clock.now())

    async def untold(self, provider: str, channel: str) -> Sent:
        """Return a message that no request may ever tell of: whoever is refused names it."""
        if provider not in self._untold:
            self._untold[provider] = await self.send(provider, channel)
        return self._untold[provider]

    async def send(self, provider: str, channel: str) -> Sent:
        """Send one more debtor a message, which the provider accepts."""
        self._number += 1
        number, world = self._number, self.world
        world.clock.instant = self._began.instant  # whenever the test before left off
        name = f"SM{number:032x}" if channel == "sms" else f"name-{number}.dfd.64b469"
        world.channel.answers = [Accepted(name)]
        phone = f"+44207946{number:04}"
        world.take_plans(
            replace(
                a_plan_row(plan_ref=f"P-{number}", debtor_ref=f"D-{number}"),
                phone=phone if channel == "sms" else None,
                email=None if channel == "sms" else f"{number}@example.com",
            )
        )
        await turn(world)
        row = all_messages(world)[-1]
        with self.database.write() as connection:
            connection.execute(update(message).where(message.c.id == row.id).values(provider=provider))
        return Sent(number, row.id, row.key, name, phone)

    async def say(self, hook: str, form: Mapping[str, str], key: str = "newest") -> httpx.Response:
        """Send a form to a hook as Twilio signs it."""
        path, content = f"/webhooks/twilio/{hook}", urlencode(form).encode()
        signature = twilio_signature(f"{PUBLIC_URL}{path}", content, key)
        headers = {"content-type": FORM, "x-twilio-signature": signature}
        return await self.call("POST", path, headers, content)

    async def call(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]] = (),
        content: bytes | AsyncIterator[bytes] = b"",
        base: str = ELSEWHERE,
    ) -> httpx.Response:
        """Send one request to the application in this process."""
        transport = httpx.ASGITransport(app=self.app)
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        raw = [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in pairs
        ]
        async with httpx.AsyncClient(transport=transport) as client:
            request = client.build_request(method, f"{base}{target}", headers=raw, content=content)
            return await client.send(request)


def twilio_signature(url: str, body: bytes, key: str = "newest") -> str:
    """Sign as Twilio documents it: the address, then each parameter's name and value in the order of the names."""
    pairs = sorted(set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    text = url + "".join(f"{name}{value}" for name, value in pairs)
    return b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sendgrid_signature(timestamp: str, body: bytes, key: str = "newest") -> str:
    """Sign as SendGrid documents it: ECDSA over the timestamp and the raw body."""
    return b64encode(a_key(key).sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()


async def in_parts(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield a body that nobody knows the length of beforehand."""
    for each in parts:
        await asyncio.sleep(0)
        yield each
