"""What Twilio's Messages and SendGrid's mail/send answer, and what of a request goes into the notebook."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl

from tests.fakes.notebook import Notebook, Noted
from tests.fakes.twists import Twist, answer

_AUTHORIZATION = re.compile(rb"\r\nauthorization: *(\w+) ([^\r\n]+)", re.IGNORECASE)
_MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC\w+)/Messages\.json")
_OUR_KEY = re.compile(r"[?&]t=([^&]*)&a=(\d+)")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was read."""

    method: str
    path: str
    head: bytes
    body: bytes


def reply(notebook: Notebook, request: Request, twist: Twist) -> bytes:
    """Note the message if the twist accepts it, and return the answer."""
    path, _, query = request.path.partition("?")
    if path == "/v3/mail/send" and request.method == "POST":
        return _mail_send(notebook, request, twist)
    if messages := _MESSAGES.fullmatch(path):
        if request.method == "POST":
            return _create_message(notebook, messages[1], request, twist)
        return _list_messages(notebook, dict(parse_qsl(query)))
    return _twilio_error(404, 20404, "Not found")


def _create_message(notebook: Notebook, account: str, request: Request, twist: Twist) -> bytes:
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if not _is_authorised(request, b"Basic", account):
        return _twilio_error(401, 20003, "Authenticate")
    if missing := next((name for name in ("To", "Body") if not form.get(name)), None):
        return _twilio_error(400, 21604 if missing == "To" else 21602, f"{missing} is required")
    sender = form.get("From") or form.get("MessagingServiceSid")
    if not sender:
        return _twilio_error(400, 21603, "A sender is required")
    sid = f"SM{notebook.name()}"
    if twist.accepts:
        key = _OUR_KEY.search(form.get("StatusCallback", ""))
        touchpoint, attempt = (key[1], int(key[2])) if key else (None, None)
        notebook.note(Noted("twilio", sid, touchpoint, attempt, form["To"], sender, form["Body"]))
    if twist.answer is not None:
        return twist.answer
    return answer(201, json.dumps(_message(account, sid, form["To"], sender, form["Body"])).encode())


def _list_messages(notebook: Notebook, query: Mapping[str, str]) -> bytes:
    listed = [
        _message("", each.provider_id, each.to, each.sender, each.text)
        for each in reversed(notebook.accepted)
        if each.provider == "twilio"
        and query.get("To", each.to) == each.to
        and query.get("From", each.sender) == each.sender
    ][: int(query.get("PageSize", "50"))]
    page = {"messages": listed, "page": 0, "page_size": 50, "next_page_uri": None, "previous_page_uri": None}
    return answer(200, json.dumps(page).encode())


def _message(account: str, sid: str, to: str, sender: str, body: str) -> dict[str, object]:
    now = formatdate(usegmt=False)
    service = sender if sender.startswith("MG") else None
    return {
        "sid": sid,
        "account_sid": account,
        "messaging_service_sid": service,
        "to": to,
        "from": None if service else sender,
        "body": body,
        "status": "accepted" if service else "queued",
        "num_segments": "0" if service else "1",
        "num_media": "0",
        "direction": "outbound-api",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "date_created": now,
        "date_updated": now,
        "date_sent": None,
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"},
    }


def _twilio_error(status: int, code: int, message: str) -> bytes:
    error = {"code": code, "message": message, "more_info": "", "status": status}
    return answer(status, json.dumps(error).encode())


def _mail_send(notebook: Notebook, request: Request, twist: Twist) -> bytes:
    if not _is_authorised(request, b"Bearer", ""):
        return _sendgrid_error(401, None, "The provided authorization grant is invalid, expired, or revoked")
    try:
        mail = json.loads(request.body)
        (addressee,) = mail["personalizations"]
        (to,) = addressee["to"]
        key = addressee.get("custom_args", {})
        sender, text = mail["from"]["email"], mail["content"][0]["value"]
    except (ValueError, KeyError, IndexError):
        return _sendgrid_error(400, "personalizations", "Bad Request")
    message_id = notebook.name()[-22:]
    if twist.accepts:
        attempt = int(key["attempt"]) if "attempt" in key else None
        noted = Noted("sendgrid", message_id, key.get("touchpoint"), attempt, to["email"], sender, text)
        notebook.note(noted)
    return twist.answer if twist.answer is not None else answer(202, headers={"X-Message-Id": message_id})


def _sendgrid_error(status: int, field: str | None, message: str) -> bytes:
    return answer(status, json.dumps({"errors": [{"message": message, "field": field}]}).encode())


def _is_authorised(request: Request, scheme: bytes, user: str) -> bool:
    given = _AUTHORIZATION.search(request.head)
    if given is None or given[1] != scheme:
        return False
    return scheme != b"Basic" or b64decode(given[2]).decode().partition(":")[0] == user
