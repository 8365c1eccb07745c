"""What `duly run` says first: its configuration and database, who carries messages, and what it passes over."""

import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select

from scheduler.domain.errors import UsageError
from scheduler.store.engine import place_of
from scheduler.store.tables import plan

if TYPE_CHECKING:
    from scheduler.bootstrap import App
    from scheduler.cli.parts import Globals

_LEVELS = ("debug", "info", "warning", "error", "critical")


def set_up_log(level: str) -> None:
    """Write the process's own log to standard error, one JSON object a line, from a level on.

    Raises UsageError for a level that does not exist.
    """
    if level not in _LEVELS:
        raise UsageError(f"DULY_LOG_LEVEL is {level!r}; use one of {', '.join(_LEVELS)}")
    # A tick that finds the one before still at work is skipped, which is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def introduction(app: "App", options: "Globals") -> Iterator[str]:
    """Yield what an operator should see before anything is sent."""
    carriers = ", ".join(
        f"{channel} by {' then '.join(providers)}"
        for channel, providers in sorted(app.catalogue.channels.items())
    )
    yield f"Configuration {options.config_dir} ({app.catalogue.version}), database {place_of(app.database)}"
    yield f"Messages: {carriers}"
    if drafts := sorted(app.catalogue.drafts_in_use):
        yield f"Policies that nobody has approved yet: {', '.join(drafts)}"
    yield from _passed_over(app)
    yield from _standing(app)


def _standing(app: "App") -> Iterator[str]:
    """Name what stops messages whatever is decided, and count those that nobody can tell about."""
    from scheduler.cli.pausing import pause_words
    from scheduler.domain.outcome import MessageState
    from scheduler.store.unsettled import numbers_in_doubt

    now = app.clock.now()
    yield from map(pause_words, app.store.standing_pauses(now))
    with app.database.read() as connection:
        numbers = numbers_in_doubt(connection, now)
    if awaiting := numbers.get(MessageState.PRESUMED, 0):
        yield f"Presumed sent within a week, without proof: {awaiting:,}; `duly unknown` lists them"


def _passed_over(app: "App") -> Iterator[str]:
    """Name active plans whose creditor or cadence the configuration no longer has: they wait, unseen otherwise."""
    known = ((plan.c.creditor, app.catalogue.creditors), (plan.c.cadence, app.catalogue.cadences))
    for column, names in known:
        statement = (
            select(column, func.count())
            .where(plan.c.status == "active", column.not_in(list(names)))
            .group_by(column)
            .order_by(column)
        )
        with app.database.read() as connection:
            for name, count in connection.execute(statement):
                yield f"{count:,} active plans wait: the configuration has no {column.name} {name!r}"
