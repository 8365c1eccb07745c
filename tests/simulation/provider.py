"""A provider that is nastier than the real ones: it keeps its own list of what it took, with the true times."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from scheduler.domain.delivery import Accepted, Delivery, Finding, Listed, NotSent, Rejected, Unknown
from scheduler.domain.message import Message
from tests.simulation.weather import Chance, Weather

GIVES_UP_AFTER_S = 20.0
"""How long our client waits for an answer."""

TAKES_WITHIN_S = 60.0
"""How long after a call began a provider may still take the message, its client long gone."""


EMPTY_FOR_S = 580.0
"""How long a list may be empty by mistake: less than what passes between two looks for one message."""

EMPTY_EVERY_S = 36 * 3600.0
"""How long after that it is right for sure."""


@dataclass(slots=True)
class Call:
    """One call as it began: nothing here comes from the product's memory but the message itself."""

    number: int
    provider: str
    key: str
    touchpoint: str
    attempt: int
    channel: str
    to: str
    text: str
    digest: str
    begun_s: float
    fate: str = ""

    @property
    def is_ambiguous(self) -> bool:
        """Whether its caller cannot know what became of it."""
        return self.fate not in CLEAR


@dataclass(slots=True)
class Taken:
    """One message that the provider took, for good."""

    name: str
    call: Call
    at_s: float
    listed_s: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a callback says of a message."""

    event_id: str
    kind: str
    taken: Taken


CLEAR = frozenset({"taken", "limited", "refused", "locked_out", "bad_number"})
"""Fates after which the caller knows, if it lives to hear the answer."""

_AMBIGUOUS = (
    "timeout",
    "timeout_taken",
    "error",
    "error_taken",
    "unreadable_taken",
    "raises",
    "raises_taken",
)
_FATES = (*_AMBIGUOUS, "limited", "refused", "bad_number")


@dataclass(slots=True)
class Provider:
    """Serves one or more channels. Callbacks go to `tell`, whatever it takes goes to `took`."""

    name: str
    lists: bool
    listed_after_s: float
    chance: Chance
    loop: asyncio.AbstractEventLoop
    tell: Callable[["Provider", Report], None]
    took: Callable[[Taken], None]
    weather: Weather
    calls: list[Call] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    locked_until_s: float = -1.0
    empty_until_s: float = -1e9
    told: int = 0

    def begin(self, message: Message) -> tuple[Call, "asyncio.Future[Delivery]"]:
        """Begin a call whose fate is drawn; the answer comes later, whoever still waits for it."""
        call = Call(
            number=len(self.calls) + 1,
            provider=self.name,
            key=message.key,
            touchpoint=message.touchpoint,
            attempt=message.attempt,
            channel=message.channel,
            to=message.to,
            text=message.words.text,
            digest=message.words.sha256,
            begun_s=self.loop.time(),
        )
        call.fate = self._fate()
        self.calls.append(call)
        answer: asyncio.Future[Delivery] = self.loop.create_future()
        latency = self.chance.around(0.05, 18.0 if self.chance.happens(self.weather.slow) else 2.0)
        takes = call.fate == "taken" or call.fate.endswith("_taken")
        if takes:
            early = call.fate in ("taken", "unreadable_taken", "error_taken", "raises_taken")
            wait = latency * self.chance.between(0, 1) if early else self.chance.between(0, TAKES_WITHIN_S)
            self.loop.call_later(wait, self._take, call)
        waits = GIVES_UP_AFTER_S if call.fate.startswith("timeout") else latency
        self.loop.call_later(waits, self._answer, call, answer)
        return call, answer

    def _fate(self) -> str:
        if self.loop.time() < self.locked_until_s:
            return "locked_out"
        for fate in _FATES:
            if self.chance.happens(getattr(self.weather, fate)):
                return fate
        return "taken"

    def _answer(self, call: Call, answer: "asyncio.Future[Delivery]") -> None:
        if answer.done():
            return
        if call.fate.startswith("raises"):
            answer.set_exception(RuntimeError("the connection's library is at a loss"))
        else:
            answer.set_result(self._said(call))

    def _said(self, call: Call) -> Delivery:
        if call.fate == "taken":
            return Accepted(next(each.name for each in self.taken if each.call is call))
        said: dict[str, Delivery] = {
            "limited": NotSent("http_429", retry_after_s=self.chance.one_of((None, 1.0, 30.0, 600.0, 1e6))),
            "refused": NotSent("connection_refused", channel_down=True),
            "locked_out": NotSent("http_401", channel_down=True),
            "bad_number": Rejected("21211", blames_address=True),
            "unreadable_taken": Unknown("unreadable"),
            "error": Unknown("http_503"),
            "error_taken": Unknown("http_500"),
        }
        return said.get(call.fate, Unknown("timeout"))

    def _take(self, call: Call) -> None:
        now = self.loop.time()
        listed = now + self.chance.between(0, self.listed_after_s)
        fails = self.chance.happens(self.weather.undelivered)
        taken = Taken(f"{self.name}-{len(self.taken) + 1:05}", call, now, listed, failed=fails)
        self.taken.append(taken)
        self.took(taken)
        if self.chance.happens(self.weather.unheard):
            return  # not a word of it ever comes
        self._report(taken, "sent")
        self._report(taken, "undelivered" if fails else "delivered")

    def _report(self, taken: Taken, kind: str) -> None:
        """Have a callback made, or lost, or made twice, or late, or before our client has its answer."""
        if self.chance.happens(self.weather.lost):
            return
        self.told += 1
        report = Report(f"{self.name}-e{self.told}", kind, taken)
        for _ in range(2 if self.chance.happens(self.weather.twice) else 1):
            wait = self.chance.around(1.0, 60.0)
            if self.chance.happens(self.weather.early):
                wait = 0.0
            elif self.chance.happens(self.weather.late):
                wait = self.chance.around(60.0, 72 * 3600.0)
            self.loop.call_later(wait, self.tell, self, report)

    def _is_empty(self, now_s: float) -> bool:
        """Whether the list is empty for everybody: for less time than between two looks, and not again soon."""
        if now_s > self.empty_until_s + EMPTY_EVERY_S and self.chance.happens(self.weather.list_is_empty):
            self.empty_until_s = now_s + self.chance.between(60.0, EMPTY_FOR_S)
        return now_s < self.empty_until_s

    def look_up(self, to: str, digest: str, since_s: float, until_s: float) -> Finding:
        """List what was taken for an address with these words since an instant, as far as it is indexed.

        What has other words may be it too if it was taken in this stretch of time.
        """
        now = self.loop.time()
        if not self.lists:
            return Unknown("cannot_tell")
        if self.chance.happens(self.weather.list_fails):
            return Unknown("http_503")
        listed = [
            each
            for each in self.taken
            if each.call.to == to and each.listed_s <= now and since_s <= each.at_s
        ]
        if self._is_empty(now):
            listed = []
        found = [each for each in listed if each.call.digest == digest]
        in_time = [each for each in found if each.at_s <= until_s]
        if not in_time and any(each.at_s <= until_s for each in listed):
            return Unknown("other_words")
        later = tuple(each.name for each in found if each.at_s > until_s)
        return Listed(tuple(each.name for each in in_time), later)
