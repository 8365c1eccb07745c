"""The paces and ramps of one batch: read when its first message needs one, and written in the batch's transaction.

Whatever has neither rate nor ramp touches no row here. Workers whose batches have one take turns, from the first such
message until their commit, so that no two hand out the same slot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, text

from scheduler.domain.decision import Decision
from scheduler.domain.facts import Facts
from scheduler.domain.message import Message
from scheduler.domain.pacing import Pace, Pacing, Queue, day_of, paced, parts_of, ramp_limit, ramped
from scheduler.store.pulses import RAMP, RAMP_BEGAN, beat
from scheduler.store.tables_delivery import pace, pulse
from scheduler.store.types import Instant

_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(1885430629)")
_AHEAD = select(pace).where(pace.c.free_at > bindparam("now"))
_KEEP = text(
    "INSERT INTO pace (sender, free_at) VALUES (:of, :free_at)"
    " ON CONFLICT (sender) DO UPDATE SET free_at = excluded.free_at"
).bindparams(bindparam("free_at", type_=Instant()))
_BEGAN = select(func.min(pulse.c.at)).where(pulse.c.what == RAMP_BEGAN, pulse.c.subject == bindparam("of"))
_SENT = select(func.coalesce(func.sum(pulse.c.number), 0)).where(
    pulse.c.what == RAMP, pulse.c.subject == bindparam("of"), pulse.c.at >= bindparam("since")
)

_NO_FURTHER = timedelta(minutes=1)
"""No burst reaches so far ahead: an instant beyond it was written by a clock that had jumped."""


@dataclass(slots=True)
class _Ramp:
    """What one version of a cadence may send today, and what it has sent; `more` of it in this batch."""

    limit: int | None
    began: bool
    sent: int
    more: int = 0

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.sent + self.more >= self.limit


class Pacer:
    """Says what of a batch must wait, because its sender's pace or its cadence's ramp has no room for it now."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        """Start with nothing read."""
        self._connection, self._now = connection, now
        self._ahead: dict[str, datetime] | None = None
        self._paces: dict[str, Pace] = {}
        self._ramps: dict[str, _Ramp] = {}
        self._slots: dict[tuple[int, str], datetime] = {}

    def objection(
        self, facts: Facts, message: Message, provider: str, pacing: Pacing, *, waited: bool
    ) -> Decision | None:
        """Return the deferral of a message that must wait, or None, and then it has taken its place."""
        ramp = self._ramp(facts, pacing)
        if ramp is not None and ramp.limit is not None and ramp.is_full:
            return ramped(facts, ramp.limit, self._now)
        per_second = pacing.per_second.get(provider)
        if per_second is not None:
            slot = self._slot(facts, message, provider, per_second, waited)
            if slot is not None:
                return paced(facts, provider, per_second, slot)
        if ramp is not None:
            ramp.more += 1
        return None

    def _slot(
        self, facts: Facts, message: Message, provider: str, per_second: int, waited: bool
    ) -> datetime | None:
        """Take a slot, the same one for all of a debtor: what may be merged stays together."""
        whose = facts.debtor.id, provider
        if whose in self._slots:
            return self._slots[whose]
        queue = (0 if facts.touchpoint.kind.confirms_payment else 1, facts.creditor.id)
        slot = self._pace(provider, per_second).take(queue, parts_of(message), self._now, waited=waited)
        if slot is not None:
            self._slots[whose] = slot
        return slot

    def _pace(self, provider: str, per_second: int) -> Pace:
        if (found := self._paces.get(provider)) is None:
            ahead = self._read()
            named = ((each.split("/"), ends) for each, ends in ahead.items())
            queues = {
                (int(names[1]), names[2]): ends for names, ends in named if names[0] == provider and names[1:]
            }
            free_at = min(ahead.get(provider, self._now), self._now + _NO_FURTHER)
            found = Pace(per_second, free_at, queues)
            self._paces[provider] = found
        return found

    def _ramp(self, facts: Facts, pacing: Pacing) -> _Ramp | None:
        """Return the ramp that counts a touchpoint; one that was counted before is not counted again."""
        touchpoint = facts.touchpoint
        ramp = pacing.ramps.get(touchpoint.cadence)
        if ramp is None or touchpoint.kind.confirms_payment or touchpoint.attempts:
            return None
        subject = f"{touchpoint.cadence}@{touchpoint.cadence_version}"
        if (found := self._ramps.get(subject)) is None:
            self._read()
            began = self._connection.execute(_BEGAN, {"of": subject}).scalar()
            of_today = {"of": subject, "since": day_of(self._now)}
            sent = self._connection.execute(_SENT, of_today).scalar_one() if began is not None else 0
            limit = ramp_limit(ramp, began or self._now, self._now)
            found = self._ramps[subject] = _Ramp(limit, began is not None, sent)
        return found

    def _read(self) -> dict[str, datetime]:
        """Wait for this batch's turn, and read what is ahead."""
        if self._ahead is None:
            if self._connection.dialect.name != "sqlite":
                self._connection.execute(_TAKE_TURNS)
            rows = self._connection.execute(_AHEAD, {"now": self._now})
            self._ahead = {row.sender: row.free_at for row in rows}
        return self._ahead

    def flush(self) -> None:
        """Write what was taken."""
        known = self._ahead or {}
        ends = {name: pace.free_at for name, pace in self._paces.items()}
        ends |= {
            _name(provider, queue): end
            for provider, pace in self._paces.items()
            for queue, end in pace.queues.items()
        }
        moved = [{"of": name, "free_at": end} for name, end in ends.items() if known.get(name) != end]
        if moved:
            self._connection.execute(_KEEP, moved)
        grown = {name: each for name, each in self._ramps.items() if each.more}
        beat(
            self._connection,
            self._now,
            RAMP_BEGAN,
            {name: 1 for name, each in grown.items() if not each.began},
        )
        beat(self._connection, self._now, RAMP, {name: each.more for name, each in grown.items()})


def _name(provider: str, queue: Queue) -> str:
    """Return how a queue is called in its table; neither part holds a slash."""
    return f"{provider}/{queue[0]}/{queue[1]}"
