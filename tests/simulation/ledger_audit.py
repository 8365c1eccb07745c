"""The log, verified with nothing but a hash function, and the states that must follow from it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulation.memory import FailingDatabase

Entry = dict[str, Any]
Found = Iterator[tuple[str, str]]

_LOG = (
    "SELECT seq, chain, chain_seq, at, event, public, commitment, prev_hash, hash"
    " FROM entry ORDER BY chain, chain_seq"
)
_HEADS = "SELECT name, seq, head FROM chain"
_TOUCHPOINTS = "SELECT key, state FROM touchpoint"
_MESSAGES = (
    "SELECT touchpoint.key, message.attempt, message.state FROM message "
    "JOIN touchpoint ON touchpoint.id = message.touchpoint_id"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PERHAPS = frozenset({"armed", "unknown", "presumed"})
"""Outcomes of an attempt that may have arrived, which nothing may follow as long as they stand."""

_FOLLOWS = {
    "planned": {"planned"},
    "deferred": {"planned"},
    "skipped": {"skipped", "retired", "planned"},  # planned when what it was merged into did not go out
    "refused": {"refused", "planned"},  # planned as soon as facts change
    "armed": {"armed"},
    "accepted": {"accepted"},
    "undelivered": {"accepted", "planned"},
    "unknown": {"unknown"},
    "presumed": {"presumed"},
    "released": {"skipped", "planned"},
    "rejected": {"planned"},
}
"""In which states a touchpoint may be after each event that moves it."""


def read_entries(database: FailingDatabase) -> list[Entry]:
    """Return every entry with its public fields, chain by chain."""
    found = []
    for row in database.peek(_LOG):
        entry: Entry = json.loads(row.public)
        own = {"chain": row.chain, "chain_seq": row.chain_seq, "event": row.event, "prev_hash": row.prev_hash}
        found.append(
            entry | own | {"seq": row.seq, "hash": row.hash, "at": row.at, "commitment": row.commitment}
        )
    return found


def chains_hold(database: FailingDatabase, entries: Sequence[Entry]) -> Found:
    """Hold every entry against the one before it, and each last one against its chain's head."""
    last: dict[str, tuple[int, str]] = {}
    for entry in entries:
        number, before = last.get(entry["chain"], (0, "0" * 64))
        name = f"{entry['chain']}#{entry['chain_seq']}"
        if entry["chain_seq"] != number + 1:
            yield "INV-24", f"{name} follows {number}"
        if entry["prev_hash"] != before or entry["hash"] != _hash(entry):
            yield "INV-24", f"{name} does not hash to what it says"
        last[entry["chain"]] = (entry["chain_seq"], entry["hash"])
    heads = {row.name: (row.seq, row.head) for row in database.peek(_HEADS)}
    for chain, end in last.items():
        if heads.get(chain) != end:
            yield "INV-24", f"the head of {chain} is not its last entry"


def _hash(entry: Entry) -> str:
    at = entry["at"]
    at = _EPOCH + timedelta(microseconds=at) if isinstance(at, int) else at.astimezone(UTC)
    body = {name: value for name, value in entry.items() if name not in ("seq", "hash") and value is not None}
    body["at"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class _Told:
    """What the log tells of each touchpoint: the entry that moved it last, each attempt's outcome, the story."""

    latest: dict[str, Entry] = field(default_factory=dict)
    stories: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Read on."""
        key, attempt, event = entry["touchpoint"], entry.get("attempt"), entry["event"]
        self.stories[key].append(f"{event} {attempt or ''}".strip())
        before, known = self.outcomes[key].get(attempt or 0), self.latest.get(key, {})
        if event in ("presumed", "released") and attempt and before not in ("unknown", "presumed"):
            self.wrong.append(
                ("INV-23", f"{key}-{attempt} is {event}, and no entry tells that it was in doubt")
            )
        if attempt is not None and event != "undelivered":
            self.outcomes[key][attempt] = entry.get("outcome") or "armed"
        # Whatever one attempt that was accepted has decided, another one's outcome does not undo.
        decides_alone = event == "undelivered" or known.get("event") == "accepted"
        if event == "accepted" or attempt is None or not decides_alone or attempt == known.get("attempt"):
            self.latest[key] = entry

    def states(self, key: str) -> Collection[str]:
        """Return in which states a touchpoint may be."""
        known = self.latest.get(key)
        if known is None:
            return set()
        if known["event"] in ("accepted", "undelivered"):
            return _FOLLOWS[known["event"]]
        outcomes = set(self.outcomes[key].values())
        arrived = outcomes & {
            "accepted"
        }  # and may not have been delivered, with another attempt in doubt meanwhile
        return arrived | (outcomes & _PERHAPS or _FOLLOWS[known["event"]])


def states_follow(database: FailingDatabase, entries: Sequence[Entry]) -> Found:
    """Hold the states that are kept against those that follow from the log, and each end against its reasons."""
    told = _Told()
    for entry in sorted(entries, key=lambda each: int(each["seq"])):
        if entry.get("touchpoint") and entry["event"] in _FOLLOWS:
            told.take(entry)
    yield from told.wrong
    for row in database.peek(_TOUCHPOINTS):
        known = told.latest.get(row.key)
        if known is None or row.state not in told.states(row.key):
            yield "INV-23", f"{row.key} is {row.state} after {', '.join(told.stories[row.key])}"
        elif row.state in ("skipped", "retired", "refused") and not known.get("reasons"):
            yield "INV-34", f"{row.key} is {row.state}, and no reason is told"
    for row in database.peek(_MESSAGES):
        outcome = told.outcomes[row.key].get(row.attempt)
        if outcome != row.state:
            yield "INV-23", f"{row.key}-{row.attempt} is {row.state}, and {outcome} in the log"
