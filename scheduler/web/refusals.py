"""Counts what becomes of providers' requests, and tells of refusals without letting a flood of them fill the log."""

from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry, Counter

from scheduler.ports import Clock

TELL_EVERY_S = 60.0
"""How long one line of the log stands for every refusal of its kind at its address."""

_log = structlog.get_logger("duly.web")


@dataclass(slots=True)
class _Told:
    at_s: float
    untold: int = 0


@dataclass(slots=True)
class Refusals:
    """Labels and lines are words of ours and names of the table: nothing that a caller wrote is among them."""

    registry: CollectorRegistry
    clock: Clock
    _counter: Counter = field(init=False)
    _told: dict[tuple[str, str, str], _Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._counter = Counter(
            "duly_webhook_requests",
            "Requests to the addresses that providers call, by what became of them.",
            ("provider", "hook", "outcome"),
            registry=self.registry,
        )

    def count(self, provider: str, hook: str, outcome: str) -> None:
        """Count a request."""
        self._counter.labels(provider, hook, outcome).inc()

    def refuse(self, provider: str, hook: str, why: str) -> None:
        """Count a request that was refused, and tell of it unless that was done a moment ago."""
        self.count(provider, hook, why)
        now_s, kind = self.clock.monotonic_s(), (provider, hook, why)
        last = self._told.get(kind)
        if last is not None and now_s - last.at_s < TELL_EVERY_S:
            last.untold += 1
            return
        untold = 0 if last is None else last.untold
        self._told[kind] = _Told(now_s)
        _log.warning("webhook_refused", provider=provider, hook=hook, why=why, untold=untold)
