"""A real mail server (aiosmtpd) on 127.0.0.1 that keeps what it takes and misbehaves on cue."""

import asyncio
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from warnings import catch_warnings, simplefilter

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "post", "password-canary"


@dataclass(frozen=True, slots=True)
class Scene:
    """How one transaction goes: a reply for each command, or the command at which it is cut or hangs.

    `delay_s` passes before each reply; `takes` says whether the message is kept although the transaction ends badly.
    """

    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 2.0.0 OK: queued as 4F2C1"
    cuts_at: str = ""
    hangs_at: str = ""
    takes: bool = True
    delay_s: float = 0.0


class PostOffice:
    """The server. `taken` is what it kept, `transactions` counts every MAIL command.

    `noops` every NOOP. `connections` counts the connections made so far, `open` holds those that still are.
    """

    def __init__(self, *, wants_login: bool = False) -> None:
        self.script: deque[Scene] = deque()
        self.taken: list[EmailMessage] = []
        self.transactions = 0
        self.noops = 0
        self.connections = 0
        self.url = ""
        self._scene = Scene()
        self._wants_login = wants_login
        self._server: asyncio.Server | None = None
        self.open: list[SMTP] = []
        self._hangs = asyncio.Event()

    async def __aenter__(self) -> "PostOffice":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._answer, "127.0.0.1", 0)
        self.url = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.sleep(0)
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for line in self.open:
            _cut(line)

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, words: str) -> str:
        self.noops += 1
        return "250 OK"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.transactions += 1
        self._scene = self.script.popleft() if self.script else Scene()
        envelope.mail_from = address
        return await self._say("mail", self._scene.mail, server)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._say("rcpt", self._scene.rcpt, server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._scene.takes:
            assert isinstance(envelope.content, bytes)
            mail = BytesParser(EmailMessage, policy=default).parsebytes(envelope.content)
            mail["X-Envelope"] = f"{envelope.mail_from} -> {', '.join(envelope.rcpt_tos)}"
            self.taken.append(mail)
        return await self._say("data", self._scene.data, server)

    async def _say(self, command: str, reply: str, server: SMTP) -> str:
        if self._scene.hangs_at == command:
            await self._hangs.wait()
        await asyncio.sleep(self._scene.delay_s)
        if self._scene.cuts_at == command:
            _cut(server)
        return reply

    def _answer(self) -> SMTP:
        self.connections += 1
        with catch_warnings():
            simplefilter("ignore")  # that a password travels in the clear, which is the point here
            line = _Line(
                self,
                hostname="post.example.net",
                auth_required=self._wants_login,
                auth_require_tls=False,
                authenticator=_let_in,
            )
        self.open.append(line)
        return line


class _Line(SMTP):
    def connection_lost(self, error: Exception | None) -> None:
        office: PostOffice = self.event_handler
        office.open.remove(self)
        super().connection_lost(error)


def _cut(line: SMTP) -> None:
    if isinstance(line.transport, asyncio.Transport):
        line.transport.abort()


def _let_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    known = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == known, handled=False)
