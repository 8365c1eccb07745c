"""Hands text messages to Twilio through its own SDK, over connections and time-outs of ours."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.http import Answer, HttpPool, retry_after_s
from channels.tools import Tools, Variables
from channels.twilio.account import Account
from channels.twilio.check import complaints
from channels.twilio.look_up import look_up
from channels.twilio.settings import SID, TwilioSettings
from scheduler.domain.delivery import Accepted, Delivery, Finding, NotSent, Rejected, Unknown
from scheduler.domain.message import Inquiry, Message

_SHORTEST_WINDOW_S = 300
_LONGEST_VALIDITY_S = 36_000
_MARGIN_S = 60
"""Twilio counts validity from when it takes a message, up to a call's length later than we do and by its own clock."""

# https://www.twilio.com/docs/api/errors. Twilio asks that error texts be not relied on; the codes are.
_BY_CODE: Mapping[int, Rejected | NotSent] = {
    21610: Rejected("21610", opted_out=True),
    **{code: Rejected(str(code), blames_address=True) for code in (14101, 21211, 21401, 21614, 21635)},
    # Credentials, account, sender or callback address: every other message would fare the same.
    **{code: NotSent(str(code), channel_down=True) for code in (14102, 20003, 20404, 21601, 21606, 21608)},
    **{code: NotSent(str(code), channel_down=True) for code in (21609, 21659, 21660, 21661, 21705)},
    21408: NotSent("21408"),  # this country is not enabled; others are
    21611: NotSent("21611", retry_after_s=3600.0),  # the sender's queue is ten hours long
}
_BY_STATUS: Mapping[int, Rejected | NotSent] = {
    **{status: Rejected(f"http_{status}") for status in (400, 405, 413, 414, 415, 422)},
    **{status: NotSent(f"http_{status}", channel_down=True) for status in (401, 403, 404)},
}


class Twilio:
    """Twilio's Messages API. It takes no idempotency key, so one message is one call and no more."""

    provider = "twilio"
    absence_proves_after: timedelta | None = timedelta(hours=1)
    """How soon Twilio surely lists what it took is documented nowhere; an hour is a guess that errs towards waiting."""

    def __init__(self, settings: TwilioSettings, tools: Tools) -> None:
        self._settings = settings
        self._now = tools.now
        self._patience_s = tools.timeouts.total_s
        self._pool = HttpPool(tools.in_flight, tools.timeouts)
        self._account = Account(settings, self._pool)
        self._messages = _client(settings, _OverPool(self._pool, tools.now)).messages

    async def send(self, message: Message) -> Delivery:
        """Make one call, unless the contact window closes within five minutes.

        A queued message expires a minute before its window: `validity_period`, 1 to 36,000 s in Twilio's API.
        """
        left_s = int((message.not_after - self._now()).total_seconds())
        if left_s < _SHORTEST_WINDOW_S:
            return NotSent("window_closing")
        try:
            answer = await self._messages.create_async(
                to=message.to,
                body=message.words.text,
                validity_period=min(left_s - _MARGIN_S, _LONGEST_VALIDITY_S),
                **self._sender(message),
                **self._callback(message),
            )
        except _Settled as settled:
            return settled.delivery
        except TwilioException as error:
            return _refusal(getattr(error, "status", None), getattr(error, "code", None))
        except Exception:  # the SDK stumbles over strange answers, and one of those may have been a yes
            return Unknown("answer_unreadable")
        sid = answer.sid
        return Accepted(sid) if isinstance(sid, str) and SID.fullmatch(sid) else Unknown("no_message_sid")

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Look for the message in Twilio's list, for at most twice as long as a call may take."""
        try:
            async with asyncio.timeout(2 * self._patience_s):
                return await look_up(self._account, inquiry)
        except TimeoutError:
            return Unknown("no_answer")

    async def check(self) -> tuple[str, ...]:
        """Ask Twilio whether account, number and messaging service are good."""
        return await complaints(self._account)

    async def close(self) -> None:
        """Let go of connections."""
        await self._pool.close()

    def _sender(self, message: Message) -> dict[str, str]:
        service = self._settings.messaging_service
        number = message.sender or (None if service else self._settings.sender)
        chosen = {"messaging_service_sid": service, "from_": number}
        return {name: value for name, value in chosen.items() if value}

    def _callback(self, message: Message) -> dict[str, str]:
        # The query is the only thing of ours that Twilio gives back, and it is signed.
        if self._settings.callback_url is None:
            return {}
        query = urlencode({"t": message.touchpoint, "a": message.attempt})
        return {"status_callback": f"{self._settings.callback_url}?{query}"}


def open_room(channel: str, get: Variables, tools: Tools) -> Twilio:
    """Return the room; raises UsageError that names the variables it lacks."""
    return Twilio(TwilioSettings.read(get, tools), tools)


class _Settled(Exception):
    """Carries an outcome out through the SDK, which knows only answers."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.__class__.__name__)
        self.delivery = delivery


class _OverPool(AsyncHttpClient):
    """The SDK's HTTP interface over our pool.

    Its own asynchronous client ignores time-outs, may post again after a 5xx, and logs phone numbers
    (twilio-python 9.13, issue 925); this one does none of it.
    """

    def __init__(self, pool: HttpPool, now: Callable[[], datetime]) -> None:
        super().__init__(logging.getLogger(__name__), True)
        self._pool = pool
        self._now = now

    async def request(  # type: ignore[override]  # the SDK's own asynchronous interface overrides the other one
        self,
        method: str,
        uri: str,
        params: object = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: object = None,  # noqa: ASYNC109  # the interface asks for it; the pool has its own
        allow_redirects: object = False,
    ) -> Response:
        login = b64encode(":".join(auth or ()).encode()).decode("ascii")
        signed = {**(headers or {}), "Authorization": f"Basic {login}"}
        answer = await self._pool.post(uri, signed, urlencode(data or {}, errors="replace").encode())
        if not isinstance(answer, Answer):
            raise _Settled(answer)
        if answer.status == 429:  # here, because the SDK's exceptions carry no headers
            raise _Settled(NotSent("http_429", retry_after_s(answer.headers, self._now())))
        return Response(answer.status, answer.body.decode(errors="replace"), answer.headers)


def _client(settings: TwilioSettings, http: _OverPool) -> Client:
    # A filled environment of our own, or the SDK reads TWILIO_EDGE and TWILIO_REGION and rewrites the host.
    login = {"TWILIO_ACCOUNT_SID": settings.account_sid}
    client = Client(settings.account_sid, settings.auth_token, http_client=http, environment=login)
    if settings.base_url:
        client.api.base_url = settings.base_url
    return client


def _refusal(status: object, code: object) -> Delivery:
    """Classify an error answer. The SDK puts the HTTP status in `code` when the body is not Twilio's."""
    if not isinstance(status, int) or not 400 <= status < 500:
        return Unknown(f"http_{status}" if isinstance(status, int) else "answer_unreadable")
    if not isinstance(code, int) or code < 10_000:
        return _BY_STATUS.get(status, Unknown(f"http_{status}"))
    if code in _BY_CODE:
        return _BY_CODE[code]
    row = _BY_STATUS.get(status)
    return replace(row, code=str(code)) if row else Unknown(str(code))
