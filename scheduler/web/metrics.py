"""Counts what is logged, for Prometheus, by labels that name no person, address or id, and tells what stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from scheduler.domain.entry import Draft, Json
from scheduler.domain.outcome import MessageState
from scheduler.ports import Clock
from scheduler.store.engine import Database
from scheduler.store.gate import read_gate
from scheduler.store.switches import standing_pauses
from scheduler.store.unsettled import numbers_in_doubt

_IN_DOUBT = (MessageState.ARMED, MessageState.UNKNOWN, MessageState.PRESUMED)


@dataclass(slots=True)
class Metrics:
    """Counters on a registry of their own; `listen` may be called from any thread."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _entries: Counter = field(init=False)
    _providers: Gauge = field(init=False)

    def __post_init__(self) -> None:
        self._entries = Counter(
            "duly_log_entries",
            "Entries written to the log since this process started.",
            ("event", "channel", "kind"),
            registry=self.registry,
        )
        self._providers = Gauge(
            "duly_provider_paused",
            "1 while this process leaves a provider alone because calls to it fail, 0 once one got through again.",
            ("provider",),
            registry=self.registry,
        )

    def listen(self, drafts: Sequence[Draft]) -> None:
        """Count entries that are on disk."""
        for each in drafts:
            channel, kind = _label(each.public.get("channel")), _label(each.public.get("kind"))
            self._entries.labels(each.event.value, channel, kind).inc()

    def note_provider(self, provider: str, is_paused: bool) -> None:
        """Note that a provider is left alone, or that it works again."""
        self._providers.labels(provider).set(int(is_paused))

    def watch(self, database: Database, clock: Clock) -> None:
        """Tell from now on also what stands in a database, whoever wrote it."""
        self.registry.register(_Standing(database, clock))


@dataclass(frozen=True, slots=True, eq=False)
class _Standing(Collector):
    """Asks the database whenever it is asked itself; it tells nothing while that cannot be reached."""

    database: Database
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        now = self.clock.now()
        try:
            with self.database.read() as connection:
                numbers, pauses = numbers_in_doubt(connection, now), standing_pauses(connection, now)
                quarantined = read_gate(connection, now).quarantined
        except SQLAlchemyError:
            return
        in_doubt = GaugeMetricFamily(
            "duly_messages_in_doubt",
            "Messages whose outcome nobody noted (armed) or can tell (unknown), or presumed sent within a week.",
            labels=("state",),
        )
        for state in _IN_DOUBT:
            in_doubt.add_metric([state.value], numbers.get(state, 0))
        yield in_doubt
        yield GaugeMetricFamily("duly_pauses_standing", "Stop switches that stand.", value=len(pauses))
        yield GaugeMetricFamily("duly_quarantined", "1 while nothing is sent.", value=int(quarantined))


def _label(value: Json) -> str:
    return value if isinstance(value, str) else ""
