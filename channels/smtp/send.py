"""Hands email to a mail server, over a few connections that are kept for the next message."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import aiosmtplib

from channels.mail import Envelope, Mail, envelope, write_mail
from channels.smtp.settings import SmtpSettings
from channels.tools import Tools, Variables
from scheduler.domain.delivery import Accepted, Delivery, Finding, NotSent, Rejected, Unknown
from scheduler.domain.message import Inquiry, Message

_MOST_LINES = 8
"""Servers commonly turn away a client's tenth to twentieth connection."""

_LONGEST_IDLE_S = 15.0
_QUEUED_AS = re.compile(r"queued as <?([\w.@-]{1,128})", re.IGNORECASE)
_ABOUT_ADDRESS = frozenset({550, 551, 553})
_ABOUT_US = frozenset({421, 530, 534, 535, 538})
"""Closing down, or wanting a log-in that we did not give (RFC 5321, RFC 4954)."""

_TOO_LARGE = 552


class _Line:
    """One connection, and how far it has got with the present message."""

    def __init__(self, client: aiosmtplib.SMTP, connect_s: float) -> None:
        self.client = client
        self.connect_s = connect_s
        self.idle_since_s = 0.0
        self.stage = "connect"
        self.must_reset = False

    async def hand_over(self, mail: Mail) -> aiosmtplib.SMTPResponse:
        """Speak one whole transaction; `stage` tells afterwards where it ended."""
        await self._connect()
        self.stage = "mail"
        if self.must_reset:
            await self.client.rset()
        self.must_reset = True
        await self.client.mail(mail.sender)
        self.stage = "rcpt"
        await self.client.rcpt(mail.to)
        self.stage = "data"
        reply = await self.client.data(mail.content)
        self.must_reset = False
        return reply

    async def greet(self) -> None:
        """Connect where that is not done yet, and have the server answer; no message begins."""
        await self._connect()
        await self.client.noop()

    async def _connect(self) -> None:
        if not self.client.is_connected:
            await self.client.connect(timeout=self.connect_s)


class Smtp:
    """A mail server. It reports nothing afterwards, so accepted is the last word."""

    provider = "smtp"
    absence_proves_after: timedelta | None = None
    """There is nowhere to look, so absence proves nothing."""

    def __init__(self, settings: SmtpSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._idle: list[_Line] = []
        self._free = asyncio.Semaphore(min(tools.in_flight, _MOST_LINES))

    async def send(self, message: Message) -> Delivery:
        """Hand over one email in one transaction; until DATA it is certainly not sent."""
        parties = envelope(message)
        if not isinstance(parties, Envelope):
            return parties
        mail = write_mail(message, parties, self._tools.now())
        try:
            async with asyncio.timeout(self._tools.timeouts.connect_s):
                await self._free.acquire()
        except TimeoutError:
            return NotSent("no_free_connection")
        try:
            return await self._deliver(mail)
        finally:
            self._free.release()

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Return Unknown: a mail server cannot be asked."""
        return Unknown("mail_server_cannot_be_asked")

    async def check(self) -> tuple[str, ...]:
        """Connect, log in and say NOOP, once; the connection is kept for the first message."""
        line = self._take_line()
        try:
            async with asyncio.timeout(self._tools.timeouts.total_s):
                await line.greet()
        except Exception as error:
            line.client.close()
            return (_complaint(error),)
        except BaseException:
            line.client.close()
            raise
        self._put_back(line)
        return ()

    async def close(self) -> None:
        """Say goodbye to the server, a second at most for each connection."""
        lines, self._idle = self._idle, []
        for line in lines:
            with suppress(aiosmtplib.SMTPException, OSError):
                await line.client.quit(timeout=1.0)
            line.client.close()

    async def _deliver(self, mail: Mail) -> Delivery:
        line = self._take_line()
        try:
            async with asyncio.timeout(self._tools.timeouts.total_s):
                reply = await line.hand_over(mail)
        except aiosmtplib.SMTPResponseException as refusal:
            self._put_back(line)
            return _refusal(line.stage, refusal.code, refusal.message)
        except Exception as error:
            line.client.close()
            return _failure(line.stage, error)
        except BaseException:
            line.client.close()
            raise
        self._put_back(line)
        named = _QUEUED_AS.search(reply.message)
        return Accepted(named[1] if named else mail.message_id)

    def _take_line(self) -> _Line:
        oldest_s = asyncio.get_running_loop().time() - _LONGEST_IDLE_S
        while self._idle:
            line = self._idle.pop()
            if line.client.is_connected and line.idle_since_s > oldest_s:
                return line
            line.client.close()
        return self._new_line()

    def _put_back(self, line: _Line) -> None:
        if line.client.is_connected:
            line.idle_since_s = asyncio.get_running_loop().time()
            self._idle.append(line)

    def _new_line(self) -> _Line:
        server, timeouts = self._settings, self._tools.timeouts
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.starttls,
            timeout=timeouts.total_s,
        )
        return _Line(client, timeouts.connect_s)


def open_room(channel: str, get: Variables, tools: Tools) -> Smtp:
    """Return the room; raises UsageError that names the variable it lacks."""
    return Smtp(SmtpSettings.read(get, tools), tools)


def _refusal(stage: str, code: int, text: str) -> Delivery:
    """Classify a server's "no" by where it was said (RFC 5321 section 4.2.1; RFC 3463 for the 5.7 in it)."""
    word = f"smtp_{code}"
    if stage == "connect" or code in _ABOUT_US:
        return NotSent(word, channel_down=True)
    if 400 <= code < 500:
        return NotSent(word)
    if not 500 <= code < 600:
        return Unknown(word) if stage == "data" else NotSent(word)
    if stage == "mail" and code != _TOO_LARGE:  # the sender is not welcome, whatever the message
        return NotSent(word, channel_down=True)
    # 5.7.x is the server's policy (blocked, no relaying), which says nothing about the address.
    blames = stage == "rcpt" and code in _ABOUT_ADDRESS and not text.startswith("5.7.")
    return Rejected(word, blames_address=blames)


def _complaint(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"The mail server does not accept user and password (smtp_{error.code}); correct SMTP_URL"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"The mail server turns us away (smtp_{error.code}); ask whoever runs it"
    remedies = {
        "tls_failure": "check its certificate, and SMTP_URL for smtp:// or smtps://",
        "not_supported": "SMTP_URL asks for STARTTLS or a log-in, which it does not offer",
    }
    word = _word(error)
    remedy = remedies.get(word, "check host and port in SMTP_URL, and the network")
    return f"The mail server cannot be spoken to ({word}); {remedy}"


_WORDS: Mapping[type[Exception], str] = {
    TimeoutError: "timeout",
    ssl.SSLError: "tls_failure",
    OSError: "no_connection",
    aiosmtplib.SMTPException: "not_supported",
}


def _failure(stage: str, error: Exception) -> Delivery:
    word = _word(error)
    if stage == "data":
        return Unknown(f"data_{word}")
    return NotSent(f"{stage}_{word}", channel_down=True)


def _word(error: Exception) -> str:
    if isinstance(error.__cause__, ssl.SSLError):  # the library calls every failure to connect by one name
        return "tls_failure"
    return next((word for kind, word in _WORDS.items() if isinstance(error, kind)), type(error).__name__)
