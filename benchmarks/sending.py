"""Messages a second from due to accepted, beside the bare client with as many calls in flight in the same run."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.parts import RunningClock, a_database, app_on, durability
from benchmarks.portfolio import fill
from benchmarks.provider import ceiling, provider
from benchmarks.report import ROOT, own_peak_mb, row
from benchmarks.sdk import sdk_rate
from scheduler.bootstrap import App
from scheduler.memory import settle_in
from scheduler.pipeline import LINES

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
DUE = date(2027, 3, 12)
ACCOUNT = f"AC{'a' * 32}"
TOKEN = "token"  # a fictional one
FROM = "+15005550006"
WARMING = 200
"""Messages that are sent before the clock runs: libraries are loaded with the first."""

CEILING = 3
"""How many times as much as a result the provider must be able to do: else it is the provider that was measured."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider by its room, the channel that it serves, and a body of a usual size for the bare client."""

    name: str
    channel: str
    path: str
    login: str
    body: bytes
    content_type: str

    @property
    def request(self) -> bytes:
        """The bare client's call as it goes out."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {self.login}\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


TWILIO = Provider(
    "twilio",
    "sms",
    f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
    aiohttp.BasicAuth(ACCOUNT, TOKEN).encode(),
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


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to: messages a second of the whole, of the bare client, and what the provider can do."""

    whole: float
    cpu_ms: float
    bare: float
    bare_cpu_ms: float
    ceiling: float
    durability: str

    @property
    def ratio(self) -> float:
        """The whole beside its bare calls."""
        return self.whole / self.bare


def run(quick: bool) -> None:
    """Send a portfolio through each provider's room at 0 and at 50 ms, on both databases."""
    messages = 500 if quick else 4_000
    results = {
        (each.name, latency_ms, kind): _compare(each, latency_ms, messages, kind)
        for each, kinds in ((TWILIO, ("sqlite", "postgresql")), (SENDGRID, ("sqlite",)))
        for kind in kinds
        for latency_ms in (0, 50)
    }
    with provider() as url:
        rate = sdk_rate(url, ACCOUNT, TOKEN, FROM, messages // 4)
    whole = results["twilio", 0, "sqlite"].whole
    row("Twilio's own SDK alone, synchronous, 32 threads, 0 ms", f"{rate:,.0f}/s")
    row("  the whole beside it", f"{whole / rate:.2f} (must be above 1)")
    row("peak memory of this process, which held worker and client", f"{own_peak_mb():.0f} MB")


def _compare(each: Provider, latency_ms: int, messages: int, kind: str) -> Result:
    with provider() as url:
        most = ceiling(url, each.request, 5 * messages)
    with provider(latency_ms) as url:
        before = _bare(each, url, messages)
        whole, cpu_ms, how = _whole(each, url, messages, kind)
        after = _bare(each, url, messages)
    bare, bare_cpu_ms = ((one + other) / 2 for one, other in zip(before, after, strict=True))
    result = Result(whole, cpu_ms, bare, bare_cpu_ms, most, how)
    if most < CEILING * whole:
        raise SystemExit(
            f"void: the provider can do {most:,.0f}/s, which is not {CEILING} times {whole:,.0f}/s"
        )
    _tell(f"{each.name} at {latency_ms} ms, {messages:,} messages", result)
    return result


def _tell(label: str, result: Result) -> None:
    row(label, f"{result.whole:,.0f}/s whole, {result.bare:,.0f}/s bare, ratio {result.ratio:.2f}")
    row(
        f"  {result.durability}",
        f"{result.cpu_ms:.2f} ms processor each, {result.bare_cpu_ms:.2f} bare; "
        f"provider's ceiling {result.ceiling:,.0f}/s",
    )


def _bare(each: Provider, url: str, messages: int) -> tuple[float, float]:
    """Return messages a second and milliseconds of processor for each."""
    headers = {"Authorization": each.login, "Content-Type": each.content_type}

    async def post_all() -> None:
        left = iter(range(messages))
        connector = aiohttp.TCPConnector(limit=LINES)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            await asyncio.gather(
                *(_post(session, f"{url}{each.path}", each.body, left) for _ in range(LINES))
            )

    start, cpu = time.perf_counter(), time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(post_all())
    return messages / (time.perf_counter() - start), (time.process_time() - cpu) / messages * 1e3


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, left: Iterator[int]) -> None:
    for _ in left:
        async with session.post(url, data=body) as response:
            await response.read()


def _whole(each: Provider, url: str, messages: int, kind: str) -> tuple[float, float, str]:
    """Return messages a second, milliseconds of processor for each, planning included, and how they were kept."""
    with tempfile.TemporaryDirectory() as name, a_database(kind, Path(name)) as database_url:
        folder = Path(name)
        app = app_on(database_url, folder, variables(url), NOW, sending_config(folder), RunningClock(NOW))
        fill(app.database, WARMING, DUE, NOW, channels=(each.channel,))
        work(app)
        fill(app.database, messages, DUE, NOW, channels=(each.channel,), after=WARMING)
        settle_in()
        start, cpu = time.perf_counter(), time.process_time()
        work(app)
        wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu
        refuse_void(app, WARMING + messages)
        how = durability(app)
        app.database.close()
    return messages / wall_s, cpu_s / messages * 1e3, how


def work(app: App) -> None:
    """Do everything that is due, as `duly run --until-idle` does."""

    async def until_idle() -> None:
        channels = app.open_channels()
        await app.worker(channels).run_until_idle()
        for channel in channels.values():
            await channel.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_idle())


def refuse_void(app: App, messages: int) -> None:
    """Refuse a figure in which not every message was accepted."""
    with app.database.read() as connection:
        accepted = connection.exec_driver_sql(
            "SELECT count(*) FROM message WHERE state = 'accepted'"
        ).scalar()
    if accepted != messages:
        raise SystemExit(f"void: {accepted} of {messages} messages were accepted")


def sending_config(folder: Path) -> Path:
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


def variables(url: str) -> dict[str, str]:
    """Return the environment in which both providers are at an address."""
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": FROM,
        "SENDGRID_API_KEY": "SG.key",
        "DULY_TWILIO_BASE_URL": url,
        "DULY_SENDGRID_BASE_URL": url,
        "DULY_PUBLIC_URL": "https://duly.example.com",
    }
