"""Email over TLS through the SendGrid room, beside SendGrid's own SDK as it comes, which connects anew for each."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail

from benchmarks.provider import provider
from benchmarks.report import ROOT, row
from channels.registry import Tools, open_channel
from scheduler.domain.delivery import Accepted
from scheduler.domain.message import Message, Words
from scheduler.pipeline import LINES

THREADS = (1, 8)
LEAST = 3
"""How many times the SDK's rate is wanted."""

_TEXT = "Your instalment of £123.45 is due on 12 March 2027.\n" * 20
_HTML = f"<html><body>{'<p>Your instalment of £123.45 is due on 12 March 2027.</p>' * 40}</body></html>"
_NOON = datetime(2027, 3, 9, 12, 0, tzinfo=UTC)


def run(quick: bool) -> None:
    """Measure both in a process that trusts the provider's certificate, made for this run."""
    with tempfile.TemporaryDirectory() as name:
        certificate = _certificate(Path(name))
        with provider(certificate=certificate) as url:
            # The libraries read what they trust when they are imported.
            trusting = os.environ | {"SSL_CERT_FILE": str(certificate)}
            command = [sys.executable, "-m", "benchmarks.mail", url, str(100 if quick else 1_000)]
            subprocess.run(command, cwd=ROOT, env=trusting, check=True)


def _measure(url: str, messages: int) -> None:
    rates = {threads: _sdk(url, messages // 2, threads) for threads in THREADS}
    for threads, rate in rates.items():
        row(f"SendGrid's SDK as it comes, {threads} threads, over TLS", f"{rate:,.0f}/s")
    own = _room(url, 4 * messages)
    ratio = own / max(rates.values())
    row(f"the SendGrid room, {LINES} in flight, over TLS", f"{own:,.0f}/s")
    row("  beside the SDK's best", f"{ratio:.1f} (must be at least {LEAST})")


def _sdk(url: str, messages: int, threads: int) -> float:
    client = SendGridAPIClient("SG.key", host=url)

    def send(number: int) -> None:
        mail = Mail("plans@example.com", f"d{number}@example.com", "Your instalment", _TEXT, _HTML)
        assert client.send(mail).status_code == 202

    with ThreadPoolExecutor(threads) as pool:
        return _timed(messages, lambda: list(pool.map(send, range(messages))))


def _room(url: str, messages: int) -> float:
    variables = {"SENDGRID_API_KEY": "SG.key", "DULY_SENDGRID_BASE_URL": url}
    tools = Tools(ROOT, "https://duly.example.com", lambda: _NOON, in_flight=LINES)

    async def send_all() -> None:
        room, left = open_channel("sendgrid", "email", variables.get, tools), iter(range(messages))

        async def send_some() -> None:
            for number in left:
                assert isinstance(await room.send(_message(number)), Accepted)

        await asyncio.gather(*(send_some() for _ in range(LINES)))
        await room.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return _timed(messages, lambda: runner.run(send_all()))


def _timed(messages: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return messages / (time.perf_counter() - start)


def _message(number: int) -> Message:
    return Message(
        touchpoint=f"{number:032x}",
        attempt=1,
        channel="email",
        to=f"d{number}@example.com",
        to_name=f"Debtor {number}",
        sender="Harbour Lending <plans@harbour.example.com>",
        reply_to=None,
        words=Words(_TEXT, "Your instalment", _HTML),
        locale="en",
        not_after=_NOON + timedelta(hours=8),
    )


def _certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 that lasts a day, and its key, into one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "provider.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


if __name__ == "__main__":
    _measure(sys.argv[1], int(sys.argv[2]))
