"""The one place where real parts are plugged together."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.engine import URL

from channels.registry import ROOMS, Hook, Reader, Timeouts, Tools, open_channel, open_reader
from channels.webhook import OpenHooks
from scheduler.breakers import Breakers
from scheduler.catalogue import Catalogue, load
from scheduler.clock import SystemClock
from scheduler.custodian import Custodian
from scheduler.domain.entry import Json
from scheduler.domain.errors import UsageError
from scheduler.domain.record import rules_in_words
from scheduler.intake.desk import Desk
from scheduler.intake.payments import PaymentIntake
from scheduler.intake.plans import PlanIntake
from scheduler.intake.receipts import ReceiptIntake
from scheduler.intake.rulings import Rulings
from scheduler.intake.switches import Switches
from scheduler.journal import NO_JOURNAL, FileJournal, open_journal
from scheduler.pipeline import LINES, Pipeline, Rules
from scheduler.ports import Channel, Clock, DispatchJournal, Journal, Report
from scheduler.reconciler import Reconciler
from scheduler.settings import Settings
from scheduler.store.custody import SqlCustody
from scheduler.store.engine import Database, open_database, refuse_unreachable
from scheduler.store.migrations import upgrade
from scheduler.store.store import Listener, SqlStore, nobody
from scheduler.watch import Watch
from scheduler.worker import Worker

Channels = Mapping[tuple[str, str], Channel]
"""Open channels by provider and channel."""

_log = structlog.get_logger("duly.bootstrap")


def ready_database(url: str) -> Database:
    """Open a database and bring its schema up to date. Raises UsageError when it cannot be opened."""
    database = open_database(url)
    refuse_unreachable(database)
    upgrade(database)
    return database


@dataclass(frozen=True, slots=True)
class App:
    """Everything that a command or a page may need, assembled."""

    settings: Settings
    catalogue: Catalogue
    database: Database
    store: SqlStore
    clock: Clock

    @property
    def plan_intake(self) -> PlanIntake:
        """Takes plan rows."""
        return PlanIntake(self.store, self.catalogue.creditors, self.catalogue.cadences)

    @property
    def payment_intake(self) -> PaymentIntake:
        """Takes payment rows."""
        catalogue = self.catalogue
        return PaymentIntake(self.store, catalogue.creditors, catalogue.cadences, catalogue.receipt_newest)

    @property
    def desk(self) -> Desk:
        """Notes holds and consent."""
        return Desk(self.store, self.catalogue.creditors)

    @property
    def rulings(self) -> Rulings:
        """Settles messages in doubt by a person's word."""
        return Rulings(self.store, self.catalogue.creditors)

    @property
    def custody(self) -> SqlCustody:
        """Knows whether a quarantine stands, and why."""
        return SqlCustody(self.store)

    @property
    def uses_only_the_outbox(self) -> bool:
        """Whether no message can leave this machine."""
        return all(provider == "outbox" for each in self.catalogue.channels.values() for provider in each)

    @property
    def rules_in_words(self) -> Mapping[str, Json]:
        """Every rule of every creditor by its id, as the log keeps them."""
        return rules_in_words(each.policy for each in self.catalogue.layers.values())

    def open_channels(self, timeouts: Timeouts = Timeouts()) -> Channels:  # noqa: B008  # a frozen value
        """Open every provider that the configuration names. Raises UsageError for one that is not configured."""
        get, tools = self.settings.environment.get, self._tools(timeouts)
        return {
            (provider, channel): open_channel(provider, channel, get, tools)
            for channel, providers in self.catalogue.channels.items()
            for provider in providers
        }

    def _tools(self, timeouts: Timeouts) -> Tools:
        return Tools(
            outbox_dir=self.settings.outbox_dir,
            public_url=self.settings.public_url,
            now=self.clock.now,
            in_flight=LINES,
            timeouts=timeouts,
        )

    def open_hooks(self) -> OpenHooks:
        """Open what providers may call; nothing without a public address, for nothing could be believed there.

        A provider that is no longer used may still have something to tell, so every one is heard that can be believed.
        """
        opened: dict[tuple[str, str], tuple[Hook, Reader]] = {}
        if self.settings.public_url is None:
            return opened
        in_use = {provider for each in self.catalogue.channels.values() for provider in each}
        for provider, room in ROOMS.items():
            try:
                reader = open_reader(provider, self.settings.environment.get, self._tools(Timeouts()))
            except UsageError as error:
                if room.webhooks and provider in in_use:
                    _log.warning("provider_is_not_heard", provider=provider, why=str(error))
                continue
            opened |= {(provider, name): (hook, reader) for name, hook in room.webhooks.items()}
        return opened

    def take_reports(self, provider: str, reports: Sequence[Report]) -> None:
        """Take what a provider reports; it is on disk when this returns."""
        channels = {name: next(iter(room.channels)) for name, room in ROOMS.items() if room.webhooks}
        intake = ReceiptIntake(self.store, channels)
        self.store.patiently(lambda now: intake.take(provider, reports, now), self.clock.now())

    @property
    def journal_path(self) -> Path:
        """Where the dispatch journal lies."""
        return journal_path(self.settings, self.database.engine.url)

    def open_journal(self) -> FileJournal:
        """Open the dispatch journal. Raises UsageError when it cannot be written."""
        return open_journal(self.journal_path)

    def pipeline(self, channels: Channels, journal: Journal = NO_JOURNAL) -> Pipeline:
        """Put the story's parts together."""
        catalogue = self.catalogue
        policies = {each: catalogue.policy_for(each) for each in catalogue.creditors}
        rules = Rules(
            creditors=catalogue.creditors,
            policy_for=policies.__getitem__,
            lookback=max(each.lookback for each in policies.values()),
            calendar=catalogue.calendar,
            composer=catalogue.wording,
            providers=catalogue.channels,
            pacing=catalogue.pacing,
        )
        return Pipeline(self.store, self.clock, rules, channels, Breakers(), journal=journal)

    def worker(self, channels: Channels, journal: DispatchJournal | None = None) -> Worker:
        """Put the service together; without a journal it opens its own. Raises UsageError when it cannot."""
        second_memory = self.open_journal() if journal is None else journal
        custodian = Custodian(self.custody, second_memory, self.clock)
        reconciler = Reconciler(
            self.store, self.clock, channels, self.catalogue.creditors, is_steady=custodian.is_steady
        )
        pipeline = self.pipeline(channels, second_memory)
        watch = Watch(self.store, self.clock, self.catalogue.limits, sorted(self.catalogue.channels))
        return Worker(
            self.store,
            pipeline,
            reconciler,
            self.catalogue.cadences,
            self.clock,
            custodian,
            watch=watch,
        )


