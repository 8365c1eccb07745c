"""Reads the outbox's files as a mail client or a phone would: never a listing, only files whose keys are known."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

_HEAD_BYTES = 16_384
_KEY = re.compile(r"(?P<touchpoint>[0-9a-f]{32})-(?P<channel>email|sms)-(?P<attempt>[1-9][0-9]{0,5})")
_SUFFIXES = {"email": ".eml", "sms": ".json"}


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A message's key, taken apart; nothing else comes near the file system."""

    touchpoint: str
    channel: str
    attempt: int

    @classmethod
    def read(cls, text: str) -> "MessageKey | None":
        """Take a key apart; None when it is not one."""
        if found := _KEY.fullmatch(text):
            return cls(found["touchpoint"], found["channel"], int(found["attempt"]))
        return None

    @property
    def file_name(self) -> str:
        """The name of the message's file."""
        return f"{self.touchpoint}-{self.channel}-{self.attempt}{_SUFFIXES[self.channel]}"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, perhaps empty, and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Letter:
    """An email as its reader sees it."""

    subject: str
    sender: Sequence[Mailbox]
    to: Sequence[Mailbox]
    reply_to: Sequence[Mailbox]
    text: str
    html: str | None


class Segments(BaseModel):
    """How an SMS is billed and sent."""

    model_config = ConfigDict(frozen=True)

    encoding: str
    units: int
    count: int


class Note(BaseModel):
    """An SMS as its reader sees it."""

    model_config = ConfigDict(frozen=True)

    to: str
    sender: str
    text: str
    segments: Segments
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no file to show, and why."""

    why: str


_MISSING = Absent("The file of this message is no longer in the outbox.")
_UNREADABLE = Absent("The file of this message cannot be read.")


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list shows of a message: its first words, and the segments of an SMS."""

    words: str
    segments: int | None = None


class OutboxFolder:
    """One folder of messages."""

    def __init__(self, folder: Path) -> None:
        """Read from a folder, which need not exist yet."""
        self._folder = folder

    def letter(self, key: MessageKey) -> Letter | Absent:
        """Return an email by its key."""
        try:
            return _letter(message_from_bytes(self._bytes(key), policy=policy.default))
        except FileNotFoundError:
            return _MISSING
        except (OSError, MessageError, LookupError, ValueError, AttributeError):
            return _UNREADABLE

    def note(self, key: MessageKey) -> Note | Absent:
        """Return an SMS by its key."""
        try:
            return Note.model_validate_json(self._bytes(key))
        except FileNotFoundError:
            return _MISSING
        except (OSError, ValidationError):
            return _UNREADABLE

    def glance(self, key: MessageKey) -> Glance | Absent:
        """Return what a list shows; of an email only the head is read."""
        if key.channel == "sms":
            note = self.note(key)
            return note if isinstance(note, Absent) else Glance(note.text, note.segments.count)
        try:
            with (self._folder / key.file_name).open("rb") as file:
                head = BytesHeaderParser(policy=policy.default).parsebytes(file.read(_HEAD_BYTES))
            return Glance(str(head.get("Subject", "")))
        except FileNotFoundError:
            return _MISSING
        except (OSError, MessageError, LookupError, ValueError, AttributeError):
            return _UNREADABLE

    def _bytes(self, key: MessageKey) -> bytes:
        return (self._folder / key.file_name).read_bytes()


def _letter(mail: EmailMessage) -> Letter:
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    return Letter(
        subject=str(mail.get("Subject", "")),
        sender=_mailboxes(mail, "From"),
        to=_mailboxes(mail, "To"),
        reply_to=_mailboxes(mail, "Reply-To"),
        text=str(text.get_content()) if text else "",
        html=str(html.get_content()) if html else None,
    )


def _mailboxes(mail: EmailMessage, name: str) -> list[Mailbox]:
    header = mail.get(name)
    found = header.addresses if isinstance(header, AddressHeader) else ()
    return [Mailbox(each.display_name, each.addr_spec) for each in found]
