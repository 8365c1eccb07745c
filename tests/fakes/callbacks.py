"""Calls back as Twilio and SendGrid do after accepting a message: signed, and neither surely, once nor in order."""

import asyncio
import json
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode, urlsplit

import aiohttp

from tests.fakes.notebook import Noted
from tests.fakes.signing import sendgrid_headers, twilio_headers

_PACE_S = 0.02
"""How long after the message, and after one another, callbacks come when they are in time."""

_TRIES = 100
_BETWEEN_TRIES_S = 0.2


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares from 0 to 1 of the callbacks that are lost, doubled or late, of the messages whose callbacks come in the
    wrong order, and of those that never reach their addressee; late is up to `late_s`."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    reordered: float = 0.0
    undelivered: float = 0.0
    late_s: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Call:
    """One request to make. Twilio `insists` on nothing but being connected, SendGrid on a yes."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    insists: bool

    @property
    def tries(self) -> int:
        return _TRIES if self.insists else 2


class Callbacks:
    """Every callback that is under way. `answers` counts what was answered, by status, 0 for nothing at all.

    Twilio calls the address that came with the message, SendGrid `events_url`. What they sign is that address; `via` is
    where requests really go, as to a proxy in between.
    """

    def __init__(
        self,
        *,
        token: str = "token",
        events_url: str | None = None,
        via: str | None = None,
        habits: Habits = Habits(),  # a frozen value
    ) -> None:
        self.answers: Counter[int] = Counter()
        self._token, self._events_url, self._via, self._habits = token, events_url, via, habits
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def accepted(self, noted: Noted, callback: str | None) -> None:
        """Plan what is to be told of a message."""
        # By the message and not by the order of calls, so that a seed means the same on every machine.
        chance = Random(f"{self._habits.seed} {noted.touchpoint} {noted.attempt} {noted.to}")
        failed = chance.random() < self._habits.undelivered
        if noted.provider == "twilio" and callback:
            forms = _forms(noted, failed)
            calls = [_of_form(callback, each, self._token) for each in forms]
        elif noted.provider == "sendgrid" and self._events_url:
            calls = [_of_event(self._events_url, each) for each in _events(noted, failed)]
        else:
            return
        for delay_s, call in self._spread(calls, chance):
            self._begin(self._make(call, delay_s))

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._session is not None:
            await self._session.close()

    def _begin(self, making: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(making)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _spread(self, calls: Sequence[_Call], chance: Random) -> Iterator[tuple[float, _Call]]:
        """Yield each call as often as it is made, with how long after the message."""
        habits = self._habits
        backwards = chance.random() < habits.reordered
        for place, call in enumerate(reversed(calls) if backwards else calls, start=1):
            lost, doubled = chance.random() < habits.lost, chance.random() < habits.doubled
            for _ in range(0 if lost else 2 if doubled else 1):
                late_s = chance.uniform(0, habits.late_s) if chance.random() < habits.late else 0.0
                yield place * _PACE_S + late_s, call

    async def _make(self, call: _Call, delay_s: float) -> None:
        """Call until it is answered well: Twilio comes again only when nothing answered, SendGrid for any no."""
        await asyncio.sleep(delay_s)
        for _ in range(call.tries):
            status = await self._post(call.url, call.headers, call.body)
            self.answers[status] += 1
            if 0 < status < (300 if call.insists else 600):
                return
            await asyncio.sleep(_BETWEEN_TRIES_S)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=16)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=15)
            )
        try:
            async with self._session.post(
                self._really(url), data=body, headers=headers, allow_redirects=False
            ) as answered:
                return answered.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _really(self, url: str) -> str:
        parts = urlsplit(url)
        return url if self._via is None else url.replace(f"{parts.scheme}://{parts.netloc}", self._via, 1)


def _of_form(url: str, form: Mapping[str, str], token: str) -> _Call:
    return _Call(url, twilio_headers(url, form, token), urlencode(form).encode(), insists=False)


def _of_event(url: str, event: Mapping[str, object]) -> _Call:
    body = json.dumps([event]).encode() + b"\r\n"
    return _Call(url, sendgrid_headers(body, int(str(event["timestamp"]))), body, insists=True)


def _forms(noted: Noted, failed: bool) -> list[Mapping[str, str]]:
    """Return Twilio's status callbacks for one message, in their order."""
    usual = {
        "AccountSid": f"AC{'a' * 32}",
        "ApiVersion": "2010-04-01",
        "From": noted.sender,
        "MessageSid": noted.provider_id,
        "SmsSid": noted.provider_id,
        "To": noted.to,
    }
    last = (
        {"MessageStatus": "undelivered", "ErrorCode": "30003"} if failed else {"MessageStatus": "delivered"}
    )
    return [{**usual, **each} for each in ({"MessageStatus": "sent"}, last)]


def _events(noted: Noted, failed: bool) -> list[Mapping[str, object]]:
    """Return SendGrid's events for one message, in their order."""
    names = ("processed", "bounce" if failed else "delivered")
    key = {} if noted.touchpoint is None else {"touchpoint": noted.touchpoint, "attempt": str(noted.attempt)}
    return [
        {
            "email": noted.to,
            "event": name,
            "sg_event_id": f"{noted.provider_id}-{name}",
            "sg_message_id": f"{noted.provider_id}.filter0001.1.5",
            "timestamp": int(noted.at),
            **key,
        }
        for name in names
    ]
