"""The loopback provider is what the vendors' own SDKs take it for, and keeps count."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.channels.messages import ACCOUNT, TOUCHPOINT
from tests.fakes.provider import LoopbackProvider, in_process, in_thread, noted_in
from tests.fakes.twists import twilio_refuses


def a_twilio_client(url: str) -> Client:
    login = {"TWILIO_ACCOUNT_SID": ACCOUNT}
    client = Client(
        ACCOUNT, "token", http_client=TwilioHttpClient(timeout=5, pool_connections=False), environment=login
    )
    client.api.base_url = url
    return client


def test_twilio_s_own_client_creates_and_lists_messages() -> None:
    provider = LoopbackProvider()
    with in_thread(provider) as url:
        messages = a_twilio_client(url).messages
        callback = f"https://duly.example.com/webhooks/twilio/status?t={TOUCHPOINT}&a=3"
        created = messages.create(to="+15550101", from_="+15550100", body="hello", status_callback=callback)
        messages.create(to="+15550102", from_="+15550100", body="hello")
        listed = messages.list(to="+15550101")
    assert (created.status, created.direction, created.error_code) == ("queued", "outbound-api", None)
    assert [(each.sid, each.to, each.body) for each in listed] == [(created.sid, "+15550101", "hello")]
    assert [(each.touchpoint, each.attempt) for each in provider.accepted] == [(TOUCHPOINT, 3), (None, None)]


def test_twilio_s_own_client_understands_a_refusal() -> None:
    provider = LoopbackProvider()
    provider.script.append(twilio_refuses(400, 21610))
    with in_thread(provider) as url, pytest.raises(TwilioRestException) as refusal:
        a_twilio_client(url).messages.create(to="+15550101", from_="+15550100", body="hello")
    assert (refusal.value.status, refusal.value.code) == (400, 21610)
    assert provider.accepted == []


@pytest.mark.parametrize(("missing", "code"), [("to", 21604), ("body", 21602), ("from_", 21603)])
def test_an_incomplete_message_is_refused_as_twilio_does(missing: str, code: int) -> None:
    whole = {"to": "+15550101", "from_": "+15550100", "body": "hello"}
    with in_thread(LoopbackProvider()) as url, pytest.raises(TwilioRestException) as refusal:
        a_twilio_client(url).messages.create(**{**whole, missing: ""})
    assert refusal.value.code == code


def test_sendgrid_s_own_client_sends_mail() -> None:
    provider = LoopbackProvider()
    with in_thread(provider) as url:
        client = SendGridAPIClient("SG.x", host=url)
        client.client.timeout = 5
        answer = client.send(Mail("plans@example.org", "maria@example.com", "Hello", "plain"))
    assert answer.status_code == 202
    assert answer.headers["X-Message-Id"] == provider.accepted[0].provider_id
    assert [(each.to, each.sender) for each in provider.accepted] == [
        ("maria@example.com", "plans@example.org")
    ]


def test_a_process_keeps_a_journal_that_outlives_it(tmp_path: Path) -> None:
    journal = tmp_path / "accepted.jsonl"
    for _ in range(2):
        with in_process("--journal", str(journal), "--latency-ms", "1") as url:
            a_twilio_client(url).messages.create(to="+15550101", from_="+15550100", body="hello")
    noted = noted_in(journal)
    assert [each.to for each in noted] == ["+15550101"] * 2
    assert len({each.provider_id for each in noted}) == 2


def test_a_killed_process_has_written_down_what_it_accepted(tmp_path: Path) -> None:
    journal = tmp_path / "accepted.jsonl"
    command = [sys.executable, "-m", "tests.fakes.provider", "--journal", str(journal)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        a_twilio_client(process.stdout.readline().strip()).messages.create(
            to="+15550101", from_="+15550100", body="hello"
        )
        os.kill(process.pid, signal.SIGKILL)
    assert len(noted_in(journal)) == 1


def test_a_process_misbehaves_as_often_as_told() -> None:
    with in_process("--twist", "too-many", "--every", "3") as url:
        messages = a_twilio_client(url).messages
        outcomes = []
        for _ in range(6):
            try:
                messages.create(to="+15550101", from_="+15550100", body="hello")
                outcomes.append(201)
            except TwilioRestException as refusal:
                outcomes.append(refusal.status)
    assert outcomes == [201, 201, 429] * 2


def test_a_line_half_written_is_not_read(tmp_path: Path) -> None:
    journal = tmp_path / "accepted.jsonl"
    assert noted_in(journal) == []
    journal.write_text('{"provider": "twi', "utf-8")
    assert noted_in(journal) == []
