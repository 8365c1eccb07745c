"""Which providers must be left alone for a while, because they said so or cannot be reached."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.decision import Defer, Reason, Verdict


@dataclass(slots=True)
class Pauses:
    """Ends of pauses by provider; a touchpoint waits in the store, never in memory."""

    _until: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def pause(self, provider: str, until: datetime, code: str) -> None:
        """Leave a provider alone until an instant; a longer pause stays."""
        if provider not in self._until or self._until[provider][0] < until:
            self._until[provider] = (until, code)

    def first_open(self, providers: Sequence[str], now: datetime) -> str | None:
        """Return the first provider in the order of fallback that may be called."""
        return next((each for each in providers if self._end(each, now) is None), None)

    def objection(self, providers: Sequence[str], now: datetime) -> Defer:
        """Return why none of the providers may be called, until the first of them may."""
        ends = [end for each in providers if (end := self._end(each, now)) is not None]
        until = min((each for each, _ in ends), default=now)
        reasons = (
            Reason("provider", Verdict.DEFER, f"the provider is paused: {code}", end) for end, code in ends
        )
        return Defer(until, tuple(reasons))

    def _end(self, provider: str, now: datetime) -> tuple[datetime, str] | None:
        pause = self._until.get(provider)
        return pause if pause is not None and pause[0] > now else None
