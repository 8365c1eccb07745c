"""Which providers must be left alone for a while: they said so, cannot be reached, or leave outcomes in doubt.

Each process learns for itself. A touchpoint waits in the store, never in memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

import structlog

from scheduler.domain.decision import Defer, Reason, Verdict
from scheduler.domain.delivery import Accepted, Delivery, NotSent, Rejected, Unknown

IN_DOUBT = 5
"""After so many outcomes in doubt, with no acceptance between them, a provider is left alone."""

PROBE = timedelta(seconds=30)
"""How long the one message that tries a provider again may take; meanwhile the others wait."""

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)

_log = structlog.get_logger("duly.breakers")


def wait_of(times: int) -> timedelta:
    """Return how long to wait after the first, second, third failure: 1, 2, 4 … 60 minutes."""
    return min(_FIRST_WAIT * (1 << min(times - 1, 10)), _LONGEST_WAIT)


@dataclass(slots=True)
class _Breaker:
    """One provider's. It is open until `until`; `times` it opened in a row, and not since it closed."""

    until: datetime | None = None
    code: str = ""
    times: int = 0
    in_doubt: int = 0
    probe_until: datetime | None = None

    def paused_until(self, now: datetime) -> datetime | None:
        """Return the end of its wait; one that lies further ahead than any wait is left from a clock that ran back."""
        return self.until if self.until is not None and now < self.until <= now + _LONGEST_WAIT else None

    def probed_until(self, now: datetime) -> datetime | None:
        """Return until when others wait for the message that tries it again."""
        ends = self.probe_until
        return ends if ends is not None and now < ends <= now + PROBE else None

    def pause(self, until: datetime, code: str, now: datetime) -> None:
        if (self.paused_until(now) or now) < until:
            self.until, self.code = until, code

    def open(self, now: datetime, code: str, wait: timedelta | None) -> None:
        self.times, self.in_doubt, self.probe_until = self.times + 1, 0, None
        self.pause(now + (wait or wait_of(self.times)), code, now)

    def close(self) -> None:
        self.times, self.in_doubt, self.probe_until = 0, 0, None


def unheard(_provider: str, _is_paused: bool) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class Breakers:
    """One breaker for each provider. Closed, it lets everything pass; open, nothing; then one message tries.

    `listener` is told when a provider is left alone (true) and when it has been found to work again (false).
    """

    listener: Callable[[str, bool], None] = unheard
    _of: dict[str, _Breaker] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def choose(self, providers: Sequence[str], now: datetime) -> str | Defer:
        """Return the first provider in the order of fallback that may be called, or why none may, and until when.

        Of one that is tried again it is returned for one message only.
        """
        with self._lock:
            for name in providers:
                each = self._of.get(name)
                if each is None:
                    return name
                if each.paused_until(now) is None and each.probed_until(now) is None:
                    each.probe_until = now + PROBE if each.times else None
                    return name
            return _objection([self._of[each] for each in providers], now)

    def stops(self, provider: str, now: datetime) -> bool:
        """Whether a call that is about to begin must not."""
        with self._lock:
            each = self._of.get(provider)
            return each is not None and each.paused_until(now) is not None

    def learn(self, provider: str, delivery: Delivery, now: datetime) -> None:
        """Take note of what came of a call."""
        with self._lock:
            each = self._of.setdefault(provider, _Breaker())
            was_open = each.times > 0
            _learn(each, delivery, now)
            is_open, code, until = each.times > 0, each.code, each.until
        if is_open != was_open:
            event = "breaker_opened" if is_open else "breaker_closed"
            _log.warning(event, provider=provider, code=code, until=str(until) if is_open else None)
            self.listener(provider, is_open)
        elif isinstance(delivery, NotSent) and delivery.retry_after_s:
            _log.warning("provider_paused", provider=provider, code=code, until=str(until))

    def next_try(self, providers: Sequence[str], delivery: NotSent, attempt: int, now: datetime) -> datetime:
        """Return when a message that was not sent is decided afresh.

        At once where another provider may be called instead, when the first of them may be called again where all are
        left alone, and ever later where it was this message's own matter.
        """
        if not (delivery.channel_down or delivery.retry_after_s):
            return now + wait_of(attempt)
        with self._lock:
            ends = [each.paused_until(now) for name in providers if (each := self._of.get(name)) is not None]
        known = [each for each in ends if each is not None]
        return min(known) if len(known) == len(providers) else now


def _learn(breaker: _Breaker, delivery: Delivery, now: datetime) -> None:
    """Open on what every other message would meet too, and on doubt upon doubt; close when one got through.

    While it is open, what comes in is of calls that were in the air, and says nothing new.
    """
    is_open, is_tried = breaker.paused_until(now) is not None, breaker.times > 0
    if isinstance(delivery, Accepted):
        breaker.in_doubt = 0
    if isinstance(delivery, NotSent) and delivery.retry_after_s and not delivery.channel_down:
        breaker.probe_until = None
        breaker.pause(now + _bounded(delivery.retry_after_s), delivery.code, now)
    elif is_open:
        return
    elif isinstance(delivery, Accepted | Rejected):
        if is_tried:
            breaker.close()
    elif isinstance(delivery, Unknown):
        breaker.in_doubt += 1
        if is_tried or breaker.in_doubt >= IN_DOUBT:
            breaker.open(now, delivery.code, None)
    elif delivery.channel_down:
        wish = delivery.retry_after_s
        breaker.open(now, delivery.code, _bounded(wish) if wish else None)
    else:  # it says nothing of the provider: let another one try
        breaker.probe_until = None


def _bounded(wish_s: float) -> timedelta:
    return min(timedelta(seconds=wish_s), _LONGEST_WAIT)


def _objection(breakers: Sequence[_Breaker], now: datetime) -> Defer:
    """Wait until the first provider is there again, and where one message tries it first, until that is known."""
    ends = [(each.paused_until(now) or each.probed_until(now) or now, each) for each in breakers]
    reasons = (
        Reason("provider", Verdict.DEFER, f"the provider is paused: {each.code}", end) for end, each in ends
    )
    looks = (end + PROBE if each.times and end == each.until else end for end, each in ends)
    return Defer(min(looks), tuple(reasons))
