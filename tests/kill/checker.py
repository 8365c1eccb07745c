"""Holds the database against what the providers wrote down, after every cycle and at the end."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text

from scheduler.ledger.line import exported, line_of
from scheduler.ledger.verification import Verifier
from scheduler.store.log import SqlLog
from scheduler.store.tables import entry, message, touchpoint
from tests.fakes.notebook import Noted, noted_in
from tests.kill.yard import Yard

Attempt = tuple[str, int]

ARRIVED = ("accepted", "presumed")
NEVER_ARRIVED = ("rejected", "not_sent", "released")

_MESSAGES = select(touchpoint.c.key, message.c.attempt, message.c.state, message.c.provider_id).join(
    touchpoint, touchpoint.c.id == message.c.touchpoint_id
)
_OPEN = _MESSAGES.where(message.c.state.in_(["armed", "unknown"]))
_ENTRIES = select(entry.c.event, entry.c.public).where(entry.c.event.in_(["accepted", "presumed"]))


@dataclass(slots=True)
class Checker:
    """Reads the log on from where it stood at the last cycle, and counts messages that were found still armed."""

    yard: Yard
    verifier: Verifier = field(default_factory=Verifier)
    last_seq: int = 0
    armed: set[Attempt] = field(default_factory=set)

    @property
    def doubts(self) -> int:
        """How many messages a worker left behind without an outcome."""
        return len(self.armed)

    def wrong(self) -> list[str]:
        """Return what does not hold while workers come and go."""
        taken = noted_in(self.yard.folder / "accepted.jsonl")
        found = self._attempts()
        self.armed |= {attempt for attempt, (state, _) in found.items() if state == "armed"}
        return [*_taken_once(taken), *_agree(taken, found), *self._log(), *self._file()]

    def wrong_at_the_end(self, peace_since: datetime) -> list[str]:
        """Return what does not hold once everything is settled that was armed before peace began."""
        taken = noted_in(self.yard.folder / "accepted.jsonl")
        found, told = self._attempts(), self._told()
        wrong = self.wrong()
        wrong += [f"{attempt} is still {state}" for attempt, state in self._open(peace_since)]
        for each in taken:
            attempt = (str(each.touchpoint), int(each.attempt or 0))
            state = found.get(attempt, ("missing",))[0]
            if state in ARRIVED and told[state, attempt] != 1:
                wrong.append(f"{attempt} is {state} and told {told[state, attempt]} times")
            elif state in NEVER_ARRIVED:
                wrong.append(f"{attempt} was taken and is {state}")
        return wrong

    def _attempts(self) -> Mapping[Attempt, tuple[str, str | None]]:
        with self.yard.app.database.read() as connection:
            rows = connection.execute(_MESSAGES).all()
        return {(row.key, row.attempt): (row.state, row.provider_id) for row in rows}

    def _open(self, before: datetime) -> list[tuple[Attempt, str]]:
        with self.yard.app.database.read() as connection:
            rows = connection.execute(_OPEN.where(message.c.armed_at < before))
            return [((row.key, row.attempt), row.state) for row in rows]

    def _told(self) -> Counter[tuple[str, Attempt]]:
        """Count the entries that say that an attempt arrived, or is held to have."""
        with self.yard.app.database.read() as connection:
            rows = [(row.event, json.loads(row.public)) for row in connection.execute(_ENTRIES)]
        return Counter((event, (line["touchpoint"], line["attempt"])) for event, line in rows)

    def _log(self) -> Iterator[str]:
        """Verify what was added, and that nothing is missing at the end."""
        log = SqlLog(self.yard.app.database)
        heads = log.heads()
        while page := log.entries(self.last_seq, 1000):
            for each in page:
                self.verifier.take(line_of(exported(each)))
            self.last_seq = page[-1].seq
        self.verifier.compare(heads)
        yield from map(str, self.verifier.result().findings)

    def _file(self) -> Iterator[str]:
        """Ask the database whether it is sound, and whether anybody stopped it without need."""
        with self.yard.app.database.read() as connection:
            if connection.execute(text("SELECT COUNT(*) FROM quarantine")).scalar():
                yield "a quarantine was begun for no reason"
            if self.yard.app.database.is_sqlite:
                said = connection.execute(text("PRAGMA integrity_check")).scalar()
                if said != "ok":
                    yield f"the database is damaged: {said}"


def _taken_once(taken: list[Noted]) -> Iterator[str]:
    for key, number in Counter(each.touchpoint for each in taken).items():
        if number > 1 or key is None:
            yield f"touchpoint {key} was taken {number} times"


def _agree(taken: list[Noted], found: Mapping[Attempt, tuple[str, str | None]]) -> Iterator[str]:
    """What was taken was noted before; what is said to have arrived, or not, is so."""
    names = {(str(each.touchpoint), int(each.attempt or 0)): each.provider_id for each in taken}
    for attempt in names:
        if attempt not in found:
            yield f"{attempt} was taken and its intent is not on disk"
    for attempt, (state, provider_id) in found.items():
        if state in NEVER_ARRIVED and attempt in names:
            yield f"{attempt} is {state} and was taken"
        if state == "accepted" and provider_id != names.get(attempt):
            yield f"{attempt} is accepted as {provider_id} and was taken as {names.get(attempt)}"
