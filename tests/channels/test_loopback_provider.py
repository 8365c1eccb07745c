"""The loopback provider is what the vendors' own SDKs take it for, and keeps count."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.channels.messages import ACCOUNT, TOUCHPOINT
from tests.fakes.notebook import Noted
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


def test_twilio_s_own_client_reads_the_list_page_by_page() -> None:
    provider = LoopbackProvider()
    for number in range(7):
        provider.notebook.note(
            Noted("twilio", f"SM{number:032x}", None, None, "+15550101", "x", "hello", number)
        )
    with in_thread(provider) as url:
        messages = a_twilio_client(url).messages
        listed = messages.list(to="+15550101", page_size=3)
        latest = messages.list(to="+15550101", limit=2)
    assert [int(each.sid[2:], 16) for each in listed] == [6, 5, 4, 3, 2, 1, 0]
    assert [int(each.sid[2:], 16) for each in latest] == [6, 5]
    assert listed[0].date_created == datetime(1970, 1, 1, 0, 0, 6, tzinfo=UTC)
    assert listed[0].date_sent is None


@pytest.mark.parametrize(("age_s", "listed"), [(4.9, 0), (5.0, 1)])
def test_a_message_is_listed_after_a_while(age_s: float, listed: int) -> None:
    provider = LoopbackProvider()
    provider.office.index_lag_s = 5.0
    provider.notebook.now = lambda: 100.0 + age_s
    provider.notebook.note(Noted("twilio", f"SM{1:032x}", None, None, "+15550101", "x", "hello", 100.0))
    with in_thread(provider) as url:
        assert len(a_twilio_client(url).messages.list()) == listed


def test_twilio_s_own_client_asks_about_the_account() -> None:
    provider = LoopbackProvider()
    provider.office.numbers = {"+15550100": True, "+15550101": False}
    with in_thread(provider) as url:
        client = a_twilio_client(url)
        assert client.api.accounts(ACCOUNT).fetch().status == "active"
        able = {
            number: [
                each.capabilities["sms"] for each in client.incoming_phone_numbers.list(phone_number=number)
            ]
            for number in ("+15550100", "+15550101", "+15550102")
        }
    assert able == {"+15550100": [True], "+15550101": [False], "+15550102": []}


def test_nobody_is_told_anything_without_the_account_s_own_login() -> None:
    login = {"TWILIO_ACCOUNT_SID": ACCOUNT}
    http = TwilioHttpClient(timeout=5, pool_connections=False)
    client = Client("AC" + "9" * 32, "token", ACCOUNT, http_client=http, environment=login)
    with in_thread(LoopbackProvider()) as url:
        client.api.base_url = url
        with pytest.raises(TwilioException, match="401"):
            client.messages.list()


def test_sendgrid_s_own_client_asks_what_the_key_may_do() -> None:
    with in_thread(LoopbackProvider()) as url:
        client = SendGridAPIClient("SG.x", host=url)
        client.client.timeout = 5
        assert json.loads(client.client.scopes.get().body) == {"scopes": ["mail.send"]}


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


def test_a_process_keeps_a_journal_that_outlives_it_and_remembers(tmp_path: Path) -> None:
    journal = tmp_path / "accepted.jsonl"
    for run in (1, 2):
        with in_process("--journal", str(journal), "--latency-ms", "1") as url:
            a_twilio_client(url).messages.create(to="+15550101", from_="+15550100", body="hello")
            assert len(a_twilio_client(url).messages.list(to="+15550101")) == run
    noted = noted_in(journal)
    assert [each.to for each in noted] == ["+15550101"] * 2
    assert all(abs(each.at - time.time()) < 100 for each in noted)
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


@pytest.mark.parametrize("options", [(), ("--callbacks",)])
def test_a_process_calls_back_when_it_is_told_to(options: tuple[str, ...]) -> None:
    heard: list[str] = []
    doorstep = HTTPServer(("127.0.0.1", 0), hears_into(heard))
    doorstep.timeout = 10 if options else 0.3
    callback = f"http://127.0.0.1:{doorstep.server_port}/status?t={TOUCHPOINT}&a=1"
    with doorstep, in_process(*options, "--auth-token", "secret") as url:
        a_twilio_client(url).messages.create(
            to="+15550101", from_="+15550100", body="hello", status_callback=callback
        )
        for _ in range(2):
            doorstep.handle_request()
    assert heard == (["sent", "delivered"] if options else [])


def hears_into(heard: list[str]) -> type[BaseHTTPRequestHandler]:
    """A handler that believes what Twilio signed with the token "secret"."""

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            address = f"http://{self.headers['Host']}{self.path}"
            if RequestValidator("secret").validate(address, form, self.headers["X-Twilio-Signature"]):
                heard.append(form["MessageStatus"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Ear


def test_a_line_half_written_is_not_read(tmp_path: Path) -> None:
    journal = tmp_path / "accepted.jsonl"
    assert noted_in(journal) == []
    journal.write_text('{"provider": "twi', "utf-8")
    assert noted_in(journal) == []
