"""Counts what is logged, for Prometheus, by labels that name no person, address or id."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter

from scheduler.domain.entry import Draft, Json


@dataclass(slots=True)
class Metrics:
    """Counters on a registry of their own; `listen` may be called from any thread."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _entries: Counter = field(init=False)

    def __post_init__(self) -> None:
        self._entries = Counter(
            "duly_log_entries",
            "Entries written to the log since this process started.",
            ("event", "channel", "kind"),
            registry=self.registry,
        )

    def listen(self, drafts: Sequence[Draft]) -> None:
        """Count entries that are on disk."""
        for each in drafts:
            channel, kind = _label(each.public.get("channel")), _label(each.public.get("kind"))
            self._entries.labels(each.event.value, channel, kind).inc()


def _label(value: Json) -> str:
    return value if isinstance(value, str) else ""
