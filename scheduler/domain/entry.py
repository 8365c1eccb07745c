"""One line of the log: public fields, a commitment to a personal payload kept apart, and the hash that chains it.

The bytes that are hashed are RFC 8785 JSON. Public fields hold only text, integers, booleans, nulls, lists and
objects with ASCII names, for which sorted compact JSON is the RFC's canonical form.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring

from scheduler.domain.decision import Reason
from scheduler.domain.touchpoint import Touchpoint

GENESIS = "0" * 64
"""The hash before the first entry of a chain."""

NOT_HASHED = frozenset({"seq", "hash", "to", "body_sha256", "salt", "personal"})
"""What an exported line carries beside the hashed fields: its place, its hash, and the erasable payload."""

SYSTEM_CHAIN = "_system"
"""The chain of what belongs to no debtor."""

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


class Event(StrEnum):
    """What an entry tells."""

    PLAN_IMPORTED = "plan_imported"
    PLAN_AMENDED = "plan_amended"
    PAYMENT_RECEIVED = "payment_received"
    PLANNED = "planned"
    DEFERRED = "deferred"
    SKIPPED = "skipped"
    REFUSED = "refused"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    ARMED = "armed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    RELEASED = "released"
    PRESUMED = "presumed"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    COMPLAINED = "complained"
    INBOUND = "inbound"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    CONSENT_CHANGED = "consent_changed"
    CONTACT_LOGGED = "contact_logged"
    CONFIG_CHANGED = "config_changed"
    QUARANTINED = "quarantined"
    QUARANTINE_RELEASED = "quarantine_released"
    PAUSED = "paused"
    RESUMED = "resumed"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log as it was kept; `personal` and `salt` are None once erased, or where there were none.

    `body` is everything that is hashed, `prev_hash` included.
    """

    seq: int
    body: Mapping[str, Json]
    hash: str
    salt: bytes | None
    personal: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before the store has given it its place: `public` is hashed, `personal` lies apart and can be erased."""

    chain: str
    event: Event
    at: datetime
    public: Mapping[str, Json] = field(default_factory=dict)
    personal: Mapping[str, Json] = field(default_factory=dict)


def chain_of(creditor: str, debtor_ref: str) -> str:
    """Return the name of a debtor's chain."""
    return f"{creditor}/{debtor_ref}"


# One for all: `json.dumps` makes a new one for every value, which costs as much as writing a short one.
_WRITER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
)


def canonical(value: Json) -> bytes:
    """Return the RFC 8785 bytes of a value of the kind that entries hold."""
    return _WRITER.encode(value).encode()


def commitment(salt: bytes, personal: Mapping[str, Json]) -> str:
    """Return the salted digest of a personal payload: it proves the payload and, once that is erased, tells nothing."""
    return commitment_to(salt, canonical(personal))


def commitment_to(salt: bytes, written: bytes) -> str:
    """Return the salted digest of a personal payload that has been written in its canonical bytes."""
    return hashlib.sha256(salt + written).hexdigest()


Members = Mapping[str, str]
"""Fields that have a value, each by its name and written as it stands in a canonical object: `"name":value`."""


def members(fields: Mapping[str, Json]) -> Members:
    """Write each field that has a value, once for every object that it stands in."""
    return {name: f"{_named(name)}{_written(value)}" for name, value in fields.items() if value is not None}


def _written(value: Json) -> str:
    """Write most values without a writer: of a text it makes no more, and a number is as it is."""
    if type(value) is str:
        return encode_basestring(value)
    return str(value) if type(value) is int else _WRITER.encode(value)


@lru_cache(maxsize=1_024)
def _named(name: str) -> str:
    return f"{_WRITER.encode(name)}:"


def object_of(written: Members) -> str:
    """Return the canonical JSON of an object of these fields."""
    return _joined(written, _in_order(tuple(written)))


def entry_hash(body: Mapping[str, Json]) -> str:
    """Return the hash of an entry: over every public field that has a value, the hash before it among them.

    Fields of `NOT_HASHED` and fields without a value do not count, so an exported line can carry them.
    """
    return hash_of(members(body))


def hash_of(written: Members) -> str:
    """Return the hash of an entry whose fields have been written."""
    counted = _joined(written, _counted_in_order(tuple(written)))
    return hashlib.sha256(counted.encode()).hexdigest()


def _joined(written: Members, names: tuple[str, ...]) -> str:
    return f"{{{','.join(map(written.__getitem__, names))}}}"


# Few sets of names come up again and again, so that they are seldom sorted.
@lru_cache(maxsize=1_024)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names))


@lru_cache(maxsize=1_024)
def _counted_in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - NOT_HASHED))


def instant_text(instant: datetime) -> str:
    """Return an instant as the log writes it: RFC 3339 in UTC with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def touchpoint_fields(touchpoint: Touchpoint, debtor_ref: str, plan_refs: Sequence[str]) -> dict[str, Json]:
    """Return what every entry about a touchpoint says of it."""
    return {
        "debtor_ref": debtor_ref,
        "plan_refs": list(plan_refs),
        "touchpoint": touchpoint.key,
        "kind": touchpoint.kind.value,
        "step": touchpoint.step,
        "cadence": touchpoint.cadence,
        "cadence_version": touchpoint.cadence_version,
        "template": touchpoint.template,
    }


def reasons_json(reasons: Sequence[Reason]) -> list[Json]:
    """Return reasons as the log writes them."""
    return [
        {
            "rule": each.rule,
            "verdict": each.verdict._value_,  # as `value` is, at a fifth of its price
            "detail": each.detail,
            "until": instant_text(each.until) if each.until else None,
        }
        for each in reasons
    ]
