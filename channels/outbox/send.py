"""Writes each message to one file: an email as .eml, which mail clients open, a text message as .json."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from channels.mail import Envelope, envelope, write_mail
from channels.outbox.settings import OutboxSettings
from channels.tools import Tools, Variables
from scheduler.domain.delivery import Accepted, Delivery, Finding, NotSent
from scheduler.domain.message import Inquiry, Message
from scheduler.domain.segments import segments

_SUFFIXES = {"email": ".eml", "sms": ".json"}


class Outbox:
    """A folder with one file per message, named after the message's key.

    A touchpoint has one file for each channel, whichever attempt wrote it, so that an attempt that was given up and
    wakes up late doubles nothing. The event loop writes it itself: a file takes about as long as handing it to a
    thread would.
    """

    provider = "outbox"
    absence_proves_after: timedelta | None = None
    """Not needed: a look-up is certain either way."""

    def __init__(self, settings: OutboxSettings, channel: str, now: Callable[[], datetime]) -> None:
        self._folder = settings.folder
        self._suffix = _SUFFIXES[channel]
        self._now = now

    async def send(self, message: Message) -> Delivery:
        """Write the message's file, unless it or an earlier attempt's is there already.

        NotSent when the folder cannot be written, and when a later attempt's is there.
        """
        for attempt in range(1, message.attempt + 1):
            if (path := self._path(replace(message, attempt=attempt).key)).exists():
                return Accepted(path.name)
        if self._path(replace(message, attempt=message.attempt + 1).key).exists():
            return NotSent("not_in_outbox")
        path = self._path(message.key)
        content = self._content(message)
        if not isinstance(content, bytes):
            return content
        try:
            _write_whole(path, content)
        except OSError as error:
            return NotSent(f"outbox_{errno.errorcode.get(error.errno or 0, 'failed')}", channel_down=True)
        return Accepted(path.name)

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Accepted when the message's file is there, NotSent when it is not.

        Whatever is still about to write it finds the next attempt's file and leaves it at that.
        """
        path = self._path(inquiry.message_key)
        return Accepted(path.name) if path.exists() else NotSent("not_in_outbox")

    async def check(self) -> tuple[str, ...]:
        """Write a file into the folder and take it away again."""
        probe = self._folder / f".check.{os.getpid()}"
        try:
            _write_whole(probe, b"")
            probe.unlink()
        except OSError as error:
            word = errno.errorcode.get(error.errno or 0, "failed")
            return (f"The outbox cannot be written to ({word}); name a folder that can in DULY_OUTBOX",)
        return ()

    async def close(self) -> None:
        """Nothing is held open."""

    def _path(self, message_key: str) -> Path:
        return self._folder / f"{message_key}{self._suffix}"

    def _content(self, message: Message) -> bytes | Delivery:
        if self._suffix == ".json":
            return _text_message(message)
        parties = envelope(message)
        return write_mail(message, parties, self._now()).content if isinstance(parties, Envelope) else parties


def open_room(channel: str, get: Variables, tools: Tools) -> Outbox:
    """Return the outbox for one channel."""
    return Outbox(OutboxSettings.read(get, tools), channel, tools.now)


def _text_message(message: Message) -> bytes:
    parts = segments(message.words.text)
    shown = {
        "to": message.to,
        "sender": message.sender,
        "text": message.words.text,
        "segments": {"encoding": parts.encoding, "units": parts.units, "count": parts.count},
        "touchpoint": message.touchpoint,
        "attempt": message.attempt,
        "not_after": message.not_after.isoformat(),
    }
    return json.dumps(shown, ensure_ascii=False, indent=2).encode(errors="replace") + b"\n"


def _write_whole(path: Path, content: bytes) -> None:
    # The process's number keeps two workers from writing one temporary file.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
