"""How a provider may misbehave, each twist for one request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Ending(Enum):
    """What becomes of the answer."""

    ANSWERED = auto()
    HUNG = auto()
    """Nothing is ever answered."""
    RESET = auto()
    """The connection is reset instead."""
    RESET_UNREAD = auto()
    """The connection is reset while the request is still coming in."""
    CUT = auto()
    """Half the answer, then the connection closes."""
    DRIPPED = auto()
    """The answer trickles, a byte at a time, and never ends."""


@dataclass(frozen=True, slots=True)
class Twist:
    """Whether a message is accepted, with which answer if not the usual one, and how it ends."""

    accepts: bool = True
    answer: bytes | None = None
    ending: Ending = Ending.ANSWERED


USUAL = Twist()
HANG_BEFORE = Twist(accepts=False, ending=Ending.HUNG)
HANG_AFTER = Twist(ending=Ending.HUNG)
RESET_UNREAD = Twist(accepts=False, ending=Ending.RESET_UNREAD)
RESET_BEFORE = Twist(accepts=False, ending=Ending.RESET)
RESET_AFTER = Twist(ending=Ending.RESET)
CUT = Twist(ending=Ending.CUT)
DRIP = Twist(ending=Ending.DRIPPED)

_PHRASES = {200: "OK", 201: "Created", 202: "Accepted"}


def answer(
    status: int,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> bytes:
    """Return one whole HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Said')}", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def html(status: int = 200, *, accepts: bool = True) -> Twist:
    """A web page where JSON was due, as from a proxy in between."""
    page = b"<html><body>Please sign in to the network</body></html>"
    return Twist(accepts, answer(status, page, content_type="text/html"))


def says(
    status: int,
    error: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    accepts: bool = False,
) -> Twist:
    """Any status with any JSON body and headers."""
    return Twist(accepts, answer(status, json.dumps(error or {}).encode(), headers))


def twilio_refuses(status: int, code: int, headers: Mapping[str, str] | None = None) -> Twist:
    """An error answer as Twilio's REST API gives it."""
    error = {"code": code, "message": f"Refused: {code}", "more_info": "", "status": status}
    return says(status, error, headers)


def sendgrid_refuses(
    status: int, field: str | None = None, headers: Mapping[str, str] | None = None
) -> Twist:
    """An error answer as SendGrid's v3 API gives it."""
    return says(status, {"errors": [{"message": "Refused.", "field": field, "help": None}]}, headers)


BY_NAME: Mapping[str, Twist] = {
    "hang-before": HANG_BEFORE,
    "hang-after": HANG_AFTER,
    "reset-unread": RESET_UNREAD,
    "reset-before": RESET_BEFORE,
    "reset-after": RESET_AFTER,
    "cut": CUT,
    "drip": DRIP,
    "html": html(),
    "error-before": says(503),
    "error-after": says(503, accepts=True),
    "too-many": says(
        429, {"code": 20429, "message": "Too many requests", "status": 429}, {"Retry-After": "1"}
    ),
}
"""The twists that a command line can name."""
