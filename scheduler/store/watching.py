"""Evidence for the breakers on volume, duplicates and bounces; every query is a short walk along an index."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, func, select, text

from scheduler.domain.outcome import MessageState
from scheduler.domain.receipt import ReceiptKind
from scheduler.domain.watch import AUTHOR, BOUNCES, DAY, DUPLICATES, HOUR, VOLUME, Evidence, Limits, Tripped
from scheduler.store.among import among
from scheduler.store.pulses import KEPT, SENT, TWICE, beat
from scheduler.store.tables import FINAL, message
from scheduler.store.tables_delivery import pause, pulse

if TYPE_CHECKING:
    from scheduler.store.settling import Step

_LATEST_SWITCHES = (
    select(pause.c.reason, pause.c.channel, pause.c.resumed_at)
    .where(pause.c.author == AUTHOR, pause.c.debtor_id.is_(None))
    .order_by(pause.c.id.desc())
    .limit(200)
)
_NUMBER = select(func.coalesce(func.sum(pulse.c.number), 0)).where(
    pulse.c.what == SENT,
    pulse.c.subject.in_(bindparam("channels", expanding=True)),
    pulse.c.at > bindparam("since"),
)
_TWICE = (
    select(pulse.c.subject).where(pulse.c.what == TWICE, pulse.c.at > bindparam("since")).order_by(pulse.c.id)
)
_REPORTS = (
    select(message.c.reported)
    .where(text(FINAL), message.c.channel == bindparam("channel"), message.c.reported_at > bindparam("since"))
    .order_by(message.c.reported_at.desc())
    .limit(bindparam("at_most"))
)
_ACCEPTED_TWICE = (
    select(message.c.touchpoint_id)
    .where(
        among(message.c.touchpoint_id),
        message.c.state == MessageState.ACCEPTED.value,
        func.coalesce(message.c.reported, "") != ReceiptKind.UNDELIVERED.value,  # another channel follows it
    )
    .group_by(message.c.touchpoint_id)
    .having(func.count() > 1)
)


def read_evidence(
    connection: Connection, channels: Collection[str], limits: Limits, now: datetime
) -> Evidence:
    """Return what was found since each breaker was resumed, as far as a limit asks for it."""
    switches = _latest_switches(connection)

    def since(breaker: str, channel: str | None, earliest: datetime) -> datetime:
        return max(switches.get((breaker, channel)) or earliest, earliest)

    def sent(limit: int | None, earliest: datetime) -> int:
        wanted = {"channels": sorted(channels), "since": since(VOLUME, None, earliest)}
        return 0 if limit is None else int(connection.execute(_NUMBER, wanted).scalar_one())

    twice: Sequence[str] = ()
    if limits.duplicates:
        found = connection.execute(_TWICE, {"since": since(DUPLICATES, None, now - KEPT)})
        twice = list(dict.fromkeys(found.scalars()))
    return Evidence(
        in_hour=sent(limits.per_hour, now - HOUR),
        in_day=sent(limits.per_day, now - DAY),
        twice=tuple(twice),
        undelivered={
            each: _undelivered(connection, each, limits, since(BOUNCES, each, now - DAY)) for each in channels
        },
        standing=frozenset(each for each, resumed_at in switches.items() if resumed_at is None),
    )


def _latest_switches(connection: Connection) -> Mapping[Tripped, datetime | None]:
    """Return when each breaker that ever tripped was resumed last; None where it stands."""
    latest: dict[Tripped, datetime | None] = {}
    for row in connection.execute(_LATEST_SWITCHES):
        latest.setdefault((row.reason.partition(":")[0], row.channel), row.resumed_at)
    return latest


def _undelivered(connection: Connection, channel: str, limits: Limits, since: datetime) -> tuple[int, int]:
    wanted = {"channel": channel, "since": since, "at_most": limits.of_reports}
    reports = connection.execute(_REPORTS, wanted).scalars().all()
    return reports.count(ReceiptKind.UNDELIVERED.value), len(reports)


def note_twice(connection: Connection, steps: Sequence["Step"]) -> None:
    """Count touchpoints that these steps let be accepted once more than once; without a second attempt none can be."""
    again = {
        each.row.id: each for each in steps if each.after is MessageState.ACCEPTED and each.row.attempts > 1
    }
    if again:
        for id_ in connection.execute(_ACCEPTED_TWICE, {"ids": sorted(again)}).scalars():
            beat(connection, again[id_].settlement.at, TWICE, {again[id_].row.key: 1})
