"""The one place where real parts are plugged together."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.registry import ROOMS, Timeouts, Tools, open_channel
from scheduler.catalogue import Catalogue, load
from scheduler.clock import SystemClock
from scheduler.domain.entry import Json
from scheduler.domain.errors import UsageError
from scheduler.domain.record import rules_in_words
from scheduler.intake.desk import Desk
from scheduler.intake.payments import PaymentIntake
from scheduler.intake.plans import PlanIntake
from scheduler.pauses import Pauses
from scheduler.pipeline import LINES, Pipeline, Rules
from scheduler.ports import Channel, Clock
from scheduler.settings import Settings
from scheduler.store.engine import Database, open_database, refuse_unreachable
from scheduler.store.migrations import upgrade
from scheduler.store.store import Listener, SqlStore, nobody
from scheduler.worker import Worker

Channels = Mapping[tuple[str, str], Channel]
"""Open channels by provider and channel."""


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
    def uses_only_the_outbox(self) -> bool:
        """Whether no message can leave this machine."""
        return all(provider == "outbox" for each in self.catalogue.channels.values() for provider in each)

    @property
    def rules_in_words(self) -> Mapping[str, Json]:
        """Every rule of every creditor by its id, as the log keeps them."""
        return rules_in_words(each.policy for each in self.catalogue.layers.values())

    def open_channels(self, timeouts: Timeouts = Timeouts()) -> Channels:  # noqa: B008  # a frozen value
        """Open every provider that the configuration names. Raises UsageError for one that is not configured."""
        tools = Tools(
            outbox_dir=self.settings.outbox_dir,
            public_url=self.settings.public_url,
            now=self.clock.now,
            in_flight=LINES,
            timeouts=timeouts,
        )
        get = self.settings.environment.get
        return {
            (provider, channel): open_channel(provider, channel, get, tools)
            for channel, providers in self.catalogue.channels.items()
            for provider in providers
        }

    def pipeline(self, channels: Channels) -> Pipeline:
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
        )
        return Pipeline(self.store, self.clock, rules, channels, Pauses())

    def worker(self, channels: Channels) -> Worker:
        """Put the service together."""
        return Worker(self.store, self.pipeline(channels), self.catalogue.cadences, self.clock)


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
    catalogue = load(config_dir, ROOMS, tolerant=True, in_use_only=True)
    if not catalogue.creditors:
        raise UsageError(f"{config_dir} names no creditor; add one under {config_dir / 'creditors'}")
    database = ready_database(database_url)
    store = SqlStore(database, secrets.token_bytes, listener)
    return App(settings, catalogue, database, store, clock or SystemClock())
