"""What Twilio and SendGrid answer about messages, and what of a request goes into the notebook."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlencode

from tests.fakes.notebook import Notebook, Noted
from tests.fakes.twists import Twist, answer

_AUTHORIZATION = re.compile(rb"\r\nauthorization: *(\w+) ([^\r\n]+)", re.IGNORECASE)
_OF_ACCOUNT = re.compile(r"/2010-04-01/Accounts/(AC\w+)(/Messages|/IncomingPhoneNumbers)?\.json")
_SERVICE = re.compile(r"/v1/Services/(MG\w+)")
_OUR_KEY = re.compile(r"[?&]t=([^&]*)&a=(\d+)")


def _nobody(noted: Noted, callback: str | None) -> None:
    """Hear of a message and do nothing."""


@dataclass(slots=True)
class Office:
    """What the provider has: its notebook, and what it says of the account when it is asked.

    A message is listed `index_lag_s` after it was accepted. `numbers` are the account's, each with whether it carries
    SMS; None stands for every number. `accepted` hears of each message and of the address to call back.
    """

    notebook: Notebook
    index_lag_s: float = 0.0
    status: str = "active"
    numbers: Mapping[str, bool] | None = None
    services: frozenset[str] | None = None
    scopes: tuple[str, ...] = ("mail.send",)
    accepted: Callable[[Noted, str | None], None] = field(default=_nobody)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was read."""

    method: str
    path: str
    head: bytes
    body: bytes


def reply(office: Office, request: Request, twist: Twist) -> bytes:
    """Note the message if the twist accepts it, and return the answer."""
    if request.method == "POST":
        return _take(office, request, twist)
    return twist.answer if twist.answer is not None else _tell(office, request)


def _take(office: Office, request: Request, twist: Twist) -> bytes:
    path = request.path.partition("?")[0]
    if path == "/v3/mail/send":
        return _mail_send(office, request, twist)
    found = _OF_ACCOUNT.fullmatch(path)
    if found and found[2] == "/Messages":
        return _create_message(office, found[1], request, twist)
    return _twilio_error(404, 20404, "Not found")


def _tell(office: Office, request: Request) -> bytes:
    path, _, query = request.path.partition("?")
    if path == "/v3/scopes":
        if not _is_authorised(request, b"Bearer", ""):
            return _unauthorised_mail()
        return answer(200, json.dumps({"scopes": office.scopes}).encode())
    found, service = _OF_ACCOUNT.fullmatch(path), _SERVICE.fullmatch(path)
    if not (found or service):
        return _twilio_error(404, 20404, "Not found")
    if not _is_authorised(request, b"Basic", found[1] if found else None):
        return _twilio_error(401, 20003, "Authenticate")
    if service:
        return _service(office, service[1])
    return _of_account(office, found[1], found[2], dict(parse_qsl(query))) if found else b""


def _of_account(office: Office, account: str, resource: str | None, query: Mapping[str, str]) -> bytes:
    if resource == "/Messages":
        return _list_messages(office, account, query)
    if resource == "/IncomingPhoneNumbers":
        return _numbers(office, query.get("PhoneNumber", ""))
    return answer(200, json.dumps({"sid": account, "status": office.status, "type": "Full"}).encode())


def _create_message(office: Office, account: str, request: Request, twist: Twist) -> bytes:
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if not _is_authorised(request, b"Basic", account):
        return _twilio_error(401, 20003, "Authenticate")
    if missing := next((name for name in ("To", "Body") if not form.get(name)), None):
        return _twilio_error(400, 21604 if missing == "To" else 21602, f"{missing} is required")
    sender = form.get("From") or form.get("MessagingServiceSid")
    if not sender:
        return _twilio_error(400, 21603, "A sender is required")
    callback = form.get("StatusCallback")
    key = _OUR_KEY.search(callback or "")
    touchpoint, attempt = (key[1], int(key[2])) if key else (None, None)
    notebook = office.notebook
    sid, now = f"SM{notebook.name()}", notebook.now()
    noted = Noted("twilio", sid, touchpoint, attempt, form["To"], sender, form["Body"], now)
    if twist.accepts:
        notebook.note(noted)
        office.accepted(noted, callback)
    if twist.answer is not None:
        return twist.answer
    return answer(201, json.dumps(_message(account, noted)).encode())