@dataclass(frozen=True, slots=True)
class Panel:
    """What works without a configuration: a stop must never wait for one to be mended, nor a question in doubt."""

    database: Database
    store: SqlStore
    clock: Clock
    config_dir: Path

    @property
    def custody(self) -> SqlCustody:
        """Starts, shows and ends quarantines."""
        return SqlCustody(self.store)

    @property
    def switches(self) -> Switches:
        """Sets and resumes stop switches; the configuration is read only for a creditor who has no debtor yet."""
        return Switches(self.store, lambda: _load(self.config_dir).creditors)


def journal_path(settings: Settings, database: URL) -> Path:
    """Return where the dispatch journal lies: where it was said, else beside a database that is a file, else in var/.

    Each database has a journal of its own: what another one sent would be missing in this one.
    """
    if settings.journal is not None:
        return settings.journal
    file = database.database if database.get_backend_name() == "sqlite" else None
    folder = Path(file).parent if file else Path("var")
    return folder / "dispatch.journal"


def panel(config_dir: Path, database_url: str) -> Panel:
    """Open the database and nothing else. Raises UsageError when it cannot be opened."""
    database = ready_database(database_url)
    return Panel(database, SqlStore(database, secrets.token_bytes), SystemClock(), config_dir)


def _load(config_dir: Path) -> Catalogue:
    """Load what is in use of a configuration; what is broken elsewhere stops nobody's work."""
    return load(config_dir, ROOMS, tolerant=True, in_use_only=True)


def assemble(
    settings: Settings,
    config_dir: Path,
    database_url: str,
    clock: Clock | None = None,
    listener: Listener = nobody,
) -> App:
    """Load the configuration, open the database, and put everything together.

    Raises UsageError when either cannot be used.
    """
    catalogue = _load(config_dir)
    if not catalogue.creditors:
        raise UsageError(f"{config_dir} names no creditor; add one under {config_dir / 'creditors'}")
    database = ready_database(database_url)
    store = SqlStore(database, secrets.token_bytes, listener)
    return App(settings, catalogue, database, store, clock or SystemClock())
