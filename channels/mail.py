"""One email as bytes, as RFC 5322 and MIME want it; shared by the rooms that write mail themselves.

Put together by hand, because the standard library's EmailMessage takes 1.7 ms a message and this 0.07 ms;
the tests read every result back with that library.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from scheduler.domain.delivery import NotSent, Rejected
from scheduler.domain.message import Message

_NAMED = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^"<>]*?))\s*<(?P<address>[^<>]*)>\s*')
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_LONGEST_PLAIN_HEADER = 200
_BREAKS_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, perhaps empty and safe for a header, and an ASCII address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and where answers go."""

    sender: Mailbox
    to: Mailbox
    reply_to: Mailbox | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One email ready to hand over."""

    sender: str
    to: str
    message_id: str
    content: bytes


def envelope(message: Message) -> Envelope | Rejected | NotSent:
    """Return the message's mailboxes.

    An unusable recipient is Rejected, with its address to blame; an unusable sender is NotSent.
    """
    to = _mailbox(message.to_name, message.to)
    if to is None:
        return Rejected("unusable_address", blames_address=True)
    sender = read_mailbox(message.sender)
    if sender is None:
        return NotSent("unusable_sender")
    reply_to = read_mailbox(message.reply_to) if message.reply_to else None
    if message.reply_to and reply_to is None:
        return NotSent("unusable_reply_to")
    return Envelope(sender, to, reply_to)


def read_mailbox(text: str) -> Mailbox | None:
    """Read `Name <address>`, `"Name" <address>` or a bare address; None when it is none of them."""
    if named := _NAMED.fullmatch(text):
        quoted = named["quoted"]
        name = named["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        return _mailbox(name, named["address"])
    return _mailbox("", text.strip())


def write_mail(message: Message, parties: Envelope, now: datetime) -> Mail:
    """Return the email with text, and HTML where there is any, each as an alternative.

    Its Message-ID is made of the message's key, so that a duplicate is recognised wherever it turns up.
    """
    message_id = f"<{message.key}@{parties.sender.address.rpartition('@')[2]}>"
    subject = one_line(message.words.subject or "")
    headers = [
        ("Date", format_datetime(now)),
        ("From", _shown(parties.sender)),
        ("To", _shown(parties.to)),
        *([("Reply-To", _shown(parties.reply_to))] if parties.reply_to else []),
        ("Subject", subject if _is_plain(subject) else _encoded(subject)),
        ("Message-ID", message_id),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: an absence notice need not answer it
        ("MIME-Version", "1.0"),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return Mail(parties.sender.address, parties.to.address, message_id, head.encode("ascii") + _body(message))


def one_line(text: str) -> str:
    """Return the text without line breaks, control characters or changes of direction.

    So it can neither open another header nor show another address than its own.
    """
    return " ".join(_BREAKS_A_LINE.sub(" ", text).split())


def _mailbox(name: str, address: str) -> Mailbox | None:
    local, _, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    usable = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)
    if not usable or len(local) + 1 + len(domain) > _LONGEST_ADDRESS:
        return None
    return Mailbox(one_line(name), f"{local}@{domain}")


def _shown(mailbox: Mailbox) -> str:
    if _is_plain(mailbox.name):
        return formataddr((mailbox.name, mailbox.address))
    return f"{_encoded(mailbox.name)} <{mailbox.address}>"


def _is_plain(text: str) -> bool:
    # A text that looks like an encoded word must itself be encoded, or a reader would decode it.
    return text.isascii() and len(text) <= _LONGEST_PLAIN_HEADER and "=?" not in text


def _encoded(text: str) -> str:
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _body(message: Message) -> bytes:
    words = message.words
    if words.html is None:
        return _part("plain", words.text)
    # Neither base64 nor quoted-printable can write "=_", so no line of a part can look like the boundary.
    boundary = f"=_{message.key}".encode()
    parts = (_part("plain", words.text), _part("html", words.html))
    opening = b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n\r\n'
    return (
        opening + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary
    )


def _part(subtype: str, text: str) -> bytes:
    raw = "\r\n".join(text.splitlines()).encode(errors="replace") + b"\r\n"
    encoding, content = "quoted-printable", binascii.b2a_qp(raw)
    if len(content) * 3 > len(raw) * 4:
        encoding, content = "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + content