def _list_messages(office: Office, account: str, query: Mapping[str, str]) -> bytes:
    """Return one page, newest first, as the three filters and the page's size and token say."""
    latest = office.notebook.now() - office.index_lag_s
    listed = [
        each
        for each in reversed(office.notebook.to(query.get("To")))
        if each.provider == "twilio" and each.at <= latest and query.get("From", each.sender) == each.sender
    ]
    names = [each.provider_id for each in listed]
    start = names.index(query["PageToken"][2:]) + 1 if "PageToken" in query else 0
    size, number = min(int(query.get("PageSize", "50")), 1000), int(query.get("Page", "0"))
    shown = listed[start : start + size]
    following = None
    if start + size < len(listed):
        more = {**query, "PageSize": size, "Page": number + 1, "PageToken": f"PA{shown[-1].provider_id}"}
        following = f"/2010-04-01/Accounts/{account}/Messages.json?{urlencode(more)}"
    messages = [_message(account, each) for each in shown]
    page = {"messages": messages, "page": number, "page_size": size, "next_page_uri": following}
    return answer(200, json.dumps(page).encode())


def _message(account: str, noted: Noted) -> dict[str, object]:
    created = format_datetime(datetime.fromtimestamp(noted.at, UTC))
    service = noted.sender if noted.sender.startswith("MG") else None
    sid = noted.provider_id
    return {
        "sid": sid,
        "account_sid": account,
        "messaging_service_sid": service,
        "to": noted.to,
        "from": None if service else noted.sender,
        "body": noted.text,
        "status": "accepted" if service else "queued",
        "num_segments": "0" if service else "1",
        "num_media": "0",
        "direction": "outbound-api",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "date_created": created,
        "date_updated": created,
        "date_sent": None,
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"},
    }


def _numbers(office: Office, number: str) -> bytes:
    known = office.numbers is None or number in office.numbers
    able = {"voice": True, "sms": True if office.numbers is None else office.numbers.get(number, False)}
    owned = [{"phone_number": number, "capabilities": able}] if known else []
    return answer(200, json.dumps({"incoming_phone_numbers": owned, "next_page_uri": None}).encode())


def _service(office: Office, sid: str) -> bytes:
    if office.services is None or sid in office.services:
        return answer(200, json.dumps({"sid": sid}).encode())
    return _twilio_error(404, 20404, "Not found")


def _twilio_error(status: int, code: int, message: str) -> bytes:
    error = {"code": code, "message": message, "more_info": "", "status": status}
    return answer(status, json.dumps(error).encode())


def _mail_send(office: Office, request: Request, twist: Twist) -> bytes:
    if not _is_authorised(request, b"Bearer", ""):
        return _unauthorised_mail()
    try:
        mail = json.loads(request.body)
        (addressee,) = mail["personalizations"]
        (to,) = addressee["to"]
        key = addressee.get("custom_args", {})
        sender, text = mail["from"]["email"], mail["content"][0]["value"]
    except (ValueError, KeyError, IndexError):
        return _sendgrid_error(400, "personalizations", "Bad Request")
    message_id = office.notebook.name()[-22:]
    if twist.accepts:
        attempt, now = int(key["attempt"]) if "attempt" in key else None, office.notebook.now()
        noted = Noted("sendgrid", message_id, key.get("touchpoint"), attempt, to["email"], sender, text, now)
        office.notebook.note(noted)
        office.accepted(noted, None)
    return twist.answer if twist.answer is not None else answer(202, headers={"X-Message-Id": message_id})


def _unauthorised_mail() -> bytes:
    return _sendgrid_error(401, None, "The provided authorization grant is invalid, expired, or revoked")


def _sendgrid_error(status: int, field: str | None, message: str) -> bytes:
    return answer(status, json.dumps({"errors": [{"message": message, "field": field}]}).encode())


def _is_authorised(request: Request, scheme: bytes, user: str | None) -> bool:
    given = _AUTHORIZATION.search(request.head)
    if given is None or given[1] != scheme:
        return False
    return scheme != b"Basic" or user in (None, b64decode(given[2]).decode().partition(":")[0])
