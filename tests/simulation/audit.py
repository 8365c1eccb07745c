"""Looks back when everything has come to rest: the states, the log and the providers' lists must agree."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulation.keys import payment_key
from tests.simulation.ledger_audit import Entry, chains_hold, read_entries, states_follow

if TYPE_CHECKING:
    from tests.simulation.world import World

Found = Iterator[tuple[str, str]]

_OPEN = "SELECT id, state FROM message WHERE state IN ('armed', 'unknown')"
_OVERDUE = "SELECT key, state, look_at FROM touchpoint WHERE state = 'planned'"
_KEYS = "SELECT key, state FROM touchpoint"
_REPORTED = (
    "SELECT touchpoint.key, message.attempt, message.reported FROM message "
    "JOIN touchpoint ON touchpoint.id = message.touchpoint_id"
)
_PARTS = (
    "SELECT plan.creditor, plan.ref, instalment.number, instalment.amount_minor, instalment.paid_minor "
    "FROM instalment JOIN plan ON plan.id = instalment.plan_id"
)
_LEFT_OVER = (
    "SELECT plan.creditor, plan.ref, SUM(payment.left_over_minor) AS minor "
    "FROM payment JOIN plan ON plan.id = payment.plan_id GROUP BY plan.creditor, plan.ref"
)
_CLOSED = "SELECT channel, value FROM address WHERE opted_out_at IS NOT NULL"

_RANKS = {"sent": 1, "undelivered": 2, "delivered": 3}
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Audit:
    """One look back at one world."""

    world: "World"
    entries: list[Entry]

    @classmethod
    def of(cls, world: "World") -> "Audit":
        """Read the log once."""
        return cls(world, read_entries(world.database))

    def findings(self) -> Found:
        """Yield what is wrong, by invariant."""
        yield from self._everything_rests()
        yield from self._every_message_has_its_entry()
        yield from self._no_receipt_is_lost()
        yield from self._what_was_told_is_known()
        yield from self._reports_only_rise()
        yield from chains_hold(self.world.database, self.entries)
        yield from states_follow(self.world.database, self.entries)

    def _everything_rests(self) -> Found:
        world = self.world
        for row in world.database.peek(_OPEN):
            yield "INV-33", f"message {row.id} is still {row.state} after the quiet phase"
        for row in world.database.peek(_OVERDUE):
            if world.seconds_of(row.look_at) < world.loop.time() - _HOUR_S:
                yield "INV-33", f"{row.key} has been due for more than an hour, and nobody looks at it"
        if world.canary is not None and not any(
            each.call.to == world.canary.phone for far in world.far for each in far.taken
        ):
            yield "INV-33", "a debtor whom nothing speaks against got no message in the quiet phase"

    def _every_message_has_its_entry(self) -> Found:
        told: dict[str, list[str | None]] = defaultdict(list)
        for each in self._of("accepted"):
            told[_key(each)].append(each.get("provider_id"))
        presumed = {_key(each) for each in self._of("presumed")}
        taken = {each.name: each for far in self.world.far for each in far.taken}
        yield from self._twice(told)
        for name, message in taken.items():
            key = message.call.key
            if key in self.world.ruled and told.get(key) in (None, [None]):
                continue  # a person has said so, and knew no name for it
            if told.get(key) != [name] and (told.get(key) or key not in presumed):
                yield "INV-07", f"{name} of {key} has {told.get(key)} as its accepted entries"
        for key, names in told.items():
            for named in names:
                if named not in taken and key not in self.world.ruled:
                    yield "INV-07", f"{key} is told to be {named}, which no provider ever took"

    @staticmethod
    def _twice(told: Mapping[str, list[str | None]]) -> Found:
        for name, count in Counter(name for each in told.values() for name in each if name).items():
            if count > 1:
                yield "INV-07", f"{name} has {count} accepted entries"

    def _of(self, event: str) -> Iterator[Entry]:
        return (each for each in self.entries if each["event"] == event)

    def _no_receipt_is_lost(self) -> Found:
        known = {row.key: row.state for row in self.world.database.peek(_KEYS)}
        for paid in self.world.diary.payments:
            state = known.get(payment_key(paid.plan, paid.ref))
            if state is None:
                yield "INV-19", f"payment {paid.ref} has no receipt, sent or unsent"

    def _what_was_told_is_known(self) -> Found:
        diary = self.world.diary
        kept = {
            (row.creditor, row.ref, row.number): (row.amount_minor, row.paid_minor)
            for row in self.world.database.peek(_PARTS)
        }
        left_over = {(row.creditor, row.ref): int(row.minor) for row in self.world.database.peek(_LEFT_OVER)}
        for (creditor, ref), course in diary.ledger.items():
            parts = (course.latest or {}).values()
            found = {each.number: kept.get((creditor, ref, each.number), (0, 0)) for each in parts}
            paid_minor = sum(paid for _, paid in found.values()) + left_over.get((creditor, ref), 0)
            if paid_minor != sum(each.paid_minor for each in parts):
                yield "INV-17", f"of {ref} {paid_minor} are paid, and were told to be {parts}"
            for part in parts:
                amount_minor, paid_minor = found[part.number]
                # A payment goes to what is known to be open when it comes, which after a restore may be something else.
                if amount_minor != part.amount_minor or (
                    paid_minor != part.paid_minor and not diary.restores
                ):
                    yield "INV-17", f"{ref} {part.number} is {found[part.number]}, and was told to be {part}"
        closed = {(row.channel, row.value) for row in self.world.database.peek(_CLOSED)}
        for address, course_of in diary.closed.items():
            if course_of.latest and address not in closed:
                yield "INV-22", f"a STOP of {address[0]} is forgotten"

    def _reports_only_rise(self) -> Found:
        """Hold what is known of each message against the highest of the reports that were acknowledged."""
        if self.world.diary.restores:
            return
        known = {(row.key, row.attempt): row.reported for row in self.world.database.peek(_REPORTED)}
        for taken, kinds in self.world.post.acknowledged.items():
            highest = max(kinds, key=lambda kind: _RANKS[kind])
            found = known.get(_name(taken))
            if found != highest:
                yield "INV-18", f"{taken} was reported {highest}, and {found} is what is known"
        heard = Counter((each["provider_id"], each["chain"]) for each in self._of("inbound"))
        for (name, chain), count in heard.items():
            if count > 1:
                yield "INV-18", f"{name} was heard {count} times on {chain}"
        for (key, event), count in Counter(
            (_key(each), each["event"]) for each in self.entries if each["event"] in _RANKS
        ).items():
            if count > 1:
                yield "INV-18", f"{key} has {count} entries that it was {event}"


def _key(entry: Mapping[str, Any]) -> str:
    return f"{entry['touchpoint']}-{entry['channel']}-{entry['attempt']}"


def _name(key: str) -> tuple[str, int]:
    touchpoint, _, attempt = key.rsplit("-", 2)
    return touchpoint, int(attempt)
