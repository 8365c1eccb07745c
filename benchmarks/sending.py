"""Messages a second from due to accepted, beside the bare client with as many calls in flight in the same run."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.parts import app_on
from benchmarks.portfolio import fill
from benchmarks.report import ROOT, own_peak_mb, row
from scheduler.bootstrap import App
from scheduler.pipeline import LINES
from tests.fakes.postgres import postgres_url
from tests.fakes.provider import in_process

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
DUE = date(2027, 3, 12)
ACCOUNT = f"AC{'a' * 32}"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider by its room, the channel that it serves, and a body of a usual size for the bare client."""

    name: str
    channel: str
    path: str
    login: str
    body: bytes
    content_type: str


TWILIO = Provider(
    "twilio",
    "sms",
    f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
    aiohttp.BasicAuth(ACCOUNT, "token").encode(),
    b"To=%2B447900000001&From=%2B15005550006&Body=" + b"x" * 260,
    "application/x-www-form-urlencoded",
)
SENDGRID = Provider(
    "sendgrid",
    "email",
    "/v3/mail/send",
    "Bearer SG.key",
    b'{"personalizations":[{"to":[{"email":"a@example.com"}]}],"from":{"email":"b@example.com"},'
    b'"subject":"s","content":[{"type":"text/plain","value":"' + b"x" * 4000 + b'"}]}',
    "application/json",
)


def run(quick: bool) -> None:
    """Send a portfolio through each provider's room at 0 and at 50 ms, on SQLite, and once on PostgreSQL."""
    messages = 1_000 if quick else 10_000
    for provider in (TWILIO, SENDGRID):
        for latency_ms in (0, 50):
            _compare(provider, latency_ms, messages, "sqlite")
    _compare(TWILIO, 50, messages, "postgresql")
    row("peak memory of this process, which held worker and client", f"{own_peak_mb():.0f} MB")


def _compare(provider: Provider, latency_ms: int, messages: int, kind: str) -> None:
    with in_process("--latency-ms", str(latency_ms)) as url:
        bare = _bare_rate(provider, url, messages)
        whole, cpu_ms = _whole_rate(provider, url, messages, kind)
    label = f"{provider.name} at {latency_ms} ms, {kind}, {messages:,} messages"
    row(
        label,
        f"{whole:,.0f}/s whole, {bare:,.0f}/s bare, ratio {whole / bare:.2f}, {cpu_ms:.2f} ms processor each",
    )


def _bare_rate(provider: Provider, url: str, messages: int) -> float:
    headers = {"Authorization": provider.login, "Content-Type": provider.content_type}

    async def post_all() -> None:
        left = iter(range(messages))
        connector = aiohttp.TCPConnector(limit=LINES)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            await asyncio.gather(
                *(_post(session, f"{url}{provider.path}", provider.body, left) for _ in range(LINES))
            )

    start = time.perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(post_all())
    return messages / (time.perf_counter() - start)


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, left: Iterator[int]) -> None:
    for _ in left:
        async with session.post(url, data=body) as response:
            await response.read()


def _whole_rate(provider: Provider, url: str, messages: int, kind: str) -> tuple[float, float]:
    """Return messages a second and milliseconds of processor for each, planning included."""
    with tempfile.TemporaryDirectory() as name, _database(kind, Path(name)) as database_url:
        app = app_on(database_url, Path(name), _variables(url), NOW, _config(Path(name)))
        fill(app.database, messages, DUE, NOW, channels=(provider.channel,))
        start, cpu = time.perf_counter(), time.process_time()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(app))
        wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu
        refuse_void(app, messages)
        app.database.close()
    return messages / wall_s, cpu_s / messages * 1e3


async def _work(app: App) -> None:
    channels = app.open_channels()
    await app.worker(channels).run_until_idle()
    for each in channels.values():
        await each.close()


def refuse_void(app: App, messages: int) -> None:
    """Refuse a figure in which not every message was accepted."""
    with app.database.read() as connection:
        accepted = connection.exec_driver_sql(
            "SELECT count(*) FROM message WHERE state = 'accepted'"
        ).scalar()
    if accepted != messages:
        raise SystemExit(f"void: {accepted} of {messages} messages were accepted")


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'duly.db'}" if kind == "sqlite" else postgres_url()


def _config(folder: Path) -> Path:
    """Return a copy of the default configuration whose channels are the two providers."""
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "templates", folder / "templates")
    duly = folder / "config" / "duly.yaml"
    text = (
        duly.read_text("utf-8")
        .replace("sms: outbox", "sms: twilio")
        .replace("email: outbox", "email: sendgrid")
        .replace("drafts: outbox only", "drafts: sent")
    )
    duly.write_text(text, "utf-8")
    return folder / "config"


def _variables(url: str) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_FROM": "+15005550006",
        "SENDGRID_API_KEY": "SG.key",
        "DULY_TWILIO_BASE_URL": url,
        "DULY_SENDGRID_BASE_URL": url,
        "DULY_PUBLIC_URL": "https://duly.example.com",
    }
