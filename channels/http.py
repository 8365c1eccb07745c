"""One pooled HTTP client per provider, which says of every failure whether a byte may have been sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from channels.tools import Timeouts
from scheduler.domain.delivery import NotSent, Unknown

_KEEP_ALIVE_S = 15.0
"""Shorter than any provider's own, so that a call rarely meets a connection that is just being closed."""

_LONGEST_ANSWER = 1 << 20

_NO_BYTE_SENT: Mapping[type[Exception], str] = {
    aiohttp.ConnectionTimeoutError: "connect_timeout",
    aiohttp.ClientConnectorDNSError: "dns_failure",
    aiohttp.ClientSSLError: "tls_failure",
    aiohttp.ClientConnectorError: "no_connection",
}
_PERHAPS_SENT: Mapping[type[Exception], str] = {
    TimeoutError: "no_answer",
    aiohttp.ServerDisconnectedError: "connection_lost",
    aiohttp.ClientOSError: "connection_lost",
    aiohttp.ClientPayloadError: "answer_cut",
    aiohttp.ClientResponseError: "answer_unreadable",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpPool:
    """Connections to one provider, opened when first needed and kept for the next call."""

    def __init__(self, in_flight: int, timeouts: Timeouts) -> None:
        self._in_flight = in_flight
        self._timeouts = timeouts
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer | NotSent | Unknown:
        """Make exactly one POST: no retry, no redirect, no cookie. Never raises but for cancellation.

        NotSent when no byte can have left (name, connection, TLS); Unknown for everything later and for
        every failure that is not on the list.
        """
        return await self._exchange("POST", url, headers, body)

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer | Unknown:
        """Ask one question, without redirect or cookie. Never raises but for cancellation.

        Whatever keeps an answer away is Unknown: that a question did not arrive says nothing of what it was about.
        """
        answer = await self._exchange("GET", url, headers, None)
        return Unknown(answer.code) if isinstance(answer, NotSent) else answer

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer | NotSent | Unknown:
        try:
            # The address goes out as it is: one that a provider gave us must not be written differently.
            address = URL(url, encoded=True)
            async with self._open().request(
                method, address, data=body, headers=headers, allow_redirects=False
            ) as response:
                return Answer(response.status, response.headers, await _whole(response.content))
        except tuple(_NO_BYTE_SENT) as error:
            return NotSent(_word(error, _NO_BYTE_SENT), channel_down=True)
        except Exception as error:
            return Unknown(_word(error, _PERHAPS_SENT))

    async def close(self) -> None:
        """Let go of every connection; a later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._in_flight, keepalive_timeout=_KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._timeouts.total_s, connect=self._timeouts.connect_s),
                headers={"Accept-Encoding": "identity"},
            )
        return self._session


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long a provider asks to be left alone, from a second to an hour; None if it does not say.

    Reads Retry-After (seconds or a date, RFC 9110 section 10.2.3), then SendGrid's X-RateLimit-Reset
    (Unix seconds).
    """
    wish = _wait_s(headers.get("Retry-After", ""), now)
    if wish is None and (reset := headers.get("X-RateLimit-Reset", "")).isdecimal():
        wish = float(reset) - now.timestamp()
    return None if wish is None else min(max(wish, 1.0), 3600.0)


def _wait_s(text: str, now: datetime) -> float | None:
    if text.removeprefix("-").isdecimal():
        return float(text)
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None


async def _whole(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > _LONGEST_ANSWER:
            raise aiohttp.ClientPayloadError
    return bytes(body)


def _word(error: Exception, words: Mapping[type[Exception], str]) -> str:
    return next((word for kind, word in words.items() if isinstance(error, kind)), type(error).__name__)
